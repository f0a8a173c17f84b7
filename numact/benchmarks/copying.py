"""The yardstick: how fast the machine copies an array."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numact.benchmarks.timer import Contender, Timing

COPY = "copy"
"""What the copy is called among the contenders."""

# Below this, handing parts to threads takes longer than copying.
_SMALLEST_SHARED = 1 << 20


def copy_contenders(x: NDArray[Any], threads: int) -> dict[str, Contender]:
    """Give the ways of copying x into an array that is there: by one thread, and by several.

    Parameters
    ----------
    x : ndarray
        What to copy.
    threads : int
        How many threads may share the work.

    Returns
    -------
    dict of str to Contender
        Each has been called once: the memory is there and the threads are awake.
    """
    out = np.zeros_like(x)
    ways = {COPY: Contender(lambda: np.copyto(out, x))}
    if threads > 1 and x.nbytes >= _SMALLEST_SHARED:
        pool = _pool(threads)
        parts = [
            list(array)
            for array in (np.array_split(out.ravel(), threads), np.array_split(x.ravel(), threads))
        ]
        ways[f"{COPY} by {threads}"] = Contender(lambda: list(pool.map(np.copyto, *parts)))
    for way in ways.values():
        way.call()
    return ways


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads)


def keep_fastest_copy(times: Mapping[str, Timing]) -> dict[str, Timing]:
    """Let the fastest of the copies stand for all of them.

    Parameters
    ----------
    times : mapping of str to Timing
        As measured, those of `copy_contenders` among them.
    """
    copies = [timing for name, timing in times.items() if name.startswith(COPY)]
    kept = {name: timing for name, timing in times.items() if not name.startswith(COPY)}
    return {**kept, COPY: min(copies, key=lambda timing: timing.median)}
