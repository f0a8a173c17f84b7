"""x times the sigmoid of p, where p is a multiple of x: what silu and quick_gelu share."""

from __future__ import annotations

from typing import Any

from numact.scalar import exp, exp_of_sum, exp_product, expm1, fma, is_wide, short_exp, short_quotient, where
from numact_modern._polynomials import horner
from numact_modern._rounding import quotient, square_rest

# Below them exp(p) may be subnormal, and x times exp(p) is 0.
TAIL, LOWEST = -700, -1400
# exp(p) + 1 + p is 0 at ROOT, where exp(p) is ROOT_EXP.
ROOT, ROOT_REST = -1.2784645427610737, -1.0946994183093437e-16
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
    """Compute the product for float64 results; n - n*share with n = exp(min(p, 0)) rounds little."""
    decay = exp_of_sum(-abs(p), where(p < 0, rest, -rest))
    share = decay / (1 + decay)
    n = where(p < 0, decay, 1)
    # Scaled last: x exp(p) is normal where exp(p) is not.
    return where(p < TAIL, exp_product(p, x * (1 + rest)), x * fma(-n, share, n))


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
    """Compute it for float64 results: 1 + e + p = d + ROOT_EXP (exp(d) - 1) with d = p - ROOT."""
    distance = (p - ROOT) + (rest - ROOT_REST)
    numerator = fma(ROOT_EXP, expm1(distance), distance)
    decay = exp(p)
    whole = 1 + decay
    whole_rest = (1 - whole) + decay
    square = whole * whole
    fraction = quotient(numerator, numerator * rest, square, square_rest(whole, whole_rest))
    return exp_product(p, fraction)
