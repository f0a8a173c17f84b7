"""Every activation and derivative against the exact value of its textbook formula."""

from __future__ import annotations

import math
from typing import Any

import built_in
import numpy as np
import pytest

import numact
from numact import registry
from numact.accuracy import points, rows, settings
from numact.accuracy.measure import Question, Report, measure
from numact.accuracy.oracle import exact
from numact.accuracy.pairs import long_double
from numact.accuracy.ulp import BFLOAT16, FLOAT16, FLOAT32, FLOAT64, FORMATS, Format, format_of
from numact.spec import Activation

NAMES = built_in.names("elementwise", "random")
SETTINGS = [(name, setting) for name in NAMES for setting in settings.others(registry.get_spec(name))]
SLOPES = [(name, wrt) for name in NAMES for wrt in registry.get_spec(name).differentiable]

# Units in the last place, over the whole range.
FLOAT32_BOUND = 1.0
FLOAT64_BOUND = 2.0
# x times a function that vanishes: two roundings more where that function is itself small.
SELF_GATED_FLOAT64_BOUND = 4.0
HALF_BOUND = 0.51
DERIVATIVE_FLOAT64_BOUND = 4.0
FLOAT32_ROW_BOUND = 2.0
# A float64 row has nothing longer to compute in; 3.2 is the most that was found.
FLOAT64_ROW_BOUND = 4.0
# Of a float64 derivative next to its own root.
ROOT_ABSOLUTE = 1e-16

FORWARD_STRIDE = 1021
DERIVATIVE_STRIDE = 4093
SETTING_STRIDE = 65_521
SETTING_WINDOW = 2**8
SEARCHED = 20_000


def label(part: str | dict[str, float]) -> str:
    if isinstance(part, str):
        return part
    return ",".join(f"{name}={value:g}" for name, value in part.items())


def question(
    name: str, form: Format, setting: dict[str, float] | None = None, wrt: str | None = None
) -> Question:
    spec = registry.get_spec(name)
    return Question(spec, form, settings.default(spec) if setting is None else setting, wrt)


def inputs(
    asked: Question, stride: int = FORWARD_STRIDE, window: int = points.WINDOW
) -> np.ndarray[Any, Any]:
    rounded = settings.rounded(asked.spec, asked.parameters, asked.form)
    if asked.form is FLOAT64:
        return points.search(asked.spec, rounded, asked.form, SEARCHED)
    return points.sweep(asked.spec, rounded, asked.form, stride, window)


def check(report: Report, bound: float) -> None:
    assert report.worst <= bound, str(report)
    assert report.not_numbers == report.signs == report.unknown == 0, str(report)
    # A value is missing nowhere; a derivative only where two slopes meet, which few of the points are.
    assert report.undefined <= (0 if report.question.wrt is None else 100), str(report)


def float64_bound(spec: Activation) -> float:
    """A self-gated activation is told by its dip: the derivative, with default parameters, has both signs."""
    values = {"x": np.linspace(-4, 4, 161), **settings.rounded(spec, settings.default(spec), FLOAT64)}
    signs = exact(spec.parsed_formula(), values, FLOAT64, "x").sign
    return SELF_GATED_FLOAT64_BOUND if {-1.0, 1.0} <= set(signs.tolist()) else FLOAT64_BOUND


@pytest.mark.parametrize("name", NAMES)
def test_float32(name: str) -> None:
    asked = question(name, FLOAT32)
    check(measure(asked, inputs(asked)), FLOAT32_BOUND)


@pytest.mark.parametrize("name", NAMES)
def test_float64(name: str) -> None:
    asked = question(name, FLOAT64)
    check(measure(asked, inputs(asked)), float64_bound(asked.spec))


@pytest.mark.parametrize(("name", "setting"), SETTINGS, ids=label)
def test_other_parameters(name: str, setting: dict[str, float]) -> None:
    for form in (FLOAT32, FLOAT64):
        asked = question(name, form, setting)
        bound = FLOAT32_BOUND if form is FLOAT32 else float64_bound(asked.spec)
        check(measure(asked, inputs(asked, SETTING_STRIDE, SETTING_WINDOW)), bound)


@pytest.mark.parametrize("form", [FLOAT16, BFLOAT16], ids=lambda form: form.name)
@pytest.mark.parametrize("name", NAMES)
def test_every_half(name: str, form: Format) -> None:
    check(measure(question(name, form), points.patterns(form)), HALF_BOUND)


@pytest.mark.parametrize(("name", "wrt"), SLOPES)
def test_derivative_float32(name: str, wrt: str) -> None:
    asked = question(name, FLOAT32, wrt=wrt)
    check(measure(asked, inputs(asked, DERIVATIVE_STRIDE)), FLOAT32_BOUND)


@pytest.mark.parametrize(("name", "wrt"), SLOPES)
def test_derivative_float64(name: str, wrt: str) -> None:
    asked = question(name, FLOAT64, wrt=wrt)
    check(measure(asked, inputs(asked), ROOT_ABSOLUTE), DERIVATIVE_FLOAT64_BOUND)


@pytest.mark.parametrize(("name", "setting"), SETTINGS, ids=label)
def test_derivatives_with_other_parameters(name: str, setting: dict[str, float]) -> None:
    for wrt in registry.get_spec(name).differentiable:
        for form, bound in ((FLOAT32, FLOAT32_BOUND), (FLOAT64, DERIVATIVE_FLOAT64_BOUND)):
            asked = question(name, form, setting, wrt)
            x = inputs(asked, SETTING_STRIDE, SETTING_WINDOW)
            check(measure(asked, x, ROOT_ABSOLUTE if form is FLOAT64 else 0.0), bound)


@pytest.mark.parametrize("form", [FLOAT16, BFLOAT16], ids=lambda form: form.name)
@pytest.mark.parametrize(("name", "wrt"), SLOPES)
def test_derivative_of_every_half(name: str, wrt: str, form: Format) -> None:
    check(measure(question(name, form, wrt=wrt), points.patterns(form)), HALF_BOUND)


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
@pytest.mark.parametrize("name", NAMES)
def test_nan_stays_nan(name: str, form: Format) -> None:
    """Quiet and signalling ones, of either sign, in a vector's body and in its remainder."""
    one = form.bits_dtype.type(1)
    exponent = np.array([np.inf, -np.inf], form.dtype).view(form.bits_dtype)
    payloads = np.concatenate([exponent | one, np.array([np.nan, -np.nan], form.dtype).view(form.bits_dtype)])
    x = np.tile(payloads, 17).view(form.dtype)
    for wrt in (None, *registry.get_spec(name).differentiable):
        got = question(name, form, wrt=wrt).computed(x)
        with np.errstate(invalid="ignore"):
            assert np.isnan(got).all(), f"{name}, {wrt}"


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
@pytest.mark.parametrize("name", NAMES)
def test_infinities_give_the_limit(name: str, form: Format) -> None:
    """As far as the exact values at the largest numbers tell; stated limits are these."""
    spec = registry.get_spec(name)
    for setting in (settings.default(spec), *settings.others(spec)):
        values = settings.rounded(spec, setting, form)
        for wrt in (None, *spec.differentiable):
            asked = question(name, form, setting, wrt)
            far = exact(spec.parsed_formula(), {"x": np.array([-1e300, 1e300]), **values}, FLOAT64, wrt)
            limits = [as_limit(float(hi)) for hi in far.hi]
            got = asked.computed(np.array([-np.inf, np.inf], form.dtype)).astype(np.float64)
            expected = np.array(limits).astype(form.dtype).astype(np.float64)
            assert np.array_equal(got, expected), f"{asked}: {got} at the infinities, limits {expected}"
            stated = {None: spec.limits, "x": spec.derivative_limits}.get(wrt)
            for bound, limit in zip(stated or (), limits, strict=False):
                if bound is not None:
                    parameters = {key: value for key, value in values.items() if key != "u"}
                    assert spec.parsed_bound(bound).value(**parameters) == pytest.approx(limit, rel=1e-15), (
                        asked
                    )


def as_limit(value: float) -> float:
    """Limit that a value at 1e300 tends to: 0, infinite, or itself."""
    if abs(value) > 1e100:
        return math.copysign(math.inf, value)
    return 0.0 if abs(value) < 1e-100 else value


@pytest.mark.parametrize("name", NAMES)
def test_odd_functions_keep_the_sign_of_zero(name: str) -> None:
    spec = registry.get_spec(name)
    x = np.array([0.1, 0.7, 1.3, 5.0])
    values = settings.rounded(spec, settings.default(spec), FLOAT64)
    found = exact(spec.parsed_formula(), {"x": np.concatenate([x, -x]), **values}, FLOAT64)
    is_odd = np.array_equal(found.hi[:4], -found.hi[4:]) and found.hi[:4].all()
    if not is_odd:
        pytest.skip("not odd, or with a dead zone")
    for form in FORMATS:
        got = question(name, form).computed(np.array([-0.0, 0.0], form.dtype))
        assert np.signbit(got).tolist() == [True, False]


@pytest.mark.parametrize("name", NAMES)
def test_dead_zones_give_positive_zero(name: str) -> None:
    for form in (FLOAT16, FLOAT32):
        asked = question(name, form)
        x = np.array([-3.0, -0.3, -0.2, 0.2, 0.3], form.dtype)
        dead = asked.exact(x).sign == 0
        assert not np.signbit(asked.computed(x)[dead]).any()


LENGTHS = (1, 2, 3, 17, 1000, 65_537, 1_000_000)


def row_errors(name: str, row: np.ndarray[Any, Any]) -> float:
    form = format_of(row.dtype.name)
    if form is FLOAT64 and long_double() is None:
        pytest.skip("no float longer than float64 to judge by")
    truth = rows.exact_row(registry.get_spec(name), {}, row, form)
    # The judge itself must be sure to a small part of a unit.
    assert (truth.error <= 0.02 * form.spacing(truth.hi, truth.lo)).all()
    return float(form.error(np.asarray(numact.apply(name, row)), truth.hi, truth.lo).max())


ROWS = built_in.names("axis")


def test_the_formula_of_every_built_in_axis_activation_is_read() -> None:
    assert ROWS and all(rows.has_exact_rows(registry.get_spec(name)) for name in ROWS)


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("name", ROWS)
def test_rows(name: str, length: int) -> None:
    draw = np.random.default_rng(length)
    for spread in (1.0, 20.0, 200.0):
        for dtype, bound in ((np.float32, FLOAT32_ROW_BOUND), (np.float64, FLOAT64_ROW_BOUND)):
            row = draw.normal(0, spread, length).astype(dtype)
            assert row_errors(name, row) <= bound, f"{name} of {length} {np.dtype(dtype)} spread by {spread}"


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_log_softmax_keeps_its_digits_next_to_0(dtype: type[np.floating[Any]]) -> None:
    """A dominant class: every peer gives 0."""
    for others in ([0.0], [0.0, -1.0, 3.0], [10.0] * 40):
        for largest in (20.0, 35.3, 60.7, 88.1):
            row = np.array([largest, *others], dtype)
            assert numact.apply("log_softmax", row)[0] < 0
            assert row_errors("log_softmax", row) <= 2.0


@pytest.mark.parametrize("form", [FLOAT16, BFLOAT16], ids=lambda form: form.name)
@pytest.mark.parametrize("name", ROWS)
def test_rows_of_halves(name: str, form: Format) -> None:
    for length in (5, 1000):
        row = np.random.default_rng(length).normal(0, 3, length).astype(form.dtype)
        assert row_errors(name, row) <= HALF_BOUND


@pytest.mark.parametrize("name", ["softmax", "softmin"])
def test_a_million_equal_halves_add_up_to_1(name: str) -> None:
    length = 1_000_000
    got = numact.apply(name, np.full(length, 3.0, np.float16))
    assert (got == np.float16(1 / length)).all()
    single = numact.apply(name, np.full(length, 3.0, np.float32))
    assert abs(single.sum(dtype=np.float64) - 1) < 2**-24
