"""The Gaussian error linear unit with the distribution function approximated by a sigmoid."""

from __future__ import annotations

from typing import Any

from numact import Activation
from numact.scalar import product_error
from numact_modern import _swish
from numact_modern._rounding import known

# 1.702, and what its float64 lacks.
SHARPNESS, SHARPNESS_REST = 1.702, 4.263256414560601e-17


def rest(x: Any) -> Any:
    """Give what SHARPNESS * x lacks of 1.702 x."""
    return known(product_error(x, SHARPNESS) + x * SHARPNESS_REST)


def forward(x: Any) -> Any:
    """Compute x times the sigmoid of 1.702 x."""
    return _swish.product(x, x * SHARPNESS, rest(x))


def derivative(x: Any) -> Any:
    """Give the slope, a function of 1.702 x."""
    return _swish.slope(x * SHARPNESS, rest(x))


quick_gelu = Activation(
    name="quick_gelu",
    summary="Approximation of gelu by a sigmoid, x times the sigmoid of 1.702 x.",
    formula="x / (1 + exp(-1.702 * x))",
    references=(
        "Hendrycks and Gimpel, Gaussian Error Linear Units (GELUs), 2016, https://arxiv.org/abs/1606.08415",
        "Radford et al., Learning Transferable Visual Models From Natural Language Supervision, 2021, "
        "https://arxiv.org/abs/2103.00020, and its code, https://github.com/openai/CLIP",
        "https://onnxruntime.ai/docs/ContribOperators.html, QuickGelu",
    ),
    forward=forward,
    derivative=derivative,
    limits=(-0.0, "inf"),
    derivative_limits=(0, 1),
    range=(-0.16361018963635358, "inf"),
    max_ulp=0.54,
)
