"""Rounding errors of sums and products, and other exact helpers."""

from __future__ import annotations

from numact.engine.target import has_fma
from numact.engine.values import Float64, absolute, fma, square_root, where

# Splits a float64 into two halves of at most 26 bits (Veltkamp).
SPLITTER = 2.0**27 + 1.0
# The bits of x taken from these give 1/x within 5.1 % (tools/derive_reciprocal.py).
RECIPROCAL_BITS = 0x7FDE6238502484BA
# Half the bits of x taken from these give 1/sqrt(x) within 3.5 % (tools/derive_inverse_root.py).
INVERSE_ROOT_BITS = 0x5FE6EC85A1E28E8A


def product_error(a: Float64, b: Float64) -> Float64:
    """Compute a*b - round(a*b) exactly, unless it underflows; without FMA |a|, |b| must be below 2**996."""
    product = a * b
    if has_fma():
        return fma(a, b, -product)
    a_high, a_low = _split(a)
    b_high, b_low = _split(b)
    return ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low


def _split(a: Float64) -> tuple[Float64, Float64]:
    stretched = a * SPLITTER
    high = stretched - (stretched - a)
    return high, a - high


def quotient(a: Float64, b: Float64) -> Float64:
    """Compute a/b, correctly rounded."""
    return a / b


def quotient_by_inverse(a: Float64, b: Float64, inverse: Float64) -> Float64:
    """Compute a/b where 1/b, correctly rounded, is there already; |a| <= |b|, and 1 <= |b| < 2**1000.

    With FMA the quotient's remainder is exact and put back, which leaves the error of one rounding.
    """
    if not has_fma():
        return a / b
    estimate = a * inverse
    return fma(fma(-estimate, b, a), inverse, estimate)


def short_quotient_by_inverse(a: Float64, b: Float64, inverse: Float64) -> Float64:
    """Compute a/b from 1/b for a float32 result."""
    return a * inverse


def short_quotient(a: Float64, b: Float64) -> Float64:
    """Compute a/b for a float32 result and 2**-1000 < |b| < 2**1000; NaN for a NaN."""
    return quotient_estimate(a, b)


def quotient_estimate(a: Float64, b: Float64) -> Float64:
    """Compute a/b for 2**-1000 < |b| < 2**1000, with a relative error of 2**-38.8; NaN for a NaN.

    A first guess and two steps of r + r*(e + e*e), e = 1 - b*r, each of which cubes the relative error.
    Processors divide a vector of float64 numbers in the time of 8 to 32 such operations.
    """
    guess = (RECIPROCAL_BITS - b.bits()).as_float()
    error = fma(-b, guess, 1.0)
    inverse = fma(guess, fma(error, error, error), guess)
    error = fma(-b, inverse, 1.0)
    # Multiplied by last, a zero keeps its sign.
    return a * fma(inverse, fma(error, error, error), inverse)


def rsqrt(x: Float64) -> Float64:
    """Compute 1/sqrt(x), rounded twice. Error 1.5."""
    return 1.0 / square_root(x)


def short_rsqrt(x: Float64) -> Float64:
    """Compute 1/sqrt(x) for a float32 result and 2**-1000 < x < 2**1000; NaN for a NaN."""
    return rsqrt_estimate(x)


def rsqrt_estimate(x: Float64) -> Float64:
    """Compute 1/sqrt(x) for 2**-1000 < x < 2**1000, with a relative error of 2**-38; NaN for a NaN.

    A first guess and two steps of r + r*e*(1/2 + 3/8 e), e = 1 - x*r*r, each of which cubes the relative
    error. A root and a division of float64 numbers take the time of 30 or more such operations.
    """
    inverse = (INVERSE_ROOT_BITS - (x.bits() >> 1)).as_float()
    for _ in range(2):
        error = fma(-(x * inverse), inverse, 1.0)
        inverse = fma(inverse * error, fma(error, 0.375, 0.5), inverse)
    return inverse


def remainder(dividend: Float64 | float, divisor: Float64, quotient: Float64) -> Float64:
    """Compute dividend - divisor*quotient exactly, for a quotient that is nearly right."""
    if has_fma():
        return fma(-divisor, quotient, dividend)
    return (dividend - divisor * quotient) - product_error(divisor, quotient)


def sum_error(a: Float64, b: Float64) -> Float64:
    """Compute a + b - round(a + b) exactly (Knuth's TwoSum)."""
    total = a + b
    b_seen = total - a
    return (a - (total - b_seen)) + (b - b_seen)


def maximum(a: Float64, b: Float64) -> Float64:
    """Choose the larger; NaN if either is NaN."""
    return where(a.is_nan(), a, where(a > b, a, b))


def minimum(a: Float64, b: Float64) -> Float64:
    """Choose the smaller; NaN if either is NaN."""
    return where(a.is_nan(), a, where(a < b, a, b))


def sqrt(x: Float64) -> Float64:
    """Compute the square root, correctly rounded."""
    return square_root(x)


def abs(x: Float64) -> Float64:
    """Compute |x|."""
    return absolute(x)
