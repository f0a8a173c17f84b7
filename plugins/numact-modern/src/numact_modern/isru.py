"""The inverse square root unit."""

from __future__ import annotations

from typing import Any

from numact import Activation, Param
from numact.scalar import fma, is_wide, product_error, short_rsqrt, sqrt, sum_error, where

# Where alpha*x*x is greater, 1 + alpha*x*x rounds to it.
LARGE = 1e20
# The derivative is 0 long before 1 + alpha*x*x comes there.
LARGEST = 1e290


def rest(s: Any, t: Any, x: Any, alpha: Any) -> Any:
    """Give what t = 1/sqrt(s) lacks of 1/sqrt(1 + alpha*x*x), relative to t, where the results show it."""
    scaled, r = alpha * x, sqrt(s)
    of_square = sum_error(1, scaled * x) + (product_error(scaled, x) + product_error(alpha, x) * x)
    of_root = (s - r * r) - product_error(r, r)
    of_quotient = (1 - r * t) - product_error(r, t)
    near = where(scaled * x > LARGE, 0, of_square)
    return where(is_wide(x), of_quotient - 0.5 * (of_root + near) * (t * t), 0)


def numerator(x: Any, alpha: Any) -> Any:
    """Give x or, where x*x may overflow, its sign."""
    return where(alpha * x * x > LARGE, where(x < 0, -1, 1), x)


def square(x: Any, alpha: Any) -> Any:
    """Give 1 + alpha*x*x or, where it may overflow, alpha: the square of `numerator` by it stays."""
    s = 1 + alpha * x * x
    return where(s > LARGE, alpha, s)


def forward(x: Any, alpha: Any) -> Any:
    """Divide x by sqrt(1 + alpha*x*x), the roundings but the last two put back, and hold it in its range."""
    s = square(x, alpha)
    t = short_rsqrt(s)
    y = numerator(x, alpha) * t
    y = fma(y, rest(s, t, x, alpha), y)
    end = 1 / sqrt(alpha)
    return where(y > end, end, where(y < -end, -end, y))


def derivative_by_x(x: Any, alpha: Any) -> Any:
    """Compute (1 + alpha*x*x)**(-3/2)."""
    s = 1 + alpha * x * x
    s = where(s > LARGEST, LARGEST, s)
    t = short_rsqrt(s)
    cube = t * t * t
    return fma(3 * cube, rest(s, t, x, alpha), cube)


def derivative_by_alpha(x: Any, alpha: Any) -> Any:
    """Compute -y**3/2, y being the value, the roundings of its cube's factors put back."""
    s = square(x, alpha)
    t = short_rsqrt(s)
    n = numerator(x, alpha)
    y = n * t
    cube = y * y * y
    error = fma(y, rest(s, t, x, alpha), where(is_wide(x), product_error(n, t), 0))
    # Written so that a cube that underflows keeps its sign.
    return -0.5 * where(abs(cube) > 0, fma(3 * y * y, error, cube), cube)


isru = Activation(
    name="isru",
    summary="Inverse square root unit, an algebraic sigmoid.",
    formula="x / sqrt(1 + alpha * x**2)",
    references=(
        "Carlile, Delamarter, Kinney, Marti and Whitney, Improving Deep Learning by Inverse Square Root "
        "Linear Units (ISRLUs), 2017, https://arxiv.org/abs/1710.09967",
    ),
    forward=forward,
    derivative={"x": derivative_by_x, "alpha": derivative_by_alpha},
    params=(Param("alpha", 1.0, low=0.0, closed="neither", doc="Values end at +-1/sqrt(alpha)."),),
    limits=("-1 / sqrt(alpha)", "1 / sqrt(alpha)"),
    derivative_limits=(0, 0),
    range=("-1 / sqrt(alpha)", "1 / sqrt(alpha)"),
    max_ulp=0.51,
)
