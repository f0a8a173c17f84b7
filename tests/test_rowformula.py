"""Formulas of rows: what is read, and what is left to people."""

from __future__ import annotations

import pytest

from numact.errors import FormulaError
from numact.rowformula import parse_row


def test_sums_and_maxima_are_of_the_whole_row() -> None:
    formula = parse_row("exp(x_i / t) / sum_j exp(x_j / t) - max_j x_j", ("t",))
    assert formula.element.text == "exp(x_i / t) / over_row_0 - over_row_1"
    assert [(each.is_sum, each.formula.text) for each in formula.totals.values()] == [
        (True, "exp(x_j / t)"),
        (False, "x_j"),
    ]
    assert not formula.has_threshold and not formula.is_first


def test_a_threshold_is_what_makes_the_sum_1() -> None:
    formula = parse_row("max(x_i - tau, 0), where tau makes the sum 1", ())
    assert formula.has_threshold
    assert formula.element.names == ("x_i", "tau")


def test_the_first_place_where_two_are_equal() -> None:
    formula = parse_row("1 for the first i with x_i = max_j x_j, else 0", ())
    assert formula.is_first
    assert formula.element.text == "1 if x_i == over_row_0 else 0"


@pytest.mark.parametrize(
    "text",
    [
        "the nearest point of the simplex",
        "exp(x_i)",
        "x_i / sum_j exp(y)",
        "max(x_i - tau, 0)",
        "x_i / sum_k exp(x_k)",
        "__import__('os') / sum_j exp(x_j)",
    ],
)
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(FormulaError):
        parse_row(text, ())
