"""Calls from many Python threads, after a fork and on every threading layer: right answers, and no abort."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import numact

# Python 3.12 and newer warn of any fork of a process with threads, which is what is tested.
FORKING = ("-W", "error", "-W", "ignore:This process:DeprecationWarning")
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")

# `check` calls some of the registered activations on small and large arrays; `expected` is computed once, by
# one thread.
SCRIPT = """
import os, sys, threading
from concurrent.futures import ThreadPoolExecutor
import numpy as np
import built_in
import numact
from numact import registry
from numact.examples import example_parameters

kinds = {}
for name in built_in.names():
    kinds.setdefault(registry.get_spec(name).kind, []).append(name)
names = [name for group in kinds.values() for name in group[:2]]
functions = {name: numact.get(name, **example_parameters(registry.get_spec(name))) for name in names}
random = np.random.default_rng(0)
arrays = [random.normal(size=shape).astype(np.float32) for shape in [7, (300, 1000), (3, 5)]]

def results(name):
    function = functions[name]
    return [value for x in arrays for value in (function(x), function.vjp(x, x))]

def check(names=names):
    for name in names:
        for value, known in zip(results(name), expected[name], strict=True):
            assert np.array_equal(value, known), name

def expect():
    with numact.threads(1):
        return {name: results(name) for name in names}

def at_once(work, count=8):
    failures = []
    ready = threading.Barrier(count)
    def run():
        ready.wait()
        try:
            work()
        except BaseException as error:
            failures.append(error)
    workers = [threading.Thread(target=run) for _ in range(count)]
    [worker.start() for worker in workers]
    [worker.join() for worker in workers]
    assert not failures, failures

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
    """One folder of kernels for all of these scripts."""
    return tmp_path_factory.mktemp("kernels")


def run(code: str, kernels: Path, *options: str, **variables: str) -> None:
    """Run a script in a process with a pool of two threads, and insist that it ends well and silently."""
    folders = [str(Path(numact.__path__[0]).parent), str(Path(__file__).parent)]
    settings = {"PYTHONPATH": os.pathsep.join(folders), "NUMACT_CACHE_DIR": str(kernels)}
    settings |= {"NUMBA_NUM_THREADS": "2", "NUMACT_NUM_THREADS": "2", "NUMACT_CACHE": "1"} | variables
    finished = subprocess.run(
        [sys.executable, *options, "-c", SCRIPT + code],
        env=os.environ | settings,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (finished.returncode, finished.stderr) == (0, "")


def test_eight_threads_may_compile_and_call_at_once(kernels: Path) -> None:
    code = """
found = []
at_once(lambda: found.append({name: results(name) for name in names}))
expected = expect()
for each in found:
    for name in names:
        assert all(map(np.array_equal, each[name], expected[name])), name
"""
    run(code, kernels, "-W", "error")


@pytest.mark.parametrize("layer", ["default", "workqueue"])
def test_eight_threads_may_call_at_once_on_any_layer(kernels: Path, layer: str) -> None:
    code = """
expected = expect()
at_once(lambda: [check() for _ in range(5)])
at_once(lambda: [check() for _ in range(20)], count=2)
check()
from numba.np.ufunc import parallel
assert parallel._is_initialized, "no call was worth a second thread"
"""
    run(code, kernels, "-W", "error", NUMBA_THREADING_LAYER=layer)


def test_a_pool_of_threads_may_call(kernels: Path) -> None:
    code = """
expected = expect()
with ThreadPoolExecutor(8) as pool:
    list(pool.map(lambda name: check([name]), names * 10))
"""
    run(code, kernels, "-W", "error")


@needs_fork
@pytest.mark.parametrize("layer", ["default", "workqueue"])
def test_parent_and_child_may_call_after_a_fork(kernels: Path, layer: str) -> None:
    code = """
def child():
    check()
    assert in_child(check) == 0

expected = expect()
check()
assert in_child(child) == 0
check()
assert in_child(lambda: at_once(check)) == 0
"""
    run(code, kernels, *FORKING, NUMBA_THREADING_LAYER=layer)


@needs_fork
def test_a_child_may_be_the_first_to_compile(kernels: Path) -> None:
    code = """
def child():
    global expected
    expected = expect()
    check()

assert in_child(child) == 0
child()
assert in_child(child) == 0
"""
    run(code, kernels, *FORKING)


def test_other_threads_go_on_while_a_kernel_runs(kernels: Path) -> None:
    code = """
import time

def slow(x):
    y = x
    for k in range(500):
        y = y / (1 + y * y) + x
    return y

def slow_and_random(x, u):
    return slow(x) + u

made = {"name": "slow", "summary": "Slow.", "references": ("https://example.org",)}
seed = (numact.Param("training", True, kind="bool"), numact.Param("seed", 1, kind="seed"))
numact.register(numact.Activation(formula="x", forward=slow, **made))
made |= {"name": "slow_and_random"}
numact.register(
    numact.Activation(formula="x + u", forward=slow_and_random, kind="random", params=seed, **made)
)
x = np.ones(40_000, np.float32)
calls = [
    lambda: numact.apply("slow", x),
    lambda: numact.apply("slow_and_random", x),
    lambda: [numact.apply(name, table) for name in kinds["axis"]],
]
table = np.ones((1000, 1000), np.float32)
steps = 0
ended = False

def count():
    global steps
    while not ended:
        steps += 1
        time.sleep(0)  # gives way

[call() for call in calls]
# From here on Python takes a thread's turn away from it by no means: only who waits or computes gives way.
sys.setswitchinterval(1000)
worker = threading.Thread(target=count)
worker.start()
progress = []
for threads in (1, 2):
    numact.threads(threads)
    for call in calls:
        before = steps
        for _ in range(100):  # a busy system may not give the other thread its turn at once
            call()
            if steps > before:
                break
        progress.append(steps - before)
ended = True
worker.join()
assert all(progress), progress
"""
    run(code, kernels, "-W", "error")
