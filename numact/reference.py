"""The textbook formula read by NumPy, as a rival for speed, and by mpmath, as a judge of accuracy."""

from __future__ import annotations

import ast
import importlib
import math
from collections.abc import Callable, Mapping, Sequence
from types import FunctionType, ModuleType
from typing import Any

import mpmath
import numpy as np
from numpy.typing import NDArray

from numact.errors import FormulaError, NumactError
from numact.formula import Formula
from numact.rowformula import SUM
from numact.scalar import CONSTANTS, TEXTBOOK

# mpmath rounds to so many bits at first, beside what the size of the argument asks for.
_FIRST_BITS = 128
_DOUBLINGS = 4
_AGREEING_BITS = 80
_NUMPY_NAMES = ("exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tanh")


class Undecided(NumactError):
    """Two precisions never agreed on a value."""


def numpy_function(
    formula: Formula, library: ModuleType = np, special: ModuleType | None = None
) -> Callable[..., Any]:
    """Make the formula a function of arrays, as somebody would type it with NumPy.

    Parameters
    ----------
    formula : Formula
        What to compute.
    library : module
        NumPy, or another one that has its names.
    special : module, optional
        Where that library has the error function; SciPy's module unless given.

    Returns
    -------
    callable
        Takes arrays by the formula's names.

    Raises
    ------
    ModuleNotFoundError
        If the formula has an error function, which NumPy leaves to SciPy, and there is no SciPy.
    """
    code = formula.function().__code__
    spellings = {"abs": "abs", "min": "minimum", "max": "maximum", "pow": "power"}
    namespace: dict[str, Any] = {}
    for name in code.co_names:
        if name in ("erf", "erfc"):
            special = special or importlib.import_module("scipy.special")
            namespace[name] = _weak(getattr(special, name))
        else:
            namespace[name] = _weak(getattr(library, spellings.get(name, name)))
    return FunctionType(code, namespace, "formula")


def _weak(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let a function of Python numbers give one, which takes the precision of the arrays it meets."""

    def weak(*arguments: Any) -> Any:
        value = function(*arguments)
        return float(value) if all(isinstance(each, (int, float)) for each in arguments) else value

    return weak


def exact_value(formula: Formula, values: Mapping[str, float]) -> mpmath.mpf:
    """Evaluate a formula to far more digits than any array has.

    Parameters
    ----------
    formula : Formula
        What to compute.
    values : mapping
        A finite float for every name.

    Returns
    -------
    mpmath.mpf
        A value that two precisions agree on, one twice the other. Since a cancellation can leave 0 at both,
        0 is believed only where all precisions say so, 16 times the first one too.

    Raises
    ------
    Undecided
        If they never agree.
    """
    bits = _FIRST_BITS + sum(_needed_bits(value) for value in values.values())
    earlier = _at_precision(formula, values, bits)
    for doubling in range(_DOUBLINGS):
        later = _at_precision(formula, values, bits << (doubling + 1))
        if later != 0 and abs(later - earlier) <= abs(later) * mpmath.ldexp(1, -_AGREEING_BITS):
            return later
        earlier = later
    if earlier == 0:
        return earlier
    raise Undecided(f"{formula} at {dict(values)} has no value that two precisions agree on")


def _needed_bits(value: float) -> int:
    """Bits for adding 1 to the value, and for adding it to e to its own power."""
    if value == 0 or not math.isfinite(value):
        return 0
    return 4 * abs(math.frexp(value)[1]) + min(2 * math.ceil(abs(value)), _FIRST_BITS * 8)


def _at_precision(formula: Formula, values: Mapping[str, float], bits: int) -> mpmath.mpf:
    with mpmath.workprec(bits):
        namespace = {**_UNARY, **_BINARY, "pi": +mpmath.pi, "e": +mpmath.e, "inf": mpmath.inf}
        namespace.update({name: mpmath.mpf(value) for name, value in values.items()})
        return +mpmath.mpf(formula.evaluate(namespace, mpmath.mpf))


_UNARY: Mapping[str, Callable[..., Any]] = {
    "abs": mpmath.fabs,
    **{name: getattr(mpmath, name) for name in (*_NUMPY_NAMES, "erf", "erfc")},
}
_BINARY: Mapping[str, Callable[..., Any]] = {"pow": mpmath.power, "minimum": min, "maximum": max}


def row_function(text: str, names: Sequence[str]) -> Callable[[Mapping[str, Any]], Any]:
    """Read the formula of an axis activation, beside whose functions there are sums over the row.

    Parameters
    ----------
    text : str
        An expression in x_i, the elements of the row, and the parameters' names, such as
        ``exp(x_i) / sum_j exp(x_j)``: a sum is of the one function call that follows.
    names : sequence of str
        The parameters' names.

    Returns
    -------
    callable
        Takes a mapping of names to values and functions, and evaluates the text.

    Raises
    ------
    FormulaError
        If the text has anything else in it: such a formula is there to be read.
    """
    known = {"x_i", "x_j", "sum", *names, *TEXTBOOK, *CONSTANTS}
    allowed = (ast.BinOp, ast.UnaryOp, ast.Call, ast.Name, ast.Constant, ast.operator, ast.unaryop, ast.Load)
    try:
        tree = ast.parse(SUM.sub(r"sum(\1)", text), mode="eval")
    except SyntaxError:
        raise FormulaError(f"formula {text!r} is not an expression") from None
    for node in ast.walk(tree.body):
        if not isinstance(node, allowed) or (isinstance(node, ast.Name) and node.id not in known):
            raise FormulaError(f"formula {text!r} has {ast.unparse(node)!r} in it")
    code = compile(tree, f"<formula {text}>", "eval")
    return lambda namespace: eval(code, {"__builtins__": {}}, dict(namespace))


def numpy_rows(
    text: str, params: Mapping[str, Any], library: ModuleType = np, axis: int = -1
) -> Callable[[NDArray[np.float32]], Any]:
    """Make the formula of an axis activation a function of the rows of an array.

    Parameters
    ----------
    text : str
        As for `row_function`.
    params : mapping
        Values of the parameters.
    library : module
        NumPy, or another one that has its names.
    axis : int
        The axis along which rows lie.
    """
    evaluate = row_function(text, tuple(params))
    namespace = {name: getattr(library, name) for name in (*_NUMPY_NAMES, "abs")}
    namespace |= {"pow": library.power, "sum": lambda x: x.sum(axis=axis, keepdims=True), **params}
    return lambda x: evaluate({**namespace, "x_i": x, "x_j": x})


def exact_row(text: str, row: NDArray[np.float32], params: Mapping[str, Any]) -> list[mpmath.mpf]:
    """Evaluate the formula of an axis activation for one row, to far more digits than any array has.

    Parameters
    ----------
    text : str
        As for `row_function`.
    row : ndarray
        1-D, finite.
    params : mapping
        Values of the parameters.
    """
    evaluate = row_function(text, tuple(params))
    bits = 4 * _FIRST_BITS + max(_needed_bits(float(value)) for value in row)
    earlier, later = (_row_at_precision(evaluate, row, params, precision) for precision in (bits, 2 * bits))
    for one, other in zip(earlier, later, strict=True):
        if other == 0 or abs(other - one) > abs(other) * mpmath.ldexp(1, -_AGREEING_BITS):
            raise Undecided(f"{text} has no value that two precisions agree on")
    return later


def _row_at_precision(
    evaluate: Callable[[Mapping[str, Any]], Any],
    row: NDArray[np.float32],
    params: Mapping[str, Any],
    bits: int,
) -> list[mpmath.mpf]:
    with mpmath.workprec(bits):
        namespace = {name: np.frompyfunc(function, 1, 1) for name, function in _UNARY.items()}
        values = np.array([mpmath.mpf(float(value)) for value in row], dtype=object)
        return list(evaluate({**namespace, **_BINARY, "sum": np.sum, **params, "x_i": values, "x_j": values}))


def worst_ulp(got: NDArray[np.float32], exact: Sequence[mpmath.mpf]) -> float:
    """Return the greatest error in units in the last place of float32.

    Parameters
    ----------
    got : ndarray
        Computed values.
    exact : sequence of mpmath.mpf
        What they should be.
    """
    errors = [_ulp(float(value), reference) for value, reference in zip(got.ravel(), exact, strict=True)]
    return max(errors, default=0.0)


def _ulp(got: float, exact: mpmath.mpf) -> float:
    if not math.isfinite(got):
        return math.inf
    exponent = max(mpmath.frexp(exact)[1] - 24, -149) if exact else -149
    with mpmath.workprec(_FIRST_BITS):
        return float(mpmath.ldexp(abs(got - exact), -exponent))
