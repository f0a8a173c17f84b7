"""Elementwise loops over tables: arrays that are no single stretch of memory, row by row.

As a generalised ufunc of rows the loop is given many at once, which can share threads. As an ordinary one it
would be called for one row after the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from types import FunctionType
from typing import Any, cast

import numpy as np
from numba import prange
from numba.core import types

from numact.engine.cache import CompiledLoop, cached_dispatcher, compile_cached, fingerprint_of
from numact.engine.drivers import PARALLEL_SIGNATURE, WORDS, call_loop, threads_to_use
from numact.engine.kernels import Loop
from numact.engine.memory import MOST_OPERANDS
from numact.engine.ufuncs import make_ufunc

Array = np.ndarray[Any, Any]

ROW_SIGNATURE = types.void(types.intp, WORDS, WORDS, WORDS, types.intp, types.intp, types.intp)
FEWEST = 8  # rows: fewer are left to NumPy, whose call for each can itself use all threads
SHORTEST = 256  # elements of a row: shorter ones NumPy copies side by side, as they are worth no call each

_made: dict[tuple[int, bool], np.ufunc] = {}


def run_rows(address: int, operands: Any, moves: Any, steps: Any, rows: int, chunk: int, length: int) -> None:
    """Call a loop for each row, some rows on each thread; `moves` are the steps from row to row."""
    for index in prange((rows + chunk - 1) // chunk):
        for row in range(index * chunk, min(rows, (index + 1) * chunk)):
            # Numba passes the typing context.
            call_loop(address, operands, moves, row, steps, length, 0, 0)  # type: ignore[call-arg]


@cache
def row_driver(parallel: bool) -> Any:
    """Give the compiled driver; the parallel one starts Numba's threads."""
    function = cast(FunctionType, run_rows)
    return cached_dispatcher(function, ROW_SIGNATURE, parallel=parallel, nogil=True, error_model="numpy")


def _build_table_loop(parallel: bool) -> FunctionType:
    drive = row_driver(parallel)
    allowed: Any = threads_to_use if parallel else None

    def table_loop(bases: Any, dims: Any, steps: Any, settings: Any) -> None:
        address, count, first_parameter, first_output = settings[0], settings[1], settings[2], settings[3]
        rows, length = dims[0], dims[1]
        operands = np.empty(MOST_OPERANDS, np.intp)
        moves, steps_in_row = np.empty(MOST_OPERANDS, np.intp), np.zeros(MOST_OPERANDS, np.intp)
        following = count
        for index in range(count):
            operands[index], moves[index] = bases[index], steps[index]
            # The steps in rows follow those from row to row; a parameter has none.
            if index < first_parameter or index >= first_output:
                steps_in_row[index] = steps[following]
                following += 1
        chunk = rows
        if parallel:
            threads = min(allowed(), rows)
            chunk = (rows + threads - 1) // threads
        drive(address, operands, moves, steps_in_row, rows, chunk, length)

    return cast(FunctionType, table_loop)


@cache
def table_loop(parallel: bool) -> CompiledLoop:
    """Give the inner loop over rows that calls another one, which its settings tell, for each."""
    name = f"table_loop_{'parallel' if parallel else 'serial'}"
    return compile_cached(
        lambda: _build_table_loop(parallel), PARALLEL_SIGNATURE, fingerprint_of(), name=name
    )


def table_ufunc(loop: Loop, parallel: bool) -> np.ufunc:
    """Give a loop's form for tables, whose parameters are numbers.

    Parameters
    ----------
    loop : Loop
        From `numact.engine.kernels.elementwise`.
    parallel : bool
        Whether Numba's threads run it, inside a `ParallelRegion`; starts these.
    """
    key = loop.address, parallel
    return _made.get(key) or _made.setdefault(key, _make(loop, parallel))


def _make(loop: Loop, parallel: bool) -> np.ufunc:
    driving = table_loop(parallel)
    count = loop.inputs + loop.parameters + loop.outputs
    settings = [loop.address, count, loop.inputs, count - loop.outputs]
    arrays_in, parameters, arrays_out = (
        ",".join([text] * number)
        for text, number in (("(n)", loop.inputs), ("()", loop.parameters), ("(n)", loop.outputs))
    )
    signature = f"{','.join(filter(None, (arrays_in, parameters)))}->{arrays_out}"
    return make_ufunc(
        loop.name,
        driving.address,
        loop.dtypes,
        loop.outputs,
        (loop.compiled, driving),
        signature,
        np.array(settings, np.intp),
    )


def is_table(arrays: Sequence[Array], parameters: Sequence[Array]) -> bool:
    """Tell whether arrays of one shape are a table whose rows lie along the last axis."""
    out = arrays[-1]
    if (
        out.ndim < 2
        or out.shape[-1] < SHORTEST
        or out.strides[-1] != out.itemsize
        or out.size < FEWEST * out.shape[-1]
    ):
        return False
    if all([each.flags.c_contiguous for each in arrays]):
        return False
    return all([each.shape == out.shape for each in arrays]) and not any([each.ndim for each in parameters])
