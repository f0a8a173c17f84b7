"""What a sweep counts: errors by size, the worst of them, and what fails outright."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from numact.accuracy import counting
from numact.accuracy.oracle import Exact
from numact.accuracy.runs import RESOLUTION, Values
from numact.accuracy.ulp import Array, Format

EDGES = (0.5, 0.501, 0.51, 0.55, 0.6, 0.75, 1.0, 2.0, 4.0, 16.0, 256.0)
"""Upper ends of the histogram's classes, in units in the last place; what is greater has one of its own."""

FAILURES = ("nan", "infinity", "sign", "monotonicity", "unknown")
"""What fails whatever the errors: a NaN, an infinity or a sign that the exact value has not, two results in
the wrong order where the activation is monotone, and values that no reading could tell."""

# So many of the worst points are kept, to be looked at again one by one.
_KEPT = 64


@dataclass
class Tally:
    """Counts over some inputs; those of several parts add up.

    Parameters
    ----------
    points : int
        Inputs with an exact value.
    undefined : int
        Inputs without one: at and next to kinks, for derivatives.
    histogram : list of int
        Errors by the classes of `EDGES`.
    failures : dict
        For each of `FAILURES` how many, and the bit pattern of the first input.
    worst, worst_subnormal : list of (float, int)
        The greatest errors and the bit patterns of their inputs; where the exact value is subnormal.
    subnormal : int
        Inputs with a subnormal exact value.
    """

    points: int = 0
    undefined: int = 0
    subnormal: int = 0
    histogram: list[int] = field(default_factory=lambda: [0] * (len(EDGES) + 1))
    failures: dict[str, tuple[int, int]] = field(default_factory=dict)
    worst: list[tuple[float, int]] = field(default_factory=list)
    worst_subnormal: list[tuple[float, int]] = field(default_factory=list)

    @property
    def correctly_rounded(self) -> int:
        """Results as near to the exact values as any."""
        return self.histogram[0]

    def merge(self, other: Tally) -> None:
        """Add the counts of another part."""
        self.points += other.points
        self.undefined += other.undefined
        self.subnormal += other.subnormal
        self.histogram = [a + b for a, b in zip(self.histogram, other.histogram, strict=True)]
        for kind, (count, first) in other.failures.items():
            self._fail(kind, count, first)
        for kept, more in ((self.worst, other.worst), (self.worst_subnormal, other.worst_subnormal)):
            kept.extend(more)
            kept.sort(reverse=True)
            del kept[_KEPT:]

    def as_dict(self) -> dict[str, Any]:
        """Give all counts as what JSON knows."""
        return dict(vars(self))

    @classmethod
    def of_dict(cls, counts: Mapping[str, Any]) -> Self:
        """Take what `as_dict` gave."""
        pairs = {name: [(error, pattern) for error, pattern in counts[name]] for name in _LISTS}
        failures = {kind: (count, first) for kind, (count, first) in counts["failures"].items()}
        return cls(**{**counts, **pairs, "failures": failures})

    def add_run(self, values: Values, t: Array, patterns: Array, got: Array) -> None:
        """Count the results at a run whose values a polynomial gives.

        Parameters
        ----------
        values : Values
            With coefficients.
        t, patterns, got : ndarray
            Places in the run, evenly spaced, inputs and results, in the order of t.
        """
        if not self._add_plain(values, t, patterns, got):
            self._add_any(values, t, patterns, got)

    def _add_plain(self, values: Values, t: Array, patterns: Array, got: Array) -> bool:
        """Count if nothing fails and neither overflow nor gradual underflow begins within the run."""
        form, subnormal = values.run.form, _is_subnormal_run(values.run.form, values)
        if form.name != "float32" or values.greatest >= form.largest or subnormal is None:
            return False
        exact, errors = np.empty(len(got)), np.empty(len(got))
        coefficients = np.zeros(counting.COEFFICIENTS)
        coefficients[: len(values.coefficients)] = values.coefficients
        least, greatest = form.place(values.least), form.place(values.greatest)
        scale, step = (1 / least if least == greatest else 1.0), 0.0 if len(t) < 2 else t[1] - t[0]
        counting.errors_at(coefficients, t[0], step, got, scale, exact, errors)
        if least != greatest:
            counting.scale_each(exact, errors, form.lowest, form.precision)
        worst = np.int64(counting.greatest(errors)).view(np.float64)
        if not worst < np.inf or counting.wrong_signs(got, exact, *_expected_sign(values)):
            return False
        if values.slope is not None and counting.wrong_order(got, values.slope):
            return False
        self.points += len(errors)
        self._count_by_size(worst, errors, patterns)
        if subnormal:
            self._count_subnormal(True, errors, patterns)
        return True

    def _add_any(self, values: Values, t: Array, patterns: Array, got: Array) -> None:
        form = values.run.form
        exact, wide = values.at(t), got.astype(np.float64)
        with np.errstate(invalid="ignore"):
            if values.greatest >= form.largest:
                errors = form.error(wide, exact)
            else:
                errors = wide - exact
                np.abs(errors, out=errors)
                errors *= _places(form, values, exact)
        self._count(form, errors, patterns, wide, exact)
        self._count_subnormal(_is_subnormal(form, values, exact), errors, patterns)
        self._check_signs(values, exact, patterns, got)
        if values.slope is not None:
            before, after = (got[:-1], got[1:]) if values.slope >= 0 else (got[1:], got[:-1])
            wrong = after < before if values.slope else after != before
            self._fail_where("monotonicity", wrong, patterns)

    def add_points(self, form: Format, truth: Exact, patterns: Array, got: Array, errors: Array) -> None:
        """Count the results at points whose exact values are known one by one.

        Parameters
        ----------
        form : Format
            Of the results.
        truth : Exact
            The exact values.
        patterns, got, errors : ndarray
            Inputs, results, and how far these are from the exact values.
        """
        known = truth.is_known
        self.undefined += int(np.count_nonzero(truth.is_undefined))
        self._fail_where("unknown", np.isinf(truth.error), patterns)
        exact, wide = truth.hi[known], got.astype(truth.hi.dtype)[known]
        patterns, errors = patterns[known], errors[known]
        if not len(patterns):
            return
        self._count(form, errors, patterns, wide, exact)
        self._count_subnormal((exact != 0) & (np.abs(exact) < form.least_normal), errors, patterns)
        sign = truth.sign[known]
        self._fail_where("sign", ~np.isnan(wide) & (np.where(np.signbit(wide), -1, 1) * sign < 0), patterns)

    def add_limit(self, form: Format, limit: float, pattern: int, got: Array) -> None:
        """Count the result at an infinity, which is to be the limit, rounded; no limit, no requirement."""
        if np.isnan(limit):
            self.undefined += 1
            return
        with np.errstate(over="ignore"):
            expected = np.array([limit]).astype(form.dtype).astype(np.float64)
        errors = np.where(got.astype(np.float64) == expected, 0.0, np.inf)
        self._count(form, errors, np.array([pattern]), got.astype(np.float64), expected)

    def _count(self, form: Format, errors: Array, patterns: Array, wide: Array, exact: Array) -> None:
        self.points += len(errors)
        worst = errors.max()
        if not worst < np.inf:
            nan = np.isnan(wide)
            self._fail_where("nan", nan, patterns)
            self._fail_where("infinity", np.isinf(wide) & (form.error(wide, exact) > 0.5), patterns)
            errors[:] = np.where(nan, np.inf, errors)
            worst = errors.max()
        self._count_by_size(worst, errors, patterns)

    def _count_by_size(self, worst: float, errors: Array, patterns: Array) -> None:
        _keep(self.worst, worst, errors, patterns)
        rest = len(errors)
        for place, edge in enumerate(EDGES):
            # What rounds right may seem to miss by what the exact value is uncertain by.
            above = counting.count_above(errors, edge + RESOLUTION) if worst > edge + RESOLUTION else 0
            self.histogram[place] += rest - above
            rest = above
            if not rest:
                return
        self.histogram[-1] += rest

    def _count_subnormal(self, mask: Array | bool, errors: Array, patterns: Array) -> None:
        if mask is False:
            return
        errors, patterns = (errors, patterns) if mask is True else (errors[mask], patterns[mask])
        if len(errors):
            self.subnormal += len(errors)
            _keep(self.worst_subnormal, errors.max(), errors, patterns)

    def _check_signs(self, values: Values, exact: Array, patterns: Array, got: Array) -> None:
        negative = np.signbit(got)
        if values.sign:
            wrong = ~negative if values.sign < 0 else negative
        elif values.sign is None:
            wrong = (np.abs(exact) > values.error) & (negative != (exact < 0))
        else:
            return
        if wrong.any():
            self._fail_where("sign", wrong & ~np.isnan(got), patterns)

    def _fail_where(self, kind: str, wrong: Array, patterns: Array) -> None:
        count = int(np.count_nonzero(wrong))
        if count:
            self._fail(kind, count, int(patterns[int(np.argmax(wrong))]))

    def _fail(self, kind: str, count: int, first: int) -> None:
        before, earlier = self.failures.get(kind, (0, first))
        self.failures[kind] = (before + count, earlier)


_LISTS = ("worst", "worst_subnormal")


def _keep(kept: list[tuple[float, int]], worst: float, errors: Array, patterns: Array) -> None:
    if len(kept) == _KEPT and worst <= kept[-1][0]:
        return
    kept.append((float(worst), int(patterns[int(errors.argmax())])))
    kept.sort(reverse=True)
    del kept[_KEPT:]


def _places(form: Format, values: Values, exact: Array) -> Array | float:
    """How many last places make 1, for each of the values; one number where it is the same for all."""
    least, greatest = form.place(values.least), form.place(values.greatest)
    if least == greatest:
        return 1 / least
    exponents = exact.view(np.uint64) & np.uint64(0x7FF << 52)
    np.maximum(exponents, np.uint64(form.lowest + form.precision - 1 + 1023 << 52), out=exponents)
    # 2**(precision - 1 - e), by subtracting biased exponents.
    np.subtract(np.uint64(2 * 1023 + form.precision - 1 << 52), exponents, out=exponents)
    places: Array = exponents.view(np.float64)
    return places


def _is_subnormal(form: Format, values: Values, exact: Array) -> Array | bool:
    known = _is_subnormal_run(form, values)
    if known is not None:
        return known
    small: Array = np.abs(exact) < form.least_normal
    return small


def _is_subnormal_run(form: Format, values: Values) -> bool | None:
    """Whether all values of a run are subnormal, or none; None if some are."""
    if values.sign == 0 or values.least >= form.least_normal:
        return False
    return True if values.greatest < form.least_normal else None


def _expected_sign(values: Values) -> tuple[float, int]:
    """Error of the exact values, and the sign of all of them; exact zeros may have any."""
    return (np.inf, 0) if values.sign == 0 else (values.error, values.sign or 0)
