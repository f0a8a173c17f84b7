"""The rectified linear unit with learnable slopes for negative numbers."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import Any

from numact import Activation, Param, hookimpl
from numact.scalar import where


def forward(x: Any, weight: Any) -> Any:
    """Compute x or weight*x; a weight of 0 gives 0 at -inf too, where the product would be NaN."""
    negative = where((weight == 0) & (x == -inf), -0.0, weight * x)
    return where(x > 0, x, negative)


def derivative_by_x(x: Any, weight: Any) -> Any:
    """Give the slope, the left one at the kink."""
    return where(x > 0, 1, weight)


def derivative_by_weight(x: Any, weight: Any) -> Any:
    """Give x where the weight is in use."""
    return where(x > 0, 0, x)


prelu = Activation(
    name="prelu",
    summary="Rectified linear unit with learnable slopes, one for all or one for each channel.",
    formula="x if x > 0 else weight * x",
    references=(
        "He, Zhang, Ren and Sun, Delving Deep into Rectifiers, ICCV 2015, https://arxiv.org/abs/1502.01852",
        "https://pytorch.org/docs/stable/generated/torch.nn.PReLU.html",
    ),
    forward=forward,
    derivative={"x": derivative_by_x, "weight": derivative_by_weight},
    params=(
        Param("weight", 0.25, closed="neither", kind="channel", doc="Slope for negative numbers."),
        Param("axis", 1, kind="axis", doc="Axis of the channels, where `weight` is an array."),
    ),
    limits=("-0.0 if weight == 0 else weight * -inf", "inf"),
    derivative_limits=("weight", 1),
    range=("-inf if weight > 0 else 0", "inf"),
    kinks=(0,),
    max_ulp=0.5,
)


@hookimpl
def numact_activations() -> Iterator[Activation]:
    """Provide prelu."""
    yield prelu
