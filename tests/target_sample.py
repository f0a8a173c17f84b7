"""Every built-in activation at a sample of numbers, to compare processors; saved when run as a script.

    python target_sample.py FILE KIND...

The kinds are dtypes, for values, and ``derivative``, in float32; after a kind, ``/10`` takes every tenth
activation only.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

import built_in
import ml_dtypes
import numpy as np
from numpy.typing import NDArray

import numact
from numact import registry
from numact.examples import example_parameters

Array = NDArray[Any]

STRIDE = 40_009  # a prime: every so many of all float32 numbers, 107 thousand
RANDOM_NUMBERS = 20_000
KINDS = ("float32", "derivative", "float64", "float16", "bfloat16")
ROW = 1_009  # a prime too: rows end in the middle of vectors


def points(dtype: str) -> Array:
    """Give numbers of all sizes, and NaN and the infinities, of all kinds of float."""
    if dtype == "float32":
        return np.arange(0, 2**32, STRIDE, dtype=np.uint32).view(np.float32)
    if dtype == "float64":
        random = np.random.default_rng(1)
        sizes = 10.0 ** random.uniform(-310, 308, RANDOM_NUMBERS)
        near = random.normal(0, 6, RANDOM_NUMBERS)
        return np.concatenate([sizes, -sizes, near, [np.nan, np.inf, -np.inf, 0.0, -0.0]])
    halves = np.arange(2**16, dtype=np.uint16)
    return halves.view(np.float16 if dtype == "float16" else ml_dtypes.bfloat16)


def rows(x: Array) -> Array:
    """Give rows of finite numbers that are not all alike in size."""
    with np.errstate(invalid="ignore"):  # signalling NaNs
        near = x[np.abs(x.astype(np.float64)) < 50]
    return near[: near.size // ROW * ROW].reshape(-1, ROW)


def sample(kinds: Iterable[str], *, halves_in_float32: bool = False) -> dict[str, Array]:
    """Compute every built-in activation at the points of some kinds, perhaps halves by way of float32."""
    found = {}
    for text in kinds:
        kind, _, every = text.partition("/")
        for name in built_in.names()[:: int(every or 1)]:
            along_rows = registry.get_spec(name).kind == "axis"
            function = numact.get(name, **example_parameters(registry.get_spec(name)))
            x = points("float32" if kind == "derivative" else kind)
            x = rows(x) if along_rows else x
            if kind == "derivative":
                y = function.vjp(x, x[::-1].copy()) if along_rows else function.derivative(x)
            elif halves_in_float32 and x.itemsize == 2:
                with np.errstate(all="ignore"):
                    y = function(x.astype(np.float32)).astype(x.dtype)
            else:
                y = function(x)
            # A file of NumPy's knows no bfloat16.
            found[f"{name} {kind}"] = y.astype(np.float32) if kind == "bfloat16" else y
    return found


if __name__ == "__main__":
    np.savez(sys.argv[1], **sample(sys.argv[2:]))  # type: ignore[arg-type]
