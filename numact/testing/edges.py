"""Edges of elementwise activations: NaN, infinities and the range, as the spec states them."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from numact.accuracy import points, settings
from numact.accuracy.measure import Question
from numact.accuracy.oracle import exact
from numact.accuracy.settings import Setting
from numact.accuracy.ulp import FLOAT64, Array, Format, format_of
from numact.spec import Activation, Bound
from numact.testing.check import Check
from numact.testing.report import Doubt, Example, Problem
from numact.testing.subject import DTYPES, Subject, dtype_of

# Where a formula shows its limit; what is beyond the second pair is infinite, or 0.
_FAR = (1e200, 1e300)
_HUGE, _TINY = 1e100, 1e-100
_NAN_PLACES = (0, 1, 7, 8, 15, 16, 31, 35, 36)


def checks(spec: Activation) -> Iterator[Check]:
    """Yield the checks of edges."""
    yield Check("nan", check_nan)
    yield Check("infinities", check_infinities)
    if spec.range is not None:
        yield Check("range", check_range)


def check_nan(subject: Subject) -> None:
    """Ask for NaN where NaN came in, at every place of a vector, and for the other results untouched."""
    setting = settings.default(subject.spec)
    for dtype in DTYPES:
        x = np.linspace(-3.0, 3.0, 37).astype(dtype_of(dtype))
        for wrt in (None, *_differentiated(subject.spec, dtype)):
            _check_nan(Question(subject.spec, format_of(dtype), setting, wrt), x)


def _check_nan(question: Question, plain: Array) -> None:
    expected = question.computed(plain)
    for place in _NAN_PLACES:
        x = plain.copy()
        x[place] = np.nan
        got = question.computed(x)
        if not np.isnan(got[place]):
            raise Problem(f"NaN came in and {float(got[place])!r} came out, {_role(question)}")
        changed = (got != expected) & ~np.isnan(expected)
        changed[place] = False
        if changed.any():
            raise Problem(f"a NaN at {place} changes the result at {np.argmax(changed)}, {_role(question)}")


def check_infinities(subject: Subject) -> None:
    """Ask for the stated limits, or else the formula's, at the infinities, in value and derivative."""
    spec = subject.spec
    for dtype in DTYPES:
        form = format_of(dtype)
        for setting in (settings.default(spec), *settings.others(spec)):
            for wrt in (None, *_differentiated(spec, dtype)):
                question = Question(spec, form, setting, wrt)
                stated = {None: spec.limits, "x": spec.derivative_limits}.get(wrt) or (None, None)
                got = question.computed(np.array([-np.inf, np.inf], form.dtype))
                for x, limit, value in zip((-np.inf, np.inf), stated, got, strict=True):
                    _check_infinity(question, x, limit, float(value))


def _check_infinity(question: Question, x: float, stated: Bound, got: float) -> None:
    rounded = settings.rounded(question.spec, question.parameters, question.form)
    far_slopes = question.wrt is None or question.spec.derivative_domain is None
    of_formula = formula_limit(question, rounded, x) if far_slopes else None
    inputs = {"x": x, **question.parameters}
    if stated is not None:
        limit = _value(question.spec, stated, rounded)
        if of_formula is not None and not math.isclose(limit, of_formula, rel_tol=1e-9):
            raise Problem(f"stated limit, {_role(question)}", Example(inputs, limit, of_formula))
        if not _is_rounded(got, limit, question.form):
            raise Problem(f"not the stated limit, {_role(question)}", Example(inputs, got, limit))
    elif of_formula is not None and not _is_rounded(got, of_formula, question.form):
        field = "limits" if question.wrt is None else "derivative_limits"
        advice = f"; state {field}" if question.wrt in (None, "x") else ""
        raise Doubt(f"not the limit, {_role(question)}{advice}", Example(inputs, got, of_formula))


def formula_limit(question: Question, rounded: Setting, x: float) -> float | None:
    """Find the formula's own limit at an infinity, as far as two far numbers tell; None if they differ."""
    far = np.copysign(np.array(_FAR), x)
    truth = exact(question.spec.parsed_formula(), {"x": far, **rounded}, FLOAT64, question.wrt)
    if not truth.is_known.all():
        return None
    first, second = (_as_limit(float(value)) for value in truth.hi)
    return second if math.isclose(first, second, rel_tol=1e-12) else None


def _as_limit(value: float) -> float:
    if abs(value) > _HUGE:
        return math.copysign(math.inf, value)
    return 0.0 if abs(value) < _TINY else value


def _is_rounded(got: float, limit: float, form: Format) -> bool:
    with np.errstate(over="ignore"):
        nearest = float(np.float64(limit).astype(form.dtype))
    return math.isclose(got, nearest, rel_tol=4 * 2.0**-form.precision)


def check_range(subject: Subject) -> None:
    """Ask that no value leaves the stated range."""
    spec = subject.spec
    for dtype in DTYPES:
        form = format_of(dtype)
        for setting in (settings.default(spec), *settings.others(spec)):
            rounded = settings.rounded(spec, setting, form)
            question = Question(spec, form, setting)
            x = np.concatenate([_numbers(question, rounded), np.array([-np.inf, np.inf], form.dtype)])
            _check_within(question, rounded, x, question.computed(x).astype(np.float64))


def _check_within(question: Question, rounded: Setting, x: Array, values: Array) -> None:
    spec, form = question.spec, question.form
    for sign, bound in zip((-1.0, 1.0), spec.range or (), strict=True):
        if bound is None:
            continue
        with np.errstate(over="ignore"):
            end = float(np.float64(_value(spec, bound, rounded)).astype(form.dtype))
        worst = int(np.nanargmax(sign * values))
        if sign * values[worst] > sign * end:
            inputs = {"x": float(x[worst]), **question.parameters}
            example = Example(inputs, float(values[worst]), end)
            raise Problem(f"{form.name} value beyond the stated range", example)


def _numbers(question: Question, rounded: Setting) -> Array:
    if question.form.name in ("float16", "bfloat16"):
        return points.finite(points.patterns(question.form, 31))
    return points.search(question.spec, rounded, question.form, 1000)


def _value(spec: Activation, bound: float | str, rounded: Setting) -> float:
    formula = spec.parsed_bound(bound)
    return formula.value(**{name: rounded[name] for name in formula.used_names})


def _differentiated(spec: Activation, dtype: str) -> tuple[str, ...]:
    """Name what derivatives are tried by: parameters too where that compiles nothing anew."""
    return spec.differentiable if dtype in ("float32", "float64") else ("x",)


def _role(question: Question) -> str:
    role = "value" if question.wrt is None else f"derivative by {question.wrt}"
    return f"in the {role}, {question.form.name}"
