"""erf, erfc and the scaled complement erfcx(x) = exp(x*x)*erfc(x)."""

from __future__ import annotations

from numact.engine import coefficients
from numact.engine.simd.arithmetic import product_error, remainder
from numact.engine.simd.exponential import exponential, scaled_product
from numact.engine.values import Float64, absolute, at_most, copysign, fma, horner, where

LARGEST_SERIES_ARGUMENT = 1.0
LARGEST_CORRECTED_ARGUMENT = 2.0**54
SHORT_LARGEST_ARGUMENT = 2.0**160


def erfcx(x: Float64) -> Float64:
    """Compute exp(x*x)*erfc(x) for x >= 0."""
    divisor = fma(x, 0.25, 1.0)
    t = 1.0 / divisor
    # What t lacks of 1/(1 + x/4), relative to t: divisor and quotient were both rounded.
    divisor_error = fma(x, 0.25, 1.0 - divisor)
    t_error = remainder(1.0, divisor, t) - divisor_error * t
    t_error = where(x < LARGEST_CORRECTED_ARGUMENT, t_error, 0.0)
    q = fma(t, -2.0, 1.0)
    value = horner(q, coefficients.ERFCX)
    # The result changes 1 + t + 2.5 t*t times as much, relative to itself, as t.
    sensitivity = fma(t, fma(t, 2.5, 1.0), 1.0)
    return t * fma(value, t_error * sensitivity, value)


def erfc(x: Float64) -> Float64:
    """Compute 1 - erf(x)."""
    size = at_most(absolute(x), 30.0)
    result = complement(size)
    return where(x < 0.0, 2.0 - result, result)


def complement(size: Float64) -> Float64:
    """Compute erfc(x) for 0 <= x <= 30, with the square in the exponential put right."""
    square = size * size
    parts = exponential(-square, -product_error(size, size))
    return scaled_product(parts, erfcx(size))


def erf(x: Float64) -> Float64:
    """Compute the error function."""
    size = at_most(absolute(x), 30.0)
    square = size * size
    series = fma(size, horner(square, coefficients.ERF), size)
    return copysign(where(size < LARGEST_SERIES_ARGUMENT, series, 1.0 - complement(size)), x)


def short_erfcx(x: Float64) -> Float64:
    """Compute exp(x*x)*erfc(x) for x >= 0 and a float32 result."""
    clamped = at_most(x, SHORT_LARGEST_ARGUMENT)
    numerator = horner(clamped, coefficients.SHORT_ERFCX_NUMERATOR)
    return numerator / horner(clamped, coefficients.SHORT_ERFCX_DENOMINATOR)
