"""The rectified linear unit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from numact import Activation, hookimpl
from numact.scalar import where


def forward(x: Any) -> Any:
    """Compute max(0, x); -0 stays as it is, and so does NaN."""
    return where(x < 0, 0, x)


def derivative(x: Any) -> Any:
    """Give the slope, 0 at the kink."""
    return where(x > 0, 1, 0)


relu = Activation(
    name="relu",
    summary="Rectified linear unit.",
    formula="max(0, x)",
    references=(
        "Nair and Hinton, Rectified Linear Units Improve Restricted Boltzmann Machines, ICML 2010",
        "https://pytorch.org/docs/stable/generated/torch.nn.ReLU.html",
    ),
    forward=forward,
    derivative=derivative,
    limits=(0, "inf"),
    derivative_limits=(0, 1),
    range=(0, "inf"),
    kinks=(0,),
    max_ulp=0.5,
)


@hookimpl
def numact_activations() -> Iterator[Activation]:
    """Provide relu."""
    yield relu
