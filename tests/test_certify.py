"""Certification: exact values by polynomials, what is counted, resumption, certificates and commands."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from flint import arb, ctx

import numact
from numact import registry
from numact.accuracy import run, settings
from numact.accuracy.certificate import (
    CertificateError,
    certificate,
    certified,
    default_result,
    job_of,
    makers,
    promised,
    read,
    write,
)
from numact.accuracy.figures import figures
from numact.accuracy.job import Job
from numact.accuracy.limits import at_infinities
from numact.accuracy.measure import Question
from numact.accuracy.request import Request
from numact.accuracy.rowjob import CASES, RowJob
from numact.accuracy.runs import RESOLUTION, Run, exact_values
from numact.accuracy.search import roots, search_part
from numact.accuracy.series import expand
from numact.accuracy.sweep import PARTS, Part, sweep_part
from numact.accuracy.tally import Tally
from numact.accuracy.ulp import BFLOAT16, FLOAT16, FLOAT32, FLOAT64, Format
from numact.cli import group
from numact.errors import ParameterError
from numact.scalar import abs as size_of
from numact.scalar import where
from numact.spec import Activation

Array = np.ndarray[Any, Any]

SWEPT = [
    entry.name
    for entry in registry.entries()
    if entry.activation.kind in ("elementwise", "random") and entry.provider.distribution == "numact"
]
# Runs at 0, where functions bend, at 1, far out, and where results underflow.
PATTERNS = (0x00000000, 0x3F000000, 0x3F800000, 0x40A00000, 0x42B00000, 0x72000000)


def question(name: str, form: Format = FLOAT32, wrt: str | None = None) -> Question:
    spec = registry.get_spec(name)
    return Question(spec, form, settings.default(spec), wrt)


def numbers(patterns: Array, form: Format) -> Array:
    return patterns.astype(form.bits_dtype).view(form.dtype)


@pytest.mark.parametrize("name", SWEPT)
def test_polynomials_give_the_oracles_values(name: str) -> None:
    """The two read the formula by other numbers: series of balls, and pairs of floats."""
    for wrt in (None, *registry.get_spec(name).differentiable):
        asked = question(name, wrt=wrt)
        for pattern in (*PATTERNS, *(each | 1 << 31 for each in PATTERNS)):
            for values in exact_values(asked, Run(FLOAT32, pattern, 2**16)):
                if not values.coefficients or values.greatest > FLOAT32.largest:
                    continue
                step = max(values.run.count // 16, 1)
                places = np.arange(
                    values.run.first, values.run.first + values.run.count, step, dtype=np.int64
                )
                found = values.at((places - values.run.first) * (2 / values.run.count) - 1)
                truth = asked.exact(numbers(places, FLOAT32))
                off = np.abs(truth.hi - found + truth.lo) / FLOAT32.spacing(truth.hi, truth.lo)
                known = truth.is_known
                assert (off[known] <= 2 * RESOLUTION + 2.0**-11).all(), f"{asked} at {pattern:#x}"
                if values.sign is not None:
                    agree = np.isnan(truth.sign) | (truth.sign == values.sign)
                    assert agree[known].all(), f"{asked} at {pattern:#x}"


def test_a_series_holds_the_function_at_each_point_of_its_ball() -> None:
    ctx.prec = 128
    formula = registry.get_spec("gelu").parsed_formula()
    around = expand(formula, {}, arb(1, 0.125), arb(1), None, 3).plain()
    for place in (0.875, 1.0, 1.0625, 1.125):
        at = expand(formula, {}, arb(place), arb(1), None, 3).plain()
        assert all(around[power].contains(at[power]) for power in range(4))


def test_waves_are_read_point_by_point() -> None:
    """Far out neighbouring numbers are periods apart: no run is cut in vain, down to single ones."""
    spec = replace(registry.get_spec("tanhshrink"), formula="x + sin(x)**2")
    (values,) = exact_values(Question(spec, FLOAT32), Run(FLOAT32, 0x58800000, 2**13))
    assert not values.coefficients and values.run.count == 2**13
    assert all(
        each.coefficients for each in exact_values(Question(spec, FLOAT32), Run(FLOAT32, PATTERNS[1], 2**13))
    )


def test_runs_are_cut_at_kinks_and_jumps() -> None:
    asked = question("hardtanh")
    parts = list(exact_values(asked, Run(FLOAT32, 0x3F7F8000, 2**16)))
    assert sum(part.run.count for part in parts) == 2**16
    assert [part.run.first for part in parts] == sorted(part.run.first for part in parts)
    # Next to the kink the oracle reads the formula point by point.
    assert [part.run.count for part in parts if not part.coefficients]


@dataclass(frozen=True)
class Spoilt(Question):
    """An activation with something wrong with its results."""

    fault: str = ""

    def computed(self, x: Array) -> Array:
        got = super().computed(x)
        here = (x > 0.5) & (x < 0.5001)
        if self.fault == "nan":
            return np.where(here, np.float32(np.nan), got)
        if self.fault == "infinity":
            return np.where(here, np.float32(np.inf), got)
        if self.fault == "sign":
            return np.where(here, -got, got)
        if self.fault == "monotonicity":
            return np.where(x.view(np.uint32) == 0x3F000100, got - np.float32(1e-4), got)
        return got + np.where(here, np.float32(2e-7), np.float32(0))


# Where 0.5 lies, of the parts of a sweep.
PART = 0x3F000000 // (2**32 // PARTS)


@pytest.mark.parametrize("fault", ["nan", "infinity", "sign", "monotonicity"])
def test_what_fails_outright_is_found(fault: str) -> None:
    asked = Spoilt(**vars(question("tanh")), fault=fault)
    tally = sweep_part(asked, PART, 128).tally
    count, first = tally.failures[fault]
    assert count and 0x3F000000 <= first <= 0x3F000700
    assert not sweep_part(question("tanh"), PART, 128).tally.failures


def test_errors_are_counted_by_size() -> None:
    asked = Spoilt(**vars(question("tanh")), fault="error")
    tally = sweep_part(asked, PART, 64).tally
    assert sum(tally.histogram) == tally.points
    worst, pattern = tally.worst[0]
    assert 5.5 < worst < 8
    assert 0x3F000000 < pattern < 0x3F000700


@pytest.mark.parametrize(
    ("name", "wrt"), [("relu", None), ("gelu", "x"), ("sigmoid", "x"), ("tanhshrink", None)]
)
def test_compiled_loops_count_what_numpy_counts(
    name: str, wrt: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In parts at 0, at 1, where the results underflow, and far out, of either sign."""
    asked = question(name, wrt=wrt)
    parts = [part + side for part in (0, PART, PART + 2, PARTS // 2 - 8) for side in (0, PARTS // 2)]
    plain = [sweep_part(asked, part, 2**9) for part in parts]
    monkeypatch.setattr(Tally, "_add_plain", lambda *_: False)
    assert [sweep_part(asked, part, 2**9) for part in parts] == plain


def test_compiled_loops_leave_to_numpy_what_fails() -> None:
    asked = question("tanh")
    run = Run(FLOAT32, 0x3F000000, 2**8)
    (values,) = exact_values(asked, run)
    patterns = np.arange(*run.ends(), dtype=np.uint32)
    got, t = asked.computed(patterns.view(np.float32)), np.arange(2**8) / 2**7 - 1
    assert Tally()._add_plain(values, t, patterns, got)
    for place, wrong in ((0, np.nan), (100, np.inf), (255, -got[255]), (7, got[6] - 1)):
        spoilt = got.copy()
        spoilt[place] = wrong
        assert not Tally()._add_plain(values, t, patterns, spoilt)


def test_parts_do_not_overlap_and_leave_nothing_out() -> None:
    for form, inputs in ((FLOAT16, 2 * (0x7C00 + 1)), (BFLOAT16, 2 * (0x7F80 + 1))):
        job = Job("relu", form.name)
        assert sum(job.do(part).tally.points for part in job.parts()) == inputs


def test_the_infinities_are_inputs_too() -> None:
    @dataclass(frozen=True)
    class Wrong(Question):
        def computed(self, x: Array) -> Array:
            return np.where(np.isinf(x), np.float16(np.nan), super().computed(x))

    asked = Wrong(**vars(question("sigmoid", FLOAT16)))
    failures = [sweep_part(asked, part).tally.failures.get("nan", (0, 0))[0] for part in range(PARTS)]
    assert sum(failures) == 2


@pytest.mark.parametrize("formula", ["sin(x)", "x * sin(x)", "x + sin(x)**2"])
def test_what_swings_has_no_limit(formula: str) -> None:
    spec = Activation("swing", "A probe.", formula=formula, references=())
    below, above = at_infinities(Question(spec, FLOAT16, {}, "x"))
    assert math.isnan(below) and math.isnan(above)
    values = at_infinities(Question(spec, FLOAT16, {}))
    assert np.isnan(values).all() or values == (-math.inf, math.inf)


def test_tallies_add_up_and_survive_json() -> None:
    first, second = (sweep_part(question("elu"), part, 2**12).tally for part in (PART, PARTS - 8))
    joint = Tally()
    joint.merge(first)
    joint.merge(second)
    assert joint.points == first.points + second.points
    assert joint.worst[0] == max(first.worst[0], second.worst[0])
    assert Tally.of_dict(json.loads(json.dumps(joint.as_dict()))) == joint


def test_the_worst_point_is_what_ball_arithmetic_says() -> None:
    job = Job("selu", "float16")
    found = figures(job, [job.do(part) for part in job.parts()])
    x = np.float16([float.fromhex(found["at"]["hex"])])
    truth = job.question().exact(x, by_balls=True)
    error = FLOAT16.error(job.question().computed(x), truth.hi, truth.lo)[0]
    assert found["max_ulp"] == round(float(error), 6)
    assert found["inputs"] == "all" and found["points"] == 2 * (0x7C00 + 1)


def test_roots_of_derivatives_are_found() -> None:
    assert roots(question("gelu", FLOAT64, "x")) == pytest.approx([-0.7517915246935645], rel=1e-15)
    assert roots(question("tanh", FLOAT64, "x")) == []


def test_a_search_goes_down_to_the_worst_number() -> None:
    """A single bad interval, narrower than what is drawn at first, is found by its slope of errors."""

    @dataclass(frozen=True)
    class Worse(Question):
        def computed(self, x: Array) -> Array:
            return np.maximum(x, 0) * (1 + 2e-15 * np.exp(-(np.log(np.maximum(x, 1e-300)) ** 2)))

    asked = Worse(registry.get_spec("relu"), FLOAT64)
    tally = search_part(asked, 2, 1).tally
    worst, pattern = tally.worst[0]
    assert worst > 15
    assert abs(np.uint64([pattern]).view(np.float64)[0] - 1) < 0.05


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NUMACT_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path


def test_an_interrupted_job_goes_on_where_it_stopped(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = Job("relu", "float16")
    whole = figures(job, [job.do(part) for part in job.parts()])
    done: list[int] = []
    do = Job.do

    def interrupted(self: Job, part: int) -> Part:
        if len(done) == 5:
            raise KeyboardInterrupt
        done.append(part)
        return do(self, part)

    monkeypatch.setattr(Job, "do", interrupted)
    with pytest.raises(KeyboardInterrupt):
        list(run.run([job], 1, lambda text, steps: None))
    file = next(run.state_folder().glob("*.jsonl"))
    file.write_text(file.read_text() + '{"part": 99, "tal')  # cut short
    again: list[int] = []

    def watched(self: Job, part: int) -> Part:
        again.append(part)
        return do(self, part)

    monkeypatch.setattr(Job, "do", watched)
    ((_, found),) = run.run([job], 1, lambda text, steps: None)
    assert found == whole
    assert sorted(done + again) == list(job.parts())
    run.forget([job])
    assert not list(run.state_folder().glob("*.jsonl"))


def test_another_kernel_or_request_is_another_job(monkeypatch: pytest.MonkeyPatch) -> None:
    job = Job("elu", "float32", {"alpha": 1.0})
    keys = {job.key(), replace(job, stride=3).key(), replace(job, parameters={"alpha": 0.3}).key()}
    monkeypatch.setattr(Question, "computed", lambda self, x: np.nextafter(numact.elu(x), np.float32(0)))
    assert len({*keys, job.key()}) == 4


def test_requests_say_what_they_cannot_measure() -> None:
    with pytest.raises(ParameterError, match="'approximate' of gelu is no number"):
        Request(registry.get_spec("gelu"), "float32", {"approximate": "tanh"})


def test_a_full_request_measures_derivatives_and_other_parameters() -> None:
    spec = registry.get_spec("elu")
    jobs = Request(spec, "float32", {}, derivatives=True, other_parameters=True).jobs()
    assert {job.wrt for job in jobs} == {None, "x", "alpha"}
    exhaustive = [job for job in jobs if job.stride == 1]
    assert [job.parameters for job in exhaustive] == [{"alpha": 1.0}] * 3
    assert {job.stride for job in jobs} == {1, 2**8}
    assert any(job.parameters["alpha"] < 0 for job in jobs)


def small_certificate(name: str = "tanh") -> dict[str, Any]:
    jobs = Request(registry.get_spec(name), "float16", {}, derivatives=True).jobs()
    results = [figures(job, [job.do(part) for part in job.parts()]) for job in jobs]
    return certificate(registry.get_spec(name), "float16", results)


def test_certificates_are_written_and_read(tmp_path: Path) -> None:
    made = small_certificate()
    path = write(tmp_path, made)
    assert path == tmp_path / "float16" / "tanh.json"
    found = read(path)
    assert found["results"] == made["results"]
    assert found["made_with"]["numba"] and found["made_with"]["features"]
    assert default_result(registry.get_spec("tanh"), found, "x")["of"] == "derivative by x"
    assert promised(registry.get_spec("tanh"), found) == 0.5
    path.write_text("{}")
    with pytest.raises(CertificateError, match=r"tanh\.json is no certificate"):
        read(path)


def test_figures_join_those_of_other_quantities_in_a_certificate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = registry.get_spec("tanh")
    value, slope = Request(spec, "float16", {}, derivatives=True).jobs()
    assert certified(tmp_path, spec, value) is None
    both = [(job, figures(job, [job.do(part) for part in job.parts()])) for job in (value, slope)]
    for _, found in both:
        write(tmp_path, certificate(spec, "float16", [found]))
    assert [certified(tmp_path, spec, job) for job in (value, slope)] == [found for _, found in both]
    write(tmp_path, certificate(spec, "float16", [both[0][1]]))  # again, in place of the first
    assert [found["of"] for found in read(tmp_path / "float16" / "tanh.json")["results"]] == [
        "derivative by x",
        "value",
    ]
    assert certified(tmp_path, spec, replace(value, stride=3)) is None
    monkeypatch.setattr(Question, "computed", lambda self, x: np.zeros_like(x))
    assert certified(tmp_path, spec, value) is None, "of another kernel"


def test_figures_of_another_processor_are_kept_and_say_so_if_the_bits_are_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = registry.get_spec("tanh")
    value, slope = (
        certificate(spec, "float16", [figures(job, [job.do(part) for part in job.parts()])])
        for job in Request(spec, "float16", {}, derivatives=True).jobs()
    )
    elsewhere = {**value["made_with"], "target": "elsewhere"}
    write(tmp_path, {**value, "made_with": elsewhere})
    path = write(tmp_path, slope)
    kept, own = read(path)["results"]
    assert kept == {**value["results"][0], "made_with": elsewhere}
    assert own == slope["results"][0]
    assert makers(read(path)) == [value["made_with"], elsewhere]
    write(tmp_path, {**slope, "made_with": elsewhere})
    assert [found.get("made_with") for found in read(path)["results"]] == [None, None]
    monkeypatch.setattr(Question, "computed", lambda self, x: np.zeros_like(x))
    write(tmp_path, slope)
    assert read(path)["results"] == slope["results"], "of another kernel"


def test_what_has_its_certificate_is_left_out(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = (
        "certify",
        "softsign",
        "--dtype",
        "float16",
        "--jobs",
        "1",
        "--write",
        str(kept),
        "--missing",
    )
    assert invoke(*arguments).exit_code == 0
    monkeypatch.setattr(Job, "do", None)
    again = invoke(*arguments, "--json")
    assert again.exit_code == 0 and json.loads(again.stdout) == []
    assert "--missing needs the folder" in invoke("certify", "softsign", "--missing").output


def test_rows_are_measured_by_element_and_by_sum() -> None:
    job = RowJob("softmax", "float32")
    short = [part for part, case in enumerate(CASES) if case.length <= 1000]
    found = figures(job, [job.do(part) for part in short])
    assert found["points"] == sum(np.count_nonzero(CASES[part].row(FLOAT32)[1]) for part in short)
    assert 0.5 < found["max_ulp"] < 2
    assert found["failures"]["unknown"] == {"count": 0}
    assert any(case.manner for case in CASES)


@pytest.fixture
def gate() -> Iterator[str]:
    def forward(a: Any, b: Any) -> Any:
        return where(size_of(b) < 1e-30, 0.0, a * b)

    spec = Activation("gate_probe", "A probe.", "a * b", ("r",), forward=forward, kind="gated")
    registry.register(spec)
    yield spec.name
    registry.unregister(spec.name)


def test_pairs_of_a_gated_activation_are_measured(gate: str) -> None:
    jobs = Request(registry.get_spec(gate), "float32", {}, derivatives=True, searched=150_000).jobs()
    assert [job.quantity for job in jobs] == ["value", "derivative by a", "derivative by b"]
    value = jobs[0]
    found = figures(value, [value.do(part) for part in value.parts()])
    assert found["points"] >= 150_000
    assert found["max_ulp"] > 1e6, "products with gates next to 0 are lost"
    at, near = (float(each) for each in found["at"]["decimal"].split(", "))
    assert float(found["got"]["decimal"]) == 0 and abs(near) < 1e-30
    assert float(found["expected"]) == at * near
    made = certificate(registry.get_spec(gate), "float32", [found])
    assert job_of(made, found).sample_digest() == value.sample_digest()
    assert len({each.key() for each in (*jobs, replace(value, count=1))}) == 4


def test_a_formula_for_people_is_no_exact_value(gate: str) -> None:
    spec = replace(registry.get_spec("softmax"), formula="the usual one")
    with pytest.raises(ParameterError, match="nothing reads its formula 'the usual one'"):
        Request(spec, "float32", {})
    with pytest.raises(ParameterError, match="no peer is measured on pairs, as gate_probe takes them"):
        Request(registry.get_spec(gate), "float32", {}, peer="torch")


def invoke(*arguments: str) -> Any:
    return CliRunner().invoke(group, arguments)


def test_the_command_prints_a_table_and_json(kept: Path) -> None:
    shown = invoke("certify", "softsign", "--dtype", "float16", "--derivative", "--jobs", "1")
    assert shown.exit_code == 0, shown.output
    assert "derivative by x" in shown.output
    told = invoke("certify", "elu", "--dtype", "float16", "--alpha", "0.3", "--jobs", "1", "--json")
    (made,) = json.loads(told.stdout)
    assert made["activation"] == "elu"
    assert made["results"][0]["parameters"] == {"alpha": 0.3}


def test_the_command_writes_certificates_and_shows_them(kept: Path) -> None:
    folder = str(kept / "made")
    arguments = ("certify", "softsign", "--dtype", "float16", "--jobs", "1", "--write", folder)
    assert invoke(*arguments).exit_code == 0
    assert invoke(*arguments, "--peer", "numpy").exit_code == 0
    made = read(kept / "made" / "float16" / "softsign.json")
    assert made["peers"]["numpy"]["results"][0]["of"] == "value"
    assert "softsign" in invoke("certificates", folder).output
    assert invoke("certificates", folder, "--markdown").output.startswith("| activation")
    assert json.loads(invoke("certificates", folder, "--json").stdout)[0]["activation"] == "softsign"


def test_an_activation_that_fails_outright_ends_the_command_with_1(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Question, "computed", lambda self, x: np.full_like(x, np.nan))
    failed = invoke("certify", "tanh", "--dtype", "float16", "--jobs", "1")
    assert failed.exit_code == 1
    assert "nan" in failed.output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("certify",), "Give names of activations, or --all."),
        (("certify", "tanh", "--all"), "Give names of activations, or --all."),
        (("certify", "tahn"), "did you mean 'tanh'"),
        (("certify", "softmax", "--peer", "numpy"), "no peer is measured on rows"),
    ],
)
def test_wrong_commands_are_told_in_a_sentence(arguments: tuple[str, ...], sentence: str) -> None:
    failed = invoke(*arguments)
    assert failed.exit_code == 2
    assert sentence in failed.output
