"""What tanh takes away: x - tanh(x)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from numact import Activation, hookimpl
from numact.scalar import exp, fma, is_wide, product_error, short_quotient, short_tanh, where

# (x - tanh(x))/x**3 in x**2 for |x| <= 9.5, as a quotient with relative error 2**-30.2; from there on, tanh
# is 1 to float32 precision. Made by tools/derive_tanhshrink.py.
END = 9.5
NUMERATOR = (
    254805.4197457333,
    17904.891267876865,
    281.6274740319962,
    0.9761153617300489,
    9.624895299611911e-06,
)
DENOMINATOR = (764416.2598623385, 359481.1730780133, 20874.725153756885, 303.27877457638886, 1.0)

THIRD, THIRD_REST = 0.3333333333333333, 1.850371707708594e-17
# The polynomials that Lambert's continued fraction gives are divided by one that begins with this.
FIRST = 654729075.0
# Where float64 results change from Lambert's continued fraction to the exponential; where tanh rounds to 1.
SWITCH, SATURATION = 1.0, 22.0


def horner(x: Any, coefficients: Any) -> Any:
    """Evaluate a polynomial of degree 4, lowest power first."""
    c0, c1, c2, c3, c4 = coefficients
    return fma(fma(fma(fma(x, c4, c3), x, c2), x, c1), x, c0)


def narrow(x: Any) -> Any:
    """Compute x - tanh(x) for float32 results."""
    held = where(x > END, END, where(x < -END, -END, x))
    square = held * held
    quotient = short_quotient(held * square * horner(square, NUMERATOR), horner(square, DENOMINATOR))
    # Written so that -0 stays -0.
    return quotient - (held - x)


def near_zero(x: Any) -> Any:
    """Compute x - tanh(x) for |x| <= 1 and float64 results: x**3/3 less a part of it.

    tanh(x) = x/(1 + s/(3 + s/(5 + ...))) with s = x*x, broken off at 17 and multiplied out. The roundings
    that show are put back.
    """
    square, square_rest = x * x, product_error(x, x)
    cube = x * square
    whole = cube * THIRD
    whole_rest = fma(x, square_rest, product_error(x, square)) * THIRD
    whole_rest = cube * THIRD_REST + (whole_rest + product_error(cube, THIRD))
    share, share_rest = part(square, square_rest)
    less = whole * share
    rest = fma(-whole, share_rest, fma(-whole_rest, share, whole_rest)) - product_error(whole, share)
    result = whole - less
    result = result + (((whole - result) - less) + rest)
    return where(result == 0, 0 * x, result)


def part(square: Any, square_rest: Any) -> tuple[Any, Any]:
    """Compute the share of x**3/3 that is taken away, as a sum of two numbers."""
    factor = horner(square, (261891630.0, 18050175.0, 311025.0, 1482.0, 1.0))
    slope = horner(square, (310134825.0, 18918900.0, 315315.0, 1485.0, 1.0))
    numerator, denominator = square * factor, fma(square, slope, FIRST)
    numerator_rest = fma(square_rest, factor, product_error(square, factor))
    denominator_rest = fma(square_rest, slope, product_error(square, slope))
    denominator_rest = denominator_rest + ((FIRST - denominator) + square * slope)
    inverse = 1 / denominator
    share = numerator * inverse
    remainder = (numerator - share * denominator) - product_error(share, denominator)
    return share, (remainder + fma(-share, denominator_rest, numerator_rest)) * inverse


def far(x: Any) -> Any:
    """Compute (|x| - 1) + 2/(1 + exp(2|x|)) for |x| >= 1 and float64 results, the quotient refined."""
    size = abs(x)
    growth = exp(2 * where(size > SATURATION, SATURATION, size))
    whole = 1 + growth
    quotient = 2 / whole
    remainder = (2 - whole * quotient) - product_error(whole, quotient)
    residual = remainder - ((growth - whole) + 1) * quotient
    result = fma(0.5 * quotient, residual, size - 1) + quotient
    return where(x < 0, -result, result)


def forward(x: Any) -> Any:
    """Compute x - tanh(x), which itself would cancel near 0."""
    wide = where(abs(x) < SWITCH, near_zero(x), far(x))
    return where(is_wide(x), wide, narrow(x))


def derivative(x: Any) -> Any:
    """Square tanh(x): 1 minus the derivative of tanh would cancel."""
    t = short_tanh(x)
    return t * t


tanhshrink = Activation(
    name="tanhshrink",
    summary="Difference between the identity and the hyperbolic tangent.",
    formula="x - tanh(x)",
    references=("https://pytorch.org/docs/stable/generated/torch.nn.Tanhshrink.html",),
    aliases=("tanh_shrink",),
    forward=forward,
    derivative=derivative,
    limits=("-inf", "inf"),
    derivative_limits=(1, 1),
    range=("-inf", "inf"),
    max_ulp=0.52,
)


@hookimpl
def numact_activations() -> Iterator[Activation]:
    """Provide tanhshrink."""
    yield tanhshrink
