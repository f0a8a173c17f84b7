"""Log-softmax."""

from collections.abc import Iterator
from typing import Any

from numact import Activation, Param, hookimpl, rows
from numact.scalar import (
    log1p,
    short_difference_error,
    short_exp,
    short_exp_of_difference,
    short_sum_error,
    where,
)

# So near to 1 a sum of exponentials has too few digits beside the 1 of its maximum, even for float32.
NEXT_TO_1 = 1 + 2.0**-10
# Added to it a sum is lost, so the error is all of the sum; in kernels up to float32, which leave it out, 0.
SWALLOWING = 2.0**60


def weight_below(x: Any, largest: Any) -> Any:
    """exp(x - largest), but 0 for the largest itself."""
    return where(x == largest, 0.0, short_exp_of_difference(x, largest))


def is_dominated(total: Any) -> Any:
    """Tell whether results show the digits that the 1 of the maximum takes: below 1.5, or next to 1."""
    return total - short_sum_error(total, SWALLOWING) / 3 < NEXT_TO_1


def logarithm(x: Any, largest: Any, rest: Any) -> Any:
    """Two terms of one sign: nothing cancels."""
    return (x - largest) + (short_difference_error(x, largest) - rest)


def itself(g: Any) -> Any:
    """One term of a plain sum."""
    return g


def gradient(result: Any, g: Any, total: Any) -> Any:
    """One element of the vector-Jacobian product."""
    return g - short_exp(result) * total


def forward(row: Any, out: Any) -> None:
    """Shift by the maximum m; the sum of exponentials less the 1 of m itself goes through log1p."""
    largest = rows.maximum(row)
    total = rows.total(short_exp_of_difference, row, largest)
    # As it was summed: in kernels up to float32 not quite 1.
    own = short_exp(largest - largest)
    # Where the 1 makes up most of the sum, and there is one m alone, the others are summed without it.
    others = rows.total(weight_below, row, largest) if is_dominated(total) else total - own
    rows.apply(logarithm, out, row, largest, log1p(others))


def vjp_from_output(result: Any, g: Any, out: Any) -> None:
    """From the result y: g - exp(y) * sum(g)."""
    rows.apply(gradient, out, result, g, rows.total(itself, g))


def gradient_from_power(power: Any, g: Any, share: Any) -> Any:
    """One element of the vector-Jacobian product, from the exponential and the sum of g over theirs."""
    return g - power * share


def vjp(row: Any, g: Any, out: Any) -> None:
    """As from the result: its exponential is softmax."""
    total = rows.apply_total(short_exp_of_difference, out, row, rows.maximum(row))
    rows.apply(gradient_from_power, out, out, g, rows.total(itself, g) / total)


log_softmax = Activation(
    name="log_softmax",
    summary="Logarithm of softmax, accurate where softmax is close to 1.",
    formula="x_i - log(sum_j exp(x_j))",
    references=(
        "https://docs.pytorch.org/docs/stable/generated/torch.nn.LogSoftmax.html",
        "https://doi.org/10.1093/imanum/draa038",
    ),
    forward=forward,
    vjp=vjp,
    vjp_from_output=vjp_from_output,
    params=(Param("axis", -1, kind="axis", doc="Axis or axes along which the softmax adds up to 1."),),
    kind="axis",
    range=(float("-inf"), 0.0),
    max_ulp=0.5,
)


@hookimpl
def numact_activations() -> Iterator[Activation]:
    """Provide log_softmax."""
    yield log_softmax
