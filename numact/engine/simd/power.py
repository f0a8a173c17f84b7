"""pow: exp(y log|x|), the logarithm as a sum of two numbers, and the special cases of C's pow.

Errors are the largest found against MPFR, in units of the last place of the result, subnormal ones included.
"""

from __future__ import annotations

from numact.engine import coefficients
from numact.engine.simd.arithmetic import product_error, remainder
from numact.engine.simd.exponential import LN2_HIGH, LN2_LOW, exponential
from numact.engine.simd.logarithm import INFINITY, NAN, normalised
from numact.engine.values import Condition, Float64, absolute, at_least, at_most, copysign, fma, horner, where

TWO_THIRDS_HIGH = 0.6666666666666666
TWO_THIRDS_LOW = 3.700743415417188e-17

# exp of it overflows, and of its negative is 0.
LARGEST_EXPONENT = 1000.0


def logarithm(x: Float64) -> tuple[Float64, Float64]:
    """Compute log(x) for x >= 0 as a sum of two numbers; relative error 2**-65."""
    f, exponent = normalised(x)
    s, s_low = _quotient(f)
    square = s * s
    square_low = fma(s + s, s_low, product_error(s, s))
    cube = s * square
    cube_low = product_error(s, square) + fma(s, square_low, s_low * square)
    third = cube * TWO_THIRDS_HIGH
    third_low = product_error(cube, x.constant(TWO_THIRDS_HIGH))
    third_low = third_low + fma(cube, TWO_THIRDS_LOW, cube_low * TWO_THIRDS_HIGH)
    tail = cube * square * horner(square, coefficients.POW_LOG)
    base, twice = exponent * LN2_HIGH, s + s
    first = base + twice
    second = first + third
    errors = ((base - first) + twice) + ((first - second) + third)
    rest = errors + (fma(exponent, LN2_LOW, tail) + (third_low + (s_low + s_low)))
    high = second + rest
    low = (second - high) + rest
    unbounded = x.equals(0.0) | x.equals(INFINITY)
    limit = where(x.equals(0.0), -INFINITY, INFINITY)
    return where(unbounded, limit, high), where(unbounded, 0.0, low)


def _quotient(f: Float64) -> tuple[Float64, Float64]:
    """Compute f/(2 + f) as a sum of two numbers."""
    divisor = f + 2.0
    divisor_low = f - (divisor - 2.0)
    inverse = 1.0 / divisor
    s = f * inverse
    return s, (remainder(f, divisor, s) - s * divisor_low) * inverse


def pow(x: Float64, y: Float64) -> Float64:
    """Compute x**y; x < 0 needs an integer y. Error 0.75."""
    size = absolute(x)
    high, low = logarithm(size)
    product = y * high
    product_low = fma(y, low, product_error(y, high))
    clamped = at_most(at_least(product, -LARGEST_EXPONENT), LARGEST_EXPONENT)
    correction = where(absolute(product) < LARGEST_EXPONENT, product_low, 0.0)
    parts = exponential(clamped, correction)
    magnitude = (parts.high + parts.low) * parts.first * parts.second
    magnitude = where(size.equals(1.0) & ~y.is_nan(), 1.0, magnitude)
    integer = _is_integer(y)
    odd = integer & ~_is_integer(y * 0.5)
    result = where(odd, copysign(magnitude, x), magnitude)
    result = where((x < 0.0) & (x > -INFINITY) & ~integer, NAN, result)
    return where(x.equals(1.0) | y.equals(0.0), 1.0, result)


def _is_integer(y: Float64) -> Condition:
    size = absolute(y)
    return (size >= 2.0**52) | ((size + 2.0**52) - 2.0**52).equals(size)
