"""The exponential function as an activation."""

from __future__ import annotations

from typing import Any

from numact import Activation
from numact.scalar import short_exp


def forward(x: Any) -> Any:
    """Compute exp(x)."""
    return short_exp(x)


exponential = Activation(
    name="exponential",
    summary="Exponential function.",
    formula="exp(x)",
    references=("https://keras.io/api/layers/activations/, exponential",),
    forward=forward,
    derivative=forward,
    limits=(0, "inf"),
    derivative_limits=(0, "inf"),
    range=(0, "inf"),
    max_ulp=0.53,
)
