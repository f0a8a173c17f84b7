"""float64 inputs, too many to sweep: random ones by strata, windows, roots, and a search for the worst."""

from __future__ import annotations

import hashlib

import numpy as np

from numact.accuracy import hardcases, points, settings
from numact.accuracy.measure import Question
from numact.accuracy.sweep import Part, bits_of
from numact.accuracy.tally import Tally
from numact.accuracy.ulp import Array

POINTS_PER_PART = 100_000

ROOT_ALLOWANCE = 1e-16
"""Absolute error that is none where a float64 derivative changes its sign."""

# Of the recursive search: intervals at first, kept and cut in so many at every step, points in each.
_INTERVALS, _KEPT, _PIECES, _SAMPLES = 512, 24, 16, 64
# A root is looked for between neighbours of so many numbers, and has a window around it.
_GRID, _WINDOW = 4000, 2**8


def search_parts(count: int) -> range:
    """Numbers of the parts for so many random points; one more for windows and roots, one for the worst."""
    return range(-(-count // POINTS_PER_PART) + 2)


def search_part(question: Question, number: int, count: int) -> Part:
    """Compare the results at one part of the points.

    Parameters
    ----------
    question : Question
        What to compute, in float64.
    number : int
        Which of `search_parts`.
    count : int
        Random points in all.
    """
    outcome = _Outcome(question)
    drawn = len(search_parts(count)) - 2
    if number < drawn:
        outcome.add(points.stratified(question.form, POINTS_PER_PART, seed=number))
    elif number == drawn:
        outcome.add(windows(question))
    else:
        _descend(question, outcome)
    return Part(outcome.tally, outcome.digest.hexdigest())


class _Outcome:
    """Counts and digest of what has been computed so far."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.tally = Tally()
        self.digest = hashlib.sha256()
        self.roots = roots(question)

    def add(self, x: Array) -> Array:
        """Compute, compare and count; gives the errors, -1 where there is no exact value."""
        question = self.question
        form = question.form
        x = points.finite(x)
        got, truth = question.computed(x), question.exact(x)
        self.digest.update(bits_of(got).tobytes())
        if question.wrt is not None:
            rounded = settings.rounded(question.spec, question.parameters, form)
            truth.error[points.without_derivative(x, question.spec, rounded, form)] = np.nan
        known = truth.is_known
        errors = form.error(got, truth.hi, truth.lo)
        if question.wrt is not None:
            distance = np.abs((got.astype(truth.hi.dtype) - truth.hi) - truth.lo)
            errors[(distance <= ROOT_ALLOWANCE) & self._is_near_root(x)] = 0.0
        self.tally.add_points(form, truth, x.view(form.bits_dtype), got, errors)
        return np.where(known, errors, -1.0)

    def _is_near_root(self, x: Array) -> Array:
        """Whether x is within a quarter of itself of a root."""
        near = np.zeros(x.shape, bool)
        # A number at the other end of the range is infinitely far.
        with np.errstate(over="ignore"):
            for root in self.roots:
                near |= np.abs(x - root) <= abs(root) / 4
        return near


def windows(question: Question) -> Array:
    """Numbers around thresholds, edges, steps of argument reduction, and roots; hard cases of functions."""
    rounded = settings.rounded(question.spec, question.parameters, question.form)
    form = question.form
    centers = [*points.thresholds(question.spec, rounded), *points.edges(form), *roots(question)]
    hard = hardcases.inputs(question.spec.parsed_formula())
    return np.concatenate([points.windows(centers, form, _WINDOW), points.reductions(form), hard])


def roots(question: Question) -> list[float]:
    """Find where the exact values change their sign, to neighbouring numbers."""
    form = question.form
    ranks = np.unique(points.ranks(points.stratified(form, _GRID), form))
    sign = question.exact(points.of_ranks(ranks, form)).sign
    known = np.nan_to_num(sign) != 0
    ranks, sign = ranks[known], sign[known]
    places = np.flatnonzero(sign[:-1] * sign[1:] < 0)
    return [_bisected(question, int(ranks[place]), int(ranks[place + 1]), sign[place]) for place in places]


def _bisected(question: Question, low: int, high: int, sign: float) -> float:
    while high - low > 1:
        middle = (low + high) // 2
        x = points.of_ranks(np.array([middle]), question.form)
        if question.exact(x).sign[0] == sign:
            low = middle
        else:
            high = middle
    return float(points.of_ranks(np.array([high]), question.form)[0])


def _descend(question: Question, outcome: _Outcome) -> None:
    """Cut the intervals with the worst errors in pieces, again and again, down to single numbers."""
    form = question.form
    draw = np.random.default_rng(0)
    edges = points.ranks(np.sort(points.stratified(form, 5 * _INTERVALS))[::5], form)
    starts, stops = edges[:-1], edges[1:]
    while True:
        samples = _SAMPLES if np.any(stops - starts > 1) else 1
        drawn = draw.integers(starts[:, None], np.maximum(stops, starts + 1)[:, None], (len(starts), samples))
        errors = outcome.add(points.of_ranks(drawn.ravel(), form)).reshape(drawn.shape).max(axis=1)
        if samples == 1:
            return
        worst = np.argsort(errors)[-_KEPT:]
        starts, stops = _cut(starts[worst], stops[worst])


def _cut(starts: Array, stops: Array) -> tuple[Array, Array]:
    """Cut intervals of whole numbers in pieces, and leave the empty ones out."""
    parts = np.arange(_PIECES + 1)[:, None]
    whole, rest = np.divmod(stops - starts, _PIECES)
    cuts = starts + whole * parts + rest * parts // _PIECES
    first, last = cuts[:-1].ravel(), cuts[1:].ravel()
    return first[last > first], last[last > first]
