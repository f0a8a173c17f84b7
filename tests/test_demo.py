"""The demonstration: measured, and complete."""

from __future__ import annotations

import json

import built_in
import numpy as np
import pytest
from click.testing import CliRunner

from numact import demo, digits, registry
from numact.cli import group
from numact.examples import example_parameters, example_value
from numact.parameters import Param

NAMES = built_in.names()


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "SAMPLE", 40)
    monkeypatch.setattr(demo, "_SECONDS", 0.0)
    monkeypatch.setattr(demo, "_FEWEST_ROUNDS", 1)


@pytest.mark.parametrize("name", NAMES)
def test_every_activation_is_measured(name: str) -> None:
    spec = registry.get_spec(name)
    x = digits.hidden_layer()[:100]
    demo.compile_kernel(spec, x)
    row = demo.measure(spec, x)
    assert row.name == name
    assert row.nanoseconds > 0
    assert row.nanoseconds_one_thread > 0
    assert row.gigabytes_per_second > 0
    assert row.times_faster is not None
    assert row.worst_ulp is not None
    assert row.worst_ulp <= (2.0 if spec.kind == "axis" else 1.0)


def test_an_error_is_seen() -> None:
    spec = registry.get_spec(NAMES[-1])
    x = digits.hidden_layer()[:100]
    output = np.asarray(registry_apply(spec.name, x))
    wrong = output + np.float32(0.01)
    assert (demo._worst_ulp(spec, x, wrong, example_parameters(spec)) or 0) > 100


def registry_apply(name: str, x: object) -> object:
    from numact import api

    return api.apply(name, x, **example_parameters(registry.get_spec(name)))


def test_the_command_prints_a_row_for_each() -> None:
    chosen = NAMES[:2]
    result = CliRunner().invoke(group, ["demo", *chosen])
    assert result.exit_code == 0, result.output
    assert all(name in result.stdout for name in chosen)
    assert "mpmath" in result.stdout
    as_json = json.loads(CliRunner().invoke(group, ["demo", "--json", *chosen]).stdout)
    assert [row["name"] for row in as_json["activations"]] == chosen


@pytest.mark.parametrize(
    "param",
    [
        Param("c"),
        Param("c", low=0.0, closed="neither"),
        Param("c", high=-3.0, closed="neither"),
        Param("c", low=-1.0, high=1.0, exclude=(0.0,)),
        Param("c", low=0.5, exclude=(1.0,)),
        Param("c", low=2, high=9, kind="int"),
        Param("c", kind="int", low=1),
        Param("c", kind="channel"),
        Param("c", kind="choice", choices=(("one", ""), ("two", ""))),
        Param("c", 0.3),
    ],
    ids=repr,
)
def test_example_values_are_within_bounds(param: Param) -> None:
    value = example_value(param)
    assert param.validate("example", value) == value


def test_examples_are_for_required_parameters_alone() -> None:
    for name in NAMES:
        spec = registry.get_spec(name)
        assert set(example_parameters(spec)) == {param.name for param in spec.params if param.is_required}
