"""Memory of large results is handed out again, and never while anything looks at it."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
from collections.abc import Iterator

import numpy as np
import pytest

import numact
from numact.arrays import reuse

SIZE = reuse.LEAST // 4  # float32 numbers


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    gc.collect()
    reuse._kept.clear()
    yield
    reuse._kept.clear()


def address(array: np.ndarray) -> int:
    return int(array.ctypes.data)


def kept() -> int:
    return sum(block.nbytes for block in reuse._kept.values())


def test_memory_is_used_again_when_the_result_is_gone() -> None:
    x = np.ones(SIZE, np.float32)
    y = numact.relu(x)
    place = address(y)
    del y
    assert address(numact.relu(x)) == place
    assert address(numact.relu(x.reshape(2, -1)[:1].astype(np.float64))) == place


@pytest.mark.parametrize("look", [lambda y: y[5:], lambda y: y.reshape(2, -1).T, memoryview, np.asarray])
def test_memory_is_not_used_again_while_something_looks_at_it(look: object) -> None:
    x = np.ones(SIZE, np.float32)
    y = numact.relu(x)
    place, seen = address(y), look(y)  # type: ignore[operator]
    del y
    other = numact.relu(2 * x)
    assert address(other) != place
    assert np.asarray(seen).ravel()[-1] == 1
    del seen
    assert address(numact.relu(x)) == place


@pytest.mark.parametrize("order", ["C", "F"])
def test_results_lie_as_the_input_does(order: str) -> None:
    x = np.asarray(np.ones((2, SIZE)), np.float32, order=order)  # type: ignore[call-overload]
    y = numact.relu(x)
    assert (y.strides, y.flags.writeable, y.flags.aligned) == (x.strides, True, True)


def test_memory_is_used_again_for_an_input_with_gaps() -> None:
    x = np.ones((4, SIZE), np.float32)[:, : SIZE // 2]
    y = numact.relu(x)
    assert (y.flags.c_contiguous, y.flags.owndata) == (True, False)
    turned = numact.relu(x.T)
    assert (turned.flags.f_contiguous, turned.flags.owndata) == (True, False)


def test_small_and_scattered_results_have_memory_of_their_own() -> None:
    assert numact.relu(np.ones(SIZE - 1, np.float32)).flags.owndata
    assert numact.relu(np.ones((SIZE, 2, 2), np.float32).transpose(1, 0, 2)).flags.owndata


def test_no_more_is_kept_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reuse, "most", lambda: 3 * reuse.LEAST)
    x = np.ones(SIZE, np.float32)
    results = [numact.relu(x) for _ in range(5)]
    places = [address(y) for y in results]
    while results:
        del results[0]
    assert kept() == 3 * reuse.LEAST
    assert set(reuse._kept) == set(places[2:])
    assert numact.relu(np.ones(4 * SIZE, np.float32)).flags.owndata


@pytest.mark.parametrize(("given", "owns"), [("0", "True"), ("1000000000", "False"), ("much", "False")])
def test_a_variable_sets_the_limit(given: str, owns: str) -> None:
    code = f"import numact, numpy as np; print(numact.relu(np.ones({SIZE}, np.float32)).flags.owndata)"
    environment = {**os.environ, reuse.VARIABLE: given}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == owns
    assert ("must be a number of bytes, got 'much'" in done.stderr) == (given == "much")


def test_threads_never_share_a_result() -> None:
    faults: list[int] = []

    def work(number: int) -> None:
        x = np.full(SIZE, number, np.float32)
        for _ in range(200):
            y = numact.relu(x)
            if not (y[:: SIZE // 64] == number).all():
                faults.append(number)

    workers = [threading.Thread(target=work, args=(number,)) for number in range(1, 5)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not faults
