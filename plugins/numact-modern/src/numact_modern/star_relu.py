"""The squared rectifier, scaled and shifted to mean 0 and variance 1."""

from __future__ import annotations

from typing import Any

from numact import Activation, Param
from numact.scalar import fma, is_wide, product_error, sum_error, where
from numact_modern._rounding import known

# From here on the bias does not count next to the square.
LARGE = 1e150


def forward(x: Any, scale: Any, bias: Any) -> Any:
    """Compute scale x**2 + bias, accurately also next to where it is 0, or bias alone."""
    square = x * x
    raised = where(is_wide(x), wide(x, scale, bias), fma(scale, square, bias))
    return where(x <= 0, bias, raised)


def wide(x: Any, scale: Any, bias: Any) -> Any:
    """Compute it for float64 results, with the roundings of products and sum put back."""
    square = x * x
    scaled = scale * square
    total = scaled + bias
    rest = sum_error(scaled, bias) + (product_error(scale, square) + scale * product_error(x, x))
    # There the square may overflow and the result not.
    return where(x > LARGE, scale * x * x + bias, total + known(rest))


def derivative_by_x(x: Any, scale: Any, bias: Any) -> Any:
    """Give the slope 2 scale x or 0."""
    return where(x <= 0, 0, 2 * (scale * x))


def derivative_by_scale(x: Any, scale: Any, bias: Any) -> Any:
    """Square x where it is positive."""
    return where(x <= 0, 0, x * x)


star_relu = Activation(
    name="star_relu",
    summary="Squared rectified linear unit, scaled and shifted.",
    formula="scale * max(0, x)**2 + bias",
    references=(
        "Yu et al., MetaFormer Baselines for Vision, 2022, https://arxiv.org/abs/2210.13452",
        "https://github.com/sail-sg/metaformer",
    ),
    aliases=("starrelu",),
    forward=forward,
    derivative={"x": derivative_by_x, "scale": derivative_by_scale},
    params=(
        Param("scale", 0.8944, closed="neither", doc="Factor of the square."),
        Param("bias", -0.4472, closed="neither", doc="Value where x <= 0."),
    ),
    limits=("bias", "inf if scale > 0 else -inf if scale < 0 else bias"),
    derivative_limits=(0, "inf if scale > 0 else -inf if scale < 0 else 0"),
    range=("bias if scale >= 0 else -inf", "bias if scale <= 0 else inf"),
    max_ulp=0.5,
)
