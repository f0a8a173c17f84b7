"""The exact value of a textbook formula, or of its derivative, at very many points.

Each point goes through a sequence of readings, fast ones first, until one of them knows the value to a small
part of the last place: pairs of float64, logarithms, pairs of a longer long double, ball arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np

from numact.accuracy import balls
from numact.accuracy.duals import Dual
from numact.accuracy.estimates import Estimate
from numact.accuracy.logarithms import Logarithm
from numact.accuracy.pairs import PI, Array, E, long_double
from numact.accuracy.reading import Scope, read
from numact.accuracy.ulp import Format
from numact.formula import Formula

# Arrays of this many numbers, and their temporaries, stay in a core's cache.
_CHUNK = 2**14
# Share of the last place that an estimate may be off, for float64 and for narrower results.
_COARSE, _FINE = 2.0**-5, 2.0**-12

_DOUBLE = np.dtype(np.float64)
_Parts = tuple[Array, Array, Array, Array]
_Reading = Callable[..., _Parts]


@dataclass(frozen=True)
class Exact:
    """Exact values as sums of two floats.

    Parameters
    ----------
    hi, lo : ndarray
        The values, of a float type that holds the format's twice over, together.
    error : ndarray
        How far they may be off: at most 2**-12 of the last place, for float64 2**-5; NaN where the formula
        has no value or no derivative, infinite where no reading knows it.
    sign : ndarray
        Sign of the values, NaN where the error leaves it open.
    """

    hi: Array
    lo: Array
    error: Array
    sign: Array

    @property
    def is_undefined(self) -> Array:
        """Where the formula has no value, or no derivative."""
        return np.isnan(self.error)

    @property
    def is_known(self) -> Array:
        """Where there is a value."""
        return np.isfinite(self.error)

    def part(self, elements: slice) -> Exact:
        """Give a view of some elements."""
        return Exact(self.hi[elements], self.lo[elements], self.error[elements], self.sign[elements])


def exact(formula: Formula, values: Mapping[str, Any], form: Format, wrt: str | None = None) -> Exact:
    """Find the exact values of a formula, or of its derivative.

    Parameters
    ----------
    formula : Formula
        What to compute; never a kernel's own careful form.
    values : mapping
        Finite floats for every name: arrays of one length, or single numbers (which may be infinite). They
        are taken as they are, so the caller rounds parameters first.
    form : Format
        In whose last place the values have to be known.
    wrt : str, optional
        Name to differentiate by.

    Returns
    -------
    Exact
    """
    arrays = {name: np.ravel(value) for name, value in values.items() if np.ndim(value)}
    constants = {name: value for name, value in values.items() if not np.ndim(value)}
    size = len(next(iter(arrays.values())))
    result = _nothing_known(size, form)
    for start in range(0, size, _CHUNK):
        part = slice(start, start + _CHUNK)
        taken = {name: array[part] for name, array in arrays.items()}
        _fill(_Question(formula, constants, form, wrt), taken, result.part(part))
    return result


def exact_by_balls(
    formula: Formula, values: Mapping[str, Any], form: Format, wrt: str | None = None
) -> Exact:
    """As `exact`, by ball arithmetic alone: some microseconds a point."""
    arrays = {name: np.ravel(value) for name, value in values.items() if np.ndim(value)}
    constants = {name: value for name, value in values.items() if not np.ndim(value)}
    size = len(next(iter(arrays.values())))
    result = _nothing_known(size, form)
    _by_balls(_Question(formula, constants, form, wrt), arrays, result, np.arange(size))
    return result


@dataclass(frozen=True)
class _Question:
    formula: Formula
    constants: Mapping[str, float]
    form: Format
    wrt: str | None


def _nothing_known(size: int, form: Format) -> Exact:
    dtype = _carriers(form)[-1] if form.name == "float64" else _DOUBLE
    return Exact(*(np.full(size, start, dtype) for start in (np.nan, 0, np.inf, np.nan)))


def _carriers(form: Format) -> list[np.dtype[Any]]:
    """Give the float types of pairs to try, in turn: float64 pairs are too short for float64 results."""
    longer = long_double()
    candidates = ([] if form.name == "float64" else [_DOUBLE]) + ([longer] if longer else [])
    return candidates or [_DOUBLE]


def _readings(form: Format) -> list[_Reading]:
    """Give the readings to try, in turn; logarithms reach where pairs overflow, but are no finer."""
    first, *longer = (partial(_by_pairs, dtype=dtype) for dtype in _carriers(form))
    return [first, _by_logarithms, *longer]


def _fill(question: _Question, arrays: Mapping[str, Array], into: Exact) -> None:
    open_points = np.arange(len(into.hi))
    for reading in _readings(question.form):
        if not len(open_points):
            return
        everywhere = len(open_points) == len(into.hi)
        taken = arrays if everywhere else {name: array[open_points] for name, array in arrays.items()}
        with np.errstate(all="ignore"):
            estimate = reading(question, taken, len(open_points))
            known = _is_known(estimate, question.form)
            _store(tuple(part[known] for part in estimate), into, open_points[known])
        open_points = open_points[~known]
    _by_balls(question, arrays, into, open_points)


def _store(parts: _Parts, into: Exact, places: Array) -> None:
    """Put values where they belong; what a shorter float cannot hold of hi goes to lo.

    What overflows it is far beyond the format, and no error matters.
    """
    hi, lo, error, sign = parts
    stored = hi.astype(into.hi.dtype)
    beyond = np.isinf(stored)
    into.hi[places], into.lo[places] = stored, np.where(beyond, 0, (hi - stored) + lo)
    into.error[places], into.sign[places] = np.where(beyond, 0, error), sign


def _by_pairs(question: _Question, arrays: Mapping[str, Array], size: int, dtype: np.dtype[Any]) -> _Parts:
    """Evaluate with pairs of floats."""
    numbers = {name: Estimate(value.astype(dtype)) for name, value in arrays.items()}
    numbers |= constants(question.constants, dtype)
    result = _value(question, numbers, size, partial(literal, dtype=dtype))
    hi, lo, error = (np.broadcast_to(part, size) for part in result.parts())
    return hi, lo, error, np.where((np.abs(hi) > error) | (error == 0), np.sign(hi), np.nan)


def constants(values: Mapping[str, float], dtype: np.dtype[Any]) -> dict[str, Estimate]:
    """Make pairs of numbers by name, and of pi, e and infinity."""
    numbers = {name: Estimate(dtype.type(value)) for name, value in values.items()}
    numbers |= {"pi": Estimate.of_fraction(PI, dtype), "e": Estimate.of_fraction(E, dtype)}
    return {**numbers, "inf": Estimate(dtype.type(np.inf))}


def literal(text: str, dtype: np.dtype[Any]) -> Estimate:
    """Make a pair of a literal's text."""
    return Estimate.of_fraction(Fraction(text), dtype)


def _by_logarithms(question: _Question, arrays: Mapping[str, Array], size: int) -> _Parts:
    """Evaluate with signs and logarithms."""
    numbers = {name: Logarithm.of_floats(value.astype(_DOUBLE)) for name, value in arrays.items()}
    numbers |= {name: Logarithm.of_floats(np.float64(value)) for name, value in question.constants.items()}
    numbers |= {"pi": Logarithm.of_fraction(PI), "e": Logarithm.of_fraction(E)}
    numbers["inf"] = Logarithm(np.float64(1), np.float64(np.inf), np.float64(0))
    result = _value(question, numbers, size, lambda text: Logarithm.of_fraction(Fraction(text)))
    hi, lo, error, sign = (np.broadcast_to(part, size) for part in result.parts())
    return hi, lo, error, sign


def _value(question: _Question, numbers: dict[str, Any], size: int, literal: Callable[[str], Any]) -> Any:
    """Evaluate the formula, or its derivative, with numbers of one kind."""
    if question.wrt is None:
        return read(question.formula, Scope(numbers, size), literal)
    duals = {name: Dual(number) for name, number in numbers.items()}
    duals[question.wrt].tangent = numbers[question.wrt].constant(1)
    return read(question.formula, Scope(duals, size), lambda text: Dual(literal(text))).derivative()


def _is_known(estimate: _Parts, form: Format) -> Array:
    """Tell where the error is a small enough part of the last place."""
    hi, lo, error, _ = estimate
    finite, overflowing = np.isfinite(hi), np.isinf(hi) & (lo == 0) & (error == 0)
    share = _COARSE if form.name == "float64" else _FINE
    limit = share * form.spacing(np.where(finite, hi, 0), lo)
    known: Array = overflowing | finite & (error * 1.01 <= limit)
    return known


def _by_balls(question: _Question, arrays: Mapping[str, Array], into: Exact, points: Array) -> None:
    dtype = into.hi.dtype
    for index in points:
        values = {**question.constants, **{name: float(array[index]) for name, array in arrays.items()}}
        try:
            ball = balls.enclosure(question.formula, values, question.form, question.wrt)
        except balls.Undefined:
            into.error[index] = np.nan
        except balls.Undecided:
            into.error[index] = np.inf
        else:
            into.hi[index], into.lo[index] = balls.parts(ball, dtype)
            radius = 0 if ball.is_exact() else abs(balls.parts(ball.rad(), dtype)[0])
            into.error[index] = radius + balls.PART_UNIT * abs(into.lo[index])
            if np.isinf(into.hi[index]):
                into.lo[index] = into.error[index] = 0
            into.sign[index] = 1 if ball > 0 else -1 if ball < 0 else 0 if ball.is_zero() else np.nan
