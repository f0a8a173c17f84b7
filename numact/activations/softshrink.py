"""Soft thresholding: numbers drawn towards 0 by a constant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from numact import Activation, Param, hookimpl
from numact.scalar import where


def forward(x: Any, lambd: Any) -> Any:
    """Draw x towards 0 by lambd; NaN is not within the zero band and stays NaN."""
    return where(abs(x) <= lambd, 0, x - where(x > 0, lambd, -lambd))


def derivative_by_x(x: Any, lambd: Any) -> Any:
    """Give the slope, 0 at both kinks."""
    return where(abs(x) <= lambd, 0, 1)


softshrink = Activation(
    name="softshrink",
    summary="Soft thresholding: numbers drawn towards 0 by a constant.",
    formula="x - lambd if x > lambd else x + lambd if x < -lambd else 0",
    references=(
        "Donoho, De-noising by soft-thresholding, IEEE Transactions on Information Theory 41 (1995) 613-627",
        "https://pytorch.org/docs/stable/generated/torch.nn.Softshrink.html",
    ),
    aliases=("soft_shrink",),
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
    """Provide softshrink."""
    yield softshrink
