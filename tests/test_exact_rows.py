"""Exact values of rows by their formulas, beside rational arithmetic."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from numact.accuracy import rows
from numact.accuracy.oracle import Exact
from numact.accuracy.pairs import long_double
from numact.accuracy.ulp import FLOAT32, FLOAT64
from numact.errors import FormulaError
from numact.spec import Activation, Param

pytestmark = pytest.mark.skipif(long_double() is None, reason="no float longer than float64 to judge by")


def forward(row: Any, out: Any) -> None:
    """Stand for a function that no test here calls."""


def forward_at(row: Any, out: Any, t: Any) -> None:
    """Stand for one with a parameter."""


def row_probe(formula: str, param: str = "") -> Activation:
    params = (Param(param, 1.0),) if param else ()
    function = forward_at if param else forward
    return Activation("probe", "A probe.", formula, (), forward=function, kind="axis", params=params)


def as_fractions(truth: Exact) -> list[Fraction]:
    return [
        sum((Fraction(*part.as_integer_ratio()) for part in each), Fraction(0))
        for each in zip(truth.hi, truth.lo, strict=True)
    ]


@pytest.mark.parametrize("length", [1, 2, 40, 1000])
@pytest.mark.parametrize("spread", [0.0, 0.1, 1.0, 20.0])
def test_the_threshold_of_a_row_is_enclosed(length: int, spread: float) -> None:
    """Beside sorting and rational arithmetic."""
    row = np.random.default_rng(length).normal(0, spread, length)
    spec = row_probe("max(x_i - tau, 0), where tau makes the sum 1")
    truth = rows.exact_row(spec, {}, row, FLOAT64)
    numbers = sorted((Fraction(x) for x in row.tolist()), reverse=True)
    sums = [sum(numbers[:count], Fraction(0)) for count in range(1, length + 1)]
    taus = [(total - 1) / count for count, total in enumerate(sums, 1)]
    (tau,) = [
        tau
        for count, tau in enumerate(taus, 1)
        if numbers[count - 1] > tau and (count == length or numbers[count] <= tau)
    ]
    for found, error, x in zip(as_fractions(truth), truth.error, row.tolist(), strict=True):
        assert (
            abs(found - max(Fraction(x) - tau, Fraction(0))) <= Fraction(float(error)) <= Fraction(2) ** -90
        )


def test_an_element_at_the_threshold_is_0() -> None:
    row = np.array([0.0, -0.078125, -0.09375, -0.109375, -0.28125, -0.3125, -0.3125])
    truth = rows.exact_row(row_probe("max(x_i - tau, 0), where tau makes the sum 1"), {}, row, FLOAT64)
    assert truth.hi[5:].tolist() == truth.error[5:].tolist() == [0, 0]
    assert truth.hi[0] == 0.3125


def test_no_exponential_of_a_row_overflows() -> None:
    row = np.array([0.0, 900.0, 899.99])
    truth = rows.exact_row(row_probe("exp(x_i / t) / sum_j exp(x_j / t)", "t"), {"t": 0.01}, row, FLOAT64)
    assert np.isfinite(truth.hi.astype(np.float64)).all()
    assert truth.hi[1:].astype(np.float64) == pytest.approx(
        [1 / (1 + math.exp(-1)), 1 / (1 + math.e)], rel=1e-9
    )


def test_the_first_of_the_largest() -> None:
    spec = row_probe("1 for the first i with x_i = max_j x_j, else 0")
    assert rows.exact_row(spec, {}, np.float32([1, 3, 3, 2]), FLOAT32).hi.tolist() == [0, 1, 0, 0]


def test_a_row_without_a_threshold_is_told() -> None:
    with pytest.raises(FormulaError, match="no tau makes the sum"):
        rows.exact_row(
            row_probe("2 + 0 * (x_i - tau), where tau makes the sum 1"), {}, np.float32([1]), FLOAT32
        )
