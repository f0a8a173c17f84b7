"""Values and derivatives of elementwise activations against the exact ones of the textbook formula."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from numact.accuracy import points, settings
from numact.accuracy.measure import Question, measure
from numact.accuracy.oracle import Exact
from numact.accuracy.settings import Setting
from numact.accuracy.ulp import Array, format_of
from numact.spec import Activation
from numact.testing.check import Check, Finding
from numact.testing.judgement import OWN_BOUNDS, ROOT_ABSOLUTE, Figures, judge, judge_ordinary, stated_bound
from numact.testing.report import Example, Problem
from numact.testing.subject import DTYPES, HALVES, Subject

# Every so many of all numbers of a format of up to 32 bits, and how many float64 numbers at random.
_STRIDES: Mapping[str, int] = {"float16": 17, "bfloat16": 17, "float32": 2**18 + 1}
_WINDOW = 2**5
_SEARCHED = 4000
_SEARCHED_BESIDE = 500
_ORDINARY = 8.0


def checks(spec: Activation) -> Iterator[Check]:
    """Yield the checks of values and derivatives."""
    for dtype in DTYPES:
        yield Check(f"value-{dtype}", check_value, (dtype,))
    for wrt in spec.differentiable:
        for dtype in DTYPES:
            # Parameters are float32 beside halves as beside float32.
            if wrt == "x" or dtype not in HALVES:
                yield Check(f"derivative-{wrt}-{dtype}", check_derivative, (wrt, dtype))


def check_value(subject: Subject, dtype: str) -> Finding:
    """Compare values with the formula's, for the default parameters and others."""
    stated = stated_bound(subject.spec, dtype)
    bound = OWN_BOUNDS[dtype] if stated is None and subject.strict else stated
    promise = "at most" if stated is None else "stated max_ulp"
    return _check(subject, dtype, None, bound, promise, subject.spec.forward is not None)


def check_derivative(subject: Subject, wrt: str, dtype: str) -> Finding:
    """Compare a derivative with the formula's, for the default parameters and others."""
    given = subject.spec.derivative
    by_hand = wrt in given if isinstance(given, Mapping) else given is not None and wrt == "x"
    bound = OWN_BOUNDS[dtype] if subject.strict else None
    by_hand = by_hand or subject.spec.forward is not None
    return _check(subject, dtype, wrt, bound, "at most", by_hand)


def _check(
    subject: Subject, dtype: str, wrt: str | None, bound: float | None, promise: str, by_hand: bool
) -> Finding:
    form, spec = format_of(dtype), subject.spec
    findings: list[tuple[float, Finding]] = []
    for place, setting in enumerate([settings.default(spec), *settings.others(spec)]):
        if place and (dtype in HALVES or wrt not in (None, "x")):
            continue
        question = Question(spec, form, setting, wrt)
        ordinary = np.linspace(-_ORDINARY, _ORDINARY, 2001).astype(form.dtype)
        judge_ordinary(_figures(question, ordinary), form, by_hand)
        figures = _figures(question, _numbers(question, is_default=not place))
        findings.append(
            (figures.worst, judge(figures, form, bound, promise, "derivative" if wrt else "forward"))
        )
    return max(findings, key=lambda each: each[0])[1]


def _numbers(question: Question, is_default: bool) -> Array:
    """Give numbers all over the range, more of them for the default parameters."""
    spec, form = question.spec, question.form
    rounded = settings.rounded(spec, question.parameters, form)
    if form.name in HALVES:
        return points.patterns(form, _STRIDES[form.name])
    if form.name == "float32" and is_default:
        return points.sweep(spec, rounded, form, _STRIDES[form.name], _WINDOW)
    return points.search(spec, rounded, form, _SEARCHED if is_default else _SEARCHED_BESIDE)


def _figures(question: Question, x: Array) -> Figures:
    absolute = ROOT_ABSOLUTE if question.wrt and question.form.name == "float64" else 0.0
    report = measure(question, x, absolute)
    if not report.points:
        raise Problem("the formula has no value that could be told, at any number tried")
    return Figures(
        report.worst,
        Example({"x": report.at, **question.parameters}, report.got, report.expected),
        _first(question, x, _is_lost) if report.not_numbers else None,
        _first(question, x, _has_wrong_sign) if report.signs else None,
    )


def _is_lost(got: Array, truth: Exact) -> Array:
    lost: Array = truth.is_known & np.isnan(got)
    return lost


def _has_wrong_sign(got: Array, truth: Exact) -> Array:
    wrong: Array = (got == 0) & truth.is_known & (truth.sign * np.where(np.signbit(got), -1.0, 1.0) < 0)
    return wrong


def _first(question: Question, x: Array, has: Callable[[Array, Exact], Array]) -> Example:
    """Find the number of the least size at which something is wrong."""
    x = points.finite(x)
    x = x[np.argsort(np.abs(x), kind="stable")]
    if question.wrt is not None:
        rounded: Setting = settings.rounded(question.spec, question.parameters, question.form)
        x = x[~points.without_derivative(x, question.spec, rounded, question.form)]
    got, truth = question.computed(x), question.exact(x)
    place = np.flatnonzero(has(got, truth))[0]
    inputs = {"x": float(x[place]), **question.parameters}
    return Example(inputs, float(got[place]), float(truth.hi[place]))
