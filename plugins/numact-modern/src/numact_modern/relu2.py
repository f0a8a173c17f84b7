"""The squared rectifier."""

from __future__ import annotations

from typing import Any

from numact import Activation
from numact.scalar import where


def forward(x: Any) -> Any:
    """Square x where it is positive."""
    return where(x <= 0, 0, x * x)


def derivative(x: Any) -> Any:
    """Give the slope."""
    return where(x <= 0, 0, 2 * x)


relu2 = Activation(
    name="relu2",
    summary="Squared rectified linear unit.",
    formula="max(0, x)**2",
    references=(
        "So et al., Primer: Searching for Efficient Transformers for Language Modeling, 2021, "
        "https://arxiv.org/abs/2109.08668",
        "https://github.com/huggingface/transformers/blob/main/src/transformers/activations.py, relu2",
    ),
    aliases=("relu_squared",),
    forward=forward,
    derivative=derivative,
    limits=(0, "inf"),
    derivative_limits=(0, "inf"),
    range=(0, "inf"),
    max_ulp=0.5,
)
