"""tanh and its short form."""

from __future__ import annotations

from numact.engine import coefficients
from numact.engine.simd.exponential import exponential
from numact.engine.values import Float64, absolute, at_least, at_most, copysign, fma, horner, where

LARGEST_SERIES_ARGUMENT = 0.75
SHORT_LARGEST_ARGUMENT = 11.0


def tanh(x: Float64) -> Float64:
    """Compute tanh(x)."""
    size = absolute(x)
    square = size * size
    series = fma(square * size, horner(square, coefficients.TANH), size)
    parts = exponential(at_most(size + size, 44.0))
    growth = (parts.high + parts.low) * parts.first * parts.second
    far = 1.0 - 2.0 / (growth + 1.0)
    return copysign(where(size < LARGEST_SERIES_ARGUMENT, series, far), x)


def short_tanh(x: Float64) -> Float64:
    """Compute tanh(x) for a float32 result."""
    clamped = at_most(at_least(x, -SHORT_LARGEST_ARGUMENT), SHORT_LARGEST_ARGUMENT)
    square = clamped * clamped
    numerator = clamped * horner(square, coefficients.SHORT_TANH_NUMERATOR)
    return numerator / horner(square, coefficients.SHORT_TANH_DENOMINATOR)
