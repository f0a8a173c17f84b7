"""The rectified linear unit with a slope for negative numbers."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import Any

from numact import Activation, Param, hookimpl
from numact.scalar import where


def forward(x: Any, negative_slope: Any) -> Any:
    """Compute x or slope*x; a slope of 0 gives 0 at -inf too, where the product would be NaN."""
    negative = where((negative_slope == 0) & (x == -inf), -0.0, negative_slope * x)
    return where(x > 0, x, negative)


def derivative_by_x(x: Any, negative_slope: Any) -> Any:
    """Give the slope, the left one at the kink."""
    return where(x > 0, 1, negative_slope)


def derivative_by_slope(x: Any, negative_slope: Any) -> Any:
    """Give x where the slope is in use."""
    return where(x > 0, 0, x)


leaky_relu = Activation(
    name="leaky_relu",
    summary="Rectified linear unit with a small slope for negative numbers.",
    formula="x if x > 0 else negative_slope * x",
    references=(
        "Maas, Hannun and Ng, Rectifier Nonlinearities Improve Neural Network Acoustic Models, ICML 2013",
        "https://pytorch.org/docs/stable/generated/torch.nn.LeakyReLU.html",
    ),
    forward=forward,
    derivative={"x": derivative_by_x, "negative_slope": derivative_by_slope},
    params=(Param("negative_slope", 0.01, closed="neither", doc="Slope for negative numbers."),),
    limits=("-0.0 if negative_slope == 0 else negative_slope * -inf", "inf"),
    derivative_limits=("negative_slope", 1),
    range=("-inf if negative_slope > 0 else 0", "inf"),
    kinks=(0,),
    max_ulp=0.5,
)


@hookimpl
def numact_activations() -> Iterator[Activation]:
    """Provide leaky_relu."""
    yield leaky_relu
