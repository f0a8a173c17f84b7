"""The smooth rectifier made of a square root."""

from __future__ import annotations

from typing import Any

from numact import Activation, Param
from numact.scalar import fma, is_wide, product_error, rsqrt_estimate, short_quotient, where

# A b beyond these is scaled, for the square of an x that matters beside it might overflow or underflow.
SMALL, LARGE, SCALE = 2.0**-900, 2.0**900, 2.0**480
# From here on sqrt(x*x + b) is |x|.
FAR = 2.0**500
# By it what is infinite is replaced in a quotient that is 0 as a float32.
HUGE = 2.0**900


def factor(x: Any, b: Any) -> Any:
    """Give the power of two to scale x by, and b twice; float32 needs none."""
    wide = where(b < SMALL, SCALE, where(b > LARGE, 1 / SCALE, 1))
    return where(is_wide(x), wide, 1)


def root(x: Any, b: Any) -> tuple[Any, Any]:
    """Compute r = sqrt(x*x + b), and nearly 1/r where r is not |x|."""
    square = fma(x, x, b)
    square = where(is_wide(x) & (square > FAR * FAR), FAR * FAR, square)
    inverse = rsqrt_estimate(square)
    r = square * inverse
    # The rounding of the square shows where b is the greater part of it.
    rest = where(x * x < b, fma(x, x, b - square), 0)
    r = where(is_wide(x), fma(0.5 * inverse, fma(-r, r, square) + rest, r), r)
    return where(abs(x) > FAR, abs(x), r), inverse


def ratio(a: Any, b: Any) -> Any:
    """Compute a/b for b > 0."""
    return where(is_wide(a), a / b, short_quotient(a, where(b > HUGE, HUGE, b)))


def half_sum(x: Any, b: Any, r: Any, inverse: Any) -> Any:
    """Compute (x + r)/2 with r = sqrt(x*x + b), where it would cancel as b/(2(r - x))."""
    quotient = ratio(0.25 * b, 0.5 * r - 0.5 * x)
    falling = where(is_wide(x) & (x > -FAR), refined(x, b, inverse, quotient), quotient)
    return where(8 * x <= -r, falling, 0.5 * x + 0.5 * r)


def refined(x: Any, b: Any, inverse: Any, y: Any) -> Any:
    """Take one step of Newton's method towards the root of y*y - x*y - b/4, in twice the precision."""
    linear, square = -x * y, y * y
    difference = 0.25 * b - where(linear > square, linear, square)
    rest = (difference - where(linear > square, square, linear)) + product_error(x, y) - product_error(y, y)
    return fma(rest, inverse, y)


def forward(x: Any, b: Any) -> Any:
    """Compute (x + sqrt(x*x + b))/2."""
    k = factor(x, b)
    held, bend = x * k, b * k * k
    r, inverse = root(held, bend)
    return where(held > FAR, x, half_sum(held, bend, r, inverse) * (1 / k))


def derivative_by_x(x: Any, b: Any) -> Any:
    """Divide the result by the root: (1 + x/r)/2 would cancel for x < 0."""
    k = factor(x, b)
    held, bend = x * k, b * k * k
    r, inverse = root(held, bend)
    return where(held > FAR, 1, ratio(half_sum(held, bend, r, inverse), r))


def derivative_by_b(x: Any, b: Any) -> Any:
    """Compute 1/(4 sqrt(x*x + b))."""
    k = factor(x, b)
    r, _ = root(x * k, b * k * k)
    return ratio(0.25 * k, r)


squareplus = Activation(
    name="squareplus",
    summary="Smooth approximation of the rectifier by a square root.",
    formula="(x + sqrt(x**2 + b)) / 2",
    references=(
        "Barron, Squareplus: A Softplus-Like Algebraic Rectifier, 2021, https://arxiv.org/abs/2112.11687",
        "https://docs.jax.dev/en/latest/_autosummary/jax.nn.squareplus.html",
    ),
    forward=forward,
    derivative={"x": derivative_by_x, "b": derivative_by_b},
    params=(Param("b", 4.0, low=0.0, closed="neither", doc="Width of the bend; towards 0 it becomes relu."),),
    limits=(0, "inf"),
    derivative_limits=(0, 1),
    range=(0, "inf"),
    max_ulp=0.51,
)
