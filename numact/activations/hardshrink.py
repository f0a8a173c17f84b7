"""Hard thresholding: small numbers set to 0."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from numact import Activation, Param, hookimpl
from numact.scalar import where


def forward(x: Any, lambd: Any) -> Any:
    """Set the band to 0; NaN is not within it and stays NaN."""
    return where(abs(x) <= lambd, 0, x)


def derivative_by_x(x: Any, lambd: Any) -> Any:
    """Give the slope, 0 at both kinks."""
    return where(abs(x) <= lambd, 0, 1)


hardshrink = Activation(
    name="hardshrink",
    summary="Hard thresholding: numbers near 0 set to 0.",
    formula="x if x > lambd or x < -lambd else 0",
    references=(
        "Donoho and Johnstone, Ideal spatial adaptation by wavelet shrinkage, Biometrika 81 (1994) 425-455",
        "https://pytorch.org/docs/stable/generated/torch.nn.Hardshrink.html",
    ),
    aliases=("hard_shrink",),
    forward=forward,
    derivative={"x": derivative_by_x},
    params=(Param("lambd", 0.5, low=0.0, doc="Half the width of the zero band."),),
    limits=("0 if lambd == inf else -inf", "0 if lambd == inf else inf"),
    derivative_limits=("0 if lambd == inf else 1", "0 if lambd == inf else 1"),
    range=("-inf", "inf"),
    kinks=("-lambd", "lambd"),
    max_ulp=0.5,
)


@hookimpl
def numact_activations() -> Iterator[Activation]:
    """Provide hardshrink."""
    yield hardshrink
