"""Axis activations: rows against the formula, gradients against difference quotients, axes and masks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import mpmath
import numpy as np

from numact import reference
from numact.accuracy import settings
from numact.accuracy.settings import Setting
from numact.accuracy.ulp import Format, format_of
from numact.errors import FormulaError, ParameterError
from numact.function import Function
from numact.spec import Activation
from numact.testing import precise
from numact.testing.bits import same_bits
from numact.testing.check import Check, Finding
from numact.testing.judgement import Figures, judge, judge_ordinary, stated_bound
from numact.testing.report import Doubt, Example, Problem
from numact.testing.subject import DTYPES, Array, Subject, numbers

OWN_BOUNDS: Mapping[str, float] = {"float16": 0.51, "bfloat16": 0.51, "float32": 2.0, "float64": 4.0}
_LENGTH = 11
_SPREADS = (1.0, 10.0)
# Of a gradient, in units of the last place of the sum of the sizes of its terms.
_GRADIENT_BOUND = 32


def checks(spec: Activation) -> Iterator[Check]:
    """Yield the checks of axis activations."""
    for dtype in DTYPES:
        yield Check(f"value-{dtype}", check_value, (dtype,))
    for dtype in ("float32", "float64"):
        yield Check(f"vjp-{dtype}", check_vjp, (dtype,))
    if spec.vjp_from_output is not None:
        yield Check("vjp-from-output", check_vjp_from_output)
    yield Check("rows-apart", check_rows_apart)
    yield Check("axes", check_axes)
    yield Check("masks", check_masks)


def check_value(subject: Subject, dtype: str) -> Finding:
    """Compare rows with the formula or, where it is more than sums, with the function in many digits."""
    spec, form = subject.spec, format_of(dtype)
    stated = stated_bound(spec, dtype)
    bound = OWN_BOUNDS[dtype] if stated is None and subject.strict else stated
    promise = "at most" if stated is None else "stated max_ulp"
    figures = [
        _figures(spec, setting, form, spread)
        for setting in (settings.default(spec), *settings.others(spec))
        for spread in _SPREADS
    ]
    for each in figures:
        judge_ordinary(each, form, by_hand=True)
    return judge(max(figures, key=lambda each: each.worst), form, bound, promise, "forward")


def _figures(spec: Activation, setting: Setting, form: Format, spread: float) -> Figures:
    row = np.random.default_rng(3).normal(0, spread, _LENGTH).astype(form.dtype)
    got = np.asarray(Function(spec, {**setting, **_flat(spec)})(row))
    truth = _exact_row(spec, row, settings.rounded(spec, setting, form))
    with mpmath.workprec(precise.BITS):
        high = np.array([float(each) for each in truth])
        low = np.array([float(each - mpmath.mpf(float(each))) for each in truth])
    errors = np.where(np.isnan(got), -1.0, form.error(got, high, low))
    examples = [
        Example({f"x[{place}]": float(row[place]), **setting}, float(got[place]), float(high[place]))
        for place in range(_LENGTH)
    ]
    lost = np.flatnonzero(np.isnan(got))
    worst = int(np.argmax(errors))
    return Figures(float(errors[worst]), examples[worst], examples[int(lost[0])] if len(lost) else None)


def _exact_row(spec: Activation, row: Array, parameters: Setting) -> list[Any]:
    try:
        reference.row_function(spec.formula, tuple(parameters))
    except FormulaError:
        return precise.row_of(spec, row.tolist(), list(parameters.values()))
    return list(reference.exact_row(spec.formula, row, parameters))


def _flat(spec: Activation) -> dict[str, Any]:
    """Give the axis of a row alone."""
    return {param.name: -1 for param in spec.params if param.kind == "axis"}


def check_vjp(subject: Subject, dtype: str) -> None:
    """Compare the gradient with difference quotients of the function, read in many digits."""
    spec = subject.spec
    if spec.vjp is None and spec.vjp_from_output is None:
        raise Doubt("it has no backward pass: write vjp or vjp_from_output")
    form = format_of(dtype)
    for setting in (settings.default(spec), *settings.others(spec)):
        row, g = (numbers((_LENGTH,), dtype, seed) for seed in (1, 2))
        got = Function(spec, {**setting, **_flat(spec)}).vjp(row, g)
        parameters = list(settings.rounded(spec, setting, form).values())
        expected = precise.vjp_of(spec, row.tolist(), g.tolist(), parameters)
        for place, (gradient, size) in enumerate(expected):
            allowed = _GRADIENT_BOUND * 2.0**-form.precision * float(size) + 2.0**-100
            if not abs(float(got[place]) - float(gradient)) <= allowed:
                inputs = {f"x[{place}]": float(row[place]), **setting}
                example = Example(inputs, float(got[place]), float(gradient))
                raise Problem(f"the gradient is not that of the function, {dtype}", example)


def check_vjp_from_output(subject: Subject) -> None:
    """Compare the gradient from the output with that from the input."""
    for dtype in ("float32", "float64"):
        x, g = (numbers((5, _LENGTH), dtype, seed) for seed in (1, 2))
        from_input = np.asarray(subject.function.vjp(x, g))
        from_output = np.asarray(subject.function.vjp(None, g, y=subject.function(x)))
        # The output is rounded once before.
        allowed = 64 * np.finfo(dtype).eps * np.abs(g).sum(axis=-1, keepdims=True)
        if not (np.abs(from_output - from_input) <= allowed).all():
            raise Problem(f"the gradient from the output is not that from the input, {dtype}")


def check_rows_apart(subject: Subject) -> None:
    """Ask that a row with NaN or infinities changes no other row, and that NaN is not lost in its own."""
    for dtype in DTYPES:
        x = numbers((4, _LENGTH), dtype)
        expected = subject.function(x)
        for bad in (np.nan, np.inf, -np.inf):
            changed = x.copy()
            changed[1, 3] = bad
            result = subject.function(changed)
            same_bits(result[[0, 2, 3]], expected[[0, 2, 3]], f"rows beside one with {bad}, {dtype}")
            if np.isnan(bad) and not np.isnan(result[1]).any():
                raise Doubt(f"a NaN in a row leaves no trace, {dtype}")


def check_axes(subject: Subject) -> None:
    """Ask for rows along any axis, several and all, in either order of memory."""
    if not any(param.kind == "axis" for param in subject.spec.params):
        return
    function = subject.function
    for order in "CF":
        x = np.array(numbers((3, 4, 5), "float32"), order=order)  # type: ignore[call-overload]
        for axis in (0, 1, -1, (0, 1), (2, 0), (-1, 0, 1), None):
            axes = range(3) if axis is None else axis if isinstance(axis, tuple) else (axis,)
            along = tuple(sorted(each % 3 for each in axes))
            kept = tuple(each for each in range(3) if each not in along)
            moved = np.ascontiguousarray(x.transpose(*kept, *along))
            rows = moved.reshape(*(x.shape[each] for each in kept), -1)
            back = np.argsort((*kept, *along))
            expected = function(rows, axis=-1).reshape(moved.shape).transpose(back)
            same_bits(function(x, axis=axis), expected, f"axis={axis}, order {order}")


def check_masks(subject: Subject) -> Finding:
    """Ask that what a mask leaves out takes no part in its row, if the activation has a masked form."""
    call: Callable[..., Any] = subject.function
    x = numbers((5, 9), "float32")
    mask = np.ones((5, 9), bool)
    mask[:, [1, 4]] = False
    try:
        result = call(x, where=mask, **_flat(subject.spec))
    except ParameterError as error:
        return str(error), None
    kept = [0, 2, 3, 5, 6, 7, 8]
    alone = call(np.ascontiguousarray(x[:, kept]), **_flat(subject.spec))
    if not np.allclose(result[:, kept], alone, rtol=1e-6, atol=0):
        raise Problem("what a mask leaves out takes part in its row")
    absent = np.unique(result[:, [1, 4]])
    if absent.size != 1:
        raise Problem(f"what a mask leaves out becomes {absent.tolist()}, not one value")
    return None
