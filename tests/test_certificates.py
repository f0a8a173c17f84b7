"""The certificates in the repository: what they promise holds, and they are of the kernels as they are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tool_scripts import load

import numact
from numact import registry
from numact.accuracy import settings
from numact.accuracy.certificate import Certificate, job_of, promised, read_all
from numact.accuracy.overview import markdown_table
from numact.engine import target
from numact.examples import example_parameters

ROOT = Path(__file__).parents[1]
plan = load("certify_all")
OWN = list(read_all(ROOT / "certificates"))
# Those of packages in plugins/ as far as these are installed.
PROVIDERS = {entry.name: str(entry.provider.distribution) for entry in registry.entries()}
OF_PLUGINS = [
    made
    for folder in sorted(ROOT.glob("plugins/*/certificates"))
    for made in read_all(folder)
    if PROVIDERS.get(made["activation"]) == made["provider"] == folder.parent.name
]
CERTIFICATES = OWN + OF_PLUGINS
RESULTS = [(made, found) for made in CERTIFICATES for found in made["results"]]
FLOAT32 = [made for made in CERTIFICATES if made["dtype"] == "float32"]

BOUNDS = {"float16": 0.51, "bfloat16": 0.51, "float32": 1.0}
PIECEWISE_LINEAR = 0.501
# Of float64: values, those of self-gated activations, derivatives (or an absolute 1e-16 next to roots).
VALUE, SELF_GATED, DERIVATIVE = 2.0, 4.0, 4.0
GOOD, GOOD_SHARE = 0.55, 2 / 3


def label(made: Certificate) -> str:
    return f"{made['activation']}-{made['dtype']}"


def name(result: tuple[Certificate, dict[str, Any]]) -> str:
    made, found = result
    values = "-".join(f"{key}={value:g}" for key, value in found["parameters"].items())
    return "-".join(filter(None, [label(made), found["of"].replace(" ", "_"), values]))


def is_piecewise_linear(activation: str) -> bool:
    """Whether the derivative has few values."""
    x = np.linspace(-30, 30, 4001, dtype=np.float32)
    slopes = numact.derivative(activation, x, **example_parameters(registry.get_spec(activation)))
    return len(np.unique(slopes)) <= 3


def is_self_gated(activation: str) -> bool:
    """Whether the value has a dip."""
    x = np.linspace(-4, 4, 161)
    slopes = numact.derivative(activation, x, **example_parameters(registry.get_spec(activation)))
    return bool((slopes < 0).any() and (slopes > 0).any())


def bound(made: Certificate, found: dict[str, Any]) -> float:
    activation = made["activation"]
    kind = registry.get_spec(activation).kind
    if kind == "axis":
        return {"float32": 2.0, "float64": 4.0}.get(made["dtype"], 0.51)
    if kind == "gated":
        return {"float64": SELF_GATED}.get(made["dtype"], BOUNDS.get(made["dtype"], 0))
    if made["dtype"] == "float64":
        return DERIVATIVE if found["of"] != "value" else SELF_GATED if is_self_gated(activation) else VALUE
    return PIECEWISE_LINEAR if is_piecewise_linear(activation) else BOUNDS[made["dtype"]]


def test_there_are_certificates() -> None:
    assert FLOAT32


@pytest.mark.parametrize("result", RESULTS, ids=name)
def test_errors_are_within_the_bounds_and_nothing_fails(result: tuple[Certificate, dict[str, Any]]) -> None:
    made, found = result
    assert found["max_ulp"] <= bound(made, found)
    assert not any(failure["count"] for failure in found["failures"].values())


def test_most_have_errors_of_little_more_than_half_a_unit() -> None:
    worst = [max(found["max_ulp"] for found in made["results"]) for made in FLOAT32]
    assert np.count_nonzero(np.array(worst) <= GOOD) >= GOOD_SHARE * len(worst)


@pytest.mark.parametrize("made", CERTIFICATES, ids=label)
def test_default_parameters_were_measured_at_all_inputs(made: Certificate) -> None:
    spec = registry.get_spec(made["activation"])
    if spec.kind == "axis":
        pytest.skip("rows are not swept")
    assert made["formula"] == spec.formula
    measured = {
        found["of"]: found for found in made["results"] if found["parameters"] == settings.default(spec)
    }
    # A certificate begins with these two; derivatives by parameters may follow in a run of their own.
    assert {"value", f"derivative by {spec.arguments[0]}"} <= measured.keys()
    assert measured.keys() <= {"value", *(f"derivative by {wrt}" for wrt in spec.differentiable)}
    for found in measured.values():
        if spec.kind == "gated":
            assert found["points"] >= 9_000_000
        elif plan.stride(spec, made["dtype"], None) > 1:
            assert found["inputs"] == "every 256th, and windows around thresholds and edges"
        elif made["dtype"] == "float64":
            assert found["points"] >= 10_000_000
        else:
            bits, digits = {"float16": (16, 10), "bfloat16": (16, 7), "float32": (32, 23)}[made["dtype"]]
            assert found["inputs"] == "all"
            assert found["points"] + found["at_kinks"] == 2**bits - 2 * (2**digits - 1)


@pytest.mark.skipif(not target.has_fma(), reason="without FMA the last bits differ")
@pytest.mark.parametrize("result", RESULTS, ids=name)
def test_the_kernels_are_those_that_were_measured(result: tuple[Certificate, dict[str, Any]]) -> None:
    made, found = result
    assert job_of(made, found).sample_digest() == found["sample_sha256"], (
        f"the results are other ones than those certified: numact certify {made['activation']} "
        f"--dtype {made['dtype']} --derivative --other-parameters --write certificates"
    )


@pytest.mark.parametrize("made", FLOAT32, ids=label)
def test_what_an_activation_states_is_what_was_measured(made: Certificate) -> None:
    spec = registry.get_spec(made["activation"])
    measured = promised(spec, made)
    assert spec.max_ulp == measured, f"write max_ulp={measured} in the specification of {spec.name}"


def test_the_table_in_readme_is_that_of_the_certificates() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    match = re.search("<!-- certificates -->\\n(.*)\\n<!-- /certificates -->", readme, re.DOTALL)
    assert match is not None
    assert match[1] == markdown_table(OWN)
