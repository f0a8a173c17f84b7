"""What an activation gives at infinities, zeros, kinks and NaN: computed, not stated."""

from __future__ import annotations

import math

import numpy as np
from markdown import table

import numact
from numact.examples import example_parameters
from numact.pictures.curves import kink_places
from numact.pictures.subjects import Subject, subjects
from numact.spec import Activation

_ROWS = (
    (0.0, 0.0),
    (1000.0, 0.0),
    (-0.0, -math.inf),
    (math.inf, 0.0),
    (-math.inf, -math.inf),
    (math.nan, 0.0),
)
_PAIRS = (
    *((0.0, 1.0), (-0.0, 1.0), (1.0, 0.0), (1.0, -0.0)),
    *((math.inf, 1.0), (-math.inf, 1.0), (1.0, math.inf), (1.0, -math.inf), (math.nan, 1.0), (1.0, math.nan)),
)


def edge_table(spec: Activation) -> str:
    """Write the table of an activation's edges in Markdown, for float64.

    Parameters
    ----------
    spec : Activation
        Of any kind; required parameters get an example's values.
    """
    (subject,) = subjects([spec], {})
    with np.errstate(all="ignore"):
        written = {"axis": _of_rows, "gated": _of_pairs}.get(spec.kind, _of_numbers)(subject)
    chosen = ", ".join(f"`{name}={value}`" for name, value in example_parameters(spec).items())
    return f"With {chosen}:\n\n{written}" if chosen else written


def number(value: float) -> str:
    """Write a number as the tables show it; zeros have their sign."""
    if value == 0.0:
        return "`-0`" if math.copysign(1.0, value) < 0 else "`+0`"
    return f"`{value:.10g}`"


def _of_numbers(subject: Subject) -> str:
    places = kink_places(subject)
    usual = [-math.inf, -0.0, 0.0, math.inf, math.nan]
    x = np.array(sorted({*places} - {0.0}) + usual)
    x = np.concatenate([x[np.isneginf(x)], np.sort(x[np.isfinite(x)]), x[np.isposinf(x)], x[np.isnan(x)]])
    values, slopes = np.asarray(subject.function(x)), np.asarray(subject.function.derivative(x))
    names = ["a kink" if place in places else "" for place in x.tolist()]
    cells = zip(x.tolist(), values.tolist(), slopes.tolist(), names, strict=True)
    rows = [(number(at), number(value), number(slope), name) for at, value, slope, name in cells]
    heads = ("x", "value", "derivative", "")
    return table(heads, rows) if places else table(heads[:3], [row[:3] for row in rows])


def _of_rows(subject: Subject) -> str:
    x = np.array(_ROWS)
    results = np.asarray(numact.apply(subject.spec.name, x, **example_parameters(subject.spec)))
    rows = [(_row(row), _row(result)) for row, result in zip(x, results, strict=True)]
    return table(("row", "result"), rows)


def _of_pairs(subject: Subject) -> str:
    a, b = np.array(_PAIRS).T
    columns = [a, b, subject.function(a, gate=b)]
    columns += [subject.function.derivative(a, wrt, gate=b) for wrt in ("x", "gate")]
    rows = [tuple(map(number, row)) for row in np.array(columns).T.tolist()]
    return table(("a", "b, the gate", "value", "derivative by a", "derivative by b"), rows)


def _row(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> str:
    return ", ".join(map(number, values.tolist()))
