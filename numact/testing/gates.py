"""Gated activations: values and derivatives against the formula, NaN, and the ways to pass two inputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from numact.accuracy import settings
from numact.accuracy.gated import GatedQuestion, measure_pairs, pairs
from numact.accuracy.settings import Setting
from numact.accuracy.ulp import Format, format_of
from numact.errors import DTypeError, ShapeError
from numact.spec import Activation
from numact.testing.bits import same_bits
from numact.testing.check import Check, Finding
from numact.testing.judgement import OWN_BOUNDS, Figures, judge, judge_ordinary, stated_bound
from numact.testing.refusals import refuse
from numact.testing.report import Example, Problem
from numact.testing.subject import DTYPES, HALVES, Subject, numbers

_PAIRS = 2000
_ORDINARY = np.linspace(-8.0, 8.0, 41)
_CALLERS: Mapping[str, str] = {"a": "x", "b": "gate"}


def checks(spec: Activation) -> Iterator[Check]:
    """Yield the checks of gated activations."""
    for dtype in DTYPES:
        yield Check(f"value-{dtype}", check_value, (dtype,))
    for wrt in spec.differentiable:
        for dtype in DTYPES:
            if wrt in _CALLERS or dtype not in HALVES:
                yield Check(f"derivative-{_CALLERS.get(wrt, wrt)}-{dtype}", check_derivative, (wrt, dtype))
    yield Check("nan", check_nan)
    yield Check("halves", check_halves)
    yield Check("gradients-of-halves", check_gradients_of_halves)


def check_value(subject: Subject, dtype: str) -> Finding:
    """Compare values with the formula's, at pairs of all sizes."""
    stated = stated_bound(subject.spec, dtype)
    bound = OWN_BOUNDS[dtype] if stated is None and subject.strict else stated
    by_hand = subject.spec.forward is not None
    return _check(subject, dtype, None, bound, "at most" if stated is None else "stated max_ulp", by_hand)


def check_derivative(subject: Subject, wrt: str, dtype: str) -> Finding:
    """Compare a derivative with the formula's, at pairs of all sizes."""
    given = subject.spec.derivative
    by_hand = subject.spec.forward is not None or (isinstance(given, Mapping) and wrt in given)
    return _check(subject, dtype, wrt, OWN_BOUNDS[dtype] if subject.strict else None, "at most", by_hand)


def _check(
    subject: Subject, dtype: str, wrt: str | None, bound: float | None, promise: str, by_hand: bool
) -> Finding:
    form, spec = format_of(dtype), subject.spec
    findings: list[tuple[float, Finding]] = []
    for place, setting in enumerate([settings.default(spec), *settings.others(spec)]):
        if place and (dtype in HALVES or wrt not in (None, *_CALLERS)):
            continue
        judge_ordinary(_ordinary(spec, setting, form, wrt), form, by_hand)
        figures = _figures(spec, setting, form, wrt)
        finding = judge(figures, form, bound, promise, "derivative" if wrt else "forward")
        findings.append((figures.worst, finding))
    return max(findings, key=lambda each: each[0])[1]


def _ordinary(spec: Activation, setting: Setting, form: Format, wrt: str | None) -> Figures:
    """Measure on a grid of numbers of ordinary size."""
    a, b = (each.ravel().astype(form.dtype) for each in np.meshgrid(_ORDINARY, _ORDINARY))
    question = GatedQuestion(spec, form, setting, wrt)
    got, truth = question.computed(a, b), question.exact(a, b)
    counted = truth.is_known & ~np.isnan(got)
    errors = np.where(counted, form.error(got, truth.hi, truth.lo), -1.0)

    def example(place: int) -> Example:
        inputs = {"x": float(a[place]), "gate": float(b[place]), **setting}
        return Example(inputs, float(got[place]), float(truth.hi[place]))

    lost = np.flatnonzero(truth.is_known & np.isnan(got))
    worst = int(np.argmax(errors))
    return Figures(float(errors[worst]), example(worst), example(int(lost[0])) if len(lost) else None)


def _figures(spec: Activation, setting: Setting, form: Format, wrt: str | None) -> Figures:
    """Measure all over the range."""
    report = measure_pairs(spec, setting, form, _PAIRS, wrt)
    inputs = {"x": report.value, "gate": report.gate, **setting}
    worst = Example(inputs, report.got, report.expected)
    lost = _first_lost(spec, setting, form, wrt) if report.not_numbers else None
    return Figures(report.worst, worst, lost)


def _first_lost(spec: Activation, setting: Setting, form: Format, wrt: str | None) -> Example:
    """Find the pair of the least size at which NaN stands for a value."""
    a, b = pairs(form, _PAIRS)
    question = GatedQuestion(spec, form, setting, wrt)
    got, truth = question.computed(a, b), question.exact(a, b)
    lost = np.flatnonzero(truth.is_known & np.isnan(got))
    size = np.maximum(np.abs(a.astype(np.float64)), np.abs(b.astype(np.float64)))
    place = lost[np.argmin(size[lost])]
    inputs = {"x": float(a[place]), "gate": float(b[place]), **setting}
    return Example(inputs, float(got[place]), float(truth.hi[place]))


def check_nan(subject: Subject) -> None:
    """Ask for NaN where either input is NaN, in value and derivatives, at every place of a vector."""
    for dtype in DTYPES:
        for place in (0, 7, 8, 16, 36):
            for which in (0, 1):
                inputs = [numbers((37,), dtype, seed) for seed in (1, 2)]
                inputs[which][place] = np.nan
                for role in (None, "x", "gate"):
                    result = subject.value(inputs) if role is None else subject.derivative(inputs, role)
                    if not np.array_equal(np.isnan(result), np.isnan(inputs[which])):
                        what = "value" if role is None else f"derivative by {role}"
                        name = subject.operand_names[which]
                        raise Problem(f"a NaN in {name} does not stay one: {what}, {dtype}")


def check_halves(subject: Subject) -> None:
    """Ask for the same of an array split in halves, in either order, along any axis, as of two arrays."""
    function, name = subject.function, subject.spec.name
    for dtype in DTYPES:
        x = numbers((4, 6), dtype)
        expected = function(x[:, :3], gate=x[:, 3:])
        same_bits(function(x), expected, f"halves of {dtype}")
        same_bits(function(np.roll(x, 3, axis=1), gate_first=True), expected, f"gate_first of {dtype}")
        same_bits(function(x.T.copy(), axis=0), expected.T, f"halves along axis 0 of {dtype}")
        out = x[:, 3:]
        function(x, out=out)
        same_bits(out, expected, f"out=x[:, 3:] of {dtype}")
    x = numbers((4, 6), "float32")
    other = x[:, :3].astype(np.float64)
    refuse(lambda: function(x[:, :5]), ShapeError, name, "odd", asked="an axis of odd length")
    refuse(lambda: function(x, gate=x[:2]), ShapeError, name, "gate", asked="a gate of another shape")
    refuse(lambda: function(x[:, :3], gate=other), DTypeError, name, "gate", asked="a gate of another dtype")


def check_gradients_of_halves(subject: Subject) -> None:
    """Ask for the gradients of two inputs side by side as the gradient of an array split in halves."""
    function = subject.function
    for dtype in ("float32", "float64"):
        x, g = numbers((4, 6), dtype), numbers((4, 3), dtype, seed=9)
        first, second = function.vjp(x[:, :3], g, wrt=("x", "gate"), gate=x[:, 3:])
        same_bits(function.vjp(x, g), np.hstack([first, second]), f"gradient of halves, {dtype}")
        turned = function.vjp(np.roll(x, 3, axis=1), g, gate_first=True)
        same_bits(turned, np.hstack([second, first]), f"gradient with gate_first, {dtype}")
