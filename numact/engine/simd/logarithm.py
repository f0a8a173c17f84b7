"""log, log1p and their short forms.

x = 2**k (1 + f) with sqrt(1/2) <= 1 + f < sqrt(2), and log(1 + f) is an odd function of s = f/(2 + f):
log(1 + f) = f - f*f/2 + s*(f*f/2 + s*s*R(s*s)), as in FreeBSD's msun.

Errors are the largest found against MPFR, in units of the last place of the result.
"""

from __future__ import annotations

from typing import NamedTuple

from numact.engine import coefficients
from numact.engine.simd.arithmetic import short_quotient
from numact.engine.simd.exponential import EXPONENT_BIAS, LN2_HIGH, LN2_LOW, MANTISSA_BITS
from numact.engine.values import Float64, copysign, fma, horner, where

INFINITY = float("inf")
NAN = float("nan")
LN2 = 0.6931471805599453
SQRT_2 = 1.4142135623730951
SMALLEST_NORMAL = 2.0**-1022

SQRT_HALF_BITS = 0x3FE6A09E667F3BCD
# Keeps exponents positive while they are integers.
OFFSET = 1100
TWO_TO_52_BITS = (EXPONENT_BIAS + MANTISSA_BITS) << MANTISSA_BITS
EXPONENT_MASK = 0xFFF << MANTISSA_BITS


class Reduced(NamedTuple):
    """The exponent k as a float64, and 2**-k."""

    exponent: Float64
    scale: Float64


def reduce(w: Float64) -> Reduced:
    """Find k such that 2**-k w lies between sqrt(1/2) and sqrt(2), for a normal w below 2**1023."""
    shifted = w.bits() + ((OFFSET << MANTISSA_BITS) - SQRT_HALF_BITS)
    exponent = ((shifted >> MANTISSA_BITS) | TWO_TO_52_BITS).as_float() - (2.0**52 + OFFSET)
    scale = ((EXPONENT_BIAS + OFFSET) << MANTISSA_BITS) - (shifted & EXPONENT_MASK)
    return Reduced(exponent, scale.as_float())


def _assemble(exponent: Float64, f: Float64, f_low: Float64 | None) -> Float64:
    """Compute exponent * ln 2 + log(1 + f + f_low), rounding the leading terms once."""
    s = f / (f + 2.0)
    y = s * s
    half_square = f * f * 0.5
    tail = fma(s, fma(y, horner(y, coefficients.LOG), half_square), exponent * LN2_LOW)
    if f_low is not None:
        tail = tail + (f_low - f_low * f)
    base = exponent * LN2_HIGH
    leading = base + f
    error = (base - leading) + f
    return leading + ((error - half_square) + tail)


def normalised(x: Float64) -> tuple[Float64, Float64]:
    """Compute f and k of x = 2**k (1 + f) for any x > 0, subnormal or near overflow too."""
    tiny, huge = x < SMALLEST_NORMAL, x >= 2.0**1000
    w = where(tiny, x * 2.0**54, where(huge, x * 2.0**-54, x))
    reduced = reduce(w)
    return w * reduced.scale - 1.0, reduced.exponent + where(tiny, -54.0, where(huge, 54.0, 0.0))


def log(x: Float64) -> Float64:
    """Compute the natural logarithm. Error 0.8."""
    f, exponent = normalised(x)
    result = _assemble(exponent, f, None)
    return _with_specials(x, 0.0, result)


def log1p(x: Float64) -> Float64:
    """Compute log(1 + x), taking 2**-k (1 + x) - 1 in two parts. Error 0.81."""
    huge = x >= 2.0**1000
    small = where(huge, x * 2.0**-54, x)
    reduced = reduce(small + 1.0)
    exponent = reduced.exponent + where(huge, 54.0, 0.0)
    a, b = reduced.scale - 1.0, small * reduced.scale
    f = a + b
    b_seen = f - a
    f_low = (a - (f - b_seen)) + (b - b_seen)
    result = copysign(_assemble(exponent, f, f_low), x)
    return _with_specials(x, -1.0, result)


def log1p_unit(x: Float64) -> Float64:
    """Compute log(1 + x) for 0 <= x <= 1, where k is 0 or 1. Error 0.82."""
    halved = x > SQRT_2 - 1.0
    scale, offset = where(halved, 0.5, 1.0), where(halved, -0.5, 0.0)
    f = fma(x, scale, offset)
    return _assemble(where(halved, 1.0, 0.0), f, fma(x, scale, offset - f))


def _with_specials(x: Float64, pole: float, result: Float64) -> Float64:
    """Put in -inf at the pole, NaN below it, and x itself where it is infinite or NaN."""
    at_pole = where(x.equals(pole), -INFINITY, NAN)
    return where(x < INFINITY, where(x > pole, result, at_pole), x)


def short_log1p(x: Float64) -> Float64:
    """Compute log(1 + x) for a float32 result.

    k ln 2 + s*P(s*s), P of degree 4. Relative error 2**-37.8; 0.5001 as a float32.
    """
    reduced = reduce(x + 1.0)
    f = fma(x, reduced.scale, reduced.scale - 1.0)
    s = short_quotient(f, f + 2.0)
    result = fma(reduced.exponent, LN2, s * horner(s * s, coefficients.SHORT_LOG))
    return _with_specials(x, -1.0, copysign(result, x))


def short_log1p_unit(x: Float64) -> Float64:
    """Compute log(1 + x) for 0 <= x <= 1 and a float32 result.

    x times a rational function of degrees 3 and 4. Relative error 2**-34.7; 0.501 as a float32.
    """
    numerator = horner(x, coefficients.SHORT_LOG1P_UNIT_NUMERATOR)
    return short_quotient(x * numerator, horner(x, coefficients.SHORT_LOG1P_UNIT_DENOMINATOR))
