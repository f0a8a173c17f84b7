"""x times the sigmoid of p, where p is a multiple of x: what silu and quick_gelu share."""

from __future__ import annotations

from typing import Any

from numact.scalar import exp, exp_product, fma, is_wide, short_exp, short_quotient, where
from numact_modern._polynomials import horner
from numact_modern._rounding import quotient, square_rest

# Below it x times exp(p) is 0.
LOWEST = -1400
# exp(p) + 1 + p is 0 at ROOT, where exp(p) is ROOT_EXP.
ROOT = -1.2784645427610737
ROOT_EXP = 0.2784645427610738
# The power series there, which float32 results need so near, from the first power on.
NEAR_ROOT = 1 / 4
SERIES = (
    1 + ROOT_EXP,
    ROOT_EXP / 2,
    ROOT_EXP / 6,
    ROOT_EXP / 24,
    ROOT_EXP / 120,
    ROOT_EXP / 720,
    ROOT_EXP / 5040,
    ROOT_EXP / 40320,
)


def product(x: Any, p: Any, rest: Any) -> Any:
    """Compute x times the sigmoid of p + rest, where rest is a rounding error of p."""
    growth = short_exp(p)
    narrow = short_quotient(x * growth, 1 + growth)
    far = where(x < 0, -0.0, 0.0)
    return where(p < LOWEST, far, where(is_wide(x), wide_product(x, p, rest), narrow))


def wide_product(x: Any, p: Any, rest: Any) -> Any:
    """Compute the product for float64 results, x/(1 + e) or e x/(1 + e) with e = exp(-|p|)."""
    growth = exp_product(-abs(p), fma(x, rest, x))
    return where(p < 0, growth, x) / (1 + exp(-abs(p)))


def slope(p: Any, rest: Any) -> Any:
    """Compute the derivative of p times the sigmoid of p: s for p < 0, and 1 - s at -p, which mirror it."""
    size = where(abs(p) > -LOWEST, -LOWEST, abs(p))
    left = where(is_wide(p), wide_left_slope(-size, where(p < 0, rest, -rest)), left_slope(-size))
    return where(p < 0, left, 1 - left)


def left_slope(p: Any) -> Any:
    """Compute e (1 + e + p)/(1 + e)**2 with e = exp(p) for p <= 0 and float32 results."""
    decay = short_exp(p)
    whole = 1 + decay
    distance = p - ROOT
    numerator = where(abs(distance) < NEAR_ROOT, distance * horner(distance, SERIES), whole + p)
    return decay * short_quotient(numerator, whole * whole)


def wide_left_slope(p: Any, rest: Any) -> Any:
    """Compute it for float64 results; 1 + p is exact next to the root, where the sum cancels."""
    decay, offset = exp(p), 1 + p
    whole, numerator = 1 + decay, offset + decay
    whole_rest, numerator_rest = (1 - whole) + decay, (offset - numerator) + decay
    square = whole * whole
    # The rest of p changes the numerator, and as a part of exp(p) multiplies it.
    lacking = fma(rest, whole + numerator, numerator_rest)
    return exp_product(p, quotient(numerator, lacking, square, square_rest(whole, whole_rest)))
