"""The conformance kit: it finds what is wrong, and says so."""

from __future__ import annotations

import json
from typing import Any

import pytest

from numact import Activation, Param, registry, rows
from numact.scalar import exp, sqrt, where
from numact.testing import (
    CheckFailure,
    CheckWarning,
    Outcome,
    Report,
    check_activation,
    parametrize_with_checks,
)
from numact.testing.catalogue import checks_of

SOFTCLIP = Activation(
    name="softclip",
    summary="Smooth clipping by an algebraic sigmoid.",
    formula="x / sqrt(1 + (x / c)**2)",
    params=(Param("c", 1.0, low=0.0, closed="neither"),),
    limits=("-c", "c"),
    references=("https://example.org/softclip",),
)


SEEN: list[Outcome] = []


@pytest.fixture(scope="module")
def report() -> Report:
    return check_activation(SOFTCLIP, on_check=SEEN.append)


def test_a_plugin_of_a_few_lines_passes(report: Report) -> None:
    assert report.passed, str(report)
    assert report.checks == tuple(SEEN)
    assert [outcome.check for outcome in SEEN] == [check.name for check in checks_of(SOFTCLIP)]
    assert len({outcome.check for outcome in SEEN}) == len(SEEN)


def test_the_report_is_a_text_and_plain_data(report: Report) -> None:
    data = json.loads(json.dumps(report.as_dict()))
    assert data["activation"] == "softclip"
    assert data["passed"] is True
    assert sum(data["counts"].values()) == len(data["checks"]) == len(report.checks)
    assert str(report).splitlines()[0].startswith(f"softclip: {len(report.checks)} checks, ")
    assert "warned  documentation: Param(..., doc=...) is empty for c" in str(report)


def test_strict_checks_make_warnings_failures() -> None:
    (check,) = (check for check in checks_of(SOFTCLIP, strict=True) if check.name == "documentation")
    assert check.outcome(SOFTCLIP).status == "failed"
    with pytest.raises(CheckFailure, match=r"softclip: .* is empty for c"):
        check(SOFTCLIP)


def test_tests_have_readable_names() -> None:
    mark = parametrize_with_checks([SOFTCLIP, "relu"])
    ids = [parameters.id for parameters in mark.args[1]]
    assert "softclip-parameter-c" in ids
    assert "relu-signature" in ids
    assert len(set(ids)) == len(ids)


def test_a_name_stands_for_its_activation() -> None:
    assert check_activation("Softmax").activation == "softmax"


def outcome(name: str, spec: Activation, strict: bool = False) -> Outcome:
    """Run one check."""
    (check,) = (check for check in checks_of(spec, strict) if check.name == name)
    return check.outcome(spec)


def probe(formula: str = "x", **fields: Any) -> Activation:
    """Make an activation, unregistered."""
    given = {"name": "probe", "summary": "A probe.", "references": ("https://example.org",)} | fields
    return Activation(formula=formula, **given)


def squareplus(**fields: Any) -> Activation:
    return probe(
        "(x + sqrt(x**2 + b)) / 2",
        params=(Param("b", 4.0, low=0.0, closed="neither", doc="Width."),),
        **fields,
    )


def test_a_stated_accuracy_must_hold() -> None:
    found = outcome("value-float32", squareplus(max_ulp=1.0))
    assert found.status == "failed"
    assert "stated max_ulp 1" in found.message
    assert found.example is not None
    assert found.example.inputs["x"] < -1e4
    assert (found.example.computed, found.example.expected > 0) == (0.0, True)


def test_an_accuracy_that_is_not_stated_is_reported() -> None:
    found = outcome("value-float32", squareplus())
    assert found.status == "warned"
    assert "digits are lost" in found.message
    found = outcome("value-float32", probe("x / (2 + abs(x))"))
    assert found.status == "passed"
    assert found.message.endswith("ULP at worst")
    assert found.example is not None


def careful_squareplus(x: Any, b: Any) -> Any:
    root = sqrt(x * x + b)
    return where(x < 0, 0.5 * b / (root - x), 0.5 * (x + root))


def test_a_careful_forward_mends_it() -> None:
    found = outcome("value-float32", squareplus(forward=careful_squareplus, max_ulp=1.0))
    assert found.status == "passed", found


def twice(x: Any) -> Any:
    return 2 * x


def dropping_nan(x: Any) -> Any:
    return where(x > 0, x, 0)


def newton(x: Any) -> Any:
    """Take a square root by as many steps as it needs: nothing that runs side by side."""
    root, last = abs(x) + 1, 0.0
    while root != last:
        last = root
        root = (root + abs(x) / root) / 2
    return root


def clumsy(x: Any) -> Any:
    return exp(x) / exp(x) * x


FAULTS = {
    "another formula": ("value-float32", probe("3*x", forward=twice), "failed", "something else"),
    "another derivative": (
        "derivative-x-float64",
        probe("x*x", derivative=lambda x: 3 * x),
        "failed",
        "something else",
    ),
    "a limit that is none": (
        "infinities",
        probe("x / (1 + abs(x))", limits=(-1, 2)),
        "failed",
        "stated limit",
    ),
    "a limit that is not kept": (
        "infinities",
        probe("x / (1 + abs(x))", limits=(-1, 1), forward=lambda x: x / (1 + abs(x))),
        "failed",
        "not the stated limit",
    ),
    "no limit": ("infinities", probe("x / (1 + abs(x))"), "warned", "state limits"),
    "a range that is left": ("range", probe("x", range=(-1, 1)), "failed", "beyond the stated range"),
    "NaN that is dropped": ("nan", probe("x if x > 0 else 0", forward=dropping_nan), "failed", "NaN came in"),
    "NaN far out": ("value-float64", probe("x", forward=clumsy), "warned", "NaN where the formula"),
    "a loop": ("vectorised-forward", probe("sqrt(abs(x))", forward=newton), "warned", "left scalar"),
    "a bad summary": ("documentation", probe(summary="probe"), "warned", "summary"),
    "no reference": ("documentation", probe(references=()), "warned", "reference"),
    "a rule that rules nothing": (
        "parameters-together",
        probe("a*x", params=(Param("a", 1.0),), check=lambda params: None),
        "failed",
        "forbids nothing",
    ),
    "a function that does not compile": (
        "value-float32",
        probe(forward=lambda x: x.no_such_thing),
        "failed",
        "probe",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_found(fault: str) -> None:
    name, spec, status, words = FAULTS[fault]
    found = outcome(name, spec)
    assert found.status == status, found
    assert words in found.message
    if status == "warned":
        assert outcome(name, spec, strict=True).status == "failed"


def test_warnings_are_pythons_and_can_be_made_errors() -> None:
    (check,) = (check for check in checks_of(probe(references=())) if check.name == "documentation")
    with pytest.warns(CheckWarning, match=r"probe: there is no reference"):
        check(probe(references=()))


def test_nothing_is_left_registered() -> None:
    before = registry.names()
    outcome("value-float32", probe())
    assert registry.names() == before


# Gated activations, and those along an axis ----------------------------------------------------------------


def gated(formula: str, **fields: Any) -> Activation:
    return probe(formula, kind="gated", **fields)


def axis(forward: Any, **fields: Any) -> Activation:
    return probe("softmax-like", kind="axis", forward=forward, **fields)


def product(a: Any, b: Any) -> Any:
    return a * b


def quotient(a: Any, b: Any) -> Any:
    return a / b


def weighted(y: Any, g: Any, mean: Any) -> Any:
    return y * (g - mean)


def shares(row: Any, out: Any) -> None:
    rows.apply(quotient, out, out, rows.apply_total(exp, out, row))


def shares_vjp(row: Any, g: Any, out: Any) -> None:
    shares(row, out)
    rows.apply(weighted, out, out, g, rows.total(product, out, g))


def half_gradient(row: Any, g: Any, out: Any) -> None:
    rows.apply(twice, out, g)


KINDS = {
    "a gate": ("value-float32", gated("a / (1 + exp(-b))"), "passed", "ULP at worst"),
    "another gate": ("value-float32", gated("a*b", forward=lambda a, b: a + b), "failed", "something else"),
    "another gradient by the gate": (
        "derivative-gate-float32",
        gated("a*b", derivative={"b": lambda a, b: b}),
        "failed",
        "something else",
    ),
    "a NaN that a gate drops": (
        "nan",
        gated("a if b > 0 else 0", forward=lambda a, b: where(b > 0, a, 0)),
        "failed",
        "does not stay one",
    ),
    "rows": ("value-float64", axis(shares), "passed", "ULP at worst"),
    "rows of the wrong formula": (
        "value-float32",
        probe("exp(x_i)", kind="axis", forward=shares),
        "failed",
        "something else",
    ),
    "a gradient of rows": ("vjp-float64", axis(shares, vjp=shares_vjp), "passed", ""),
    "another gradient of rows": ("vjp-float64", axis(shares, vjp=half_gradient), "failed", "not that of"),
    "no gradient of rows": ("vjp-float64", axis(shares), "warned", "no backward pass"),
}


@pytest.mark.parametrize("case", KINDS)
def test_other_kinds(case: str) -> None:
    name, spec, status, words = KINDS[case]
    found = outcome(name, spec)
    assert found.status == status, found
    assert words in found.message


@pytest.mark.parametrize(
    "spec", [gated("scale * a * tanh(b)", params=(Param("scale", 2.0),)), axis(shares, vjp=shares_vjp)]
)
def test_other_kinds_pass_all_checks(spec: Activation) -> None:
    report = check_activation(spec)
    assert report.passed, str(report)
