"""Formulas as LaTeX, for documentation and notebooks."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

from numact.errors import FormulaError
from numact.formula import Formula

# How tightly an expression holds together; a looser one gets parentheses inside a tighter one.
_SUM, _NEGATION, _PRODUCT, _POWER, _ATOM = range(5)

_COMPARISONS: Mapping[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: r"\le",
    ast.Gt: ">",
    ast.GtE: r"\ge",
    ast.Eq: "=",
    ast.NotEq: r"\ne",
}
_GREEK = (
    *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "kappa", "mu", "nu", "xi"),
    *("rho", "sigma", "tau", "phi", "chi", "psi", "omega"),
)
_SYMBOLS = {"lambd": r"\lambda", "lambda_": r"\lambda", "inf": r"\infty", "pi": r"\pi", "e": "e"}
_OPERATORS = {
    "log": r"\log",
    "sin": r"\sin",
    "cos": r"\cos",
    "tanh": r"\tanh",
    "min": r"\min",
    "max": r"\max",
    "minimum": r"\min",
    "maximum": r"\max",
    "erf": r"\operatorname{erf}",
    "erfc": r"\operatorname{erfc}",
}
_DIGITS = 6
_SUM_OVER_J = re.compile(r"\bsum_j\s+(\w+\([^()]*\))")

_Typeset = tuple[str, int]


def latex(formula: Formula) -> str:
    """Typeset a formula.

    Parameters
    ----------
    formula : Formula
        As `numact.formula.parse` gives it.

    Returns
    -------
    str
        LaTeX for a mathematics environment; numbers of many digits are cut, with dots.
    """
    return _Printer(formula.text).text(formula.tree)


def latex_of_row(text: str) -> str:
    """Typeset the formula of an activation along an axis.

    Parameters
    ----------
    text : str
        An expression in ``x_i``, with sums such as ``sum_j exp(x_j)``.

    Returns
    -------
    str
        LaTeX.

    Raises
    ------
    FormulaError
        If the text is meant for people alone.
    """
    source = _SUM_OVER_J.sub(r"sum_j(\1)", text)
    try:
        tree = ast.parse(source, mode="eval").body
    except SyntaxError:
        raise FormulaError(f"formula {text!r} is not an expression") from None
    return _Printer(source).text(tree)


def latex_of_name(name: str) -> str:
    """Typeset a name: Greek letters by their names, an index after an underscore, words upright."""
    if name in _SYMBOLS:
        return _SYMBOLS[name]
    if name in _GREEK:
        return f"\\{name}"
    stem, _, index = name.rpartition("_")
    if index and (len(stem) == 1 or stem in _GREEK):
        return f"{latex_of_name(stem)}_{{{index}}}"
    if len(name) == 1:
        return name
    return rf"\mathrm{{{_escaped(name)}}}"


def _escaped(name: str) -> str:
    return name.replace("_", r"\_")


class _Printer:
    """Walks a tree; every expression comes with how tightly it holds together."""

    def __init__(self, source: str) -> None:
        self._source = source

    def text(self, node: ast.expr, least: int = _SUM) -> str:
        """Typeset an expression, in parentheses if it is looser than `least`."""
        text, strength = self._number(node)
        return text if strength >= least else rf"\left({text}\right)"

    def _number(self, node: ast.expr) -> _Typeset:
        match node:
            case ast.Constant():
                return self._constant(node), _ATOM
            case ast.Name(id=name):
                return latex_of_name(name), _ATOM
            case ast.UnaryOp(op=ast.USub()):
                return "-" + self.text(node.operand, _PRODUCT), _NEGATION
            case ast.BinOp():
                return self._operation(node)
            case ast.IfExp():
                return self._cases(node), _ATOM
            case ast.Call(func=ast.Name(id="where"), args=[test, body, orelse]):
                return self._cases(ast.IfExp(test, body, orelse)), _ATOM
            case ast.Call(func=ast.Name(id=name)):
                return self._call(name, node.args)
        raise FormulaError(f"{ast.unparse(node)!r} cannot be typeset")

    def _constant(self, node: ast.Constant) -> str:
        text = (ast.get_source_segment(self._source, node) or repr(node.value)).replace("_", "").lower()
        mantissa, _, exponent = text.partition("e")
        whole, _, fraction = mantissa.partition(".")
        if len(fraction) > _DIGITS:
            mantissa = f"{whole}.{fraction[:_DIGITS]}\\ldots"
        if not exponent:
            return mantissa
        return rf"{mantissa} \cdot 10^{{{int(exponent)}}}"

    def _operation(self, node: ast.BinOp) -> _Typeset:
        left, right = node.left, node.right
        match node.op:
            case ast.Add():
                return f"{self.text(left)} + {self.text(right, _NEGATION + 1)}", _SUM
            case ast.Sub():
                return f"{self.text(left)} - {self.text(right, _NEGATION + 1)}", _SUM
            case ast.Mult():
                first, second = self.text(left, _NEGATION), self.text(right, _PRODUCT)
                sign = r"\cdot" if second[0].isdigit() or second.startswith(r"\begin") else r"\,"
                return f"{first} {sign} {second}", _PRODUCT
            case ast.Div():
                return rf"\frac{{{self.text(left)}}}{{{self.text(right)}}}", _PRODUCT
            case ast.Pow():
                return f"{self.text(left, _ATOM)}^{{{self.text(right)}}}", _POWER
        raise FormulaError(f"{ast.unparse(node)!r} cannot be typeset")

    def _call(self, name: str, arguments: list[ast.expr]) -> _Typeset:
        first = self.text(arguments[0]) if arguments else ""
        match name:
            case "exp":
                return f"e^{{{first}}}", _POWER
            case "expm1":
                return f"e^{{{first}}} - 1", _SUM
            case "log1p":
                return rf"\log\left(1 + {self.text(arguments[0], _NEGATION + 1)}\right)", _POWER
            case "sqrt":
                return rf"\sqrt{{{first}}}", _ATOM
            case "abs":
                return rf"\left|{first}\right|", _ATOM
            case "pow":
                return f"{self.text(arguments[0], _ATOM)}^{{{self.text(arguments[1])}}}", _POWER
            case "sum_j":
                return rf"\sum_{{j}} {self.text(arguments[0], _PRODUCT)}", _PRODUCT
        operator = _OPERATORS.get(name, rf"\operatorname{{{_escaped(name)}}}")
        listed = ", ".join(map(self.text, arguments))
        return rf"{operator}\left({listed}\right)", _POWER

    def _cases(self, node: ast.IfExp) -> str:
        lines = []
        rest: ast.expr = node
        while isinstance(rest, ast.IfExp):
            lines.append(rf"{self.text(rest.body)} & \text{{if }} {self._condition(rest.test)}")
            rest = rest.orelse
        lines.append(rf"{self.text(rest)} & \text{{otherwise}}")
        joined = r" \\ ".join(lines)
        return rf"\begin{{cases}} {joined} \end{{cases}}"

    def _condition(self, node: ast.expr) -> str:
        match node:
            case ast.Compare():
                parts = [self.text(node.left)]
                for comparison, operand in zip(node.ops, node.comparators, strict=True):
                    parts += [_COMPARISONS[type(comparison)], self.text(operand)]
                return " ".join(parts)
            case ast.BoolOp():
                word = "and" if isinstance(node.op, ast.And) else "or"
                return rf" \text{{ {word} }} ".join(map(self._condition, node.values))
            case ast.UnaryOp(op=ast.Not()):
                return rf"\text{{not }} \left({self._condition(node.operand)}\right)"
        raise FormulaError(f"{ast.unparse(node)!r} cannot be typeset")
