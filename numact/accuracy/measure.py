"""Computed values held against exact ones: the worst error, where it is, and what fails outright."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from numact.accuracy import points, settings
from numact.accuracy.oracle import Exact, exact, exact_by_balls
from numact.accuracy.ulp import Array, Format
from numact.function import Function
from numact.spec import Activation

# So many of the points that come this close to the worst are looked at again by ball arithmetic: twice what
# the exact values may be off, for narrow formats and for float64.
_RECHECKED = 100
_MARGIN = (2.0**-11, 2.0**-4)


@dataclass(frozen=True)
class Question:
    """What is measured.

    Parameters
    ----------
    spec : Activation
        Elementwise or random, registered or not.
    form : Format
        Of the arrays.
    parameters : mapping
        Values of the numeric ones by name.
    wrt : str, optional
        The derivative by this argument, not the value.
    """

    spec: Activation
    form: Format
    parameters: Mapping[str, float] = field(default_factory=dict)
    wrt: str | None = None

    def computed(self, x: Array) -> Array:
        """Compute with numact, the random number of the random kinds being 1/2."""
        function = Function(self.spec, self.parameters)
        return np.asarray(function(x) if self.wrt is None else function.derivative(x, self.wrt))

    def exact(self, x: Array, by_balls: bool = False) -> Exact:
        """Exact values of the textbook formula at finite x."""
        values = {"x": x.astype(np.float64), **settings.rounded(self.spec, self.parameters, self.form)}
        read = exact_by_balls if by_balls else exact
        return read(self.spec.parsed_formula(), values, self.form, self.wrt)

    def __str__(self) -> str:
        role = self.spec.name if self.wrt is None else f"d {self.spec.name} / d {self.wrt}"
        numeric = (param.name for param in self.spec.numeric_params)
        shown = ", ".join(f"{name}={self.parameters[name]:g}" for name in numeric)
        return f"{role} {self.form.name}" + (f" ({shown})" if shown else "")


@dataclass(frozen=True)
class Report:
    """How far off.

    Parameters
    ----------
    question : Question
        What was measured.
    points : int
        How many points counted; those without a derivative do not.
    worst : float
        Largest error in units in the last place.
    at, got, expected : float
        Where it is, what was computed there and the exact value, rounded.
    correctly_rounded : int
        Points with an error of at most half a unit.
    not_numbers : int
        NaNs where there is a value.
    signs : int
        Zeros with the sign opposite to that of the exact value, which is not 0.
    unknown, undefined : int
        Points whose exact value no reading could tell, and points without value or derivative.
    """

    question: Question
    points: int
    worst: float
    at: float
    got: float
    expected: float
    correctly_rounded: int
    not_numbers: int
    signs: int
    unknown: int
    undefined: int

    def __str__(self) -> str:
        share = self.correctly_rounded / max(self.points, 1)
        return (
            f"{self.question}: {self.worst:.4f} ULP at {self.at!r} ({self.at.hex()}), "
            f"got {self.got!r}, exact {self.expected!r}; {self.points} points, {share:.2%} rounded right, "
            f"{self.not_numbers} NaN, {self.signs} wrong signs of zero, {self.unknown} unknown, "
            f"{self.undefined} undefined"
        )


def measure(question: Question, x: Array, absolute: float = 0.0) -> Report:
    """Compare computed with exact values.

    Parameters
    ----------
    question : Question
        What to compute.
    x : ndarray
        Where; only finite numbers count. For a derivative, kinks do not count, nor what is beyond its domain.
    absolute : float
        Next to a root, where the exact values change their sign, an absolute error up to this is none.

    Returns
    -------
    Report
        Its worst point is confirmed by ball arithmetic.
    """
    x = points.finite(x)
    if question.wrt is not None:
        rounded = settings.rounded(question.spec, question.parameters, question.form)
        x = x[~points.without_derivative(x, question.spec, rounded, question.form)]
    got = question.computed(x)
    truth = question.exact(x)
    allowance = np.where(_is_next_to_root(x, truth), absolute, 0.0) if absolute else np.zeros(x.shape)
    errors = _errors(question.form, got, truth, allowance)
    counted = truth.is_known & ~np.isnan(got)
    errors = np.where(counted, errors, -1.0)
    worst = np.flatnonzero(errors >= errors.max() - _MARGIN[question.form.name == "float64"])[:_RECHECKED]
    checked = question.exact(x[worst], by_balls=True)
    again = _errors(question.form, got[worst], checked, allowance[worst])
    errors[worst] = np.where(counted[worst], again, -1.0)
    place = worst[np.argmax(errors[worst])]
    return Report(
        question,
        points=int(np.count_nonzero(truth.is_known)),
        worst=float(errors[place]),
        at=float(x[place]),
        got=float(got[place]),
        expected=float(truth.hi[place]),
        correctly_rounded=int(np.count_nonzero(counted & (errors <= 0.5))),
        not_numbers=int(np.count_nonzero(truth.is_known & np.isnan(got))),
        signs=int(np.count_nonzero(_has_wrong_sign(got, truth))),
        unknown=int(np.count_nonzero(np.isinf(truth.error))),
        undefined=int(np.count_nonzero(truth.is_undefined)),
    )


def _errors(form: Format, got: Array, truth: Exact, allowance: Array) -> Array:
    errors = form.error(got, truth.hi, truth.lo)
    with np.errstate(invalid="ignore"):
        distance = np.abs((got.astype(truth.hi.dtype) - truth.hi) - truth.lo)
    errors[(allowance > 0) & (distance <= allowance)] = 0.0
    return errors


def _is_next_to_root(x: Array, truth: Exact) -> Array:
    """Whether x is within a quarter of itself of a place where the exact values change their sign."""
    order = np.argsort(x)
    ordered, sign = x[order].astype(np.float64), truth.sign[order]
    ordered, sign = ordered[truth.is_known[order]], sign[truth.is_known[order]]
    near = np.zeros(x.shape, bool)
    for place in np.flatnonzero(sign[:-1] * sign[1:] < 0):
        root = (ordered[place] + ordered[place + 1]) / 2
        near |= np.abs(x.astype(np.float64) - root) <= abs(root) / 4
    return near


def _has_wrong_sign(got: Array, truth: Exact) -> Array:
    """Whether a zero has not the sign of the value that it stands for."""
    sign = truth.sign
    wrong: Array = (got == 0) & truth.is_known & (sign * np.where(np.signbit(got), -1.0, 1.0) < 0)
    return wrong
