"""exp and its relatives.

x = n ln 2 + r with |r| <= ln(2)/2, exp(x) = 2**n exp(r). n comes from adding a number so large that the sum
is rounded to an integer, which then stands in the sum's low bits; 2**n is made of these bits. ln 2 is
subtracted in two parts (Cody and Waite, Software Manual for the Elementary Functions, 1980).

Errors are the largest found against MPFR, in units of the last place of the result, subnormal ones included.
"""

from __future__ import annotations

from typing import NamedTuple

from numact.engine import coefficients
from numact.engine.simd.arithmetic import product_error
from numact.engine.values import Float64, at_least, at_most, copysign, fma, horner

LOG2_E = 1.4426950408889634
# ln 2 in two parts; the first times an integer of 11 bits is exact.
LN2_HIGH = 0.6931471805598903
LN2_LOW = 5.497923018708371e-14

# Adding it rounds a number to an integer n and leaves n in the low bits; the others leave n + 1023, n + 2046.
ROUND_TO_INTEGER = 1.5 * 2.0**52
EXPONENT_BIAS = 1023
ROUND_TO_EXPONENT = ROUND_TO_INTEGER + EXPONENT_BIAS
ROUND_TO_TWO_EXPONENTS = ROUND_TO_INTEGER + 2 * EXPONENT_BIAS
MANTISSA_BITS = 52

# exp of these is infinite and 0, even times any factor.
LARGEST_ARGUMENT = 1410.0
# exp of these is so for float32: the fourth power of the one is finite, the other times 1e250 is 0 still.
SHORT_LARGEST_ARGUMENT = 160.0
SHORT_SMALLEST_ARGUMENT = -700.0


class Exponential(NamedTuple):
    """exp(x) = (high + low) * first * second, where both scales are powers of two."""

    high: Float64
    low: Float64
    first: Float64
    second: Float64


def power_of_two(shifted: Float64) -> Float64:
    """Compute 2**n from n + 1023 in the low bits."""
    return (shifted.bits() << MANTISSA_BITS).as_float()


def two_powers(shifted: Float64) -> tuple[Float64, Float64]:
    """Compute two powers of two whose product is 2**n, from n + 2046 in the low bits."""
    both = shifted.bits()
    half = both >> 1
    return (half << MANTISSA_BITS).as_float(), ((both - half) << MANTISSA_BITS).as_float()


def exponential(x: Float64, correction: Float64 | None = None) -> Exponential:
    """Compute the parts of exp(x + correction) for |x| <= `LARGEST_ARGUMENT`; relative error 2**-56."""
    shifted = fma(x, LOG2_E, ROUND_TO_TWO_EXPONENTS)
    n = shifted - ROUND_TO_TWO_EXPONENTS
    r, rest = _subtract_multiple(x, n, correction)
    high = r + 1.0
    low = fma(r * r, horner(r, coefficients.EXP), (r - (high - 1.0)) + rest)
    return Exponential(high, low, *two_powers(shifted))


def _subtract_multiple(x: Float64, n: Float64, correction: Float64 | None = None) -> tuple[Float64, Float64]:
    """Compute x + correction - n ln 2 as a sum of two numbers."""
    leading = fma(n, -LN2_HIGH, x)
    trailing = n * -LN2_LOW if correction is None else fma(n, -LN2_LOW, correction)
    r = leading + trailing
    return r, (leading - r) + trailing


def exp(x: Float64) -> Float64:
    """Compute exp(x).

    exp(r) = 1 + r + r*r*Q(r), Q of degree 9, the leading sum in two parts. Error 0.65, of subnormals 0.77.
    """
    return _product(exponential(_clamped(x)))


def exp_product(x: Float64, factor: Float64) -> Float64:
    """Compute factor*exp(x), multiplying by 2**n last: no normal result passes through a subnormal.

    Error 0.65 with FMA, 1.1 without, of subnormal results 0.8.
    """
    return scaled_product(exponential(_clamped(x)), factor)


def exp_of_sum(x: Float64, error: Float64) -> Float64:
    """Compute exp(x + error), where error is a few units in the last place of x. Error as for `exp`."""
    return _product(exponential(_clamped(x), error))


def _product(parts: Exponential) -> Float64:
    return (parts.high + parts.low) * parts.first * parts.second


def scaled_product(parts: Exponential, factor: Float64) -> Float64:
    """Multiply an exponential by a factor, rounding as late as can be."""
    scaled = factor * parts.first
    return fma(parts.high, scaled, parts.low * scaled) * parts.second


def _clamped(x: Float64) -> Float64:
    return at_most(at_least(x, -LARGEST_ARGUMENT), LARGEST_ARGUMENT)


def expm1(x: Float64) -> Float64:
    """Compute exp(x) - 1.

    (1 + r + low) 2**n - 1, low = r*r*Q(r) with Q of degree 10, the leading sum in two parts. Error 1.0 with
    FMA, 1.1 without.
    """
    clamped = at_most(at_least(x, -40.0), 710.0)
    shifted = fma(clamped, LOG2_E, ROUND_TO_TWO_EXPONENTS)
    n = shifted - ROUND_TO_TWO_EXPONENTS
    r, rest = _subtract_multiple(clamped, n)
    square = r * r
    # The leading term of `low` is square/2, so it feels the square's rounding.
    rest = fma(product_error(r, r), 0.5, rest)
    low = fma(square, horner(r, coefficients.EXPM1), rest)
    first, second = two_powers(shifted)
    # (exp(r) 2**n - 1) = ((r + low) first + (first - 1/second)) second, where `second` is at most a factor
    # of two away from `first` and only the last product may overflow.
    inverse = ((2 * EXPONENT_BIAS << MANTISSA_BITS) - second.bits()).as_float()
    offset = first - inverse
    total = fma(r, first, offset)
    error = fma(r, first, offset - total) + ((first - offset) - inverse)
    return copysign(fma(low, first, error) + total, x) * second


def short_exp(x: Float64) -> Float64:
    """Compute exp(x) for a float32 result.

    2**n 2**t, where 2**t is a polynomial of degree 6. Relative error 2**-28.3; 0.53 as a float32.
    """
    clamped = at_most(at_least(x, SHORT_SMALLEST_ARGUMENT), SHORT_LARGEST_ARGUMENT)
    return short_exp2(clamped * LOG2_E)


def short_exp2(x: Float64) -> Float64:
    """Compute 2**x for |x| <= 1010 and a float32 result. Additions are cheaper than products to reduce x."""
    shifted = x + ROUND_TO_INTEGER
    return _scaled_power(x - (shifted - ROUND_TO_INTEGER), shifted)


def _scaled_power(t: Float64, shifted: Float64) -> Float64:
    """Compute 2**t 2**n from n in the low bits, for a float32 result."""
    # n is added to the exponent, which no number here brings near its ends. NaN stays NaN, for its last bits,
    # which stand in the place of n, are 0 in every NaN that was a float32.
    fraction = horner(t, coefficients.SHORT_EXP2)
    return (fraction.bits() + (shifted.bits() << MANTISSA_BITS)).as_float()


def short_exp_below_0(x: Float64) -> Float64:
    """Compute exp(x) for x <= 0 and a float32 result, in fewer operations than `short_exp`."""
    clamped = at_least(x, SHORT_SMALLEST_ARGUMENT)
    shifted = fma(clamped, LOG2_E, ROUND_TO_INTEGER)
    t = fma(clamped, LOG2_E, -(shifted - ROUND_TO_INTEGER))
    return _scaled_power(t, shifted)


def short_exp_product(x: Float64, factor: Float64) -> Float64:
    """Compute factor*exp(x) for a float32 result; 2**n needs no care, as float64 has room."""
    return short_exp(x) * factor


def short_expm1(x: Float64) -> Float64:
    """Compute exp(x) - 1 for a float32 result.

    2**n (2**t - 1) + (2**n - 1), where (2**t - 1)/t is a polynomial of degree 6. Relative error 2**-31.6;
    0.504 as a float32.
    """
    exponent = at_most(at_least(x, SHORT_SMALLEST_ARGUMENT), SHORT_LARGEST_ARGUMENT) * LOG2_E
    shifted = exponent + ROUND_TO_EXPONENT
    t = exponent - (shifted - ROUND_TO_EXPONENT)
    scale = power_of_two(shifted)
    return copysign(fma(horner(t, coefficients.SHORT_EXP2M1), t * scale, scale - 1.0), x)
