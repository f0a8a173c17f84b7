"""ONNX's Shrink: soft and hard shrinkage in one."""

from __future__ import annotations

from typing import Any

from numact import Activation, Param
from numact.scalar import where


def forward(x: Any, bias: Any, lambd: Any) -> Any:
    """Move x towards 0 by the bias outside the closed zero band; NaN stays NaN."""
    outside = where(x < 0, x + bias, x - bias)
    return where(abs(x) <= lambd, 0, outside)


def derivative_by_x(x: Any, bias: Any, lambd: Any) -> Any:
    """Give 1 outside the closed zero band, 0 in it."""
    return where(abs(x) <= lambd, 0, where(abs(x) > lambd, 1, x))


def derivative_by_bias(x: Any, bias: Any, lambd: Any) -> Any:
    """Give 1 left of the closed zero band, -1 right of it, 0 in it."""
    return where(abs(x) <= lambd, 0, where(x < 0, 1, where(x > 0, -1, x)))


def derivative_by_lambd(x: Any, bias: Any, lambd: Any) -> Any:
    """Give 0: the width of the band moves the jumps alone."""
    return where(abs(x) >= 0, 0, x)


shrink = Activation(
    name="shrink",
    summary="Zero near the origin, the identity moved by a bias elsewhere.",
    formula="x + bias if x < -lambd else x - bias if x > lambd else 0",
    references=("https://onnx.ai/onnx/operators/onnx__Shrink.html",),
    forward=forward,
    derivative={"x": derivative_by_x, "bias": derivative_by_bias, "lambd": derivative_by_lambd},
    params=(
        Param("bias", 0.0, closed="neither", doc="How far values outside the band move towards 0."),
        Param("lambd", 0.5, low=0.0, closed="left", doc="Half of the zero band's width."),
    ),
    limits=("-inf", "inf"),
    derivative_limits=(1, 1),
    range=("-inf", "inf"),
    kinks=("-lambd", "lambd"),
    max_ulp=0.5,
)
