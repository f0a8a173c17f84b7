"""A formula's text, read as a function to compile or evaluated with any kind of number."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, reduce
from types import FunctionType
from typing import Any

from numact import _floats, scalar
from numact.errors import FormulaError
from numact.grammar import checked_tree

# Integers beyond this are floats in kernels; an int64 would overflow.
_LARGEST_INTEGER = 2**53

_COMPARE: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


def parse(text: str, names: tuple[str, ...]) -> Formula:
    """Read a formula.

    Parameters
    ----------
    text : str
        An expression in the names, numbers, ``pi``, ``e`` and ``inf``: ``+ - * / **``, comparisons (chained
        too), ``and``, ``or``, ``not``, ``a if condition else b`` and the functions of
        `numact.scalar.TEXTBOOK`, arguments by position.
    names : tuple of str
        The variables and parameters, in the order of the function's arguments.

    Returns
    -------
    Formula

    Raises
    ------
    FormulaError
        One sentence: what is not allowed, in which column, and what to write instead.
    """
    if not isinstance(text, str):
        raise FormulaError(f"a formula is text, got {text!r}")
    return _parse(" ".join(text.split()), tuple(names))


@lru_cache(maxsize=1024)
def _parse(text: str, names: tuple[str, ...]) -> Formula:
    return Formula(text, names, checked_tree(text, names))


@dataclass(frozen=True)
class Formula:
    """A parsed formula; made by `parse`.

    Attributes
    ----------
    text : str
        The text, on one line.
    names : tuple of str
        Variables and parameters, in the order of the function's arguments.
    """

    text: str
    names: tuple[str, ...]
    tree: ast.expr = field(repr=False, compare=False)

    def __str__(self) -> str:
        return self.text

    @property
    def used_names(self) -> frozenset[str]:
        """The variables and parameters that the text mentions."""
        mentioned = {node.id for node in ast.walk(self.tree) if isinstance(node, ast.Name)}
        return frozenset(mentioned & set(self.names))

    def source(self) -> str:
        """Python source of `function`: one branch-free return statement."""
        expression = ast.unparse(_BranchFree().number(self.tree))
        return f"def formula({', '.join(self.names)}):\n    return {expression}\n"

    def function(self) -> FunctionType:
        """Make the Python function of `names` that kernels are compiled from.

        Its globals are the functions of `numact.scalar` that it calls, and it is branch-free: conditional
        expressions have become calls of ``where``.
        """
        code = compile(self.source(), f"<formula {self.text}>", "exec")
        namespace: dict[str, Any] = {"__name__": __name__, "__builtins__": {}}
        used = {node.id for node in ast.walk(self.tree) if isinstance(node, ast.Name)}
        namespace.update({name: value for name, value in scalar.TEXTBOOK.items() if name in used | {"where"}})
        exec(code, namespace)
        function: FunctionType = namespace.pop("formula")
        return function

    def evaluate(self, namespace: Mapping[str, Any], number: Callable[[str], Any]) -> Any:
        """Evaluate with another kind of number.

        Parameters
        ----------
        namespace : mapping
            Values of `names`, the functions and the constants ``pi``, ``e``, ``inf`` that the text mentions
            (``min`` and ``max`` are looked up as ``minimum`` and ``maximum``).
        number : callable
            Makes a number of a literal's decimal text: ``"0.1"`` is one tenth.

        Returns
        -------
        Any
            What the namespace's arithmetic gives. Of a conditional only the chosen arm is evaluated.
        """
        return _Evaluator(self.text, namespace, number).number(self.tree)

    def value(self, **values: float) -> float:
        """Evaluate with floats by IEEE rules: 1/0 is inf, 0/0 is NaN, nothing is raised."""
        return float(self.evaluate({**scalar.TEXTBOOK, **scalar.CONSTANTS, **values}, float))


class _BranchFree:
    """Rewrites a checked tree without branches."""

    def number(self, node: ast.expr) -> ast.expr:
        """Rewrite an expression whose value is a number."""
        match node:
            case ast.Constant(value=int(value)) if abs(value) > _LARGEST_INTEGER:
                return ast.Constant(float(value))
            case ast.Name(id=name) if name in scalar.CONSTANTS:
                return ast.Constant(scalar.CONSTANTS[name])
            case ast.BinOp():
                return _folded(self.number(node.left), node.op, self.number(node.right))
            case ast.UnaryOp():
                return ast.UnaryOp(node.op, self.number(node.operand))
            case ast.IfExp():
                arms = (self.number(node.body), self.number(node.orelse))
                return _call("where", self.condition(node.test), *arms)
            case ast.Call(func=ast.Name(id="where")):
                return _call("where", self.condition(node.args[0]), *map(self.number, node.args[1:]))
            case ast.Call(func=ast.Name(id=name)):
                arguments = [self.number(argument) for argument in node.args]
                if len(arguments) > 2:
                    return reduce(lambda least, following: _call(name, least, following), arguments)
                return _call(name, *arguments)
        return node

    def condition(self, node: ast.expr) -> ast.expr:
        """Rewrite an expression that holds or not."""
        match node:
            case ast.Compare():
                operands = [self.number(operand) for operand in (node.left, *node.comparators)]
                links: list[ast.expr] = [
                    ast.Compare(left, [comparison], [right])
                    for left, comparison, right in zip(operands, node.ops, operands[1:], strict=False)
                ]
                return reduce(lambda all_, link: ast.BinOp(all_, ast.BitAnd(), link), links)
            case ast.BoolOp():
                joint = ast.BitAnd() if isinstance(node.op, ast.And) else ast.BitOr()
                parts = [self.condition(value) for value in node.values]
                return reduce(lambda all_, part: ast.BinOp(all_, joint, part), parts)
            case ast.UnaryOp():
                return ast.UnaryOp(node.op, self.condition(node.operand))
        return node


class _Evaluator:
    """Walks a checked tree with a caller's own numbers."""

    def __init__(self, text: str, namespace: Mapping[str, Any], number: Callable[[str], Any]) -> None:
        self.text = text
        self.namespace = namespace
        self.literal = number

    def number(self, node: ast.expr) -> Any:
        """Value of an expression."""
        match node:
            case ast.Constant(value=int(value)):
                return self.literal(str(value))
            case ast.Constant():
                return self.literal((ast.get_source_segment(self.text, node) or "").replace("_", ""))
            case ast.Name():
                return self.namespace[node.id]
            case ast.BinOp():
                return _operate(node.op, self.number(node.left), self.number(node.right))
            case ast.UnaryOp():
                return -self.number(node.operand)
            case ast.IfExp():
                return self.number(node.body if self.condition(node.test) else node.orelse)
            case ast.Call(func=ast.Name(id="where"), args=[test, body, orelse]):
                return self.number(body if self.condition(test) else orelse)
            case ast.Call(func=ast.Name(id=name)):
                arguments = [self.number(argument) for argument in node.args]
                function = self.namespace[{"min": "minimum", "max": "maximum"}.get(name, name)]
                return reduce(function, arguments) if len(arguments) > 2 else function(*arguments)
        raise AssertionError(f"{self.text!r} was not checked")

    def condition(self, node: ast.expr) -> bool:
        """Whether a condition holds."""
        match node:
            case ast.BoolOp():
                quantifier = all if isinstance(node.op, ast.And) else any
                return quantifier(self.condition(value) for value in node.values)
            case ast.UnaryOp():
                return not self.condition(node.operand)
            case ast.Compare():
                left = self.number(node.left)
                for comparison, operand in zip(node.ops, node.comparators, strict=True):
                    right = self.number(operand)
                    if not _COMPARE[type(comparison)](left, right):
                        return False
                    left = right
                return True
        raise AssertionError(f"{self.text!r} was not checked")


def _operate(kind: ast.operator, left: Any, right: Any) -> Any:
    match kind:
        case ast.Add():
            return left + right
        case ast.Sub():
            return left - right
        case ast.Mult():
            return left * right
        case ast.Div():
            return _floats.divide(left, right) if _are_floats(left, right) else left / right
    return _floats.power(left, right) if _are_floats(left, right) else left**right


def _folded(left: ast.expr, kind: ast.operator, right: ast.expr) -> ast.expr:
    """Join two operands, constants at once: Python's own integers would grow without bound."""
    a, b = _constant(left), _constant(right)
    if a is None or b is None:
        return ast.BinOp(left, kind, right)
    value = float(_operate(kind, float(a), float(b)))
    whole = isinstance(a, int) and isinstance(b, int) and not isinstance(kind, ast.Div)
    if whole and abs(value) <= _LARGEST_INTEGER and value.is_integer():
        return _literal(int(value))
    return _literal(value) if value == value else ast.BinOp(_literal(math.inf), ast.Mult(), _literal(0.0))


def _constant(node: ast.expr) -> float | int | None:
    match node:
        case ast.Constant(value=int(value) | float(value)):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(value) | float(value))):
            return -value
    return None


def _literal(value: float | int) -> ast.expr:
    # A negative constant is written as a negation, so that the source reads it back with its precedence.
    if math.copysign(1.0, value) < 0.0:
        return ast.UnaryOp(ast.USub(), ast.Constant(-value))
    return ast.Constant(value)


def _are_floats(left: Any, right: Any) -> bool:
    return isinstance(left, float) and isinstance(right, float)


def _call(name: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])
