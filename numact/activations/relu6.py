"""The rectified linear unit capped at 6."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from numact import Activation, hookimpl
from numact.scalar import where


def forward(x: Any) -> Any:
    """Clip to [0, 6]; -0 stays as it is, and so does NaN."""
    return where(x < 0, 0, where(x > 6, 6, x))


def derivative(x: Any) -> Any:
    """Give the slope, 0 at both kinks."""
    return where((x > 0) & (x < 6), 1, 0)


relu6 = Activation(
    name="relu6",
    summary="Rectified linear unit capped at 6.",
    formula="min(max(0, x), 6)",
    references=(
        "Krizhevsky, Convolutional Deep Belief Networks on CIFAR-10, 2010",
        "https://pytorch.org/docs/stable/generated/torch.nn.ReLU6.html",
    ),
    forward=forward,
    derivative=derivative,
    limits=(0, 6),
    derivative_limits=(0, 0),
    range=(0, 6),
    kinks=(0, 6),
    max_ulp=0.5,
)


@hookimpl
def numact_activations() -> Iterator[Activation]:
    """Provide relu6."""
    yield relu6
