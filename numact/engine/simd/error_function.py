"""erf, erfc and the scaled complement erfcx(x) = exp(x*x)*erfc(x).

Errors are the largest found against MPFR, in units of the last place of the result, subnormal ones included.
"""

from __future__ import annotations

from numact.engine import coefficients
from numact.engine.simd.arithmetic import product_error, remainder, short_quotient
from numact.engine.simd.exponential import LOG2_E, exponential, scaled_product, short_exp2
from numact.engine.values import Float64, absolute, at_most, copysign, fma, horner, where

LARGEST_SERIES_ARGUMENT = 1.0
# erf of it rounds to 1.
LARGEST_ERF_ARGUMENT = 6.0
# From these on the upper tail of the normal distribution is 0, as a float64 and as a float32.
LARGEST_NORMAL_ARGUMENT, SHORT_LARGEST_NORMAL_ARGUMENT = 39.0, 37.0
LARGEST_CORRECTED_ARGUMENT = 2.0**900
SHORT_LARGEST_ARGUMENT = 2.0**160
SQRT_HALF, SQRT_HALF_REST = 0.7071067811865476, -4.833646656726457e-17
TWO_OVER_SQRT_PI = 1.1283791670955126


def erfcx(x: Float64) -> Float64:
    """Compute exp(x*x)*erfc(x) for x >= 0.

    t*P(q) with t = 1/(1 + x/4), q = 1 - 2*t, which maps all x >= 0 to the interval from -1 to 1 (Schonfelder,
    Chebyshev expansions for the error and related functions, Math. Comp. 32, 1978). Error 2.1.
    """
    divisor = fma(x, 0.25, 1.0)
    t = 1.0 / divisor
    # What t lacks of 1/(1 + x/4), relative to t: divisor and quotient were both rounded.
    divisor_error = fma(x, 0.25, 1.0 - divisor)
    t_error = remainder(1.0, divisor, t) - divisor_error * t
    t_error = where(x < LARGEST_CORRECTED_ARGUMENT, t_error, 0.0)
    q = fma(t, -2.0, 1.0)
    value, value_low = _leading_sum(q)
    # The result changes 1 + t + 2.5 t*t times as much, relative to itself, as t.
    sensitivity = fma(t, fma(t, 2.5, 1.0), 1.0)
    return fma(t, value, t * fma(value, t_error * sensitivity, value_low))


def _leading_sum(q: Float64) -> tuple[Float64, Float64]:
    """Evaluate the polynomial of erfcx, the last addition and the first coefficients in two parts."""
    first, *others = coefficients.ERFCX
    rest = horner(q, others)
    product = q * rest
    value = product + first
    error = product_error(q, rest) + ((first - value) + product)
    first_low, second_low = coefficients.ERFCX_LOW
    return value, error + fma(q, second_low, first_low)


def erfc(x: Float64) -> Float64:
    """Compute 1 - erf(x) as exp(-x*x)*erfcx(x), the square in two parts. Error 2.3 with FMA, 3.1 without."""
    size = at_most(absolute(x), 30.0)
    result = complement(size)
    return where(x < 0.0, 2.0 - result, result)


def complement(size: Float64) -> Float64:
    """Compute erfc(x) for 0 <= x <= 30."""
    square = size * size
    parts = exponential(-square, -product_error(size, size))
    return scaled_product(parts, erfcx(size))


def erf(x: Float64) -> Float64:
    """Compute the error function.

    x + x*P(x*x), P of degree 11, for |x| < 1, else 1 - exp(-x*x)*R(|x|), R rational of degrees 5 and 6. Error
    1.1 with FMA, 1.3 without.
    """
    size = at_most(absolute(x), LARGEST_ERF_ARGUMENT)
    square = size * size
    series = fma(size, horner(square, coefficients.ERF), size)
    parts = exponential(-square)
    numerator = (parts.high + parts.low) * parts.first * horner(size, coefficients.ERF_COMPLEMENT_NUMERATOR)
    quotient = numerator / horner(size, coefficients.ERF_COMPLEMENT_DENOMINATOR)
    far = 1.0 - quotient * parts.second
    return copysign(where(size < LARGEST_SERIES_ARGUMENT, series, far), x)


def short_erfcx(x: Float64) -> Float64:
    """Compute exp(x*x)*erfc(x) for x >= 0 and a float32 result.

    A rational function of degrees 5 and 6. Relative error 2**-33.4 to x = 10.5, where erfc(x) is 0 as a
    float32, and 2**-19.6 from there; 0.502 as a float32.
    """
    clamped = at_most(x, SHORT_LARGEST_ARGUMENT)
    numerator = horner(clamped, coefficients.SHORT_ERFCX_NUMERATOR)
    return short_quotient(numerator, horner(clamped, coefficients.SHORT_ERFCX_DENOMINATOR))


def normal_tail(x: Float64) -> Float64:
    """Compute erfc(x/sqrt(2))/2 for x >= 0 as exp(-x*x/2)*erfcx(x/sqrt(2))/2.

    Both arguments have their roundings put back, erfcx's through its derivative. Error 2.4 with FMA, 3.2
    without.
    """
    size = at_most(x, LARGEST_NORMAL_ARGUMENT)
    t = size * SQRT_HALF
    t_rest = product_error(size, size.constant(SQRT_HALF)) + size * SQRT_HALF_REST
    scaled = erfcx(t)
    scaled = scaled + t_rest * (2.0 * t * scaled - TWO_OVER_SQRT_PI)
    parts = exponential(size * size * -0.5, product_error(size, size) * -0.5)
    return scaled_product(parts, 0.5 * scaled)


def short_normal_tail(x: Float64) -> Float64:
    """Compute erfc(x/sqrt(2))/2 for x >= 0 and a float32 result.

    exp(-x*x/2)*R(x), R rational of degrees 4 and 5. Relative error 2**-26.3 to x = 20, where even times the
    largest float32 it is 0 as one; 0.7 as a float32.
    """
    size = at_most(x, SHORT_LARGEST_NORMAL_ARGUMENT)
    bell = short_exp2(size * size * (-0.5 * LOG2_E))
    numerator = horner(size, coefficients.SHORT_NORMAL_TAIL_NUMERATOR)
    return short_quotient(bell * numerator, horner(size, coefficients.SHORT_NORMAL_TAIL_DENOMINATOR))
