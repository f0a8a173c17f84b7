"""The number of threads: what limits it, whom it holds for, and when a parallel launch is refused."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import numact
from numact.engine import threads as engine_threads
from numact.engine.quota import available_processors, granted_processors
from numact.engine.threads import default_threads, pool_size, threads
from numact.errors import NumactWarning, ParameterError

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
V1 = "5:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n"

# `double` works in parallel where that is allowed and serially elsewhere, as the engine's driver does, and
# `check` insists on its answer.
SCRIPT = """
import os, sys, threading
import numpy as np
import numba
from numba import types
from numact.engine import cache, threads
from numact.engine.threads import ParallelRegion

def fill(x, out):
    for i in numba.prange(x.size):
        out[i] = 2.0 * x[i]

x = np.arange(10_000.0)
taken = []

def check():
    out = np.empty_like(x)
    with ParallelRegion() as number:
        taken.append(number)
        if number > 1:
            array = types.float64[::1]
            cache.cached_dispatcher(fill, types.void(array, array), parallel=True, nogil=True)(x, out)
        else:
            np.multiply(x, 2.0, out=out)
    assert (out == 2.0 * x).all()

def in_child(work):
    child = os.fork()
    if child == 0:
        try:
            work()
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

"""


@pytest.fixture(scope="module")
def kernels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all of these scripts, so that the parallel function is compiled once."""
    return tmp_path_factory.mktemp("kernels")


@pytest.fixture(autouse=True)
def _defaults(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two processors, no variable set, and nothing remembered."""
    for variable in engine_threads.LIMITING_VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(engine_threads, "_local", engine_threads._PerThread())
    default_threads.cache_clear()
    yield
    default_threads.cache_clear()


@pytest.fixture
def four_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_threads, "available_processors", lambda: 4)
    monkeypatch.setattr(engine_threads, "pool_size", lambda: 4)


def run(code: str, kernels: Path, *options: str, **variables: str) -> None:
    """Run a script in a process with a pool of two threads, and insist that it ends well and silently."""
    settings = {"PYTHONPATH": str(Path(numact.__path__[0]).parent), "NUMACT_CACHE_DIR": str(kernels)}
    settings |= {"NUMBA_NUM_THREADS": "2", "NUMACT_CACHE": "1"} | variables
    finished = subprocess.run(
        [sys.executable, *options, "-c", SCRIPT + code],
        env=os.environ | settings,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (finished.returncode, finished.stderr) == (0, "")


@pytest.mark.parametrize(
    ("given", "expected"), [({}, engine_threads.SPIN_COUNT), ({"GOMP_SPINCOUNT": "77"}, "77")]
)
def test_threads_spin_briefly_unless_the_user_says_how(given: dict[str, str], expected: str) -> None:
    code = """
import os
from numact.engine.threads import threading_layer
before = dict(os.environ)
threading_layer()
assert dict(os.environ) == before
"""
    kept = {name: each for name, each in os.environ.items() if name not in engine_threads.SPINNING_VARIABLES}
    kept |= {"PYTHONPATH": str(Path(numact.__path__[0]).parent)}
    kept |= {"NUMBA_NUM_THREADS": "2", "NUMBA_THREADING_LAYER": "omp", "OMP_DISPLAY_ENV": "VERBOSE"}
    command = [sys.executable, "-c", code]
    finished = subprocess.run(command, env=kept | given, capture_output=True, text=True, check=True)
    if "GOMP_SPINCOUNT" not in finished.stderr:
        pytest.skip("Numba has no GNU OpenMP here")
    assert f"GOMP_SPINCOUNT = '{expected}'" in finished.stderr


def fake_groups(root: Path, group: str, files: dict[str, str]) -> Path:
    for name, text in {"proc/self/cgroup": group, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


@pytest.mark.parametrize(
    ("group", "files", "expected"),
    [
        pytest.param("0::/\n", {"cpu.max": "200000 100000\n"}, 2, id="container"),
        pytest.param("0::/\n", {"cpu.max": "max 100000\n"}, None, id="no quota"),
        pytest.param("0::/\n", {"cpu.max": "150000 100000\n"}, 2, id="rounded up"),
        pytest.param("0::/\n", {"cpu.max": "1000 100000\n"}, 1, id="at least one"),
        pytest.param(
            "0::/a/b\n", {"a/b/cpu.max": "max 100000", "a/cpu.max": "300000 100000"}, 3, id="from above"
        ),
        pytest.param(
            "0::/a/b\n", {"a/b/cpu.max": "500000 100000", "a/cpu.max": "300000 100000"}, 3, id="least"
        ),
        pytest.param("0::/a/b\n", {"a/b/cpu.max": "100000 50000", "a/cpu.max": "300000 100000"}, 2, id="own"),
        pytest.param("0::/of/the/host\n", {"cpu.max": "400000 100000"}, 4, id="the host's path"),
        pytest.param("0::/../outside\n", {"cpu.max": "400000 100000"}, 4, id="a path that climbs"),
        pytest.param(
            V1, {"cpu/cpu.cfs_quota_us": "200000", "cpu/cpu.cfs_period_us": "100000"}, 2, id="version 1"
        ),
        pytest.param(
            V1,
            {
                "cpu,cpuacct/docker/abc/cpu.cfs_quota_us": "300000\n",
                "cpu,cpuacct/docker/abc/cpu.cfs_period_us": "100000\n",
                "cpu,cpuacct/cpu.cfs_quota_us": "-1\n",
                "cpu,cpuacct/cpu.cfs_period_us": "100000\n",
            },
            3,
            id="version 1, own group",
        ),
        pytest.param(
            V1, {"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, None, id="version 1, none"
        ),
        pytest.param(V1, {"memory/cpu.max": "100000 100000"}, None, id="another controller"),
        pytest.param("0::/\n", {"cpu.max": "nonsense"}, None, id="one word"),
        pytest.param("0::/\n", {"cpu.max": "100000 0"}, None, id="no period"),
        pytest.param("no colons\n\n", {}, None, id="nothing of use"),
    ],
)
def test_the_containers_quota(
    tmp_path: Path, group: str, files: dict[str, str], expected: int | None
) -> None:
    root = fake_groups(tmp_path, group, {f"sys/fs/cgroup/{name}": text for name, text in files.items()})
    assert granted_processors(root) == expected


def test_a_system_without_control_groups_has_no_quota(tmp_path: Path) -> None:
    assert granted_processors(tmp_path) is None


def test_processors_are_those_of_the_affinity() -> None:
    if hasattr(os, "sched_getaffinity"):
        assert available_processors() == len(os.sched_getaffinity(0))
    assert available_processors() >= 1


def test_the_default_is_the_least_of_all_limits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, four_processors: None
) -> None:
    assert default_threads(tmp_path) == 4
    default_threads.cache_clear()
    root = fake_groups(tmp_path, "0::/\n", {"sys/fs/cgroup/cpu.max": "300000 100000"})
    assert default_threads(root) == 3
    for variable in engine_threads.LIMITING_VARIABLES:
        for text, expected in [("2", 2), ("8", 3), ("1,4", 1)]:
            default_threads.cache_clear()
            monkeypatch.setenv(variable, text)
            assert default_threads(root) == expected
        monkeypatch.delenv(variable)


@pytest.mark.parametrize("text", ["many", "0", "-2", "1.5"])
def test_nonsense_in_our_variable_is_ignored_with_a_warning(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    expected = default_threads()
    default_threads.cache_clear()
    monkeypatch.setenv(engine_threads.VARIABLE, text)
    with pytest.warns(NumactWarning, match=f"NUMACT_NUM_THREADS must be a positive integer, got '{text}'"):
        assert default_threads() == expected


def test_a_call_sets_and_a_context_restores(four_processors: None) -> None:
    default = threads()
    threads(3)
    assert threads() == 3
    with threads(2) as limit:
        assert threads() == limit.number == 2
        with threads(np.int64(1)):
            assert threads() == 1
        assert threads() == 2
    assert threads() == 3
    with pytest.raises(ZeroDivisionError), threads(1):
        raise ZeroDivisionError
    assert threads() == 3
    later = threads(default)
    threads(1)
    with later:
        assert threads() == default


def test_the_number_holds_for_one_python_thread(four_processors: None) -> None:
    default = threads()
    threads(3)
    seen = []

    def work() -> None:
        seen.append(threads())
        threads(2)
        seen.append(threads())

    worker = threading.Thread(target=work)
    worker.start()
    worker.join()
    assert seen == [default, 2]
    assert threads() == 3


@pytest.mark.parametrize("number", [0, -1, 5, 1.0, True, "2", [2]])
def test_anything_else_is_an_error_that_names_the_most(number: Any, four_processors: None) -> None:
    before = threads()
    with pytest.raises(ParameterError, match="an integer from 1 to 4, got "):
        threads(number)
    assert threads() == before


def test_the_most_is_the_size_of_numbas_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "numba", raising=False)
    assert pool_size() == available_processors()
    monkeypatch.setenv("NUMBA_NUM_THREADS", "7")
    assert pool_size() == 7
    monkeypatch.delenv("NUMBA_NUM_THREADS")
    numba = pytest.importorskip("numba")
    assert pool_size() == numba.config.NUMBA_NUM_THREADS


def test_asking_and_setting_imports_no_numba_and_starts_no_thread() -> None:
    code = """
import sys, threading
from numact.engine.threads import ParallelRegion, threads
threads(threads())
with threads(1), ParallelRegion() as number:
    assert number == 1
with ParallelRegion(1) as number:
    assert number == 1
assert "numba" not in sys.modules and threading.active_count() == 1
"""
    environment = os.environ | {"PYTHONPATH": str(Path(numact.__path__[0]).parent)}
    subprocess.run([sys.executable, "-W", "error", "-c", code], env=environment, check=True, timeout=60)


def test_a_region_uses_the_least_of_its_limits_and_leaves_numbas_number_alone(kernels: Path) -> None:
    code = """
from numba.np.ufunc import parallel
threads.threads(2)
with ParallelRegion(1) as number:
    assert number == 1 and not parallel._is_initialized
with ParallelRegion() as number:
    assert number == numba.get_num_threads() == 2
assert numba.get_num_threads() == 3
numba.set_num_threads(1)
threads.threads(3)
with ParallelRegion() as number:
    assert number == numba.get_num_threads() == 3
with ParallelRegion(2) as number:
    assert number == numba.get_num_threads() == 2
assert numba.get_num_threads() == 1
try:
    with ParallelRegion():
        raise KeyError
except KeyError:
    assert numba.get_num_threads() == 1
"""
    run(code, kernels, "-W", "error", NUMBA_NUM_THREADS="3")


@needs_fork
def test_the_child_of_a_fork_works_serially_once_the_parent_has_threads(kernels: Path) -> None:
    code = """
threads.threads(2)
def child():
    check()
    assert taken[-1] == 1, taken
    assert in_child(check) == 0

check()
assert in_child(child) == 0
check()
assert taken == [2, 2], taken
"""
    run(code, kernels)


@needs_fork
def test_the_child_of_a_fork_works_serially_when_numba_was_used_without_us(kernels: Path) -> None:
    code = """
threads.threads(2)
def child():
    check()
    assert taken == [1], taken

numba.get_num_threads()
assert in_child(child) == 0
"""
    run(code, kernels)


@needs_fork
def test_the_child_of_a_fork_has_threads_of_its_own_when_the_parent_had_none(kernels: Path) -> None:
    code = """
threads.threads(2)
def child():
    check()
    assert taken == [2], taken

assert in_child(child) == 0
check()
assert taken == [2], taken
"""
    run(code, kernels)


@pytest.mark.parametrize("layer", ["workqueue", "default"])
def test_python_threads_may_launch_at_once_on_any_layer(kernels: Path, layer: str) -> None:
    code = """
failures = []
def work():
    try:
        threads.threads(2)
        for _ in range(300):
            check()
    except BaseException as error:
        failures.append(error)

workers = [threading.Thread(target=work) for _ in range(4)]
[worker.start() for worker in workers]
[worker.join() for worker in workers]
assert not failures, failures
assert len(taken) == 1200 and 2 in taken
threads.threads(2)
check()
assert taken[-1] == 2, "the turn was not given back"
"""
    run(code, kernels, "-W", "error", NUMBA_THREADING_LAYER=layer)


def test_on_the_workqueue_layer_one_launch_at_a_time(kernels: Path) -> None:
    code = """
threads.threads(2)
with ParallelRegion() as number:
    assert number == 2
    with ParallelRegion() as inner:
        assert inner == 1
    with ParallelRegion() as inner:
        assert inner == 1
check()
assert taken == [2]
"""
    run(code, kernels, "-W", "error", NUMBA_THREADING_LAYER="workqueue")


def test_without_any_layer_work_is_serial_after_one_warning(kernels: Path) -> None:
    code = """
import warnings
from numact.errors import NumactWarning
threads.threads(2)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    check()
    check()
assert taken == [1, 1]
assert [warning.category for warning in caught] == [NumactWarning]
"""
    run(code, kernels, NUMBA_THREADING_LAYER="nonexistent")
