"""The identity above a threshold, a constant below."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from numact import Activation, Param, hookimpl
from numact.scalar import where


def forward(x: Any, threshold: Any, value: Any) -> Any:
    """Give value up to the threshold; NaN is not up to it and stays NaN."""
    return where(x <= threshold, value, x)


def derivative_by_x(x: Any, threshold: Any, value: Any) -> Any:
    """Give the slope, 0 at the threshold."""
    return where(x > threshold, 1, 0)


threshold = Activation(
    name="threshold",
    summary="Identity above a threshold, a constant value at and below it.",
    formula="x if x > threshold else value",
    references=("https://pytorch.org/docs/stable/generated/torch.nn.Threshold.html",),
    forward=forward,
    derivative={"x": derivative_by_x},
    params=(
        Param("threshold", doc="Numbers above it stay as they are."),
        Param("value", doc="What the others become."),
    ),
    limits=("value", "value if threshold == inf else inf"),
    derivative_limits=(0, "0 if threshold == inf else 1"),
    range=("min(threshold, value)", "value if threshold == inf else inf"),
    kinks=("threshold",),
    max_ulp=0.5,
)


@hookimpl
def numact_activations() -> Iterator[Activation]:
    """Provide threshold."""
    yield threshold
