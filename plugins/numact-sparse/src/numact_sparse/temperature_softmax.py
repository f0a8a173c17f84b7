"""Softmax with a temperature."""

from __future__ import annotations

from typing import Any

from numact import Activation, Param, rows
from numact.scalar import (
    is_wide,
    minimum,
    product_error,
    short_difference_error,
    short_exp_of_sum_below_0,
    short_quotient_by_inverse,
    where,
)

# exp of this is 0; quotients far below may be infinite, and so have no rest.
LOWEST = -1000
# The inverse of a subnormal temperature is infinite, and a rest of 0 has to stay 0.
LARGEST_INVERSE = 2.0**1023


def divided(x: Any, divisor: Any, inverse: Any) -> Any:
    """Give x/divisor; float32 results are as good from a product, which costs less."""
    return where(is_wide(x), x / divisor, x * inverse)


def power(x: Any, largest: Any, temperature: Any, inverse: Any) -> Any:
    """exp((x - largest)/temperature), for float64 with the roundings of difference and quotient put back."""
    below = x - largest
    quotient = divided(below, temperature, inverse)
    rest = (below - quotient * temperature) - product_error(quotient, temperature)
    rest = (rest + short_difference_error(x, largest)) * minimum(inverse, LARGEST_INVERSE)
    return short_exp_of_sum_below_0(quotient, where(quotient > LOWEST, rest, 0.0))


def is_largest(result: Any, largest: Any) -> Any:
    """1 for the largest elements."""
    return where(result == largest, 1.0, 0.0)


def of_largest(result: Any, g: Any, largest: Any) -> Any:
    """Give g at the largest elements."""
    return where(result == largest, g, 0.0)


def weighted(result: Any, g: Any, reference: Any) -> Any:
    """One term of the weighted mean of g, counted from a reference."""
    return result * (g - reference)


def gradient(result: Any, g: Any, reference: Any, mean: Any, temperature: Any, inverse: Any) -> Any:
    """One element of the vector-Jacobian product."""
    return divided(result * ((g - reference) - mean), temperature, inverse)


def forward(row: Any, out: Any, temperature: Any) -> None:
    """Shift by the maximum, divide by the temperature, exponentiate, divide by the sum."""
    total = rows.apply_total(power, out, row, rows.maximum(row), temperature, 1.0 / temperature)
    rows.apply(short_quotient_by_inverse, out, out, total, 1.0 / total)


def vjp_from_output(result: Any, g: Any, out: Any, temperature: Any) -> None:
    """From the result y: y * (g - sum(g*y)) / temperature.

    Where one element has nearly all, the sum is nearly its g, and the difference would cancel: so g is
    counted from that of the largest element.
    """
    largest = rows.maximum(result)
    reference = rows.total(of_largest, result, g, largest) / rows.total(is_largest, result, largest)
    mean = rows.total(weighted, result, g, reference)
    rows.apply(gradient, out, result, g, reference, mean, temperature, 1.0 / temperature)


def vjp(row: Any, g: Any, out: Any, temperature: Any) -> None:
    """Compute the result first, in `out`, then its gradient."""
    forward(row, out, temperature)
    vjp_from_output(out, g, out, temperature)


temperature_softmax = Activation(
    name="temperature_softmax",
    summary="Softmax of x/temperature: the lower the temperature, the more goes to the largest element.",
    formula="exp(x_i / temperature) / sum_j exp(x_j / temperature)",
    references=(
        "Hinton, Vinyals and Dean, Distilling the Knowledge in a Neural Network, 2015, "
        "https://arxiv.org/abs/1503.02531",
        "Guo et al., On Calibration of Modern Neural Networks, 2017, https://arxiv.org/abs/1706.04599",
    ),
    forward=forward,
    vjp=vjp,
    vjp_from_output=vjp_from_output,
    params=(
        Param("temperature", 1.0, low=0.0, closed="neither", doc="Divisor of x; towards 0, hardmax."),
        Param("axis", -1, kind="axis", doc="Axis or axes along which the results add up to 1."),
    ),
    kind="axis",
    range=(0.0, 1.0),
    max_ulp=1.5,
)
