"""The functions of `numact.scalar` for plain floats: IEEE answers where `math` raises."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

# ln 2 in two parts; the first has 32 trailing zero bits, so that n times it is exact for |n| < 2**20.
_LN2_HIGH = 6.93147180369123816490e-01
_LN2_LOW = 1.90821492927058770002e-10
# Beyond this exp() is 0 or inf even when the other factor is the smallest or largest float.
_EXP_RANGE = 3000.0
# From here the continued fraction of erfcx converges to the last bit within its terms.
_SQRT_HALF, _SQRT_HALF_REST = 0.7071067811865476, -4.833646656726457e-17
# From here on the tails of the normal distribution are 0 and 1.
_NORMAL_END = 28.0
_ERFCX_SWITCH = 4.0
_ERFCX_TERMS = 40


def exp(x: float) -> float:
    """exp(x), inf where it overflows."""
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


def expm1(x: float) -> float:
    """exp(x) - 1, inf where it overflows."""
    try:
        return math.expm1(x)
    except OverflowError:
        return math.inf


def rsqrt(x: float) -> float:
    """1/sqrt(x): infinite at 0, NaN below."""
    root = sqrt(x)
    return 1.0 / root if root else math.copysign(math.inf, root)


def log(x: float) -> float:
    """log(x): -inf at 0, NaN below."""
    return _logarithm(math.log, x, x)


def log1p(x: float) -> float:
    """log(1 + x): -inf at -1, NaN below."""
    return _logarithm(math.log1p, x, 1.0 + x)


def _logarithm(function: Callable[[float], float], x: float, argument: float) -> float:
    try:
        return function(x)
    except ValueError:
        return -math.inf if argument == 0.0 else math.nan


def power(x: float, y: float) -> float:
    """x**y by C's pow: NaN for a negative x and a fractional y."""
    try:
        return math.pow(x, y)
    except ValueError:
        if x != 0.0:
            return math.nan
        return math.copysign(math.inf, x) if y % 2.0 == 1.0 else math.inf
    except OverflowError:
        return -math.inf if x < 0.0 and y % 2.0 == 1.0 else math.inf


def divide(x: float, y: float) -> float:
    """Divide: infinite or NaN for y = 0."""
    if y != 0.0:
        return x / y
    if x == 0.0 or math.isnan(x):
        return math.nan
    return math.copysign(math.inf, x) * math.copysign(1.0, y)


def sqrt(x: float) -> float:
    """Square root, NaN below 0."""
    return math.nan if x < 0.0 else math.sqrt(x)


def sin(x: float) -> float:
    """sin(x), NaN at the infinities."""
    return math.nan if math.isinf(x) else math.sin(x)


def cos(x: float) -> float:
    """cos(x), NaN at the infinities."""
    return math.nan if math.isinf(x) else math.cos(x)


def minimum(a: float, b: float) -> float:
    """Return the lesser of two, NaN if either is."""
    if math.isnan(a) or math.isnan(b):
        return math.nan
    return min(a, b)


def maximum(a: float, b: float) -> float:
    """Return the greater of two, NaN if either is."""
    if math.isnan(a) or math.isnan(b):
        return math.nan
    return max(a, b)


def erfcx(x: float) -> float:
    """exp(x*x) * erfc(x), by a continued fraction where erfc would underflow."""
    if x < 0.0:
        return 2.0 * exp(x * x) - erfcx(-x)
    if math.isnan(x) or math.isinf(x):
        return math.nan if math.isnan(x) else 0.0
    if x < _ERFCX_SWITCH:
        return math.exp(x * x) * (1.0 + product_error(x, x)) * math.erfc(x)
    # erfcx(x) = 1/sqrt(pi) / (x + (1/2)/(x + (2/2)/(x + (3/2)/(x + ...)))), from the innermost out.
    tail = x
    for k in range(_ERFCX_TERMS, 0, -1):
        tail = x + 0.5 * k / tail
    return 1.0 / (math.sqrt(math.pi) * tail)


def normal_tail(x: float) -> float:
    """Upper tail of the standard normal distribution, the rounding of x/sqrt(2) put back."""
    t = x * _SQRT_HALF
    if not -_NORMAL_END < t < _NORMAL_END:
        return 0.5 * math.erfc(t)
    rest = product_error(x, _SQRT_HALF) + x * _SQRT_HALF_REST
    return 0.5 * math.erfc(t) - rest * math.exp(-t * t) / math.sqrt(math.pi)


def exp_product(x: float, factor: float) -> float:
    """Multiply factor by exp(x), the power of two applied last."""
    if math.isnan(x) or math.isinf(x) or math.isnan(factor) or math.isinf(factor):
        return factor * exp(x)
    x = min(max(x, -_EXP_RANGE), _EXP_RANGE)
    n = round(x / math.log(2.0))
    mantissa, exponent = math.frexp(factor)
    mantissa *= math.exp((x - n * _LN2_HIGH) - n * _LN2_LOW)
    try:
        return math.ldexp(mantissa, exponent + n)
    except OverflowError:
        return math.copysign(math.inf, factor)


def exp_of_sum(x: float, error: float) -> float:
    """exp(x + error), for an error below the last place of x."""
    power = exp(x)
    return power if math.isinf(power) and not math.isnan(error) else power + power * error


def logistic_product(x: float, factor: float) -> float:
    """factor/(1 + exp(-x))."""
    return (factor if x >= 0.0 else exp_product(x, factor)) / (1.0 + exp(-abs(x)))


def quotient_by_inverse(a: float, b: float, inverse: float) -> float:
    """a/b, where inverse is 1/b."""
    return inverse if math.isnan(inverse) else divide(a, b)


def fma(a: float, b: float, c: float) -> float:
    """a*b + c with one rounding."""
    if not (math.isfinite(a) and math.isfinite(b)):
        return a * b + c
    if not math.isfinite(c):
        return c
    exact = Fraction(a) * Fraction(b) + Fraction(c)
    # An exact zero keeps the sign that the plain sum gives it.
    return _rounded(exact) if exact else a * b + c


def product_error(a: float, b: float) -> float:
    """a*b - round(a*b), NaN where the product is not finite."""
    product = a * b
    if not math.isfinite(product):
        return math.nan
    return _rounded(Fraction(a) * Fraction(b) - Fraction(product))


def sum_error(a: float, b: float) -> float:
    """Compute (a + b) - round(a + b), by Knuth's TwoSum."""
    total = a + b
    from_b = total - a
    return (a - (total - from_b)) + (b - from_b)


def _rounded(exact: Fraction) -> float:
    try:
        return float(exact)
    except OverflowError:
        return math.inf if exact > 0 else -math.inf
