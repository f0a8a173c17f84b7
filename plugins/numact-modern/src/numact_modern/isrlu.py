"""The inverse square root linear unit."""

from __future__ import annotations

from typing import Any

from numact import Activation, Param
from numact.scalar import where
from numact_modern import isru


def forward(x: Any, alpha: Any) -> Any:
    """Give x, below 0 the inverse square root unit."""
    return where(x < 0, isru.forward(x, alpha), x)


def derivative_by_x(x: Any, alpha: Any) -> Any:
    """Give 1, below 0 the slope of the inverse square root unit; NaN stays NaN."""
    return where(x >= 0, 1, isru.derivative_by_x(x, alpha))


def derivative_by_alpha(x: Any, alpha: Any) -> Any:
    """Give 0, below 0 what the inverse square root unit has."""
    return where(x >= 0, 0, isru.derivative_by_alpha(x, alpha))


isrlu = Activation(
    name="isrlu",
    summary="Inverse square root linear unit: the identity, bent below 0 by an algebraic sigmoid.",
    formula="x if x >= 0 else x / sqrt(1 + alpha * x**2)",
    references=(
        "Carlile, Delamarter, Kinney, Marti and Whitney, Improving Deep Learning by Inverse Square Root "
        "Linear Units (ISRLUs), 2017, https://arxiv.org/abs/1710.09967",
    ),
    forward=forward,
    derivative={"x": derivative_by_x, "alpha": derivative_by_alpha},
    params=(Param("alpha", 1.0, low=0.0, closed="neither", doc="Values end at -1/sqrt(alpha)."),),
    limits=("-1 / sqrt(alpha)", "inf"),
    derivative_limits=(0, 1),
    range=("-1 / sqrt(alpha)", "inf"),
    max_ulp=0.51,
)
