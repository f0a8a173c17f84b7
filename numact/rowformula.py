"""Formulas of rows: an element in terms of its row, beside sums, the maximum, and a threshold."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from numact.errors import FormulaError
from numact.formula import Formula, parse

SUM = re.compile(r"sum_j\s+(\w+\([^()]*\))")
"""A sum over the row, of the one function call that follows."""

THRESHOLD = "tau"
_OVER_ROW = re.compile(rf"{SUM.pattern}|(max)_j\s+(x_j)\b")
_BY_SUM = f", where {THRESHOLD} makes the sum 1"
_FIRST = re.compile(r"1 for the first i with (.+) = (.+), else 0")


class OverRow(NamedTuple):
    """What a whole row gives: the sum of a formula in x_j, or the maximum."""

    is_sum: bool
    formula: Formula


@dataclass(frozen=True)
class RowFormula:
    """A parsed formula of a row; made by `parse_row`.

    Attributes
    ----------
    element : Formula
        In x_i, the names of `totals`, the parameters, and ``tau``.
    totals : mapping of str to OverRow
        What the whole row gives.
    has_threshold : bool
        Whether ``tau`` is the number that makes the elements' sum 1.
    is_first : bool
        Whether only the first element that is not 0 counts.
    """

    element: Formula
    totals: Mapping[str, OverRow]
    has_threshold: bool
    is_first: bool


def parse_row(text: str, names: Sequence[str]) -> RowFormula:
    """Read the formula of an axis activation.

    Parameters
    ----------
    text : str
        A formula in x_i and the parameters' names, in which ``sum_j f(x_j)`` is the sum of one function call
        over the row and ``max_j x_j`` its greatest element, such as ``exp(x_i) / sum_j exp(x_j)``. After it
        may stand ``, where tau makes the sum 1``, which says what ``tau`` in it is. Or the text is
        ``1 for the first i with A = B, else 0``, with two such formulas.
    names : sequence of str
        The parameters' names.

    Returns
    -------
    RowFormula

    Raises
    ------
    FormulaError
        If the text has anything else in it: such a formula is there to be read by people.
    """
    has_threshold = text.endswith(_BY_SUM)
    element = text.removesuffix(_BY_SUM)
    first = _FIRST.fullmatch(element)
    if first:
        element = f"1 if {first[1]} == {first[2]} else 0"
    totals: dict[str, OverRow] = {}

    def named(found: re.Match[str]) -> str:
        name = f"over_row_{len(totals)}"
        totals[name] = OverRow(found[2] is None, parse(found[1] or found[3], ("x_j", *names)))
        return name

    element = _OVER_ROW.sub(named, element)
    known = ("x_i", *totals, *((THRESHOLD,) if has_threshold else ()), *names)
    if not totals and not has_threshold:
        raise FormulaError(f"formula {text!r} tells nothing of the row")
    return RowFormula(parse(element, known), MappingProxyType(totals), has_threshold, first is not None)
