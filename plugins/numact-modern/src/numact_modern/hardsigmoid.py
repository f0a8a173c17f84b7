"""The piecewise linear stand-in for the sigmoid."""

from __future__ import annotations

from typing import Any

from numact import Activation
from numact.scalar import is_wide, where


def forward(x: Any) -> Any:
    """Compute (x + 3)/6, held between 0 and 1; x + 3 is exact next to -3."""
    rising = where(is_wide(x), (x + 3) / 6, (x + 3) * (1 / 6))
    return where(x <= -3, 0, where(x >= 3, 1, rising))


def derivative(x: Any) -> Any:
    """Give the slope, 0 at both kinks."""
    return where((x > -3) & (x < 3), 1 / 6, 0)


hardsigmoid = Activation(
    name="hardsigmoid",
    summary="Piecewise linear approximation of the sigmoid.",
    formula="min(max(x + 3, 0), 6) / 6",
    references=(
        "Howard et al., Searching for MobileNetV3, 2019, https://arxiv.org/abs/1905.02244",
        "https://pytorch.org/docs/stable/generated/torch.nn.Hardsigmoid.html",
        "https://docs.jax.dev/en/latest/_autosummary/jax.nn.hard_sigmoid.html",
    ),
    aliases=("hard_sigmoid",),
    forward=forward,
    derivative=derivative,
    limits=(0, 1),
    derivative_limits=(0, 0),
    range=(0, 1),
    kinks=(-3, 3),
    max_ulp=0.5,
)
