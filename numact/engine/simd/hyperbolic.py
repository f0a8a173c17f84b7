"""tanh and its short form.

Errors are the largest found against MPFR, in units of the last place of the result.
"""

from __future__ import annotations

from numact.engine import coefficients
from numact.engine.simd.arithmetic import short_quotient
from numact.engine.simd.exponential import exponential, short_expm1
from numact.engine.values import Float64, absolute, at_most, copysign, fma, horner, where

LARGEST_SERIES_ARGUMENT = 0.75


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

    e/(e + 2) with e = exp(2|x|) - 1, whose parts a derivative shares. Relative error 2**-31.5; 0.504 as a
    float32.
    """
    growth = short_expm1(absolute(x) * 2.0)
    return copysign(short_quotient(growth, growth + 2.0), x)
