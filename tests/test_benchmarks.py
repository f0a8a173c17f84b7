"""Comparisons with other libraries: only like is compared with like, and all take turns."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from numact import registry
from numact.benchmarks import comparison, processes
from numact.benchmarks.comparison import OWN, Cell, Plan, Record
from numact.benchmarks.doubling import doubling
from numact.benchmarks.journal import Journal, compact, rounded, write
from numact.benchmarks.machine import describe
from numact.benchmarks.page import page
from numact.benchmarks.peers import PEERS, Peer
from numact.benchmarks.problems import ROLES, Problem, Role, make_problem, own_contender
from numact.benchmarks.report import against, conclusion, line, summary
from numact.benchmarks.roofline import IN_CACHE, in_place_ratios, roofs
from numact.benchmarks.timer import Contender, Timing, interleave
from numact.errors import NumactError

NAMES = registry.names()


def test_contenders_take_turns_and_get_their_input_again() -> None:
    calls: list[str] = []
    contenders = {
        "a": Contender(lambda: calls.append("a"), lambda: calls.append("restored")),
        "b": Contender(lambda: calls.append("b")),
    }
    times = interleave(contenders, seconds=0.0, fewest_rounds=3)
    assert set(times) == {"a", "b"}
    assert all(timing.rounds == 3 for timing in times.values())
    runs = [name for name, before in zip(calls, ["", *calls], strict=False) if name != before]
    assert runs.count("restored") == 4  # once to learn the call's length, once a round
    assert runs.count("b") >= 3


def test_what_is_far_behind_gets_few_rounds() -> None:
    contenders = {"quick": Contender(lambda: None), "slow": Contender(lambda: time.sleep(0.01))}
    times = interleave(contenders, seconds=0.0, fewest_rounds=6)
    assert times["quick"].rounds == 6
    assert 1 < times["slow"].rounds < 6


def test_where_time_is_short_what_is_far_behind_is_called_once() -> None:
    calls: list[str] = []

    def slow() -> None:
        calls.append("slow")
        time.sleep(0.01)

    contenders = {"quick": Contender(lambda: None), "slow": Contender(slow)}
    times = interleave(contenders, seconds=0.0, fewest_rounds=6, brief=True)
    assert calls == ["slow"]
    assert (times["slow"].rounds, times["quick"].rounds) == (1, 6)
    assert times["slow"].median >= 0.01


def test_medians_and_quartiles() -> None:
    ticks = iter([0.0, 0.0])
    times = interleave({"a": Contender(lambda: next(ticks, None))}, seconds=0.0, fewest_rounds=5)
    assert 0 < times["a"].low <= times["a"].median <= times["a"].high


@pytest.fixture
def libraries_as_found() -> Iterator[None]:
    """Undo what peers set for their whole process."""
    yield
    if "torch" in sys.modules:
        sys.modules["torch"].set_grad_enabled(True)
    if "jax" in sys.modules:
        sys.modules["jax"].config.update("jax_enable_x64", False)


# JAX compiles for seconds, and the same for either dtype.
@pytest.mark.parametrize(
    ("peer", "dtype"), [(peer, "float32") for peer in PEERS] + [("torch", "float64"), ("numpy", "float64")]
)
@pytest.mark.usefixtures("libraries_as_found")
def test_peers_compute_what_numact_does(peer: str, dtype: str) -> None:
    if PEERS[peer].missing():
        pytest.skip(f"{PEERS[peer].missing()} is not installed")
    library = PEERS[peer](threads=1)
    found: set[tuple[str, Role]] = set()
    with np.errstate(all="ignore"):
        for name in NAMES:
            for role in ROLES:
                if _is_there_and_agrees(library, name, dtype, role):
                    found.add((name, role))
    assert ("relu", "forward") in found


def _is_there_and_agrees(library: Peer, name: str, dtype: str, role: Role) -> bool:
    problem = make_problem(name, dtype, 64, (8, 8) if registry.get_spec(name).kind == "axis" else None)
    own = own_contender(problem, role)
    contender = library.contender(problem, role)
    if own is None or contender is None:
        return False
    contenders, refused = comparison.alike(problem, role, own, [library])
    assert not refused, f"{library.name} computes another {name} ({role})"
    return set(contenders) == {OWN, library.name}


class _Other(Peer):
    """Computes something else."""

    name = "other"

    def contender(self, problem: Problem, role: Role) -> Contender | None:
        return Contender(lambda: problem.x + 1)


class _Linear(Peer):
    """Has a function of the name which takes other arguments."""

    name = "other"

    def contender(self, problem: Problem, role: Role) -> Contender | None:
        return Contender(lambda: np.linalg.solve(problem.x))  # type: ignore[call-arg]


@pytest.mark.parametrize("library", [_Other, _Linear])
def test_another_function_is_not_compared(library: type[Peer]) -> None:
    problem = make_problem("relu", "float32", 100)
    own = own_contender(problem, "forward")
    assert own is not None
    contenders, refused = comparison.alike(problem, "forward", own, [library(1)])
    assert set(contenders) == {OWN}
    assert refused == ("other",)


def test_in_place_the_input_is_given_again() -> None:
    problem = make_problem("tanh", "float64", 10)
    own = own_contender(problem, "in place")
    assert own is not None and own.works_in_place
    first = own.call().copy()
    assert (own.call() != first).all()
    own.restore()
    assert (own.call() == first).all()


def test_a_plan_is_measured_in_a_process_of_its_own() -> None:
    plan = Plan(["relu", "softmax"], ["forward"], sizes=[100], peers=["numpy"], seconds=0.0)
    records = list(processes.compare(plan, threads=1))
    assert [record.cell.name for record in records] == ["relu", "softmax"]
    assert all({OWN, "numpy", "copy"} == set(record.times) for record in records)
    assert "numpy" in records[0].ratios
    assert Record.from_json(json.loads(json.dumps(records[0].as_json()))) == records[0]


def test_a_comparison_can_be_left_early() -> None:
    plan = Plan(["relu"], ["forward"], sizes=[100] * 1000, peers=[], seconds=0.2)
    records = processes.compare(plan, threads=1)
    assert next(records).cell.name == "relu"
    records.close()  # waits for the process, which would go on for minutes


def _record(name: str, own: float, peer: float) -> Record:
    seconds = {OWN: own, "numpy": peer, "copy": own / 2}
    times = {library: Timing(value, value, value, 9) for library, value in seconds.items()}
    return Record(Cell(name, "forward", "float32", 1000), 1, 8000, times)


def test_the_report_names_the_cells_below_the_target() -> None:
    records = [_record("relu", 1.0, 4.0), _record("tanh", 2.0, 0.5)]
    whole = summary(records)
    assert whole.geometric_mean == pytest.approx(1.0)
    assert [ratio for ratio, _ in whole.below(1.0)] == [0.25]
    lines = conclusion(records)
    assert "1.00x" in lines[0] and "1 cells are below" in lines[0]
    assert "tanh" in lines[1] and len(lines) == 2
    assert "numpy" in line(records[0])


def test_a_journal_is_resumed_with_the_last_figures_of_each_cell(tmp_path: Path) -> None:
    machine, path = {**describe([]), "commit": "a"}, tmp_path / "folder" / "journal"
    journal = Journal(path)
    journal.resume(machine)
    journal.add_record(_record("relu", 1.0, 4.0))
    journal.add_record(_record("tanh", 1.0, 2.0))
    path.write_text(path.read_text() + '{"record": {"cell": {"na')
    for _ in range(2):
        Journal(path).resume({**machine, "date": "later", "commit": "b"})
    journal.add_record(_record("relu", 1.0, 3.0))
    kept = journal.kept()
    assert [Record.from_json(each) for each in kept["records"]] == [
        _record("relu", 1.0, 3.0),
        _record("tanh", 1.0, 2.0),
    ]
    assert (kept["machine"]["date"], kept["machine"]["commit"]) == ("later", "a and b")
    with pytest.raises(NumactError, match="another processor"):
        journal.resume({**machine, "processor": "Another"})
    journal.begin(machine)
    assert journal.kept() == {"machine": machine, "records": []}


def test_a_record_beside_one_library() -> None:
    record = _record("relu", 1.0, 4.0)
    assert against([record], "numpy") == [record]
    assert against([record], "torch") == []


def test_the_bound_is_the_larger_of_copying_and_computing() -> None:
    def timed(role: Role, size: int, own: float, copy: float, threads: int = 1) -> Record:
        times = {name: Timing(value, value, value, 9) for name, value in ((OWN, own), ("copy", copy))}
        return Record(Cell("relu", role, "float32", size), threads, 8 * size, times)

    in_cache = timed("out", IN_CACHE, 2e-9 * IN_CACHE, 1.0)  # 2 ns an element
    computing = timed("out", 100_000, 3e-4, 1e-4)
    on_two = timed("out", 100_000, 3e-4, 1e-4, threads=2)
    copying = timed("in place", 10**7, 6e-2, 3e-2)
    found = roofs([in_cache, computing, on_two, copying, timed("vjp", 10**7, 1.0, 1.0)])
    assert [roof.record for roof in found] == [computing, on_two, copying]
    assert [roof.ratio for roof in found] == pytest.approx([1.5, 3.0, 2.0])
    assert in_place_ratios([computing, copying, timed("out", 10**7, 3e-2, 1.0)]) == [(2.0, copying)]


def test_the_page_shows_losses_as_plainly_as_wins() -> None:
    records = [_record("relu", 1.0, 4.0), _record("tanh", 2.0, 0.5)]
    machine = {
        "date": "2026-01-02",
        "processor": "A processor",
        "processors": 2,
        "system": "A system",
        "python": "3.11",
        "versions": {"numpy": "2.0"},
        "missing": {"torch": ["torch"]},
    }
    calls = {"numact.selu(x)": {"median": 2.5e-7}}
    kept = {"machine": machine, "records": [record.as_json() for record in records], "calls": calls}
    written = page({**json.loads(json.dumps(kept)), "starts": {"numact": 0.5}}, "a command")
    overview, losses = written.split("## Where numact is slower")
    assert "A processor" in overview and "numpy 2.0" in overview and "not compared: torch" in overview
    assert "at least as fast as the fastest of them in 1." in overview
    assert "| tanh | forward | float32 | 1000 | 1 | numpy | 0.25 |" in losses
    assert "| relu | forward | float32 | 1000 | 1 | numpy |" not in losses
    assert "(4.00)" in losses and "(**0.25**)" in losses
    assert "| `numact.selu(x)` | 250 |" in losses and "| numact | 0.50 |" in losses


def test_the_page_shows_what_twice_as_many_elements_take() -> None:
    def timed(size: int, own: float, copy: float) -> Record:
        times = {name: Timing(value, value, value, 9) for name, value in ((OWN, own), ("copy", copy))}
        return Record(Cell("selu", "out", "float32", size), 1, 8 * size, times)

    other = timed(100_000, 9.0, 1.0)
    records = [timed(2**18, 5.0, 3.0), timed(2**16, 1.0, 0.5), timed(2**17, 2.0, 1.0), other]
    _, text, rows = doubling(records)
    assert "twice as long" in text
    assert "| selu | 1 | 2.00 (2.00) | 2.50 (3.00) |  |" in rows
    assert doubling([other]) == []


@pytest.fixture(scope="module")
def results() -> dict[str, Any]:
    return runpy.run_path(str(Path(__file__).parents[1] / "asv_benchmarks" / "results.py"))


def test_the_results_cover_every_role_dtype_size_and_number_of_threads(results: dict[str, Any]) -> None:
    planned = {
        (cell.name, cell.role, cell.dtype, cell.size, step.threads)
        for step in results["steps"](NAMES, [1, 2])
        for cell in step.plan.cells
        if cell.shape is None
    }
    sizes = (1000, 100_000, 10_000_000)
    assert set(product(NAMES, ROLES, ("float32", "float64"), sizes, (1, 2))) <= planned


def test_a_run_that_was_ended_goes_on_with_the_activation_it_was_at(results: dict[str, Any]) -> None:
    first, *_ = results["steps"](("relu", "selu", "tanh"), [1])
    made = [
        Record(Cell(name, "forward", dtype, 100_000), 1, 1, {})
        for dtype, name in product(("float32", "float64"), ("relu", "selu"))
    ]
    kept = {"records": [compact(record) for record in made]}
    assert results["done_in"](first, kept) == {"relu"}  # selu may lack roles, and tanh was to come
    assert list(results["without"](first, {"relu"}).plan.names) == ["selu", "tanh"]


def test_what_lacks_is_on_the_page(results: dict[str, Any]) -> None:
    first, second = results["steps"](("relu",), [1])[:2]
    lacking = list(results["measured"]([first, second], end=-1.0))
    assert lacking == ["100 thousand elements, 1 thread", "computing in cache, 1 thread"]
    kept = {"machine": describe([]), "records": [compact(_record("relu", 1.0, 4.0))], "lacking": lacking}
    assert f"what lacks: {'; '.join(lacking)}." in page(kept, "a command")


def test_the_page_is_written_again_from_what_is_kept(tmp_path: Path) -> None:
    script = Path(__file__).parents[1] / "asv_benchmarks" / "results.py"
    kept, written = tmp_path / "kept.json", tmp_path / "results.md"
    record = rounded(compact(_record("relu", 1.0, 1.23456789)))
    write({"machine": describe(["numpy"]), "records": [record]}, kept)
    command = [sys.executable, str(script), "--page", "--kept", str(kept), "--output", str(written)]
    subprocess.run(command, check=True, capture_output=True)
    assert "Of 1 cells that another library has" in written.read_text(encoding="utf-8")
    assert json.loads(kept.read_text(encoding="utf-8"))["records"] == [record]
    assert record["times"]["numpy"] == [1.235, 1.235, 1.235, 9]
