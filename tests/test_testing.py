"""The conformance kit: it finds what is wrong, and says so."""

from __future__ import annotations

import json

import pytest

from numact import Activation, Param, registry
from numact.testing import CheckFailure, Outcome, check_activation, parametrize_with_checks
from numact.testing.catalogue import checks_of

SOFTCLIP = Activation(
    name="softclip",
    summary="Smooth clipping by an algebraic sigmoid.",
    formula="x / sqrt(1 + (x / c)**2)",
    params=(Param("c", 1.0, low=0.0, closed="neither"),),
    limits=("-c", "c"),
    references=("https://example.org/softclip",),
)


def test_a_plugin_of_a_few_lines_passes() -> None:
    seen: list[Outcome] = []
    report = check_activation(SOFTCLIP, on_check=seen.append)
    assert report.passed, report
    assert report.checks == tuple(seen)
    assert [outcome.check for outcome in seen] == [check.name for check in checks_of(SOFTCLIP)]
    assert len({outcome.check for outcome in seen}) == len(seen)


def test_the_report_is_a_text_and_plain_data() -> None:
    report = check_activation(SOFTCLIP)
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
    report = check_activation("ReLU")
    assert report.activation == registry.get_spec("relu").name
