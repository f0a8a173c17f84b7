"""The piecewise quadratic stand-in for silu."""

from __future__ import annotations

from typing import Any

from numact import Activation
from numact.scalar import fma, is_wide, where


def forward(x: Any) -> Any:
    """Multiply x by the hard sigmoid, which comes first: x*6 would overflow."""
    sixth = where(is_wide(x), (x + 3) / 6, (x + 3) * (1 / 6))
    return where(x <= -3, 0, where(x > 3, x, x * sixth))


def derivative(x: Any) -> Any:
    """Compute (2x + 3)/6 between the kinks, whose slopes are those outside."""
    rising = fma(2, x, 3)
    slope = where(is_wide(x), rising / 6, rising * (1 / 6))
    return where(x <= -3, 0, where(x >= 3, 1, slope))


hardswish = Activation(
    name="hardswish",
    summary="Piecewise quadratic approximation of silu.",
    formula="x * min(max(x + 3, 0), 6) / 6",
    references=(
        "Howard et al., Searching for MobileNetV3, 2019, https://arxiv.org/abs/1905.02244",
        "https://pytorch.org/docs/stable/generated/torch.nn.Hardswish.html",
        "https://docs.jax.dev/en/latest/_autosummary/jax.nn.hard_silu.html",
    ),
    aliases=("hard_swish", "hard_silu"),
    forward=forward,
    derivative=derivative,
    limits=(0, "inf"),
    derivative_limits=(0, 1),
    range=(-0.375, "inf"),
    kinks=(-3, 3),
    max_ulp=0.5,
)
