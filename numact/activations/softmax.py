"""Softmax."""

from collections.abc import Iterator
from typing import Any

from numact import Activation, Param, hookimpl, rows
from numact.scalar import short_exp_of_difference, short_quotient_by_inverse


def product(a: Any, b: Any) -> Any:
    """One term of a dot product."""
    return a * b


def gradient(result: Any, g: Any, mean: Any) -> Any:
    """One element of the vector-Jacobian product; `mean` is that of g weighted by the result."""
    return result * (g - mean)


def forward(row: Any, out: Any) -> None:
    """Shift by the maximum, exponentiate, divide by the sum."""
    total = rows.apply_total(short_exp_of_difference, out, row, rows.maximum(row))
    rows.apply(short_quotient_by_inverse, out, out, total, 1.0 / total)


def vjp_from_output(result: Any, g: Any, out: Any) -> None:
    """From the result y: y * (g - sum(g*y))."""
    rows.apply(gradient, out, result, g, rows.total(product, result, g))


def gradient_from_power(power: Any, g: Any, mean: Any, inverse: Any) -> Any:
    """One element of the vector-Jacobian product, from the exponential and 1 over the sum of these."""
    return power * inverse * (g - mean)


def vjp(row: Any, g: Any, out: Any) -> None:
    """As from the result, which is not divided by the sum for itself."""
    inverse = 1.0 / rows.apply_total(short_exp_of_difference, out, row, rows.maximum(row))
    rows.apply(gradient_from_power, out, out, g, rows.total(product, out, g) * inverse, inverse)


softmax = Activation(
    name="softmax",
    summary="Exponentials of a row divided by their sum: positive numbers that add up to 1.",
    formula="exp(x_i) / sum_j exp(x_j)",
    references=(
        "https://docs.pytorch.org/docs/stable/generated/torch.nn.Softmax.html",
        "https://doi.org/10.1093/imanum/draa038",
    ),
    forward=forward,
    vjp=vjp,
    vjp_from_output=vjp_from_output,
    params=(Param("axis", -1, kind="axis", doc="Axis or axes along which the results add up to 1."),),
    kind="axis",
    range=(0.0, 1.0),
    max_ulp=1.5,
)


@hookimpl
def numact_activations() -> Iterator[Activation]:
    """Provide softmax."""
    yield softmax
