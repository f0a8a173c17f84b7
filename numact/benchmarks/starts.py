"""What one call costs beside its work, and what the first result of a process costs."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping

import numpy as np

from numact import api, registry
from numact.benchmarks.peers import PEERS
from numact.benchmarks.timer import Contender, Timing, interleave

_STARTS: Mapping[str, str] = {
    "numact": "import numpy, numact; numact.apply('selu', numpy.ones(1000, numpy.float32))",
    "torch": "import torch; torch.selu(torch.ones(1000))",
    "jax": "import jax; jax.nn.selu(jax.numpy.ones(1000)).block_until_ready()",
}
_PROCESSES = 5
# A trivial function and another activation come first: what is timed is the compilation of one kernel alone.
_COMPILE = """
import sys, time
import numba, numpy, numact
numba.njit(lambda x: x + 1)(1.0)
x = numpy.ones(1_000_000, numpy.float32)
numact.apply("softsign", x)
start = time.perf_counter()
numact.apply(sys.argv[1], x)
print(time.perf_counter() - start)
"""
_COMPILED = ("relu", "selu", "tanh", "gelu", "mish", "softmax")


def small_calls(seconds: float = 1.0) -> dict[str, Timing]:
    """Time calls on an array of one element, and on a Python number, beside NumPy's tanh.

    Parameters
    ----------
    seconds : float
        How long to measure.

    Returns
    -------
    dict of str to Timing
        By the call as one types it.
    """
    x = np.ones(1, np.float32)
    bound = api.get("selu")
    return interleave(
        {
            "np.tanh(x)": Contender(lambda: np.tanh(x)),
            "numact.selu(x)": Contender(lambda: bound(x)),
            'numact.apply("selu", x)': Contender(lambda: api.apply("selu", x)),
            "numact.selu(1.0)": Contender(lambda: bound(1.0)),
        },
        seconds,
    )


def first_results() -> dict[str, float]:
    """Time whole processes that import a library and compute once, numact's kernel being in its cache.

    Returns
    -------
    dict of str to float
        Median seconds by library, of those that are installed.
    """
    chosen = {name: code for name, code in _STARTS.items() if name not in PEERS or not PEERS[name].missing()}
    taken: dict[str, list[float]] = {name: [] for name in chosen}
    for _ in range(_PROCESSES + 1):
        for name, code in chosen.items():
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
            taken[name].append(time.perf_counter() - start)
    # The first process of each fills the caches: numact's own, and the system's of files.
    return {name: statistics.median(times[1:]) for name, times in taken.items()}


def compilations() -> dict[str, float]:
    """Time the first call of activations whose kernels are in no cache.

    Returns
    -------
    dict of str to float
        Median seconds by activation, those of them that are registered.
    """
    found: dict[str, float] = {}
    for name in (name for name in _COMPILED if name in registry.names()):
        taken = []
        for _ in range(3):
            with tempfile.TemporaryDirectory() as folder:
                command = [sys.executable, "-c", _COMPILE, name]
                variables = {**os.environ, "NUMACT_CACHE_DIR": folder}
                done = subprocess.run(command, check=True, capture_output=True, text=True, env=variables)
            taken.append(float(done.stdout))
        found[name] = statistics.median(taken)
    return found
