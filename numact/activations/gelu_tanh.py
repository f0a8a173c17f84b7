"""The Gaussian error linear unit with the distribution function approximated by tanh."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from numact import Activation, hookimpl
from numact.scalar import (
    exp,
    exp_product,
    fma,
    is_wide,
    product_error,
    short_exp,
    short_exp_product,
    short_quotient,
    sum_error,
    where,
)

# 2 sqrt(2/pi) and 0.044715 times that, each with what its float64 lacks.
LINEAR, LINEAR_REST = 1.5957691216057308, -9.96930880911092e-17
CUBIC, CUBIC_REST = 0.07135481627260025, -6.175149918155315e-19
# Held there, x has brought the sigmoid to 0 and to 1.
LOWEST, HIGHEST = -23, 9
# The root of 1 + exp(p) + x p', and its power series there from the first power on.
ROOT = -0.75246142207101625795
ROOT_SERIES = (2.4606567646302393, -0.09991152322555423, 0.4004476935340449, 0.07595899090766353)
NEAR_ROOT = 1 / 64


def held(x: Any) -> Any:
    """Give x, kept where the sigmoid changes."""
    return where(x < LOWEST, LOWEST, where(x > HIGHEST, HIGHEST, x))


def argument(x: Any) -> Any:
    """Give p = x (LINEAR + CUBIC x**2), twice the argument of tanh."""
    return x * (LINEAR + CUBIC * (x * x))


def cubic_rest(x: Any) -> Any:
    """Give what CUBIC * (x * x) lacks."""
    square = x * x
    return product_error(CUBIC, square) + (CUBIC * product_error(x, x) + CUBIC_REST * square)


def argument_rest(x: Any) -> Any:
    """Give what `argument` lacks."""
    cubic = CUBIC * (x * x)
    slope = LINEAR + cubic
    slope_rest = sum_error(LINEAR, cubic) + (cubic_rest(x) + LINEAR_REST)
    return product_error(x, slope) + x * slope_rest


def forward(x: Any) -> Any:
    """Compute x exp(p)/(1 + exp(p)), as (1 + tanh(z))/2 is the sigmoid of p = 2z."""
    inner = held(x)
    p = argument(inner)
    e, dividend = short_exp(p), short_exp_product(p, inner)
    whole = 1 + e
    quotient = short_quotient(dividend, whole)
    lacking = ((dividend - quotient * whole) - product_error(quotient, whole)) - quotient * ((1 - whole) + e)
    wide = fma(fma(quotient, argument_rest(inner), lacking), short_quotient(1, whole), quotient)
    # A zero keeps its sign.
    product = where(is_wide(x), where(quotient == 0, quotient, wide), quotient)
    return where(x > HIGHEST, x, product)


def derivative(x: Any) -> Any:
    """Compute e (1 + e + x p')/(1 + e)**2 with e = exp(p).

    The sum is 0 near x = -0.75, where float32 results need it from its power series.
    """
    inner = held(x)
    e = short_exp(argument(inner))
    whole = 1 + e
    distance = inner - ROOT
    numerator = fma(inner, LINEAR + 3 * CUBIC * (inner * inner), whole)
    numerator = where(abs(distance) < NEAR_ROOT, series(distance), numerator)
    narrow = e * short_quotient(numerator, whole * whole)
    left = left_slope(where(abs(x) > -LOWEST, LOWEST, -abs(x)))
    return where(is_wide(x), where(x < 0, left, 1 - left), narrow)


def left_slope(x: Any) -> Any:
    """Compute the derivative for x <= 0 and float64 results, all roundings but the last ones put back."""
    p, p_rest = argument(x), argument_rest(x)
    e = fma(exp(p), p_rest, exp(p))
    whole = 1 + e
    whole_rest = (1 - whole) + e
    numerator, numerator_rest = slope_numerator(x, e)
    square = whole * whole
    inverse = 1 / square
    quotient = numerator * inverse
    rest = fma(numerator, p_rest - 2 * whole_rest * (whole * inverse), numerator_rest)
    rest = ((numerator - quotient * square) - product_error(quotient, square)) + rest
    rest = (rest - quotient * product_error(whole, whole)) * inverse
    slope = exp_product(p, quotient)
    return where(slope == 0, slope, fma(e, rest, slope))  # a zero keeps its sign


def slope_numerator(x: Any, e: Any) -> tuple[Any, Any]:
    """Compute 1 + x p' + e as a sum of two numbers."""
    cubic = CUBIC * (x * x)
    linear, cube = x * LINEAR, x * cubic
    first, second = 1 + linear, 3 * cube
    both = first + second
    rest = x * (3 * cubic_rest(x) + LINEAR_REST) + 3 * product_error(x, cubic) + product_error(x, LINEAR)
    rest = rest + (sum_error(1, linear) + product_error(3, cube))
    rest = rest + (sum_error(first, second) + sum_error(both, e))
    return both + e, rest


def series(distance: Any) -> Any:
    """Sum the power series at the root."""
    first, second, third, fourth = ROOT_SERIES
    return distance * fma(distance, fma(distance, fma(distance, fourth, third), second), first)


gelu_tanh = Activation(
    name="gelu_tanh",
    summary="Gaussian error linear unit, its distribution function approximated by tanh.",
    formula="x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x**3))) / 2",
    references=(
        "Hendrycks and Gimpel, Gaussian Error Linear Units (GELUs), 2016, https://arxiv.org/abs/1606.08415",
        "https://pytorch.org/docs/stable/generated/torch.nn.GELU.html",
    ),
    forward=forward,
    derivative=derivative,
    limits=(-0.0, "inf"),
    derivative_limits=(0, 1),
    range=(-0.17004077, "inf"),
    max_ulp=0.54,
)


@hookimpl
def numact_activations() -> Iterator[Activation]:
    """Provide gelu_tanh."""
    yield gelu_tanh
