"""Gated activations held against the exact values of their formulas, at pairs of a value and a gate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from numact.accuracy import points, settings
from numact.accuracy.oracle import Exact, exact
from numact.accuracy.ulp import FLOAT64, Array, Format
from numact.function import Function
from numact.spec import Activation

_OPERANDS = {"a": "x", "b": "gate"}
# Numbers in the windows around the gates where exponentials reach their ends.
_WINDOW = 32
_ROOT_ABSOLUTE = 1e-16
# Among these gates derivatives are looked at for roots.
_GATES = np.linspace(-8.0, 8.0, 1601)


@dataclass(frozen=True)
class PairReport:
    """How far off, over pairs.

    Parameters
    ----------
    label : str
        What was computed.
    points : int
        How many pairs counted: those that have an exact value.
    worst : float
        Largest error in units in the last place.
    value, gate, got, expected : float
        Where it is, what was computed there, and the exact value, rounded.
    not_numbers, signs : int
        NaNs where there is a value, and zeros with the sign opposite to that of the exact value.
    unknown : int
        Pairs whose exact value no reading could tell.
    """

    label: str
    points: int
    worst: float
    value: float
    gate: float
    got: float
    expected: float
    not_numbers: int
    signs: int
    unknown: int

    def __str__(self) -> str:
        return (
            f"{self.label}: {self.worst:.4f} ULP at value {self.value!r}, gate {self.gate!r}, "
            f"got {self.got!r}, exact {self.expected!r}; {self.points} pairs, {self.not_numbers} NaN, "
            f"{self.signs} wrong signs of zero, {self.unknown} unknown"
        )


def pairs(form: Format, count: int, seed: int = 0) -> tuple[Array, Array]:
    """Draw finite values and gates.

    Parameters
    ----------
    form : Format
        Of both.
    count : int
        How many gates beside those in windows.
    seed : int
        Of the draw.

    Returns
    -------
    values, gates : ndarray
        Gates are stratified, with windows where exponentials and error functions reach their ends; values are
        ordinary, of any size, or among the largest, a third each.
    """
    draw = np.random.default_rng(seed)
    gates = np.concatenate(
        [points.stratified(form, count, seed), points.windows(points.edges(form), form, _WINDOW)]
    )
    bits = draw.integers(0, 2 ** (8 * form.bits_dtype.itemsize), len(gates), np.uint64)
    large = draw.uniform(0.5, 1.0, len(gates)) * draw.choice([-1.0, 1.0], len(gates)) * form.largest
    kinds = [
        draw.normal(size=len(gates)).astype(form.dtype),
        bits.astype(form.bits_dtype).view(form.dtype),
        large.astype(form.dtype),
    ]
    kind = draw.integers(0, len(kinds), len(gates))
    values = np.stack(kinds)[kind, np.arange(len(gates))]
    with np.errstate(invalid="ignore"):
        finite = np.isfinite(values) & np.isfinite(gates)
    return values[finite], gates[finite]


@dataclass(frozen=True)
class GatedQuestion:
    """What is measured.

    Parameters
    ----------
    spec : Activation
        A gated one, registered or not.
    form : Format
        Of the arrays.
    parameters : mapping
        Values of the numeric ones by name.
    wrt : str, optional
        ``a``, ``b`` or a parameter: the derivative by the value, the gate or it, not the value.
    """

    spec: Activation
    form: Format
    parameters: Mapping[str, float] = field(default_factory=dict)
    wrt: str | None = None

    def computed(self, values: Array, gates: Array) -> Array:
        """Compute with numact."""
        function = Function(self.spec, self.parameters)
        if self.wrt is None:
            return np.asarray(function(values, gate=gates))
        return np.asarray(function.derivative(values, _OPERANDS.get(self.wrt, self.wrt), gate=gates))

    def exact(self, values: Array, gates: Array) -> Exact:
        """Exact values of the textbook formula at finite pairs."""
        operands = {"a": values.astype(np.float64), "b": gates.astype(np.float64)}
        rounded = settings.rounded(self.spec, self.parameters, self.form)
        return exact(self.spec.parsed_formula(), {**operands, **rounded}, self.form, self.wrt)

    def errors(self, values: Array, gates: Array) -> tuple[Array, Exact, Array]:
        """Give results, exact values, and errors in units in the last place.

        Where the derivative by the gate changes its sign, 1e-16 of the value is no error of a float64 result.
        """
        got, truth = self.computed(values, gates), self.exact(values, gates)
        errors = self.form.error(got, truth.hi, truth.lo)
        with np.errstate(all="ignore"):
            distance = np.abs((got.astype(truth.hi.dtype) - truth.hi) - truth.lo)
            allowance = _ROOT_ABSOLUTE * np.abs(values)
        for root in self._roots():
            with np.errstate(over="ignore"):
                near = np.abs(gates - root) <= abs(root) / 4
            errors[near & (distance <= allowance)] = 0.0
        return got, truth, errors

    def _roots(self) -> list[float]:
        """Find gates, other than 0, where the derivative by them changes its sign."""
        if self.wrt != "b" or self.form is not FLOAT64:
            return []
        signs = self.exact(np.ones_like(_GATES), _GATES).sign
        places = np.flatnonzero(signs[:-1] * signs[1:] < 0)
        return [float(_GATES[place]) for place in places]

    def __str__(self) -> str:
        role = self.spec.name if self.wrt is None else f"d {self.spec.name} / d {self.wrt}"
        shown = ", ".join(f"{name}={value:g}" for name, value in self.parameters.items())
        return f"{role} {self.form.name}" + (f" ({shown})" if shown else "")


def measure_pairs(
    spec: Activation, parameters: Mapping[str, float], form: Format, count: int, wrt: str | None = None
) -> PairReport:
    """Compare computed with exact values.

    Parameters
    ----------
    spec, form, parameters, wrt
        As for `GatedQuestion`.
    count : int
        As for `pairs`.

    Returns
    -------
    PairReport
    """
    values, gates = pairs(form, count)
    question = GatedQuestion(spec, form, parameters, wrt)
    got, truth, errors = question.errors(values, gates)
    errors = np.where(truth.is_known & ~np.isnan(got), errors, -1.0)
    place = int(np.argmax(errors))
    negative = np.where(np.signbit(got), -1.0, 1.0)
    return PairReport(
        label=str(question),
        points=int(np.count_nonzero(truth.is_known)),
        worst=float(errors[place]),
        value=float(values[place]),
        gate=float(gates[place]),
        got=float(got[place]),
        expected=float(truth.hi[place]),
        not_numbers=int(np.count_nonzero(np.isnan(got) & truth.is_known)),
        signs=int(np.count_nonzero((got == 0) & truth.is_known & (truth.sign * negative < 0))),
        unknown=int(np.count_nonzero(np.isinf(truth.error))),
    )
