"""Under which names authors know the functions of `numact.scalar`, and what to use for what no kernel has."""

from __future__ import annotations

import builtins
import difflib
import sys
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from numact import rows, scalar

# Names of the functions of `numact.scalar` beside those names themselves.
OTHER_SPELLINGS = {
    "fabs": "abs",
    "absolute": "abs",
    "fmin": "minimum",
    "fmax": "maximum",
    "min": "minimum",
    "max": "maximum",
    "power": "pow",
}
# What to use for functions that authors try and that no kernel has.
ADVICE = {
    "clip": "minimum(maximum(x, low), high)",
    "sign": "where(x > 0, 1, where(x < 0, -1, x))",
    "copysign": "where(x < 0, -size, size)",
    "heaviside": "where(x > 0, 1, 0)",
    "exp2": "exp(x * 0.6931471805599453)",
    "log2": "log(x) * 1.4426950408889634",
    "log10": "log(x) * 0.4342944819032518",
    "cosh": "(exp(x) + exp(-x)) / 2",
    "sinh": "(expm1(x) - expm1(-x)) / 2",
    "tan": "sin(x) / cos(x)",
    "hypot": "sqrt(x**2 + y**2)",
    "cbrt": "where(x < 0, -pow(-x, 1 / 3), pow(x, 1 / 3))",
    "expit": "1 / (1 + exp(-x))",
    "sigmoid": "1 / (1 + exp(-x))",
    "relu": "maximum(x, 0)",
    "logaddexp": "maximum(a, b) + log1p(exp(-abs(a - b)))",
    "square": "x**2",
    "reciprocal": "1 / x",
    "isnan": "x != x",
    "isinf": "abs(x) == inf",
    "isfinite": "abs(x) < inf",
    "round": "where and comparisons",
    "int": "where and comparisons",
    "floor": "where and comparisons",
    "ceil": "where and comparisons",
    "sum": "a loop: total = total + term",
    "range": "a constant number of steps",
    "random": "an activation of kind 'random', whose function is given a random number u",
    "rand": "an activation of kind 'random', whose function is given a random number u",
    "print": "a call of the function with floats, outside numact",
    "float32": "a constant of the module",
    "float64": "a constant of the module",
}
# What to use for values that are no numbers.
FOR_VALUES = {
    "list": "a tuple of numbers",
    "ndarray": "a tuple of numbers",
    "dict": "a number or a tuple of numbers for each",
    "Fraction": "a float",
    "Decimal": "a float",
    "partial": "a plain function",
    "method": "a plain function",
    "_lru_cache_wrapper": "a plain function",
}
BUILTINS = {"abs": scalar.abs, "min": scalar.minimum, "max": scalar.maximum, "pow": scalar.pow}
PLAIN_BUILTINS = ("float", "int", "bool", "range", "len")
# Modules whose functions stand for those of `numact.scalar` that have their names.
PROVIDERS = (
    "math",
    "cmath",
    "numpy",
    "scipy.special",
    "torch",
    "torch.special",
    "jax.numpy",
    "jax.scipy.special",
    "numact.scalar",
)
LIKE_ENOUGH = 0.75  # for a name to be taken for a misspelling


def known_function(value: Any) -> Any | None:
    """Give the function of `numact.scalar` that a value stands for, by identity or by its home and name."""
    for name, known in BUILTINS.items():
        if value is getattr(builtins, name):
            return known
    if any(value is known for known in (*scalar.FUNCTIONS.values(), *rows.FUNCTIONS.values())):
        return value
    if isinstance(value, np.ufunc) or home(value) in ("math", "cmath", "numpy", "scipy"):
        return named(getattr(value, "__name__", ""))
    return None


def known_attribute(module: ModuleType, attribute: str) -> Any | None:
    """Give the function of `numact.scalar` that a module's function stands for."""
    return named(attribute) if module.__name__ in PROVIDERS else None


def named(name: str) -> Callable[..., Any] | None:
    """Give the function of `numact.scalar` of that name, in any spelling."""
    return scalar.FUNCTIONS.get(OTHER_SPELLINGS.get(name, name))


def is_plain_builtin(value: Any) -> bool:
    """Tell whether a value is a builtin that Numba compiles as it is."""
    return any(value is getattr(builtins, name) for name in PLAIN_BUILTINS)


def home(value: Any) -> str:
    """Name the top-level package or module that a function was defined in."""
    return (getattr(value, "__module__", None) or "").partition(".")[0]


def is_helper(value: Any) -> bool:
    """Tell whether a value is an author's function, and none of a library that is not theirs."""
    if home(value) in ("numpy", "scipy", "torch", "jax") or home(value) in sys.stdlib_module_names:
        return False
    return isinstance(getattr(value, "py_func", value), FunctionType)


def instead(name: str, value: Any = None) -> str:
    """Give the end of an error sentence: what to use.

    Parameters
    ----------
    name : str
        What the author wrote.
    value
        What it stands for.

    Returns
    -------
    str
        With a leading semicolon.
    """
    if name in ADVICE:
        return f"; use {ADVICE[name]}"
    if type(value).__name__ in FOR_VALUES:
        return f"; use {FOR_VALUES[type(value).__name__]}"
    known = named(name)
    near = [known.__name__] if known else difflib.get_close_matches(name, scalar.FUNCTIONS, 1, LIKE_ENOUGH)
    if near:
        return f"; use numact.scalar.{near[0]}"
    return f"; use arithmetic, comparisons and numact.scalar's {', '.join(scalar.TEXTBOOK)}"
