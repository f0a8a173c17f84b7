"""Gated activations held against the exact values of their formulas, at pairs of a value and a gate."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from numact.accuracy import points, settings
from numact.accuracy.oracle import Exact, exact
from numact.accuracy.ulp import Array, Format
from numact.function import Function
from numact.spec import Activation

_OPERANDS = {"a": "x", "b": "gate"}
# Numbers in the windows around the gates where exponentials reach their ends.
_WINDOW = 32
_ROOT_ABSOLUTE = 1e-16


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


def measure_pairs(
    spec: Activation,
    parameters: Mapping[str, float],
    form: Format,
    count: int,
    wrt: str | None = None,
    root: float = math.nan,
) -> PairReport:
    """Compare computed with exact values.

    Parameters
    ----------
    spec : Activation
        A gated one, registered or not.
    parameters : mapping
        Values of the numeric ones by name.
    form : Format
        Of the arrays.
    count : int
        As for `pairs`.
    wrt : str, optional
        ``a``, ``b`` or a parameter: the derivative by the value, the gate or it, not the value.
    root : float
        A gate where the derivative by it is 0: next to it 1e-16 of the value is no error.

    Returns
    -------
    PairReport
    """
    values, gates = pairs(form, count)
    function = Function(spec, parameters)
    if wrt is None:
        got = np.asarray(function(values, gate=gates))
    else:
        got = np.asarray(function.derivative(values, _OPERANDS.get(wrt, wrt), gate=gates))
    operands = {"a": values.astype(np.float64), "b": gates.astype(np.float64)}
    rounded = settings.rounded(spec, parameters, form)
    truth = exact(spec.parsed_formula(), {**operands, **rounded}, form, wrt)
    near = np.abs(operands["b"] - root) <= abs(root) / 4
    errors = _errors(form, got, truth, np.where(near, _ROOT_ABSOLUTE * np.abs(operands["a"]), 0.0))
    place = int(np.argmax(errors))
    negative = np.where(np.signbit(got), -1.0, 1.0)
    role = spec.name if wrt is None else f"d {spec.name} / d {_OPERANDS.get(wrt, wrt)}"
    return PairReport(
        label=f"{role} {form.name}",
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


def _errors(form: Format, got: Array, truth: Exact, allowance: Array) -> Array:
    """Errors in units in the last place; -1 where there is no exact value, or no number."""
    errors = form.error(got, truth.hi, truth.lo)
    with np.errstate(all="ignore"):
        distance = np.abs((got.astype(truth.hi.dtype) - truth.hi) - truth.lo)
    errors[(allowance > 0) & (distance <= allowance)] = 0.0
    counted: Array = np.where(truth.is_known & ~np.isnan(got), errors, -1.0)
    return counted
