"""The rectifier with a threshold above 0."""

from __future__ import annotations

from typing import Any

from numact import Activation, Param
from numact.scalar import where


def forward(x: Any, alpha: Any) -> Any:
    """Keep what is above the threshold."""
    return where(x <= alpha, 0, x)


def derivative(x: Any, alpha: Any) -> Any:
    """Give the slope, 0 at the threshold."""
    return where(x <= alpha, 0, 1)


thresholded_relu = Activation(
    name="thresholded_relu",
    summary="Rectified linear unit that is 0 up to a threshold and x above it.",
    formula="x if x > alpha else 0",
    references=(
        "Konda, Memisevic and Krueger, Zero-bias Autoencoders and the Benefits of Co-adapting Features, "
        "2014, https://arxiv.org/abs/1402.3337",
        "https://onnx.ai/onnx/operators/onnx__ThresholdedRelu.html",
    ),
    forward=forward,
    derivative=derivative,
    params=(Param("alpha", 1.0, closed="neither", doc="The threshold; what equals it becomes 0."),),
    limits=(0, "inf"),
    derivative_limits=(0, 1),
    range=("min(0, alpha)", "inf"),
    kinks=("alpha",),
    max_ulp=0.5,
)
