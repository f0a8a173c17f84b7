"""Activations of rows by their formulas, over pairs of floats with error bounds."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from numact.accuracy.estimates import Estimate
from numact.accuracy.oracle import Exact, constants, literal
from numact.accuracy.pairs import Array, long_double
from numact.accuracy.reading import Scope, read
from numact.accuracy.ulp import Format
from numact.errors import FormulaError
from numact.formula import Formula
from numact.reference import numpy_function
from numact.rowformula import THRESHOLD, OverRow, RowFormula, parse_row
from numact.spec import Activation

# A row of ordinary numbers, and what is added to all of them.
_PROBE, _SHIFT = (0.3, -1.7, 2.2, 0.0, 1.1), 0.75
_ALIKE = 2.0**-40
# Thresholds are looked for up to this size.
_FARTHEST = 2.0**60
# Difference quotients are taken over this width, and so many steps by them make all digits right.
_WIDTH, _STEPS = 2.0**-30, 3
# Thresholds may be multiples of the inverse, where elements of short formats are, too.
_GRID = 2.0**50
# A threshold is enclosed by the narrowest of these distances that is wide enough.
_DISTANCES = tuple(2.0**exponent for exponent in range(-104, -70, 4))


def has_exact_rows(spec: Activation) -> bool:
    """Tell whether an axis activation's formula can be read."""
    try:
        parse_row(spec.formula, _names(spec))
    except FormulaError:
        return False
    return True


def exact_row(spec: Activation, parameters: Mapping[str, float], row: Array, form: Format) -> Exact:
    """Find the exact values of an activation of a row of finite numbers.

    Parameters
    ----------
    spec : Activation
        Of kind ``axis``, with a formula that `numact.rowformula.parse_row` reads.
    parameters : mapping
        Values of the numeric ones by name, rounded as in a call.
    row : ndarray
        1-D.
    form : Format
        Of the row.

    Raises
    ------
    FormulaError
        If the formula is there to be read by people.
    NotImplementedError
        For float64 where there is no longer float to judge it by.
    """
    dtype = _carrier()
    if form.name == "float64" and dtype == np.float64:
        raise NotImplementedError("there is no float longer than float64 here")
    formula = parse_row(spec.formula, _names(spec))
    with np.errstate(all="ignore"):
        x = Estimate(row.astype(dtype))
        if _takes_differences(formula, parameters):
            x = x - Estimate(np.max(x.hi))
        hi, lo, error = (np.broadcast_to(part, row.shape) for part in _values(formula, x, parameters).parts())
        return Exact(hi, lo, error, np.where((np.abs(hi) > error) | (error == 0), np.sign(hi), np.nan))


def _names(spec: Activation) -> tuple[str, ...]:
    return tuple(param.name for param in spec.numeric_params)


def _carrier() -> np.dtype[Any]:
    return long_double() or np.dtype(np.float64)


def _takes_differences(formula: RowFormula, parameters: Mapping[str, float]) -> bool:
    """Whether only differences of elements matter: with the largest at 0 no exponential overflows."""
    first, second = (
        _values(formula, Estimate(np.array(_PROBE, _carrier()) + shift), parameters).hi
        for shift in (0, _SHIFT)
    )
    return bool(np.all(np.abs(first - second) <= _ALIKE * np.abs(first)))


def _values(formula: RowFormula, x: Estimate, parameters: Mapping[str, float]) -> Estimate:
    known = constants(parameters, x.hi.dtype)
    known |= {name: _over_row(each, x, known) for name, each in formula.totals.items()}
    known["x_i"] = x
    if formula.has_threshold:
        known[THRESHOLD] = _threshold(formula, known, x, parameters)
    values = _read_as(formula.element, known, x)
    if formula.is_first:
        first = np.arange(len(values.hi)) == np.argmax(values.hi != 0)
        return Estimate(np.where(first, values.hi, 0))
    return values


def _read_as(formula: Formula, known: Mapping[str, Any], x: Estimate) -> Estimate:
    """Read a formula, an element for each of x."""
    value = read(formula, Scope(known, len(x.hi)), partial(literal, dtype=x.hi.dtype))
    return Estimate(np.broadcast_to(value.hi, x.hi.shape), value.lo, value.error)


def _over_row(asked: OverRow, x: Estimate, known: Mapping[str, Any]) -> Estimate:
    if not asked.is_sum:
        return Estimate(np.max(x.hi))
    return _total(_read_as(asked.formula, {**known, "x_j": x}, x))


def _total(terms: Estimate) -> Estimate:
    """Add by halves: so the errors of a million terms stay small, and small terms are not lost."""
    places = np.arange(2 ** (len(terms.hi) - 1).bit_length())
    given = places < len(terms.hi)
    zeros = Estimate(np.zeros(np.count_nonzero(~given), terms.hi.dtype))
    total = Estimate.gather(len(places), [(given, terms), (~given, zeros)])
    while len(total.hi) > 1:
        first = np.arange(len(total.hi)) < len(total.hi) // 2
        total = total.take(first) + total.take(~first)
    return total


def _threshold(
    formula: RowFormula, known: Mapping[str, Any], x: Estimate, parameters: Mapping[str, float]
) -> Estimate:
    """Enclose the number that makes the sum 1: on either side of it the sum is beyond 1, or short of it."""

    def excess(threshold: Estimate) -> Estimate:
        return _total(_read_as(formula.element, {**known, THRESHOLD: threshold}, x)) - threshold.constant(1)

    number, slope = _rough_threshold(formula, x.hi, parameters)
    found = Estimate(np.rint(number * _GRID) / _GRID)
    if excess(found).order(found.constant(0))[0] == 0:
        return found  # exactly: an element may be there too
    for _ in range(_STEPS):
        step = excess(found) / Estimate(slope)
        better = found - Estimate(step.hi[0], step.low()[0])
        found = Estimate(better.hi, better.lo)
    for distance in _DISTANCES:
        below, above = (excess(found + found.constant(each)) for each in (-distance, distance))
        if below.order(found.constant(0))[0] * above.order(found.constant(0))[0] < 0:
            return Estimate(found.hi, found.lo, found.hi.dtype.type(distance))
    return Estimate(found.hi, found.lo, found.hi.dtype.type(np.inf))


def _rough_threshold(formula: RowFormula, x: Array, parameters: Mapping[str, float]) -> tuple[Any, Any]:
    """Bisect with plain numbers; gives the threshold and the slope of the sum there."""
    plain = numpy_function(formula.element)

    def excess(threshold: Any) -> Any:
        return plain(**parameters, x_i=x, **{THRESHOLD: threshold}).sum() - 1

    high = x.dtype.type(1)
    while excess(-high) * excess(high) > 0:
        high = 2 * high
        if high > _FARTHEST:
            raise FormulaError(f"no {THRESHOLD} makes the sum of {formula.element} 1")
    low, sign = -high, np.sign(excess(-high))
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if np.sign(excess(middle)) == sign else (low, middle)
    return low, (excess(low + _WIDTH) - excess(low - _WIDTH)) / (2 * _WIDTH)
