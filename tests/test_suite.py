"""The benchmarks that asv runs: one class for each activation, and all of them work."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import numact
from numact import registry
from numact.benchmarks.suite import activations, calls, figures, generate, memory, start
from numact.spec import Activation

GENERATED = (activations, memory, figures, start)


def benchmarks_of(found: type) -> list[str]:
    return [name for name in dir(found) if name.startswith(("time_", "timeraw_", "track_", "peakmem_"))]


@pytest.mark.parametrize("module", GENERATED, ids=lambda module: module.__name__)
def test_every_activation_has_a_class_of_its_own_name(module: ModuleType) -> None:
    for name in registry.names():
        found = vars(module)[name]
        assert inspect.isclass(found)
        assert (found.__name__, found.activation, found.__module__) == (name, name, module.__name__)
        assert benchmarks_of(found)


@pytest.fixture
def plugin() -> Iterator[Activation]:
    made = Activation(
        name="suite_probe", summary="Twice.", formula="2 * x", references=("https://example.org",)
    )
    numact.register(made)
    yield made
    numact.unregister(made)


def test_a_plugins_activation_appears_by_itself(plugin: Activation) -> None:
    found = generate.classes(generate.OfActivation, "somewhere")
    assert found[plugin.name].activation == plugin.name


def test_bases_are_not_taken_for_benchmarks() -> None:
    for module in GENERATED:
        bases = [found for name, found in vars(module).items() if inspect.isclass(found) and name[0] == "_"]
        assert len(bases) == 1
    assert not benchmarks_of(generate.OfActivation)


@pytest.mark.parametrize("name", ["relu", "softmax"])
@pytest.mark.parametrize("threads", activations.THREADS)
def test_times_can_be_taken(name: str, threads: str) -> None:
    with numact.threads(numact.threads()):
        benchmark = vars(activations)[name]()
        benchmark.setup("float64", 100, threads)
        for method in benchmarks_of(type(benchmark)):
            getattr(benchmark, method)("float64", 100, threads)
    assert (benchmark.out == numact.apply(name, benchmark.x)).all()


def test_small_arrays_are_not_timed_twice() -> None:
    assert activations._Times.skip_params
    for dtype, size, threads in activations._Times.skip_params:
        assert dtype in activations.DTYPES and size < activations.SHARED_FROM and threads == "all"


def test_memory_can_be_measured() -> None:
    benchmark = vars(memory)["relu"]()
    benchmark.setup("float32", 5000)
    assert benchmark.x.size == 5000
    benchmark.peakmem_forward("float32", 5000)
    benchmark.peakmem_vjp("float32", 5000)


def test_figures_have_units_and_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "SIZE", 1000)
    monkeypatch.setattr(figures, "POINTS", 100)
    benchmark: Any = vars(figures)["relu"]()
    for method in benchmarks_of(type(benchmark)):
        assert getattr(benchmark, method).unit
        if "peer" not in method:
            assert getattr(benchmark, method)("float32") >= 0
    assert benchmark.track_ulp("float32") == 0


def test_calls_can_be_timed() -> None:
    benchmark = calls.Calls()
    benchmark.setup()
    for method in benchmarks_of(calls.Calls):
        getattr(benchmark, method)()


def test_starts_can_be_timed() -> None:
    first: Any = vars(start)["threshold"]()  # has parameters without defaults
    first.setup()
    cold, prepare = first.timeraw_cold()
    codes = [f"{prepare}\n{cold}", first.timeraw_warm()]
    codes += [getattr(start.Start(), method)() for method in benchmarks_of(start.Start)]
    for code in codes:
        subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_the_settings_of_asv_name_the_suite() -> None:
    path = Path(__file__).parents[1] / "asv_benchmarks" / "asv.conf.json"
    settings = json.loads(path.read_text())
    assert (path.parent / settings["benchmark_dir"] / "activations.py").is_file()
