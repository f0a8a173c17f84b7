"""The piecewise quadratic stand-in for mish."""

from __future__ import annotations

from typing import Any

from numact import Activation
from numact.scalar import where


def forward(x: Any) -> Any:
    """Multiply x by (x + 2)/2, held between 0 and 1."""
    return where(x <= -2, 0, where(x >= 0, x, x * (0.5 * (x + 2))))


def derivative(x: Any) -> Any:
    """Give the slope; at the kink -2 that to its right, as its source does."""
    return where(x < -2, 0, where(x >= 0, 1, x + 1))


hard_mish = Activation(
    name="hard_mish",
    summary="Piecewise quadratic approximation of mish.",
    formula="x * min(max(x + 2, 0), 2) / 2",
    references=(
        "https://github.com/digantamisra98/H-Mish",
        "https://github.com/huggingface/pytorch-image-models/blob/main/timm/layers/activations.py, hard_mish",
    ),
    aliases=("hardmish",),
    forward=forward,
    derivative=derivative,
    limits=(0, "inf"),
    derivative_limits=(0, 1),
    range=(-0.5, "inf"),
    kinks=(-2,),
    max_ulp=0.5,
)
