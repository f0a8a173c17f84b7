"""The rectified linear unit with random slopes for negative numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import inf
from typing import Any

import numpy as np

from numact import Activation, Param, hookimpl
from numact.scalar import fma, where


def slope_at(u: Any, lower: Any, upper: Any) -> Any:
    """Give the slope between lower (u = 0) and upper (u = 1), exact to rounding whatever their signs."""
    return fma(u, upper, (1 - u) * lower)


def forward(x: Any, u: Any, lower: Any, upper: Any) -> Any:
    """Compute x or slope*x; a slope of 0 gives 0 at -inf too, where the product would be NaN."""
    slope = slope_at(u, lower, upper)
    negative = where((slope == 0) & (x == -inf), -0.0, slope * x)
    return where(x > 0, x, negative)


def derivative_by_x(x: Any, u: Any, lower: Any, upper: Any) -> Any:
    """Give the slope, the left one at the kink."""
    return where(x > 0, 1, slope_at(u, lower, upper))


def derivative_by_lower(x: Any, u: Any, lower: Any, upper: Any) -> Any:
    """Give the part of x that lower weighs."""
    return where(x > 0, 0, (1 - u) * x)


def derivative_by_upper(x: Any, u: Any, lower: Any, upper: Any) -> Any:
    """Give the part of x that upper weighs."""
    return where(x > 0, 0, u * x)


def check(params: Mapping[str, Any]) -> str | None:
    """Refuse an empty interval of slopes."""
    is_ordered = np.all(np.less_equal(params["lower"], params["upper"]))
    return None if is_ordered else "'lower' must not exceed 'upper'"


rrelu = Activation(
    name="rrelu",
    summary="Rectified linear unit with random slopes in training, their mean in evaluation.",
    formula="x if x > 0 else ((1 - u) * lower + u * upper) * x",
    references=(
        "Xu, Wang, Chen and Li, Empirical Evaluation of Rectified Activations in Convolutional Network, "
        "2015, https://arxiv.org/abs/1505.00853",
        "https://pytorch.org/docs/stable/generated/torch.nn.RReLU.html",
    ),
    kind="random",
    forward=forward,
    derivative={"x": derivative_by_x, "lower": derivative_by_lower, "upper": derivative_by_upper},
    params=(
        Param("lower", 1 / 8, closed="neither", doc="Least slope for negative numbers."),
        Param("upper", 1 / 3, closed="neither", doc="Greatest slope for negative numbers."),
        Param("training", False, kind="bool", doc="Draw a slope for each element; otherwise use the mean."),
        Param("seed", None, kind="seed", doc="Key of the random slopes; None takes fresh entropy."),
    ),
    range=(None, "inf"),
    derivative_limits=(None, 1),
    limits=(None, "inf"),
    kinks=(0,),
    check=check,
    max_ulp=0.5,
)


@hookimpl
def numact_activations() -> Iterator[Activation]:
    """Provide rrelu."""
    yield rrelu
