"""The smooth rectifier."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from numact import Activation, Param, hookimpl
from numact.scalar import (
    exp,
    exp_of_sum,
    exp_product,
    fma,
    is_wide,
    product_error,
    short_exp,
    short_exp_of_sum,
    short_exp_product,
    short_log1p_unit,
    short_quotient,
    where,
)

# Below it exp(p) may be subnormal.
TAIL = -700
# From here on the sigmoid rounds to 1.
SATURATION = 40
# Below it exp() is 0.
LOWEST = -800


def log1p_lack(e: Any) -> tuple[Any, Any, Any]:
    """Compute e - log(1 + e) for 0 <= e <= 1 and float64 results: e*s - (2 artanh(s) - 2s), s = e/(2 + e).

    The second is what roundings took from the first; the third e/(1 + e), to two digits.
    """
    t = e + 2
    s = e / t
    y = s * s
    first = fma(y, fma(y, fma(y, fma(y, 1 / 11, 1 / 9), 1 / 7), 1 / 5), 1 / 3)
    second = fma(y, fma(y, fma(y, fma(y, 1 / 21, 1 / 19), 1 / 17), 1 / 15), 1 / 13)
    third = fma(y, fma(y, fma(y, fma(y, 1 / 31, 1 / 29), 1 / 27), 1 / 25), 1 / 23)
    fifth = y * y * (y * y) * y
    factor = e - 2 * y * fma(fifth, fma(fifth, third, second), first)
    lack = s * factor
    share = 2 * s * fma(s, -3 / 4, 1)
    quotient_rest = ((e - s * t) - product_error(s, t)) - s * ((2 - t) + e)
    return lack, fma(quotient_rest / 2, share, product_error(s, factor)), share


def product_rest(x: Any, beta: Any, p: Any) -> Any:
    """Give beta*x - p, what the rounded product lacks; 0 where p is infinite."""
    rest = product_error(beta, x)
    return where((abs(rest) < 1) & (abs(p) < -LOWEST), rest, 0)


def is_linear(x: Any, beta: Any, threshold: Any) -> Any:
    """Tell whether beta*x > threshold, by a difference whose sign is exact."""
    p = beta * x
    difference = p - threshold
    return where(is_wide(x), difference + product_rest(x, beta, p), difference) > 0


def bend(x: Any, beta: Any, p: Any) -> Any:
    """Compute log(1 + exp(-|p|))/beta for float64 results, with all roundings but the last put back.

    Far out, where exp(-|p|) may be subnormal and the result not, 1/beta is multiplied in before the scaling.
    """
    rest = product_rest(x, beta, p)
    rest = where(p > 0, -rest, rest)
    decay = exp(-abs(p))
    lack, lack_rest, share = log1p_lack(decay)
    logarithm, inverse = decay - lack, 1 / beta
    error = ((decay - logarithm) - lack) + fma(share, rest, -lack_rest)
    rounded = logarithm * inverse
    remainder = (logarithm - rounded * beta) - product_error(rounded, beta)
    near = fma(remainder + error, inverse, rounded)
    inverse_rest = (1 - inverse * beta) - product_error(inverse, beta)
    return where(-abs(p) < TAIL, exp_product(-abs(p), fma(inverse, rest + inverse_rest, inverse)), near)


def forward(x: Any, beta: Any, threshold: Any) -> Any:
    """Compute the linear part and log(1 + exp(-|p|))/beta with p = beta*x, two terms of one sign."""
    p = beta * x
    narrow = short_log1p_unit(short_exp(-abs(p))) * (1 / beta)
    smooth = where(p > 0, x, -0.0) + where(is_wide(x), bend(x, beta, p), narrow)
    return where(is_linear(x, beta, threshold), x, smooth)


def derivative_by_x(x: Any, beta: Any, threshold: Any) -> Any:
    """Compute the sigmoid of beta*x, 1 above the threshold."""
    p = beta * x
    held = where(p > SATURATION, SATURATION, p)
    growth = exp_of_sum(held, product_rest(x, beta, p))
    decay = short_exp(-abs(p))
    narrow = short_quotient(where(p < 0, decay, 1), 1 + decay)
    return where(is_linear(x, beta, threshold), 1, where(is_wide(x), growth / (1 + growth), narrow))


def derivative_by_beta(x: Any, beta: Any, threshold: Any) -> Any:
    """Compute -(|p| e/(1 + e) + log(1 + e))/beta**2 with e = exp(-|p|), 0 above the threshold."""
    p = beta * x
    rest = product_rest(x, beta, p)
    rest = where(p > 0, -rest, rest)
    size = where(abs(p) > -LOWEST, -LOWEST, abs(p))
    decay = short_exp_of_sum(-size, rest)
    share = short_quotient(decay, 1 + decay)
    # Far out the roundings of the sum and the quotient do not show any more.
    share = where(is_wide(x), fma(-decay, share, decay), share)
    near = fma(size, share, (decay - log1p_lack(decay)[0]) - rest * share)
    tail = short_exp_product(-size, (1 + size) * short_exp_of_sum(0.0, rest) / (beta * beta))
    magnitude = where(-size < TAIL, tail, near / (beta * beta))
    return where(is_linear(x, beta, threshold), 0, -magnitude)


softplus = Activation(
    name="softplus",
    summary="Smooth approximation of the rectifier, linear above a threshold.",
    formula="x if beta * x > threshold else log(1 + exp(beta * x)) / beta",
    references=(
        "Dugas, Bengio, Bélisle, Nadeau and Garcia, Incorporating Second-Order Functional Knowledge for "
        "Better Option Pricing, NIPS 2000",
        "https://pytorch.org/docs/stable/generated/torch.nn.Softplus.html",
    ),
    forward=forward,
    derivative={"x": derivative_by_x, "beta": derivative_by_beta},
    params=(
        Param("beta", 1.0, closed="neither", exclude=(0.0,), doc="Sharpness of the bend."),
        Param("threshold", 20.0, closed="right", doc="The result is x itself where beta*x is greater."),
    ),
    limits=("0 if beta > 0 else -inf", "inf if beta > 0 else 0"),
    derivative_limits=("0 if beta > 0 else 1", "1 if beta > 0 else 0"),
    range=(
        "min(0, threshold / beta) if beta > 0 else -inf",
        "inf if beta > 0 else max(0, threshold / beta)",
    ),
    kinks=("threshold / beta",),
    max_ulp=0.53,
)


@hookimpl
def numact_activations() -> Iterator[Activation]:
    """Provide softplus."""
    yield softplus
