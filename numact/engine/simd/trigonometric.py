"""sin and cos.

x = n pi/2 + r with |r| <= pi/4; pi/2 is subtracted in three parts (Cody and Waite), the products and sums
exactly, so that r keeps its relative accuracy next to multiples of pi/2.

Errors are the largest found against MPFR, in units of the last place of the result.
"""

from __future__ import annotations

from typing import NamedTuple

from numact.engine import coefficients
from numact.engine.simd.arithmetic import product_error, sum_error
from numact.engine.simd.exponential import ROUND_TO_INTEGER
from numact.engine.values import Condition, Float64, Int64, absolute, fma, horner, where

TWO_OVER_PI = 0.6366197723675814
PI_OVER_2_HIGH = 1.5707963267948966
PI_OVER_2_MIDDLE = 6.123233995736766e-17
PI_OVER_2_LOW = -1.4973849048591833e-33

# Beyond it, where neighbouring numbers are far apart, the answer is that for 0.
LARGEST_ARGUMENT = 2.0**40


class Angle(NamedTuple):
    """An angle reduced to (high + low) + quarters pi/2; only the last two bits of `quarters` count."""

    high: Float64
    low: Float64
    quarters: Int64


def reduce(x: Float64) -> Angle:
    """Subtract the nearest multiple of pi/2."""
    known = where(absolute(x) <= LARGEST_ARGUMENT, x, x * 0.0)
    shifted = fma(known, TWO_OVER_PI, ROUND_TO_INTEGER)
    n = shifted - ROUND_TO_INTEGER
    high, middle = n * PI_OVER_2_HIGH, n * PI_OVER_2_MIDDLE
    high_error = product_error(n, n.constant(PI_OVER_2_HIGH))
    middle_error = product_error(n, n.constant(PI_OVER_2_MIDDLE))
    first = known - high
    second = first - high_error
    third = second - middle
    errors = sum_error(first, -high_error) + sum_error(second, -middle)
    low = errors - fma(n, PI_OVER_2_LOW, middle_error)
    total = third + low
    return Angle(total, (third - total) + low, shifted.bits())


def _sine(angle: Angle) -> Float64:
    square = angle.high * angle.high
    cubic = angle.high * square * horner(square, coefficients.SIN)
    return angle.high + fma(angle.low, fma(square, -0.5, 1.0), cubic)


def _cosine(angle: Angle) -> Float64:
    square = angle.high * angle.high
    half = square * 0.5
    leading = 1.0 - half
    quartic = fma(square * square, horner(square, coefficients.COS), -(angle.high * angle.low))
    return leading + (((1.0 - leading) - half) + quartic)


def _is_odd(quarters: Int64) -> Condition:
    return (quarters & 1).equals(1)


def _flip(value: Float64, quarters: Int64) -> Float64:
    """Change the sign for the quarters 2 and 3."""
    return (value.bits() ^ ((quarters & 2) << 62)).as_float()


def sin(x: Float64) -> Float64:
    """Compute the sine of an angle up to 2**40; beyond that 0. Error 0.77."""
    angle = reduce(x)
    value = where(_is_odd(angle.quarters), _cosine(angle), _sine(angle))
    return where(x.equals(0.0), x, _flip(value, angle.quarters))


def cos(x: Float64) -> Float64:
    """Compute the cosine of an angle up to 2**40; beyond that 1. Error 0.77."""
    angle = reduce(x)
    value = where(_is_odd(angle.quarters), _sine(angle), _cosine(angle))
    return _flip(value, angle.quarters + 1)
