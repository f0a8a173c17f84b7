"""The bent identity, a hyperbola with slopes 1/2 and 3/2."""

from __future__ import annotations

from typing import Any

from numact import Activation
from numact.scalar import fma, is_wide, rsqrt_estimate, short_quotient, where

# From here on sqrt(x*x + 1) rounds to |x|, and 1/(r + |x|) is far below 1.
LARGE = 1e18


def root_and_inverse(square: Any) -> tuple[Any, Any]:
    """Compute the square root and 1 over it; for float64 results with what the estimate lacks."""
    inverse = rsqrt_estimate(square)
    root = square * inverse
    lacking = fma(-root, inverse, 1)
    wide = fma(0.5 * root, lacking, root), fma(0.5 * inverse, lacking, inverse)
    return where(is_wide(square), wide[0], root), where(is_wide(square), wide[1], inverse)


def forward(x: Any) -> Any:
    """Compute x + a*a/(2(r + 1)) with a = |x| and r = sqrt(a*a + 1), as r - 1 would cancel near 0.

    Below -1, where half of x is taken back, it is -(a + (1 - 1/(r + a)))/2.
    """
    size = abs(x)
    held = where(size > LARGE, LARGE, size)
    falling = x < -1
    square = fma(held, held, 1)
    root, _ = root_and_inverse(square)
    quotient = short_quotient(where(falling, 1, held), where(falling, held, 1) + root)
    return where(falling, -0.5 * (size + (1 - quotient)), x + 0.5 * size * quotient)


def derivative(x: Any) -> Any:
    """Compute 1 + x/(2 sqrt(x*x + 1))."""
    held = where(x > LARGE, LARGE, where(x < -LARGE, -LARGE, x))
    _, inverse = root_and_inverse(fma(held, held, 1))
    return 1 + 0.5 * held * inverse


bent_identity = Activation(
    name="bent_identity",
    summary="Hyperbola through the origin, with slopes 1/2 far left and 3/2 far right.",
    formula="x + (sqrt(x**2 + 1) - 1) / 2",
    references=("https://e3x.readthedocs.io/stable/_autosummary/e3x.nn.activations.bent_identity.html",),
    forward=forward,
    derivative=derivative,
    limits=("-inf", "inf"),
    derivative_limits=(0.5, 1.5),
    range=("-inf", "inf"),
    max_ulp=0.51,
)
