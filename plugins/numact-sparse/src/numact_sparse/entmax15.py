"""Entmax with alpha = 1.5, halfway between softmax and sparsemax."""

from __future__ import annotations

from typing import Any

from numact import Activation, Param, rows
from numact.scalar import fma, is_wide, product_error, sqrt, sum_error, where
from numact_sparse._parts import difference_error, high

# The search for the threshold in plain float64 ends when the sum exceeds 1 by no more than this.
CLOSE = 2.0**-50


def above(x: Any, largest: Any, threshold: Any) -> Any:
    """Give how far half an element is above the threshold, both counted from half the largest."""
    return 0.5 * (x - largest) - threshold


def above_rest(x: Any, largest: Any, threshold: Any) -> Any:
    """Give what `above` lacks."""
    return 0.5 * difference_error(x, largest) + difference_error(0.5 * (x - largest), threshold)


def positive_part(x: Any, largest: Any, threshold: Any) -> Any:
    """One term of minus half the slope of the sum."""
    size = above(x, largest, threshold)
    return where(size > 0, size, 0.0)


def square(x: Any, largest: Any, threshold: Any) -> Any:
    """One term of the sum that the threshold makes 1."""
    size = positive_part(x, largest, threshold)
    return size * size


def high_part(x: Any, largest: Any, threshold: Any) -> Any:
    """Give the high bits of that term."""
    return high(square(x, largest, threshold))


def low_part(x: Any, largest: Any, threshold: Any) -> Any:
    """Give the low bits of that term."""
    size = positive_part(x, largest, threshold)
    rest = 2.0 * size * above_rest(x, largest, threshold) + product_error(size, size)
    return where(size > 0, (size * size - high(size * size)) + rest, 0.0)


def weight(x: Any, largest: Any, threshold: Any, rest: Any) -> Any:
    """Give the square root of one element of the result; NaN stays NaN."""
    size = (above(x, largest, threshold) - rest) + above_rest(x, largest, threshold)
    return where(size <= 0, 0.0, size)


def weight_rest(x: Any, largest: Any, threshold: Any, rest: Any) -> Any:
    """Give what a positive weight lacks."""
    size, below = above(x, largest, threshold), above_rest(x, largest, threshold)
    return sum_error(size, -rest) + sum_error(size - rest, below)


def probability(x: Any, largest: Any, threshold: Any, rest: Any) -> Any:
    """One element of the result, for float64 with the rounding of the weight put back."""
    size = weight(x, largest, threshold, rest)
    twice = where(size > 0, 2.0 * weight_rest(x, largest, threshold, rest), 0.0)
    return where(is_wide(x), fma(size, size, size * twice), size * size)


def find_threshold(row: Any, largest: Any) -> Any:
    """Search from below, by Newton's method on the sum, a convex function of the threshold."""
    threshold, following = -2.0, -1.0
    while following > threshold:
        threshold = following
        excess = rows.total(square, row, largest, threshold) - 1.0
        if excess > CLOSE:
            following = threshold + excess / (2.0 * rows.total(positive_part, row, largest, threshold))
    return threshold


def find_rest(row: Any, largest: Any, threshold: Any) -> Any:
    """Take one more step with a sum that is not rounded: it doubles the digits.

    A row without a value has no sum: the rest is infinite, and the results NaN.
    """
    excess = (rows.total(high_part, row, largest, threshold) - 1.0) + rows.total(
        low_part, row, largest, threshold
    )
    return excess / (2.0 * rows.total(positive_part, row, largest, threshold))


def forward(row: Any, out: Any) -> None:
    """Halve, subtract the threshold that makes the squares of the positive parts add up to 1, square."""
    largest = rows.maximum(row)
    threshold = find_threshold(row, largest)
    rows.apply(probability, out, row, largest, threshold, find_rest(row, largest, threshold))


def root(result: Any) -> Any:
    """Give the weight of an element in the gradient."""
    return sqrt(result)


def weighted(result: Any, g: Any) -> Any:
    """One term of the weighted sum of g."""
    return sqrt(result) * g


def gradient(result: Any, g: Any, mean: Any) -> Any:
    """One element of the vector-Jacobian product."""
    return sqrt(result) * (g - mean)


def vjp_from_output(result: Any, g: Any, out: Any) -> None:
    """From the result: g less its mean, weighted by the square roots of the result, times these."""
    mean = rows.total(weighted, result, g) / rows.total(root, result)
    rows.apply(gradient, out, result, g, mean)


def weighted_at(x: Any, g: Any, largest: Any, threshold: Any, rest: Any) -> Any:
    """One term of the weighted sum of g, from x."""
    return weight(x, largest, threshold, rest) * g


def gradient_at(x: Any, g: Any, largest: Any, threshold: Any, rest: Any, mean: Any) -> Any:
    """One element of the vector-Jacobian product, from x."""
    return weight(x, largest, threshold, rest) * (g - mean)


def vjp(row: Any, g: Any, out: Any) -> None:
    """From x, whose square roots no underflow of the result hides."""
    largest = rows.maximum(row)
    threshold = find_threshold(row, largest)
    rest = find_rest(row, largest, threshold)
    weights = rows.total(weight, row, largest, threshold, rest)
    mean = rows.total(weighted_at, row, g, largest, threshold, rest) / weights
    rows.apply(gradient_at, out, row, g, largest, threshold, rest, mean)


entmax15 = Activation(
    name="entmax15",
    summary="Entmax with alpha = 1.5: smoother than sparsemax, and like it exactly 0 for small elements.",
    formula="max(x_i / 2 - tau, 0)**2, where tau makes the sum 1",
    references=(
        "Peters, Niculae and Martins, Sparse Sequence-to-Sequence Models, 2019, "
        "https://arxiv.org/abs/1905.05702",
        "Blondel, Martins and Niculae, Learning with Fenchel-Young Losses, 2020, "
        "https://arxiv.org/abs/1901.02324",
        "https://github.com/deep-spin/entmax",
    ),
    forward=forward,
    vjp=vjp,
    vjp_from_output=vjp_from_output,
    params=(Param("axis", -1, kind="axis", doc="Axis or axes along which the results add up to 1."),),
    kind="axis",
    range=(0.0, 1.0),
    max_ulp=0.5,
)
