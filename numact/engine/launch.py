"""Running a compiled loop over arrays: by NumPy as a ufunc, or by the parallel driver where that pays.

Small, strided and broadcast arrays go to the ufunc; large contiguous ones are cut into chunks for the driver.
Both call the same machine code, so the bits are the same.
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

WORK_PER_THREAD = 20e-6  # seconds; a launch on two threads costs 2 to 15 microseconds, as the machine is
SAMPLE = 4096  # elements whose time is taken as a loop's cost
CHUNK_MULTIPLE = 4096  # chunks begin at multiples of this many elements, so on different pages

_costs: dict[int, float] = {}


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
    size = outputs[0].size
    if size > SAMPLE and current_threads() > 1 and _is_flat(inputs, parameters, outputs):
        with ParallelRegion(int(size * cost(loop) / WORK_PER_THREAD)) as threads:
            if threads > 1:
                _drive(loop, inputs, parameters, outputs, threads)
                return
    loop.ufunc(*inputs, *parameters, *outputs)


def cost(loop: Loop) -> float:
    """Give the time of one element in seconds, without that of the call, measured once for each loop."""
    seconds = _costs.get(loop.address)
    if seconds is None:
        few = SAMPLE // 8
        _timed(loop, SAMPLE)
        seconds = min(_timed(loop, SAMPLE) for _ in range(3)) - min(_timed(loop, few) for _ in range(3))
        _costs[loop.address] = seconds = max(seconds, 0.0) / (SAMPLE - few)
    return seconds


def _timed(loop: Loop, size: int) -> float:
    inputs = [np.ones(size, loop.dtype) for _ in range(loop.inputs)]
    constants = [np.ones((), loop.parameter_dtype) for _ in range(loop.parameters)]
    results = tuple(np.empty(size, loop.dtype) for _ in range(loop.outputs))
    start = time.perf_counter()
    loop.ufunc(*inputs, *constants, out=results)
    return time.perf_counter() - start


def _is_flat(inputs: Sequence[Array], parameters: Sequence[Array], outputs: Sequence[Array]) -> bool:
    """Tell whether all is contiguous in one order and aligned, parameters constant, no overlap in part."""
    # Written out, without generators: it comes before every launch on many threads.
    shape, in_c, in_fortran = outputs[0].shape, True, True
    for parameter in parameters:
        if parameter.ndim:
            return False
    for array in (*inputs, *outputs):
        flags = array.flags
        if array.shape != shape or not flags.aligned:
            return False
        in_c, in_fortran = in_c and flags.c_contiguous, in_fortran and flags.f_contiguous
    if not (in_c or in_fortran):
        return False
    for target in outputs:
        for source in inputs:
            if source is not target and np.may_share_memory(source, target) and _overlap(source, target):
                return False
    return True


def _overlap(source: Array, target: Array) -> bool:
    """Tell whether two contiguous arrays of one size share memory without being the same."""
    distance = abs(_address(source) - _address(target))
    return 0 < distance < source.nbytes


def _address(array: Array) -> int:
    address: int = array.__array_interface__["data"][0]
    return address


def _drive(
    loop: Loop, inputs: Sequence[Array], parameters: Sequence[Array], outputs: Sequence[Array], threads: int
) -> None:
    size = outputs[0].size
    operands = [*inputs, *parameters, *outputs]
    steps = [array.itemsize if array.ndim else 0 for array in operands]
    chunk = _chunk(size, threads)
    driver(True)(
        loop.address, words([_address(array) for array in operands]), words(steps), size, chunk, 0, 0
    )


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
    if any(_overlap(source, target) for source in sources for target in targets):
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
