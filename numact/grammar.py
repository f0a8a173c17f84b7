"""What a formula's text may contain: a whitelist over Python's own expressions."""

from __future__ import annotations

import ast
import inspect
import math
from collections.abc import Sequence
from typing import NoReturn

from numact.errors import FormulaError, did_you_mean
from numact.scalar import CONSTANTS, TEXTBOOK

MAX_LENGTH = 2000
MAX_DEPTH = 150

ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow)
COMPARISONS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)

_OPERATOR_ADVICE = {
    ast.BitXor: "'^' is not allowed; write '**' for a power",
    ast.BitAnd: "'&' is not allowed; write 'and' between conditions",
    ast.BitOr: "'|' is not allowed; write 'or' between conditions",
    ast.FloorDiv: "'//' is not allowed",
    ast.Mod: "'%' is not allowed",
    ast.MatMult: "'@' is not allowed",
    ast.LShift: "'<<' is not allowed",
    ast.RShift: "'>>' is not allowed",
}

_LANGUAGE = "a formula has names, numbers, + - * / **, comparisons, conditionals and functions"


def checked_tree(text: str, names: Sequence[str]) -> ast.expr:
    """Parse the text and refuse whatever is not on the whitelist.

    Parameters
    ----------
    text : str
        One line: an expression.
    names : sequence of str
        The variables and parameters it may mention.

    Returns
    -------
    ast.expr
        The tree, of allowed nodes alone.

    Raises
    ------
    FormulaError
        One sentence: what is not allowed, in which column, and what to write instead.
    """
    if len(text) > MAX_LENGTH:
        raise FormulaError(f"a formula may have {MAX_LENGTH} characters, this one has {len(text)}")
    try:
        tree = ast.parse(text, mode="eval").body
    except SyntaxError as error:
        where = f", column {error.offset}" if error.offset else ""
        raise FormulaError(f"formula {text!r}{where}: not an expression ({error.msg})") from None
    except (ValueError, RecursionError, MemoryError):
        raise FormulaError(f"formula {text!r}: not an expression") from None
    _Checker(text, names).number(tree)
    return tree


class _Checker:
    """Walks a tree that should be a number, or a condition, and reports the first node that is neither."""

    def __init__(self, text: str, names: Sequence[str]) -> None:
        self.text = text
        self.names = names
        self.depth = 0

    def number(self, node: ast.expr) -> None:
        """Check an expression whose value is a number."""
        self._deeper(node)
        match node:
            case ast.Constant():
                self._constant(node)
            case ast.Name():
                self._name(node)
            case ast.BinOp():
                if not isinstance(node.op, ARITHMETIC):
                    self._refuse(node.right, _OPERATOR_ADVICE[type(node.op)])
                self.number(node.left)
                self.number(node.right)
            case ast.UnaryOp(op=ast.USub()):
                self.number(node.operand)
            case ast.IfExp():
                self.condition(node.test)
                self.number(node.body)
                self.number(node.orelse)
            case ast.Call():
                self._call(node)
            case ast.Compare() | ast.BoolOp() | ast.UnaryOp(op=ast.Not()):
                self._refuse(node, "a condition is not a number; write '1 if condition else 0'")
            case _:
                self._refuse(node, f"{self._source(node)!r} is not allowed; {_LANGUAGE}")
        self.depth -= 1

    def condition(self, node: ast.expr) -> None:
        """Check an expression that holds or not."""
        self._deeper(node)
        match node:
            case ast.Compare():
                for operator in node.ops:
                    if not isinstance(operator, COMPARISONS):
                        self._refuse(node, "only < <= > >= == != compare numbers")
                for operand in (node.left, *node.comparators):
                    self.number(operand)
            case ast.BoolOp():
                for value in node.values:
                    self.condition(value)
            case ast.UnaryOp(op=ast.Not()):
                self.condition(node.operand)
            case _:
                self._refuse(node, f"{self._source(node)!r} is not a condition; compare, as in 'x > 0'")
        self.depth -= 1

    def _constant(self, node: ast.Constant) -> None:
        if type(node.value) not in (int, float):
            self._refuse(node, f"{self._source(node)!r} is not a real number")
        if isinstance(node.value, float) and math.isinf(node.value):
            self._refuse(node, f"{self._source(node)!r} is too large; write 'inf' for infinity")

    def _name(self, node: ast.Name) -> None:
        if node.id in self.names or node.id in CONSTANTS:
            return
        if node.id in TEXTBOOK:
            self._refuse(node, f"{node.id!r} is a function; write '{node.id}(x)'")
        hint = did_you_mean(node.id, (*self.names, *CONSTANTS))
        self._refuse(node, f"unknown name {node.id!r}{hint or f'; known are {_listed(self.names)}'}")

    def _call(self, node: ast.Call) -> None:
        name = self._function_name(node.func)
        for argument in node.args:
            if isinstance(argument, ast.Starred):
                self._refuse(argument, f"{self._source(argument)!r} is not allowed; write the arguments out")
        if node.keywords:
            self._refuse(node.keywords[0].value, f"{name} takes its arguments by position")
        low, high = argument_counts(name)
        if not low <= len(node.args) <= high:
            wanted = f"{low}" if low == high else f"{low} or more"
            self._refuse(node, f"{name} takes {wanted} argument{'s' * (low > 1)}, got {len(node.args)}")
        numbers = node.args
        if name == "where":
            self.condition(node.args[0])
            numbers = node.args[1:]
        for argument in numbers:
            self.number(argument)

    def _function_name(self, node: ast.expr) -> str:
        if isinstance(node, ast.Name) and node.id in TEXTBOOK:
            return node.id
        if isinstance(node, ast.Attribute) and node.attr in TEXTBOOK:
            self._refuse(node, f"{self._source(node)!r} is not allowed; write {node.attr!r}")
        name = node.id if isinstance(node, ast.Name) else self._source(node)
        hint = did_you_mean(name, TEXTBOOK) or f"; functions are {_listed(sorted(TEXTBOOK))}"
        self._refuse(node, f"no function named {name!r}{hint}")

    def _deeper(self, node: ast.expr) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self._refuse(node, f"nested more than {MAX_DEPTH} deep")

    def _source(self, node: ast.expr) -> str:
        return ast.get_source_segment(self.text, node) or type(node).__name__

    def _refuse(self, node: ast.expr, sentence: str) -> NoReturn:
        # Python counts columns in bytes of UTF-8, people in characters.
        column = len(self.text.encode()[: node.col_offset].decode()) + 1
        raise FormulaError(f"formula {self.text!r}, column {column}: {sentence}")


def argument_counts(name: str) -> tuple[int, float]:
    """Fewest and most arguments of a function of the formula language."""
    parameters = inspect.signature(TEXTBOOK[name]).parameters.values()
    positional = sum(p.kind is p.POSITIONAL_OR_KEYWORD for p in parameters)
    open_ended = any(p.kind is p.VAR_POSITIONAL for p in parameters)
    return positional, math.inf if open_ended else positional


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) if names else "none"
