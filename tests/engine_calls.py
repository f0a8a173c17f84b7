"""Calls of compiled loops, for the tests of the engine."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from numact import Activation
from numact.engine.launch import Loop, launch
from numact.examples import example_value

Array = NDArray[Any]


def numbers(size: int, dtype: Any, seed: int = 0) -> Array:
    """Give normal numbers and, among the first 160, all that is special."""
    info = np.finfo(dtype)
    special = [np.nan, np.inf, -np.inf, 0.0, -0.0, info.tiny, -info.smallest_subnormal, info.max, info.min]
    values = np.random.default_rng(seed).normal(0, 4, size)
    values[5::17][: len(special)] = special[: len(values[5::17])]
    return values.astype(dtype)


def inputs_of(loop: Loop, size: int, dtype: Any) -> list[Array]:
    """Give the arrays that a loop reads, all different."""
    return [numbers(size, dtype, seed) for seed in range(loop.inputs)]


def parameters_of(spec: Activation, loop: Loop) -> list[Array]:
    """Give the parameters of a loop: u in the middle unless it is drawn, and examples of the others."""
    values = [example_value(param) for param in spec.numeric_params]
    drawn = [0.5] if spec.kind == "random" and not loop.layout.counter else []
    return [np.asarray(value, loop.parameter_dtype) for value in (*drawn, *values)]


def run(loop: Loop, inputs: list[Array], parameters: list[Array], out: Array | None = None) -> Array:
    """Run a loop of one output."""
    result = np.empty_like(inputs[0]) if out is None else out
    launch(loop, inputs, parameters, [result])
    return result
