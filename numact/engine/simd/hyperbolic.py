"""tanh and its short form.

Errors are the largest found against MPFR, in units of the last place of the result.
"""

from __future__ import annotations

from numact.engine import coefficients
from numact.engine.simd.exponential import exponential
from numact.engine.values import Float64, absolute, at_least, at_most, copysign, fma, horner, where

LARGEST_SERIES_ARGUMENT = 0.75
SHORT_LARGEST_ARGUMENT = 9.0625  # tanh of it is 1 as a float32


def tanh(x: Float64) -> Float64:
    """Compute tanh(x).

    x + x**3 P(x*x), P of degree 11, for |x| < 3/4, else 1 - 2/(exp(2|x|) + 1). Error 1.0.
    """
    size = absolute(x)
    square = size * size
    series = fma(square * size, horner(square, coefficients.TANH), size)
    parts = exponential(at_most(size + size, 44.0))
    growth = (parts.high + parts.low) * parts.first * parts.second
    far = 1.0 - 2.0 / (growth + 1.0)
    return copysign(where(size < LARGEST_SERIES_ARGUMENT, series, far), x)


def short_tanh(x: Float64) -> Float64:
    """Compute tanh(x) for a float32 result.

    x times a rational function of x*x, of degrees 4 and 5. Relative error 2**-29.9, also beyond 9.0625, where
    the answer stays that for 9.0625; 0.52 as a float32.
    """
    clamped = at_most(at_least(x, -SHORT_LARGEST_ARGUMENT), SHORT_LARGEST_ARGUMENT)
    square = clamped * clamped
    numerator = clamped * horner(square, coefficients.SHORT_TANH_NUMERATOR)
    return numerator / horner(square, coefficients.SHORT_TANH_DENOMINATOR)
