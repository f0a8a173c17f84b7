"""The bent identity, a hyperbola with slopes 1/2 and 3/2."""

from __future__ import annotations

from typing import Any

from numact import Activation
from numact.scalar import fma, is_wide, short_quotient, short_rsqrt, sqrt, where

# From here on sqrt(x*x + 1) rounds to |x|, and 1/(r + |x|) is far below 1.
LARGE = 1e18


def forward(x: Any) -> Any:
    """Compute x + a*a/(2(r + 1)) with a = |x| and r = sqrt(a*a + 1), as r - 1 would cancel near 0.

    Below -1, where half of x is taken back, it is -(a + (1 - 1/(r + a)))/2.
    """
    size = abs(x)
    held = where(size > LARGE, LARGE, size)
    falling = x < -1
    square = fma(held, held, 1)
    root = where(is_wide(x), sqrt(square), square * short_rsqrt(square))
    quotient = short_quotient(where(falling, 1, held), where(falling, held, 1) + root)
    return where(falling, -0.5 * (size + (1 - quotient)), x + 0.5 * size * quotient)


def derivative(x: Any) -> Any:
    """Compute 1 + x/(2 sqrt(x*x + 1))."""
    held = where(x > LARGE, LARGE, where(x < -LARGE, -LARGE, x))
    square = fma(held, held, 1)
    return 1 + where(is_wide(x), 0.5 * held / sqrt(square), 0.5 * held * short_rsqrt(square))


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
