"""The functions that the author of an activation writes with.

Each of them dispatches on the kind of number it is given. Plain floats get IEEE answers and never an
exception: overflow is infinite, what is undefined is NaN. Any object with a method of the function's name
gets that method called, so that a ball, a multiple-precision or a symbolic number reads the same formula.
Numba compiles the same calls to vector code.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from numact import _floats


def exp(x: Any) -> Any:
    """Exponential function."""
    return _unary("exp", _floats.exp, x)


def expm1(x: Any) -> Any:
    """exp(x) - 1, accurate near 0."""
    return _unary("expm1", _floats.expm1, x)


def log(x: Any) -> Any:
    """Natural logarithm: -inf at 0, NaN below."""
    return _unary("log", _floats.log, x)


def log1p(x: Any) -> Any:
    """log(1 + x), accurate near 0."""
    return _unary("log1p", _floats.log1p, x)


def sqrt(x: Any) -> Any:
    """Square root, NaN below 0."""
    return _unary("sqrt", _floats.sqrt, x)


def sin(x: Any) -> Any:
    """Sine of x in radians."""
    return _unary("sin", _floats.sin, x)


def cos(x: Any) -> Any:
    """Cosine of x in radians."""
    return _unary("cos", _floats.cos, x)


def tanh(x: Any) -> Any:
    """Hyperbolic tangent."""
    return _unary("tanh", math.tanh, x)


def erf(x: Any) -> Any:
    """Error function, 2/sqrt(pi) times the integral of exp(-t*t) from 0 to x."""
    return _unary("erf", math.erf, x)


def erfc(x: Any) -> Any:
    """1 - erf(x), accurate in the upper tail."""
    return _unary("erfc", math.erfc, x)


def abs(x: Any) -> Any:
    """Absolute value."""
    if _is_special(x) and not _has(x, "abs"):
        return x.__abs__()
    return _unary("abs", math.fabs, x)


def pow(x: Any, y: Any) -> Any:
    """Power x**y: NaN for a negative x and a fractional y."""
    if _has(x, "pow"):
        return x.pow(y)
    if _has(y, "pow"):
        return x**y
    return _floats.power(float(x), float(y))


def minimum(a: Any, b: Any, *more: Any) -> Any:
    """Return the least argument, NaN if one of them is NaN."""
    least = _symmetric("minimum", _floats.minimum, a, b)
    return minimum(least, *more) if more else least


def maximum(a: Any, b: Any, *more: Any) -> Any:
    """Return the greatest argument, NaN if one of them is NaN."""
    greatest = _symmetric("maximum", _floats.maximum, a, b)
    return maximum(greatest, *more) if more else greatest


def where(condition: Any, a: Any, b: Any) -> Any:
    """Select a where the condition holds, else b: both are computed, one is taken."""
    if _has(condition, "where"):
        return condition.where(a, b)
    return _plain(a if condition else b)


def erfcx(x: Any) -> Any:
    """exp(x*x) * erfc(x) for x >= 0, without underflow."""
    if not _is_special(x) or _has(x, "erfcx"):
        return _unary("erfcx", _floats.erfcx, x)
    return exp(x * x) * erfc(x)


def normal_tail(x: Any) -> Any:
    """Upper tail of the standard normal distribution, erfc(x/sqrt(2))/2, for x >= 0."""
    if not _is_special(x) or _has(x, "normal_tail"):
        return _unary("normal_tail", _floats.normal_tail, x)
    return 0.5 * erfc(x * math.sqrt(0.5))


def log1p_unit(x: Any) -> Any:
    """`log1p` for 0 <= x <= 1, where it costs less."""
    return _short("log1p_unit", log1p, x)


def exp_product(x: Any, factor: Any) -> Any:
    """Multiply factor by exp(x), scaling by the power of two last: no normal result passes a subnormal."""
    if _has(x, "exp_product"):
        return x.exp_product(factor)
    if _is_special(x) or _is_special(factor):
        return factor * exp(x)
    return _floats.exp_product(float(x), float(factor))


def exp_of_sum(x: Any, error: Any) -> Any:
    """exp(x + error), where error is a rounding error of x: less than a unit in its last place."""
    if _has(x, "exp_of_sum"):
        return x.exp_of_sum(error)
    if _is_special(x) or _is_special(error):
        return exp(x + error)
    return _floats.exp_of_sum(float(x), float(error))


def logistic_product(x: Any, factor: Any) -> Any:
    """factor/(1 + exp(-x)), without overflow, for a finite factor."""
    if _has(x, "logistic_product"):
        return x.logistic_product(factor)
    if _is_special(x) or _is_special(factor):
        return factor / (1 + exp(-x))
    return _floats.logistic_product(float(x), float(factor))


def quotient(a: Any, b: Any) -> Any:
    """a/b, correctly rounded; infinite or NaN for b = 0."""
    if _has(a, "quotient"):
        return a.quotient(b)
    return a / b if _is_special(a) or _is_special(b) else _floats.divide(float(a), float(b))


def quotient_by_inverse(a: Any, b: Any, inverse: Any) -> Any:
    """a/b where ``inverse = 1/b`` is there, which costs less; ``|a| <= |b|`` and ``1 <= |b| < 2**1000``."""
    if _has(a, "quotient_by_inverse"):
        return a.quotient_by_inverse(b, inverse)
    if _is_special(a) or _is_special(b):
        return quotient(a, b)
    return _floats.quotient_by_inverse(float(a), float(b), float(inverse))


def rsqrt(x: Any) -> Any:
    """1/sqrt(x): infinite at 0, NaN below."""
    if not _is_special(x) or _has(x, "rsqrt"):
        return _unary("rsqrt", _floats.rsqrt, x)
    return 1 / sqrt(x)


def quotient_estimate(a: Any, b: Any) -> Any:
    """a/b with a relative error of 2**-38, for ``2**-1000 < |b| < 2**1000``: where the rest is put back."""
    return _short("quotient_estimate", quotient, a, b)


def rsqrt_estimate(x: Any) -> Any:
    """`rsqrt` with a relative error of 2**-37, for ``2**-1000 < x < 2**1000``: where the rest is put back."""
    return _short("rsqrt_estimate", rsqrt, x)


def fma(a: Any, b: Any, c: Any) -> Any:
    """a*b + c, with one rounding where the CPU has fused multiply-add."""
    for first, second in ((a, b), (b, a)):
        if _has(first, "fma"):
            return first.fma(second, c)
    if _is_special(a) or _is_special(b) or _is_special(c):
        return a * b + c
    return _floats.fma(float(a), float(b), float(c))


def product_error(a: Any, b: Any) -> Any:
    """a*b - round(a*b) of finite numbers, exact on every CPU."""
    return _symmetric("product_error", _floats.product_error, a, b)


def sum_error(a: Any, b: Any) -> Any:
    """(a+b) - round(a+b) of finite numbers, exact on every CPU."""
    return _symmetric("sum_error", _floats.sum_error, a, b)


def short_quotient(a: Any, b: Any) -> Any:
    """Divide, for ``2**-1000 < |b| < 2**1000``; in kernels up to float32 only as accurately as they need."""
    return _short("short_quotient", quotient, a, b)


def short_quotient_by_inverse(a: Any, b: Any, inverse: Any) -> Any:
    """`quotient_by_inverse`; in kernels up to float32 the product with the inverse."""
    return _short("short_quotient_by_inverse", quotient_by_inverse, a, b, inverse)


def short_rsqrt(x: Any) -> Any:
    """`rsqrt`, for ``2**-1000 < x < 2**1000``; in kernels up to float32 only as accurate as they need."""
    return _short("short_rsqrt", rsqrt, x)


def short_exp(x: Any) -> Any:
    """`exp`, in kernels for float32 and narrower only as accurate as their results need."""
    return _short("short_exp", exp, x)


def short_expm1(x: Any) -> Any:
    """`expm1`, in kernels for float32 and narrower only as accurate as their results need."""
    return _short("short_expm1", expm1, x)


def short_log1p(x: Any) -> Any:
    """`log1p`, in kernels for float32 and narrower only as accurate as their results need."""
    return _short("short_log1p", log1p, x)


def short_tanh(x: Any) -> Any:
    """`tanh`, in kernels for float32 and narrower only as accurate as their results need."""
    return _short("short_tanh", tanh, x)


def short_erfcx(x: Any) -> Any:
    """`erfcx`, in kernels for float32 and narrower only as accurate as their results need."""
    return _short("short_erfcx", erfcx, x)


def short_normal_tail(x: Any) -> Any:
    """`normal_tail`, in kernels for float32 and narrower only as accurate as their results need."""
    return _short("short_normal_tail", normal_tail, x)


def short_log1p_unit(x: Any) -> Any:
    """`log1p_unit`, in kernels for float32 and narrower only as accurate as their results need."""
    return _short("short_log1p_unit", log1p_unit, x)


def short_exp_product(x: Any, factor: Any) -> Any:
    """`exp_product`, in kernels for float32 and narrower only as accurate as their results need."""
    return _short("short_exp_product", exp_product, x, factor)


def short_logistic_product(x: Any, factor: Any) -> Any:
    """`logistic_product`, in kernels for float32 and narrower only as accurate as their results need."""
    return _short("short_logistic_product", logistic_product, x, factor)


def rounded_tanh(x: Any) -> Any:
    """`tanh`, rounded as the kernel's results are: for a result, not for further arithmetic."""
    return _short("rounded_tanh", tanh, x)


def rounded_logistic_product(x: Any, factor: Any) -> Any:
    """`logistic_product`, rounded as the kernel's results are: for a result, not for further arithmetic."""
    return _short("rounded_logistic_product", logistic_product, x, factor)


def short_exp_of_sum(x: Any, error: Any) -> Any:
    """`exp_of_sum`; kernels for float32 and narrower leave the error out, which they compute x without."""
    return _short("short_exp_of_sum", exp_of_sum, x, error)


def short_exp_of_sum_below_0(x: Any, error: Any) -> Any:
    """`exp_of_sum` for x <= 0, in kernels up to float32 without the error and with fewer operations."""
    return _short("short_exp_of_sum_below_0", exp_of_sum, x, error)


def short_sum_error(a: Any, b: Any) -> Any:
    """`sum_error`; 0 in kernels for float32 and narrower, whose results do not show it."""
    return _short("short_sum_error", sum_error, a, b)


# Compositions: kernels compile them as they compile an author's own helpers.


def is_wide(x: Any) -> Any:
    """Tell whether the short functions are the full ones, as in kernels for float64; known when compiled."""
    one = where(False, x, 1)
    return short_exp(one) == exp(one)


def short_difference_error(a: Any, b: Any) -> Any:
    """(a-b) - round(a-b), where infinite differences have none; 0 in kernels for float32 and narrower."""
    return where(a - b > -math.inf, short_sum_error(a, -b), 0.0)


def short_exp_of_difference(a: Any, b: Any) -> Any:
    """exp(a - b) for a <= b, with the rounding of the difference put back where results show it."""
    return short_exp_of_sum_below_0(a - b, short_difference_error(a, b))


def _has(value: Any, name: str) -> bool:
    return not isinstance(value, float) and hasattr(value, name)


def _is_special(value: Any) -> bool:
    """Whether the value is a kind of number of its own: it knows at least how to `exp` itself."""
    return _has(value, "exp")


def _plain(value: Any) -> Any:
    """Python's and NumPy's own numbers as floats, every other kind as it is."""
    is_own = isinstance(value, (int, float)) or (hasattr(value, "dtype") and not _is_special(value))
    return float(value) if is_own else value


def _unary(name: str, of_float: Callable[[float], float], x: Any) -> Any:
    return getattr(x, name)() if _has(x, name) else of_float(float(x))


def _symmetric(name: str, of_floats: Callable[[float, float], float], a: Any, b: Any) -> Any:
    for first, second in ((a, b), (b, a)):
        if _has(first, name):
            return getattr(first, name)(second)
    return of_floats(float(a), float(b))


def _short(name: str, full: Callable[..., Any], x: Any, *others: Any) -> Any:
    return getattr(x, name)(*others) if _has(x, name) else full(x, *others)


_TEXTBOOK = (exp, expm1, log, log1p, pow, sqrt, sin, cos, tanh, erf, erfc, abs, minimum, maximum, where)
_CAREFUL = (
    erfcx,
    normal_tail,
    log1p_unit,
    exp_product,
    exp_of_sum,
    logistic_product,
    quotient,
    quotient_estimate,
    quotient_by_inverse,
    rsqrt,
    rsqrt_estimate,
    fma,
    product_error,
    sum_error,
)
_SHORT = (
    short_exp,
    short_expm1,
    short_log1p,
    short_tanh,
    short_erfcx,
    short_normal_tail,
    short_log1p_unit,
    short_exp_product,
    short_exp_of_sum,
    short_exp_of_sum_below_0,
    short_sum_error,
    short_quotient,
    short_quotient_by_inverse,
    short_rsqrt,
    short_logistic_product,
)

_ROUNDED = (rounded_tanh, rounded_logistic_product)

FUNCTIONS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {function.__name__: function for function in _TEXTBOOK + _CAREFUL + _SHORT + _ROUNDED}
)
"""Every function an author may call, by name."""

TEXTBOOK: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {function.__name__: function for function in _TEXTBOOK} | {"min": minimum, "max": maximum}
)
"""The functions allowed in a formula's text, by the names allowed there."""

CONSTANTS: Mapping[str, float] = MappingProxyType({"pi": math.pi, "e": math.e, "inf": math.inf})
"""The constants allowed in a formula's text."""
