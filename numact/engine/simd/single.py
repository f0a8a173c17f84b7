"""Functions of float32 numbers in float32 arithmetic, twice as many a vector as in float64.

What a float32 lacks is carried along in a second one where the result would show it, so that little but the
last addition rounds. They need fused multiply-add; for targets without it there are the float64 forms.

Errors are the largest of all float32 arguments, in units of the last place.
"""

from __future__ import annotations

from numact.engine import coefficients
from numact.engine.values import Float32, absolute, at_least, at_most, copysign, fma, horner, where

LOG2_E = 1.4426950408889634
# ln 2 in two parts; the first, of 15 bits, times an integer of 9 bits is exact.
LN2_HIGH = 0.693145751953125
LN2_LOW = 1.428606820309417e-06
# Adding it rounds a number to an integer n and leaves n in the low bits.
ROUND_TO_INTEGER = 1.5 * 2.0**23
MANTISSA_BITS = 23
ONE_BITS = 127 << MANTISSA_BITS  # of 1.0
LARGEST_POWER = 100 << MANTISSA_BITS  # by which a quotient is scaled down at once
# The bits of x taken from these give 1/x within an error (tools/derive_reciprocal.py).
RECIPROCAL_BITS, GUESS_ERROR = 0x7EF311C3, 0.0505
# Beyond these 1/(1 + exp(-x)) is 1, and 0; and tanh(x) is 1.
LOGISTIC_HIGH, LOGISTIC_LOW, TANH_HIGH = 60.0, -105.0, 10.0


def reduced(x: Float32) -> tuple[Float32, Float32, Float32]:
    """Split x = n ln 2 + r: a number with n in its low bits, n, and x - n LN2_HIGH, which is exact."""
    shifted = fma(x, LOG2_E, ROUND_TO_INTEGER)
    n = shifted - ROUND_TO_INTEGER
    return shifted, n, fma(n, -LN2_HIGH, x)


def reciprocal(x: Float32) -> Float32:
    """Approximate 1/x for 2**-100 < x < 2**100, with a relative error of 2**-14.9.

    Enough where the remainder of a quotient is put back, and sooner there than a division. From the first
    guess r, e = 1 - x*r is within `GUESS_ERROR`, where e**3 is nearly 3/4 `GUESS_ERROR`**2 e.
    """
    guess = (RECIPROCAL_BITS - x.bits()).as_float()
    error = fma(-x, guess, 1.0)
    return fma(guess, error * (error + (1.0 + 0.75 * GUESS_ERROR**2)), guess)


def logistic_product(x: Float32, factor: Float32) -> Float32:
    """Compute factor/(1 + exp(-x)) for a finite factor.

    With exp(-x) = 2**n p it is factor 2**-n/(2**-n + p) where n > 0, factor/(1 + 2**n p) elsewhere. The sum
    is taken in two parts, and the quotient's remainder put back. Error 0.99 for a factor of 1.
    """
    shifted, n, leading = reduced(-at_most(at_least(x, LOGISTIC_LOW), LOGISTIC_HIGH))
    r = fma(n, -LN2_LOW, leading)
    rise = fma(r * r, horner(r, coefficients.SINGLE_EXP), r)
    p = rise + 1.0
    p_rest = rise - (p - 1.0)
    whole = shifted.bits() << MANTISSA_BITS
    positive = whole.at_least(0)
    at_once = positive.at_most(LARGEST_POWER)
    scale = (ONE_BITS - at_once).as_float()
    part = (whole - positive + ONE_BITS).as_float()
    scaled = part * p
    total = scale + scaled
    is_small = scaled < scale
    larger, smaller = where(is_small, scale, scaled), where(is_small, scaled, scale)
    total_rest = fma(part, p_rest, smaller - (total - larger))
    inverse = reciprocal(total)
    quotient = factor * inverse
    remainder = fma(-total_rest, quotient, fma(-total, quotient, factor))
    return fma(inverse, remainder, quotient) * scale * (at_once - positive + ONE_BITS).as_float()


def tanh(x: Float32) -> Float32:
    """Compute tanh(x) as e/(e + 2), e = exp(2|x|) - 1 and the sum in two parts. Error 0.74."""
    size = at_most(absolute(x), TANH_HIGH)
    shifted, n, leading = reduced(size + size)
    r = fma(n, -LN2_LOW, leading)
    square, curve = r * r, horner(r, coefficients.SINGLE_EXPM1)
    rise = fma(square, curve, r)
    rise_rest = fma(square, curve, r - rise)
    power = ((shifted.bits() << MANTISSA_BITS) + ONE_BITS).as_float()
    offset, scaled = power - 1.0, power * rise
    e = offset + scaled
    e_rest = fma(power, rise_rest, scaled - (e - offset))
    total = e + 2.0
    total_rest = (at_most(e, 2.0) - (total - at_least(e, 2.0))) + e_rest
    inverse = reciprocal(total)
    # Once more, or results on plateaus, which are wide near 1, would not all be in order.
    inverse = fma(inverse, fma(-total, inverse, 1.0), inverse)
    quotient = e * inverse
    remainder = fma(-total_rest, quotient, fma(-total, quotient, e) + e_rest)
    return copysign(fma(inverse, remainder, quotient), x)
