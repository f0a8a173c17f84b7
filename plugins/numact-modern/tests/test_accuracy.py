"""Every activation of the package and its derivatives against the exact values of the textbook formula."""

from __future__ import annotations

from typing import Any

import numact_modern
import numpy as np
import numpy.typing as npt
import pytest

from numact import registry
from numact.accuracy import points, settings
from numact.accuracy.measure import Question, Report, measure
from numact.accuracy.oracle import exact
from numact.accuracy.ulp import BFLOAT16, FLOAT16, FLOAT32, FLOAT64, Format

SPECS = {spec.name: spec for spec in numact_modern.numact_activations()}
SETTINGS = [
    (name, setting)
    for name, spec in SPECS.items()
    for setting in (settings.default(spec), *settings.others(spec))
]

# Units in the last place, over the whole range.
FLOAT32_BOUND = 1.0
HALF_BOUND = 0.51
FLOAT64_BOUND = 2.0
# x times a function that vanishes: two roundings more where that function is itself small.
SELF_GATED_FLOAT64_BOUND = 4.0
DERIVATIVE_FLOAT64_BOUND = 4.0
# Of a float64 derivative next to its own root.
ROOT_ABSOLUTE = 1e-16
STRIDE = 50_021
WINDOW = 2**6
SEARCHED = 8_000


def label(part: str | dict[str, float]) -> str:
    return part if isinstance(part, str) else ",".join(f"{name}={value:g}" for name, value in part.items())


def inputs(asked: Question) -> npt.NDArray[Any]:
    rounded = settings.rounded(asked.spec, asked.parameters, asked.form)
    if asked.form is FLOAT64:
        return points.search(asked.spec, rounded, asked.form, SEARCHED)
    if asked.form is FLOAT32:
        return points.sweep(asked.spec, rounded, asked.form, STRIDE, WINDOW)
    return points.patterns(asked.form)


def is_self_gated(name: str) -> bool:
    """Tell an activation by its dip: the derivative, with default parameters, has both signs."""
    spec = SPECS[name]
    values = {"x": np.linspace(-4, 4, 161), **settings.rounded(spec, settings.default(spec), FLOAT64)}
    signs = exact(spec.parsed_formula(), values, FLOAT64, "x").sign
    return {-1.0, 1.0} <= set(signs.tolist())


def check(report: Report, bound: float) -> None:
    assert report.worst <= bound, str(report)
    assert report.not_numbers == report.signs == report.unknown == 0, str(report)
    # A value is missing nowhere; a derivative only where two slopes meet, which few of the points are.
    assert report.undefined <= (0 if report.question.wrt is None else 100), str(report)


@pytest.mark.parametrize(("name", "setting"), SETTINGS, ids=label)
def test_values(name: str, setting: dict[str, float]) -> None:
    float64_bound = SELF_GATED_FLOAT64_BOUND if is_self_gated(name) else FLOAT64_BOUND
    for form, bound in ((FLOAT32, FLOAT32_BOUND), (FLOAT64, float64_bound)):
        asked = Question(SPECS[name], form, setting)
        check(measure(asked, inputs(asked)), bound)


@pytest.mark.parametrize(("name", "setting"), SETTINGS, ids=label)
def test_derivatives(name: str, setting: dict[str, float]) -> None:
    for wrt in SPECS[name].differentiable:
        for form, bound in ((FLOAT32, FLOAT32_BOUND), (FLOAT64, DERIVATIVE_FLOAT64_BOUND)):
            asked = Question(SPECS[name], form, setting, wrt)
            check(measure(asked, inputs(asked), ROOT_ABSOLUTE if form is FLOAT64 else 0.0), bound)


@pytest.mark.parametrize("form", [FLOAT16, BFLOAT16], ids=lambda form: form.name)
@pytest.mark.parametrize("name", SPECS)
def test_every_half(name: str, form: Format) -> None:
    for wrt in (None, "x"):
        asked = Question(SPECS[name], form, settings.default(SPECS[name]), wrt)
        check(measure(asked, inputs(asked)), HALF_BOUND)


@pytest.mark.parametrize("name", SPECS)
def test_nan_stays_nan_and_infinities_give_the_limits(name: str) -> None:
    """As far as the exact values at the largest numbers tell."""
    spec = SPECS[name]
    for setting in (settings.default(spec), *settings.others(spec)):
        values = settings.rounded(spec, setting, FLOAT64)
        for wrt in (None, *(() if spec.derivative_domain else spec.differentiable)):
            far = exact(spec.parsed_formula(), {"x": np.array([-1e300, 1e300]), **values}, FLOAT64, wrt)
            limits = [as_limit(float(hi)) for hi in far.hi]
            got = Question(spec, FLOAT64, setting, wrt).computed(np.array([-np.inf, np.inf, np.nan]))
            assert got.tolist()[:2] == pytest.approx(limits, rel=1e-15), f"{name} by {wrt} with {setting}"
            assert np.isnan(got[2])


def as_limit(value: float) -> float:
    """Limit that a value at 1e300 tends to: 0, infinite, or itself."""
    if abs(value) > 1e100:
        return float(np.copysign(np.inf, value))
    return 0.0 if abs(value) < 1e-100 else value


def test_the_activations_are_found_by_their_names() -> None:
    for name, spec in SPECS.items():
        for each in spec.all_names:
            assert registry.get_spec(each).name == name
