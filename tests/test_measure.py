"""Measuring finds what is wrong: naive code, wrong signs, missing values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import built_in
import numpy as np
import pytest

from numact import registry
from numact.accuracy import points, settings
from numact.accuracy.measure import Question, measure
from numact.accuracy.ulp import FLOAT32, FLOAT64, Format, format_of
from numact.parameters import Param
from numact.spec import Activation

Array = np.ndarray[Any, Any]

silu = Activation(name="silu_again", summary="x times sigmoid.", formula="x / (1 + exp(-x))", references=())


@dataclass(frozen=True)
class Written(Question):
    """What some other function computes."""

    function: Callable[[Array], Array] = np.copy

    def computed(self, x: Array) -> Array:
        return self.function(x)


@np.errstate(over="ignore")
def naive(x: Array) -> Array:
    return x / (1 + np.exp(-x))


@np.errstate(over="ignore")
def naive_slope(x: Array) -> Array:
    gate = 1 / (1 + np.exp(-x))
    return gate + x * gate * (1 - gate)


@pytest.mark.parametrize(("form", "stride"), [(FLOAT32, 2**20 + 3), (FLOAT64, 0)])
def test_naive_code_is_found_out(form: Format, stride: int) -> None:
    x = points.sweep(silu, {}, form, stride) if stride else points.search(silu, {}, form, 5000)
    report = measure(Written(silu, form, function=naive), x)
    assert report.worst > 1e5
    assert report.got == naive(np.array([report.at], form.dtype))[0]
    assert report.unknown == report.undefined == 0
    slope = measure(Written(silu, form, wrt="x", function=naive_slope), x, 1e-16)
    assert slope.worst > 1e5
    assert slope.unknown == slope.undefined == 0
    assert "silu_again" in str(slope)


def test_careful_code_passes_next_to_a_root_of_its_derivative() -> None:
    """Where float64 loses bits to cancellation, an absolute error of its last place at 1 is allowed."""
    x = points.window(-1.278464542761074, FLOAT64)
    asked = Written(silu, FLOAT64, wrt="x", function=naive_slope)
    assert measure(asked, x).worst > 4
    assert measure(asked, x, 2e-16).worst == 0
    # Elsewhere it is not.
    assert measure(asked, np.array([-720.0, -1.2, -1.3]), 2e-16).worst > 4


def test_missing_values_and_wrong_signs_are_counted() -> None:
    x = np.float32([-200.0, -1.0, 1.0, 2.0])
    report = measure(Written(silu, FLOAT32, function=lambda x: np.float32([0.0, np.nan, 1, np.nan])), x)
    assert (report.points, report.not_numbers, report.signs) == (4, 2, 1)
    assert report.at == 1


def test_inputs_without_a_value_do_not_count() -> None:
    x = np.float32([np.nan, np.inf, -np.inf, 0.5])
    assert measure(Written(silu, FLOAT32, function=naive), x).points == 1


@pytest.mark.parametrize("name", ["float16", "bfloat16", "float32", "float64"])
def test_rounding_once_is_half_a_unit(name: str) -> None:
    """Of an exact result cut to the format; the last place below 1 is half of that above."""
    form = format_of(name)
    x = points.window(1.0, form, 32)
    shift = Activation(name="shift", summary="x + 0.3.", formula="x + 0.3", references=())
    nearest = measure(Written(shift, form, function=lambda x: rounded(x, form)), x)
    assert 0.2 < nearest.worst <= 0.5
    assert nearest.correctly_rounded == nearest.points


def rounded(x: Array, form: Format) -> Array:
    return (x.astype(np.longdouble) + np.longdouble(3) / 10).astype(form.dtype)


def test_settings_obey_the_bounds_and_the_rules_between_parameters() -> None:
    for name in built_in.names("elementwise", "random"):
        spec = registry.get_spec(name)
        base = settings.default(spec)
        found = settings.others(spec)
        assert {key for setting in found for key in setting if setting[key] != base[key]} == set(base)
        for setting in found:
            spec.check_together({**{param.name: param.default for param in spec.params}, **setting})
            assert all(spec.param(key).allows(value) for key, value in setting.items())


def test_settings_are_negative_where_that_is_allowed() -> None:
    spec = Activation(
        name="scaled",
        summary="c*x.",
        formula="c * x * d * n",
        references=(),
        params=(Param("c", 1.0), Param("d", 0.5, low=0.0, high=1.0), Param("n", 2, low=1, kind="int")),
    )
    values = {key: {setting[key] for setting in settings.others(spec)} for key in ("c", "d", "n")}
    assert any(value < 0 for value in values["c"])
    assert all(0 <= value <= 1 for value in values["d"])
    assert all(value == int(value) for value in values["n"])
    assert settings.rounded(spec, {"c": 0.1, "d": 0.5, "n": 2}, FLOAT32)["c"] == float(np.float32(0.1))


def test_derivatives_count_within_their_domain_alone() -> None:
    """The value counts everywhere."""
    wave = Activation(
        name="wave",
        summary="Sine.",
        formula="sin(rate * x)",
        references=(),
        params=(Param("rate", 1.0),),
        derivative_domain=("-3 / rate", "3 / rate"),
    )
    x = np.array([-4.0, -1.5, -1.0, 1.0, 1.5, 4.0])
    slope = Written(wave, FLOAT64, {"rate": 2.0}, "x", function=lambda x: 2 * np.cos(2 * x))
    assert measure(slope, x).points == 4
    assert measure(Written(wave, FLOAT64, {"rate": 2.0}, function=lambda x: np.sin(2 * x)), x).points == 6
    assert points.without_derivative(x, wave, {"rate": 0.5}, FLOAT64).tolist() == [False] * 6
