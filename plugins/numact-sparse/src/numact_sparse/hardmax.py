"""Hardmax: 1 for the first of the largest elements, 0 for the others."""

from __future__ import annotations

import math
from typing import Any

from numact import Activation, Param, rows
from numact.scalar import where

NAN = math.nan


def blank(largest: Any) -> Any:
    """Give 0, but NaN where the row has a NaN, or nothing above -inf."""
    return where(largest > -math.inf, 0.0, NAN)


def given(x: Any, value: Any) -> Any:
    """Give the value, whatever x."""
    return value


def forward(row: Any, out: Any) -> None:
    """Look for the largest from the left; the row may be overwritten only then."""
    largest = rows.maximum(row)
    place = 0
    while row[place] < largest:
        place += 1
    rows.apply(given, out, row, blank(largest))
    out[place] = blank(largest) + 1.0


def vjp(row: Any, g: Any, out: Any) -> None:
    """Give 0: the result is constant between ties."""
    rows.apply(given, out, row, blank(rows.maximum(row)))


def none_of(result: Any) -> Any:
    """Give 0; NaN stays NaN."""
    return 0.0 * result


def vjp_from_output(result: Any, g: Any, out: Any) -> None:
    """Give 0: the result is constant between ties."""
    rows.apply(none_of, out, result)


hardmax = Activation(
    name="hardmax",
    summary="1 for the first of the largest elements of a row, 0 for the others.",
    formula="1 for the first i with x_i = max_j x_j, else 0",
    references=("https://onnx.ai/onnx/operators/onnx__Hardmax.html",),
    forward=forward,
    vjp=vjp,
    vjp_from_output=vjp_from_output,
    params=(Param("axis", -1, kind="axis", doc="Axis or axes along which one element gets 1."),),
    kind="axis",
    range=(0.0, 1.0),
    max_ulp=0.5,
)
