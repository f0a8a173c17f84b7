"""All inputs of up to 32 bits, or every Nth of them, against exact values; in parts that add up."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from numact.accuracy import points, settings
from numact.accuracy.limits import at_infinities
from numact.accuracy.measure import Question
from numact.accuracy.runs import LONGEST, Run, Values, exact_values
from numact.accuracy.tally import Tally
from numact.accuracy.ulp import Array, Format, format_of

PARTS = 128
"""Parts of a sweep."""

# Results are looked at in slices that stay in a core's cache.
_SLICE = 2**13
_WINDOW = 2**12


@dataclass(frozen=True)
class Part:
    """What came out of one part.

    Parameters
    ----------
    tally : Tally
        The counts.
    digest : str
        SHA-256 of the results' bits, in the order of the inputs.
    """

    tally: Tally
    digest: str


def sweep_part(question: Question, number: int, stride: int = 1) -> Part:
    """Compare the results at one part of all inputs.

    Parameters
    ----------
    question : Question
        What to compute.
    number : int
        Which of the `PARTS`; that after the last is windows around thresholds and edges.
    stride : int
        Take the bit patterns that it divides; all of them in windows.
    """
    tally, digest = Tally(), hashlib.sha256()
    runs, stride = (_windows(question), 1) if number == PARTS else (_runs(question.form, number), stride)
    for run in runs:
        lowest = -(-run.first // stride) * stride
        patterns = np.arange(lowest, run.first + run.count, stride, dtype=question.form.bits_dtype)
        got = _computed(question, patterns)
        digest.update(bits_of(got).data)
        for values in exact_values(question, run) if len(patterns) else ():
            first, stop = (-((lowest - each) // stride) for each in values.run.ends())
            for start in range(first, stop, _SLICE):
                inside = slice(start, min(start + _SLICE, stop))
                _add(question, tally, values, patterns[inside], got[inside])
    _add_infinities(question, tally, digest, number)
    return Part(tally, digest.hexdigest())


def part_numbers(stride: int) -> range:
    """Numbers of the parts; with windows where not every input is taken."""
    return range(PARTS + (stride > 1))


def bits_of(results: Array) -> Array:
    """Bit patterns of results, the same for all NaNs."""
    form = format_of(results.dtype.name)
    patterns: Array = np.ascontiguousarray(results).view(form.bits_dtype)
    nan = np.isnan(results)
    if not nan.any():
        return patterns
    one = np.array([np.nan], results.dtype).view(form.bits_dtype)
    return np.where(nan, one, patterns)


def _runs(form: Format, number: int) -> Iterator[Run]:
    """Give the runs of finite numbers in one part, in the order of their bit patterns."""
    size = 2 ** (8 * form.bits_dtype.itemsize) // PARTS
    length = min(LONGEST, size, 2 ** (form.precision - 1))
    infinity = _pattern(np.inf, form)
    for first in range(number * size, (number + 1) * size, length):
        if first % (size * PARTS // 2) < infinity:
            yield Run(form, first, length)


def _windows(question: Question) -> list[Run]:
    rounded = settings.rounded(question.spec, question.parameters, question.form)
    form = question.form
    centers = [*points.thresholds(question.spec, rounded), *points.edges(form)]
    patterns = {_pattern(center, form) // _WINDOW + side for center in centers for side in (-1, 0, 1)}
    half = 2 ** (8 * form.bits_dtype.itemsize - 1)
    infinity = _pattern(np.inf, form)
    firsts = (pattern * _WINDOW for pattern in sorted(patterns) if pattern >= 0)
    return [Run(form, first, _WINDOW) for first in firsts if first % half < infinity and first < 2 * half]


def _pattern(value: float, form: Format) -> int:
    with np.errstate(over="ignore"):
        return int(np.array([value]).astype(form.dtype).view(form.bits_dtype)[0])


def _numbers(patterns: Array, form: Format) -> Array:
    numbers: Array = patterns.astype(form.bits_dtype, copy=False).view(form.dtype)
    return numbers


def _computed(question: Question, patterns: Array) -> Array:
    return question.computed(_numbers(patterns, question.form))


def _add(question: Question, tally: Tally, values: Values, patterns: Array, got: Array) -> None:
    if values.coefficients:
        tally.add_run(values, _places_in(values.run, patterns), patterns, got)
    else:
        add_points(question, tally, _numbers(patterns, question.form), got)


def _places_in(run: Run, patterns: Array) -> Array:
    """Give t of `Values` for some of a run's numbers."""
    first = int(patterns[0]) - run.first
    if int(patterns[-1]) - int(patterns[0]) == len(patterns) - 1:
        return _all_places(run.count)[first : first + len(patterns)]
    t: Array = (patterns.astype(np.int64) - run.first) * (2 / run.count) - 1
    return t


@lru_cache
def _all_places(count: int) -> Array:
    places: Array = np.arange(count) * (2 / count) - 1
    return places


def add_points(question: Question, tally: Tally, x: Array, got: Array) -> None:
    """Count results at finite inputs by the oracle that reads the formula at every point."""
    form = question.form
    truth = question.exact(x)
    if question.wrt is not None:
        rounded = settings.rounded(question.spec, question.parameters, form)
        truth.error[points.without_derivative(x, question.spec, rounded, form)] = np.nan
    errors = form.error(got, truth.hi, truth.lo)
    tally.add_points(form, truth, x.view(form.bits_dtype), got, errors)


def _add_infinities(question: Question, tally: Tally, digest: Any, number: int) -> None:
    """Compare with the limit, in the part where an infinity's bit pattern lies."""
    form = question.form
    size = 2 ** (8 * form.bits_dtype.itemsize) // PARTS
    for x, limit in zip((-np.inf, np.inf), at_infinities(question), strict=True):
        pattern = _pattern(x, form)
        if pattern // size == number:
            got = _computed(question, np.array([pattern]))
            digest.update(bits_of(got).data)
            tally.add_limit(form, limit, pattern, got)
