"""The inverse square root unit."""

from __future__ import annotations

from math import inf
from typing import Any

from numact import Activation, Param
from numact.scalar import fma, is_wide, product_error, rsqrt_estimate, sqrt, where

# Where alpha*x*x is greater, 1 + alpha*x*x rounds to it.
LARGE = 1e20
# The derivative is 0 long before 1 + alpha*x*x comes there.
LARGEST = 1e290
# Below it alpha is scaled by this squared, where it stands alone.
SMALL, SCALE = 2.0**-900, 2.0**200


def rest(s: Any, t: Any, s_rest: Any) -> Any:
    """Give what t lacks of 1/sqrt(s + s_rest), relative to t, where the results show it."""
    missing = fma(-s, t * t, 1) - s * product_error(t, t)
    return where(is_wide(s), 0.5 * fma(-s_rest, t * t, missing), 0)


def near(x: Any, alpha: Any, end: Any) -> Any:
    """Give what alpha*x*x lacks by the rounding of alpha*x; 0 from the end on."""
    return where(alpha * x * x > end, 0, product_error(alpha, x) * x)


def scale(alpha: Any) -> Any:
    """Give a number whose square times alpha is normal."""
    return where(alpha < SMALL, SCALE, 1)


def numerator(x: Any, alpha: Any) -> Any:
    """Give x or, where x*x may overflow, its sign, scaled."""
    k = scale(alpha)
    return where(alpha * x * x > LARGE, where(x < 0, -k, k), x)


def one_and_square(x: Any, alpha: Any) -> Any:
    """Compute 1 + alpha*x*x, for float64 results with one rounding beside that of alpha*x."""
    return where(is_wide(x), fma(alpha * x, x, 1), 1 + alpha * x * x)


def square(x: Any, alpha: Any) -> Any:
    """Give 1 + alpha*x*x or, where it may overflow, alpha: the square of `numerator` by it stays."""
    s, k = one_and_square(x, alpha), scale(alpha)
    return where(s > LARGE, alpha * k * k, s)


def forward(x: Any, alpha: Any) -> Any:
    """Divide x by sqrt(1 + alpha*x*x), most roundings put back, and hold it in its range."""
    y, error = value(x, alpha)
    # Written so that -0 stays -0.
    y = where(is_wide(x) & (error != 0), y + error, y)
    end = 1 / sqrt(alpha)
    return where(y > end, end, where(y < -end, -end, y))


def value(x: Any, alpha: Any) -> tuple[Any, Any]:
    """Compute the value and what it lacks where the results show it."""
    s, n = square(x, alpha), numerator(x, alpha)
    t = rsqrt_estimate(s)
    y = n * t
    return y, fma(y, rest(s, t, near(x, alpha, LARGE)), where(is_wide(x), product_error(n, t), 0))


def derivative_by_x(x: Any, alpha: Any) -> Any:
    """Compute (1 + alpha*x*x)**(-3/2)."""
    s = one_and_square(x, alpha)
    s = where(s > LARGEST, LARGEST, s)
    t = rsqrt_estimate(s)
    cube = t * t * t
    return fma(3 * cube, rest(s, t, near(x, alpha, LARGEST)), cube)


def derivative_by_alpha(x: Any, alpha: Any) -> Any:
    """Compute -y**3/2, y being the value, the roundings of its cube's factors put back."""
    y, error = value(x, alpha)
    cube = y * y * y
    # Written so that a cube that underflows keeps its sign, and one that overflows is infinite.
    is_usual = (abs(cube) > 0) & (abs(cube) < inf)
    return -0.5 * where(is_usual, fma(3 * y * y, error, cube), cube)


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
