"""Running a compiled loop over arrays: by NumPy as a ufunc, or as one that runs on several threads.

Both call the same machine code, so the bits are the same. NumPy finds the longest stretches that an inner
loop can be called for; the parallel one cuts those that are worth it into chunks.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from numact.engine.drivers import driver, words
from numact.engine.kernels import Loop, elementwise
from numact.engine.rowkernels import RowLoop, launch_rows, rows
from numact.engine.sums import SumLoop, launch_sum, sum_loop
from numact.engine.tables import is_table, table_ufunc
from numact.engine.threads import ParallelRegion, current_threads

__all__ = [
    "Loop",
    "RowLoop",
    "SumLoop",
    "elementwise",
    "launch",
    "launch_rows",
    "launch_sum",
    "rows",
    "sum_loop",
]

Array = np.ndarray[Any, Any]

WORK_PER_THREAD = 6e-6  # seconds; a launch on two threads costs 3 microseconds, more where they sleep
SAMPLE = 4096  # elements whose time is taken as a loop's cost
CLOCK = 1e-7  # seconds that the clock can tell apart
CHUNK_MULTIPLE = 4096  # chunks begin at multiples of this many elements, so on different pages

_least: dict[int, int] = {}
_parallel: dict[int, np.ufunc] = {}


def launch(
    loop: Loop,
    inputs: Sequence[Array],
    parameters: Sequence[Array],
    outputs: Sequence[Array],
    *,
    seed: int | None = None,
    offset: int = 0,
) -> None:
    """Run a loop over whole arrays.

    Parameters
    ----------
    loop : Loop
        From `numact.engine.kernels.elementwise`.
    inputs : sequence of ndarray
        Of the loop's dtype, broadcastable to the outputs' shape, any strides.
    parameters : sequence of ndarray
        Of the loop's parameter dtype, 0-d or broadcastable to the outputs' shape.
    outputs : sequence of ndarray
        All of one shape; may be an input itself or overlap it.
    seed : int, optional
        Of a loop that draws random numbers.
    offset : int
        The logical number of the first element, for such a loop.
    """
    dtype = loop.dtype
    if outputs[0].dtype != dtype:  # bfloat16, which goes to the loop as bits
        inputs = [array.view(dtype) for array in inputs]
        outputs = [array.view(dtype) for array in outputs]
    if loop.layout.counter:
        _launch_random(loop, inputs, parameters, outputs, seed or 0, offset)
        return
    operands = (*inputs, *parameters, *outputs)
    size = outputs[0].size
    as_table = size > SAMPLE and is_table((*inputs, *outputs), parameters)
    if size > SAMPLE and current_threads() > 1:
        least = _least.get(loop.address) or _measure(loop)
        if size >= 2 * least and not _is_shifted(inputs, outputs):
            with ParallelRegion(size // least) as threads:
                if threads > 1:
                    (table_ufunc(loop, True) if as_table else _on_threads(loop, least))(*operands)
                    return
    (table_ufunc(loop, False) if as_table else loop.ufunc)(*operands)


def _is_shifted(inputs: Sequence[Array], outputs: Sequence[Array]) -> bool:
    """Tell whether an output overlaps an input in part: NumPy may take these in one stretch, in order."""
    for target in outputs:
        for source in inputs:
            if (
                source is not target
                and np.may_share_memory(source, target)
                and (_address(source), source.strides) != (_address(target), target.strides)
            ):
                return True
    return False


def _measure(loop: Loop) -> int:
    """Find the elements from which on there is work for a thread."""
    return _least.setdefault(loop.address, max(CHUNK_MULTIPLE, int(WORK_PER_THREAD / cost(loop))))


def _on_threads(loop: Loop, least: int) -> np.ufunc:
    """Give a loop's form for several threads; starts them, which may be forbidden outside a region."""
    found = _parallel.get(loop.address)
    return found or _parallel.setdefault(loop.address, loop.parallel_ufunc(CHUNK_MULTIPLE, least))


def cost(loop: Loop) -> float:
    """Measure the time of one element in seconds, without that of the call."""
    few = SAMPLE // 8
    _timed(loop, SAMPLE)
    seconds = min(_timed(loop, SAMPLE) for _ in range(3)) - min(_timed(loop, few) for _ in range(3))
    return max(seconds, CLOCK) / (SAMPLE - few)


def _timed(loop: Loop, size: int) -> float:
    inputs = [np.ones(size, loop.dtype) for _ in range(loop.inputs)]
    constants = [np.ones((), loop.parameter_dtype) for _ in range(loop.parameters)]
    results = tuple(np.empty(size, loop.dtype) for _ in range(loop.outputs))
    start = time.perf_counter()
    loop.ufunc(*inputs, *constants, out=results)
    return time.perf_counter() - start


def _address(array: Array) -> int:
    address: int = array.__array_interface__["data"][0]
    return address


def _chunk(size: int, threads: int) -> int:
    share = -(-size // threads)
    return -(-share // CHUNK_MULTIPLE) * CHUNK_MULTIPLE


def _launch_random(
    loop: Loop,
    inputs: Sequence[Array],
    parameters: Sequence[Array],
    outputs: Sequence[Array],
    seed: int,
    offset: int,
) -> None:
    """Run a loop that draws: elements are counted in C order, so arrays of another order are copied."""
    shape = outputs[0].shape
    sources = [np.ascontiguousarray(np.broadcast_to(array, shape)) for array in inputs]
    targets = [array if array.flags.c_contiguous else np.empty(shape, loop.dtype) for array in outputs]
    copies = [
        np.ascontiguousarray(np.broadcast_to(each, shape)) if each.ndim else each for each in parameters
    ]
    if _is_shifted(sources, targets):
        sources = [source.copy() for source in sources]
    operands = [*map(_address, sources), offset, *map(_address, copies), *map(_address, targets)]
    steps = [
        *(array.itemsize for array in sources),
        1,
        *(each.itemsize if each.ndim else 0 for each in copies),
        *(array.itemsize for array in targets),
    ]
    size = outputs[0].size
    with ParallelRegion(max(1, size // SAMPLE)) as threads:
        chunk = _chunk(size, threads) if threads > 1 else max(size, 1)
        driver(threads > 1)(loop.address, words(operands), words(steps), size, chunk, 0, seed)
    for target, array in zip(targets, outputs, strict=True):
        if target is not array:
            np.copyto(array, target)
