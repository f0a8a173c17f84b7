"""A formula read over whole arrays of numbers: each condition sends every element down its own arm."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from numact import scalar
from numact.formula import Formula

_ARITHMETIC: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}

_COMPARISONS: Mapping[type[ast.cmpop], Callable[[Any, float], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


@dataclass(frozen=True)
class Scope:
    """Values of a formula's names for some elements.

    Parameters
    ----------
    values : mapping
        Numbers by name: arrays of ``size`` elements, and constants.
    size : int
        How many elements.
    """

    values: Mapping[str, Any]
    size: int

    def take(self, mask: Any) -> Scope:
        """Only the elements where the mask holds."""
        values = {name: value.take(mask) for name, value in self.values.items()}
        return Scope(values, int(np.count_nonzero(mask)))


def read(formula: Formula, scope: Scope, literal: Callable[[str], Any]) -> Any:
    """Evaluate a formula over arrays.

    Parameters
    ----------
    formula : Formula
        What to compute.
    scope : Scope
        Names, ``pi``, ``e`` and ``inf`` among them.
    literal : callable
        Makes a number of a literal's text.

    Returns
    -------
    Any
        The number, of arrays or, where nothing depends on an array, a constant. Only the arm that a condition
        chooses counts; where the condition is undecided there is no value.
    """
    return _Reader(formula.text, literal).number(formula.tree, scope)


class _Reader:
    def __init__(self, text: str, literal: Callable[[str], Any]) -> None:
        self.text = text
        self.literal = literal

    def number(self, node: ast.expr, scope: Scope) -> Any:
        """Value of an expression."""
        match node:
            case ast.Constant():
                return self.literal((ast.get_source_segment(self.text, node) or "").replace("_", ""))
            case ast.Name():
                return scope.values[node.id]
            case ast.BinOp():
                left, right = self.number(node.left, scope), self.number(node.right, scope)
                return _ARITHMETIC[type(node.op)](left, right)
            case ast.UnaryOp():
                return -self.number(node.operand, scope)
            case ast.IfExp():
                return self._chosen(node.test, node.body, node.orelse, scope)
            case ast.Call(func=ast.Name(id="where"), args=[test, body, orelse]):
                return self._chosen(test, body, orelse, scope)
            case ast.Call(func=ast.Name(id=name)):
                arguments = [self.number(argument, scope) for argument in node.args]
                function = scalar.TEXTBOOK[name]
                return reduce(function, arguments) if len(arguments) > 2 else function(*arguments)
        raise AssertionError(f"{self.text!r} was not checked")

    def _chosen(self, test: ast.expr, body: ast.expr, orelse: ast.expr, scope: Scope) -> Any:
        truth = self.condition(test, scope)
        if np.all(truth == 1):
            return self.number(body, scope)
        if np.all(truth == 0):
            return self.number(orelse, scope)
        truth = np.broadcast_to(truth, scope.size)
        arms = [(truth == 1, body), (truth == 0, orelse)]
        parts = [(mask, self.number(arm, scope.take(mask))) for mask, arm in arms]
        return type(parts[0][1]).gather(scope.size, parts)

    def condition(self, node: ast.expr, scope: Scope) -> Any:
        """Whether a condition holds: 1, 0, or NaN where it is undecided."""
        match node:
            case ast.BoolOp(op=ast.And()):
                return reduce(_both, [self.condition(value, scope) for value in node.values])
            case ast.BoolOp():
                return 1 - reduce(_both, [1 - self.condition(value, scope) for value in node.values])
            case ast.UnaryOp():
                return 1 - self.condition(node.operand, scope)
            case ast.Compare():
                operands = [self.number(each, scope) for each in (node.left, *node.comparators)]
                links = zip(operands, node.ops, operands[1:], strict=False)
                return reduce(_both, [_compared(left, kind, right) for left, kind, right in links])
        raise AssertionError(f"{self.text!r} was not checked")


def _compared(left: Any, kind: ast.cmpop, right: Any) -> Any:
    order = left.order(right)
    return np.where(np.isnan(order), np.nan, _COMPARISONS[type(kind)](order, 0))


def _both(a: Any, b: Any) -> Any:
    return np.where((a == 0) | (b == 0), 0.0, a * b)
