"""Softmin: the softmax of -x."""

from collections.abc import Iterator
from typing import Any

from numact import Activation, Param, hookimpl, rows
from numact.scalar import short_exp_of_difference, short_quotient_by_inverse


def negative(x: Any) -> Any:
    """One element of -x."""
    return -x


def product(a: Any, b: Any) -> Any:
    """One term of a dot product."""
    return a * b


def gradient(result: Any, g: Any, mean: Any) -> Any:
    """One element of the vector-Jacobian product; `mean` is that of g weighted by the result."""
    return result * (mean - g)


def forward(row: Any, out: Any) -> None:
    """Negate, shift by the maximum, exponentiate, divide by the sum."""
    rows.apply(negative, out, row)
    total = rows.apply_total(short_exp_of_difference, out, out, rows.maximum(out))
    rows.apply(short_quotient_by_inverse, out, out, total, 1.0 / total)


def vjp_from_output(result: Any, g: Any, out: Any) -> None:
    """From the result y: y * (sum(g*y) - g)."""
    rows.apply(gradient, out, result, g, rows.total(product, result, g))


def gradient_from_power(power: Any, g: Any, mean: Any, inverse: Any) -> Any:
    """One element of the vector-Jacobian product, from the exponential and 1 over the sum of these."""
    return power * inverse * (mean - g)


def vjp(row: Any, g: Any, out: Any) -> None:
    """As from the result, which is not divided by the sum for itself."""
    rows.apply(negative, out, row)
    inverse = 1.0 / rows.apply_total(short_exp_of_difference, out, out, rows.maximum(out))
    rows.apply(gradient_from_power, out, out, g, rows.total(product, out, g) * inverse, inverse)


softmin = Activation(
    name="softmin",
    summary="The softmax of -x: the smallest element gets the largest share.",
    formula="exp(-x_i) / sum_j exp(-x_j)",
    references=(
        "https://docs.pytorch.org/docs/stable/generated/torch.nn.Softmin.html",
        "https://doi.org/10.1093/imanum/draa038",
    ),
    forward=forward,
    vjp=vjp,
    vjp_from_output=vjp_from_output,
    params=(Param("axis", -1, kind="axis", doc="Axis or axes along which the results add up to 1."),),
    kind="axis",
    range=(0.0, 1.0),
    max_ulp=1.44,
)


@hookimpl
def numact_activations() -> Iterator[Activation]:
    """Provide softmin."""
    yield softmin
