"""exp(x) - 1 with more bits than a float64 has, for sums in which it cancels."""

from __future__ import annotations

from typing import Any

from numact.scalar import fma, is_wide, product_error, where

# Below it exp(x) is nothing next to 1, whatever the precision.
LOWEST = -80
# The series is summed at x/256, and the result doubled eight times.
PART = 1 / 256
# 1/3! to 1/6!, with what their float64 lacks.
THIRD, THIRD_REST = 0.16666666666666666, 9.25185853854297e-18
FOURTH, FOURTH_REST = 0.041666666666666664, 2.3129646346357427e-18
FIFTH, FIFTH_REST = 0.008333333333333333, 1.1564823173178714e-19
SIXTH, SIXTH_REST = 0.001388888888888889, -5.300543954373577e-20


def expm1_pair(x: Any) -> Any:
    """Compute exp(x) - 1 for x <= 0 as a sum of two numbers, with 100 bits or, for float32 results, 60."""
    r = PART * where(x < LOWEST, LOWEST, x)
    wide_high, wide_low = wide_series(r)
    high, low = series(r)
    high, low = where(is_wide(x), wide_high, high), where(is_wide(x), wide_low, low)
    high, low = times_16(high, low)
    high, low = times_16(high, low)
    return fast_sum(high, low)


def fast_sum(a: Any, b: Any) -> Any:
    """Give a + b, rounded, and what it lacks, where a is the greater one."""
    total = a + b
    return total, (a - total) + b


def times_2(high: Any, low: Any) -> Any:
    """Compute exp(2x) - 1 = e*e + 2e from e = exp(x) - 1."""
    square = high * high
    square_rest = fma(2 * high, low, product_error(high, high))
    total, rest = fast_sum(2 * high, square)
    return total, rest + fma(2, low, square_rest)


def times_4(high: Any, low: Any) -> Any:
    """Compute exp(4x) - 1 from exp(x) - 1."""
    high, low = times_2(high, low)
    return times_2(high, low)


def times_16(high: Any, low: Any) -> Any:
    """Compute exp(16x) - 1 from exp(x) - 1."""
    high, low = times_4(high, low)
    return times_4(high, low)


def series(r: Any) -> Any:
    """Sum the power series to 9 terms, of which the first two need no rounding."""
    high = fma(r, fma(r, fma(r, 1 / 362880, 1 / 40320), 1 / 5040), 1 / 720)
    rest = fma(r, fma(r, fma(r, high, 1 / 120), 1 / 24), 1 / 6)
    square = r * r
    return fast_sum(r, fma(r * square, rest, 0.5 * square))


def wide_series(r: Any) -> Any:
    """Sum the power series to 13 terms, the first six by pairs of numbers."""
    high = fma(r, fma(r, fma(r, 1 / 6227020800, 1 / 479001600), 1 / 39916800), 1 / 3628800)
    seventh = fma(r, fma(r, fma(r, high, 1 / 362880), 1 / 40320), 1 / 5040)
    high, low = step(r, seventh, 0, SIXTH, SIXTH_REST)
    high, low = step(r, high, low, FIFTH, FIFTH_REST)
    high, low = step(r, high, low, FOURTH, FOURTH_REST)
    high, low = step(r, high, low, THIRD, THIRD_REST)
    high, low = step(r, high, low, 0.5, 0)
    high, low = step(r, high, low, 1, 0)
    return r * high, fma(r, low, product_error(r, high))


def step(r: Any, high: Any, low: Any, term: Any, term_rest: Any) -> Any:
    """Take one step of Horner's rule, term + r*(high + low), where the term is the greater part."""
    product = r * high
    total, rest = fast_sum(term, product)
    return total, rest + (fma(r, low, product_error(r, high)) + term_rest)
