"""Sparsemax: the point of the probability simplex that is nearest to a row."""

from __future__ import annotations

import math
from typing import Any

from numact import Activation, Param, rows
from numact.scalar import where
from numact_sparse._parts import difference_error, high

# The search for the threshold in plain float64 ends when the sum exceeds 1 by no more than this.
CLOSE = 2.0**-40
# From there the exact threshold is less far below than this, were the sums' roundings at their worst.
MARGIN = 2.0**-30


def above(x: Any, largest: Any, threshold: Any) -> Any:
    """Give how far an element is above the threshold, both counted from the largest."""
    return (x - largest) - threshold


def above_rest(x: Any, largest: Any, threshold: Any) -> Any:
    """Give what `above` lacks."""
    return difference_error(x, largest) + difference_error(x - largest, threshold)


def is_above(x: Any, largest: Any, threshold: Any) -> Any:
    """1 for the elements above the threshold."""
    return where(above(x, largest, threshold) > 0, 1.0, 0.0)


def positive_part(x: Any, largest: Any, threshold: Any) -> Any:
    """One term of the sum that the threshold makes 1."""
    size = above(x, largest, threshold)
    return where(size > 0, size, 0.0)


def probability(x: Any, largest: Any, threshold: Any, rest: Any) -> Any:
    """One element of the result for the threshold and what its float64 lacks; NaN stays NaN."""
    size = (above(x, largest, threshold) - rest) + above_rest(x, largest, threshold)
    return where(size <= 0, 0.0, size)


def is_inside(x: Any, largest: Any, threshold: Any, rest: Any) -> Any:
    """1 for the elements of the support."""
    return where(probability(x, largest, threshold, rest) > 0, 1.0, 0.0)


def high_part(x: Any, largest: Any, threshold: Any, rest: Any) -> Any:
    """One term of the sum over the support: the high bits of `above`."""
    inside = probability(x, largest, threshold, rest) > 0
    return where(inside, high(above(x, largest, threshold)), 0.0)


def low_part(x: Any, largest: Any, threshold: Any, rest: Any) -> Any:
    """One term of the sum over the support: the low bits."""
    inside = probability(x, largest, threshold, rest) > 0
    size = above(x, largest, threshold)
    return where(inside, (size - high(size)) + above_rest(x, largest, threshold), 0.0)


def find_threshold(row: Any, largest: Any) -> Any:
    """Search from below, by Newton's method on the sum, a convex function made of straight lines.

    An element that has fallen below the threshold stays there, so the search ends.
    """
    threshold, following = -2.0, -1.0
    while following > threshold:
        threshold = following
        excess = rows.total(positive_part, row, largest, threshold) - 1.0
        if excess > CLOSE:
            following = threshold + excess / rows.total(is_above, row, largest, threshold)
    return threshold


def find_rest(row: Any, largest: Any, threshold: Any) -> Any:
    """Go on in the same way with sums that are not rounded, until the support is the exact one.

    A row without a value has no support: 0 elements make the rest infinite, and the results NaN.
    """
    rest, before = -MARGIN, math.inf
    while True:
        count = rows.total(is_inside, row, largest, threshold, rest)
        if count == before:
            return rest
        before = count
        over = rows.total(high_part, row, largest, threshold, rest) - 1.0
        rest = (over + rows.total(low_part, row, largest, threshold, rest)) / count


def forward(row: Any, out: Any) -> None:
    """Subtract the threshold that makes the positive parts add up to 1."""
    largest = rows.maximum(row)
    threshold = find_threshold(row, largest)
    rest = find_rest(row, largest, threshold)
    rows.apply(probability, out, row, largest, threshold, rest)


def chosen(result: Any, g: Any) -> Any:
    """Give g in the support."""
    return where(result > 0, g, 0.0)


def is_positive(result: Any) -> Any:
    """1 in the support."""
    return where(result > 0, 1.0, 0.0)


def gradient(result: Any, g: Any, mean: Any) -> Any:
    """One element of the vector-Jacobian product, which is 0 outside the support."""
    return where(result > 0, g - mean, result)


def vjp_from_output(result: Any, g: Any, out: Any) -> None:
    """From the result: g less its mean over the support."""
    mean = rows.total(chosen, result, g) / rows.total(is_positive, result)
    rows.apply(gradient, out, result, g, mean)


def inside_gradient(x: Any, g: Any, largest: Any, threshold: Any, rest: Any) -> Any:
    """Give g in the support."""
    return where(probability(x, largest, threshold, rest) > 0, g, 0.0)


def gradient_at(x: Any, g: Any, largest: Any, threshold: Any, rest: Any, mean: Any) -> Any:
    """One element of the vector-Jacobian product from x."""
    return gradient(probability(x, largest, threshold, rest), g, mean)


def vjp(row: Any, g: Any, out: Any) -> None:
    """From x, whose support no rounding of the result hides."""
    largest = rows.maximum(row)
    threshold = find_threshold(row, largest)
    rest = find_rest(row, largest, threshold)
    count = rows.total(is_inside, row, largest, threshold, rest)
    mean = rows.total(inside_gradient, row, g, largest, threshold, rest) / count
    rows.apply(gradient_at, out, row, g, largest, threshold, rest, mean)


sparsemax = Activation(
    name="sparsemax",
    summary="The nearest point of the probability simplex: like softmax, but small elements get exactly 0.",
    formula="max(x_i - tau, 0), where tau makes the sum 1",
    references=(
        "Martins and Astudillo, From Softmax to Sparsemax: A Sparse Model of Attention and Multi-Label "
        "Classification, 2016, https://arxiv.org/abs/1602.02068",
        "Michelot, A Finite Algorithm for Finding the Projection of a Point onto the Canonical Simplex of "
        "R^n, Journal of Optimization Theory and Applications 50 (1986) 195-200",
        "https://keras.io/api/layers/activations/#sparsemax-function",
    ),
    forward=forward,
    vjp=vjp,
    vjp_from_output=vjp_from_output,
    params=(Param("axis", -1, kind="axis", doc="Axis or axes along which the results add up to 1."),),
    kind="axis",
    range=(0.0, 1.0),
    max_ulp=0.5,
)
