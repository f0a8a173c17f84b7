"""The textbook formula as NumPy and mpmath read it."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest

from numact import formula, reference
from numact.errors import FormulaError


def exact(text: str, **values: float) -> mpmath.mpf:
    return reference.exact_value(formula.parse(text, tuple(values)), values)


def test_mpmath_is_not_taken_in_by_cancellation() -> None:
    assert exact("log(1 + exp(x))", x=-100.0) == pytest.approx(math.exp(-100))
    assert exact("x - tanh(x)", x=1e-100) == pytest.approx(1e-300 / 3)
    assert exact("x*(1 + erf(x/sqrt(2)))/2", x=-20.0) == pytest.approx(-20 * math.erfc(20 / math.sqrt(2)) / 2)


def test_a_true_zero_is_zero() -> None:
    assert exact("maximum(0, x)", x=-3.0) == 0


def test_constants_and_literals_have_all_their_digits() -> None:
    with mpmath.workprec(200):
        assert abs(exact("0.1 * x", x=1.0) - mpmath.mpf("0.1")) < mpmath.mpf("1e-40")
        assert abs(exact("pi * x", x=1.0) - mpmath.pi) < mpmath.mpf("1e-40")


def test_numpy_reads_branches_and_keeps_float32() -> None:
    function = reference.numpy_function(formula.parse("x if x > 0 else alpha*(exp(x) - 1)", ("x", "alpha")))
    x = np.float32([-1, 0, 2])
    y = function(x, alpha=0.5)
    assert y.dtype == np.float32
    np.testing.assert_allclose(y, [0.5 * np.expm1(-1), 0, 2], rtol=1e-6)


def test_rows_are_summed() -> None:
    x = np.float32([[0, 1, 3], [2, 2, 2]])
    text = "exp(x_i) / sum_j exp(x_j)"
    expected = np.exp(x) / np.exp(x).sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(reference.numpy_rows(text, {})(x), expected, rtol=1e-6)
    assert [float(value) for value in reference.exact_row(text, x[0], {})] == pytest.approx(
        expected[0], rel=1e-6
    )


def test_the_exact_rows_keep_what_cancels() -> None:
    first = reference.exact_row("x_i - log(sum_j exp(x_j))", np.float32([20, 0]), {})[0]
    assert float(first) == pytest.approx(-math.log1p(math.exp(-20)))


@pytest.mark.parametrize(
    "text", ["the nearest point of the simplex", "__import__('os')", "x_i.real", "x_i[0]"]
)
def test_a_row_formula_that_is_prose_or_more_is_refused(text: str) -> None:
    with pytest.raises(FormulaError, match="formula"):
        reference.row_function(text, ())


def test_units_in_the_last_place_are_those_of_the_exact_value() -> None:
    one = mpmath.mpf(1)
    assert reference.worst_ulp(np.float32([1]), [one]) == 0
    assert reference.worst_ulp(np.nextafter(np.float32([1]), np.float32(2)), [one]) == 1
    assert reference.worst_ulp(np.float32([2e-45]), [mpmath.mpf(0)]) == 1
    assert reference.worst_ulp(np.float32([np.nan]), [one]) == math.inf
