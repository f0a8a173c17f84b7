"""Runs of axis activations over rows that lie beside each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from numact.engine.authors import rebind
from numact.engine.cache import CompiledLoop, compile_cached, fingerprint_of
from numact.engine.columnkernels import ColumnWriter, operand_count
from numact.engine.columnparts import WIDEST
from numact.engine.drivers import driver, words
from numact.engine.loops import LOOP_SIGNATURE, as_loop
from numact.engine.memory import MOST_OPERANDS
from numact.engine.steps import steps_of
from numact.engine.threads import ParallelRegion

Array = np.ndarray[Any, Any]
Term = Callable[..., Any]

SHORT = 96  # bytes of a row up to which gathering rows to columns is worth while
NARROWEST = 16  # columns side by side from which on vectors of them are worth while
SMALL_ROOM = 1 << 22  # bytes that are reserved without asking how large the arrays are
ALIGNMENT = 64
# Steps of the operands from one block to the next: its number, and where it is worked on if not in place.
IN_PLACE = words([1])
ELEMENTS_PER_THREAD = 16384  # below this a second thread is not worth its start


@dataclass(frozen=True)
class ColumnLoop:
    """A compiled loop over blocks of columns.

    Parameters
    ----------
    compiled : CompiledLoop
        The machine code.
    dtype : numpy.dtype
        Of arrays and parameters.
    """

    compiled: CompiledLoop
    dtype: np.dtype[Any]


def column_loop(
    activation: str, function: Term, arrays: int, parameters: int, dtype: np.dtype[Any]
) -> ColumnLoop | None:
    """Give the compiled loop over columns of an axis activation.

    Parameters
    ----------
    activation : str
        The activation's name, for kernels' names and error sentences.
    function
        The author's function.
    arrays, parameters : int
        How many rows it takes, the output with them, and how many numbers.
    dtype : numpy.dtype
        float32 or float64.

    Returns
    -------
    ColumnLoop or None
        None where the function's steps are not the same for all rows.
    """
    steps = steps_of(function, arrays, parameters)
    if steps is None or operand_count(arrays, parameters) > MOST_OPERANDS:
        return None
    rebound = {term: rebind(activation, term) for term in steps.terms}
    dispatchers = {term: each.dispatcher for term, each in rebound.items()}
    writer = ColumnWriter(steps, dispatchers, dtype.name, arrays, parameters)
    name = f"{activation}_columns_{arrays}_{parameters}_{dtype.name}"
    fingerprint = fingerprint_of(name, steps.outline(), *(each.fingerprint for each in rebound.values()))
    compiled = compile_cached(lambda: as_loop(writer.write), LOOP_SIGNATURE, fingerprint, name=name)
    return ColumnLoop(compiled, dtype)


class Tables(NamedTuple):
    """Arrays of one shape, whose rows lie along the last axis, as tables of columns.

    Parameters
    ----------
    others : list of tuple
        Axes beside those of one table: length, and the step in each array.
    number : int
        How many tables there are along one more axis.
    table_steps : list of int
        The step from one to the next in each array.
    columns : int
        How many a table has.
    column_steps : list of int
        The step from one to the next in each array.
    room : int
        Bytes for a block that is not worked on in place; 0 where all are full and side by side.
    """

    others: list[tuple[int, list[int]]]
    number: int
    table_steps: list[int]
    columns: int
    column_steps: list[int]
    room: int


def are_short(array: Array) -> bool:
    """Tell whether rows along the last axis are so short that they are worth being gathered to columns."""
    return bool(array.shape[-1] * array.itemsize <= SHORT)


def as_tables(arrays: Sequence[Array]) -> Tables | None:
    """See arrays as tables of columns: side by side, or short; None where they are too few or neither."""
    out = arrays[-1]
    groups = _groups(arrays)
    if not groups or groups[-1][0] < NARROWEST:
        return None
    columns, column_steps = groups.pop()
    are_beside = column_steps == [out.itemsize] * len(arrays)
    if not are_beside and not are_short(out):
        return None
    in_place = are_beside and columns % WIDEST == 0
    room = 0 if in_place else WIDEST * out.shape[-1] * out.itemsize * len(arrays)
    if room > max(SMALL_ROOM, out.nbytes // 4):
        return None
    number, table_steps = groups.pop() if groups else (1, [0] * len(arrays))
    return Tables(groups, number, table_steps, columns, column_steps, room)


def _groups(arrays: Sequence[Array]) -> list[tuple[int, list[int]]]:
    """Give length and steps of the axes before the last, those together that are one in every array."""
    shape, strides = arrays[-1].shape, [array.strides for array in arrays]
    if len(shape) == 2:
        return [(shape[0], [each[0] for each in strides])]
    groups: list[tuple[int, list[int]]] = []
    for axis in sorted(range(len(shape) - 1), key=lambda axis: -abs(strides[-1][axis])):
        size, steps = shape[axis], [each[axis] for each in strides]
        if size == 1:
            continue
        if groups and groups[-1][1] == [size * step for step in steps]:
            groups[-1] = groups[-1][0] * size, steps
        else:
            groups.append((size, steps))
    return groups


def run_columns(
    loop: ColumnLoop, tables: Tables, arrays: Sequence[Array], parameters: Sequence[Array]
) -> None:
    """Run a loop over arrays that are tables of columns.

    Parameters
    ----------
    loop : ColumnLoop
        From `column_loop`.
    tables : Tables
        From `as_tables`.
    arrays : sequence of ndarray
        Inputs and output, whose rows lie along the last axis.
    parameters : sequence of ndarray
        0-d.
    """
    out = arrays[-1]
    length = out.shape[-1]
    blocks = tables.number * -(-tables.columns // WIDEST)
    wanted = max(1, min(blocks, tables.number * tables.columns * length // ELEMENTS_PER_THREAD))
    starts = [array.ctypes.data for array in arrays]
    constants = [np.asarray(each, loop.dtype) for each in parameters]
    addresses = [each.ctypes.data for each in constants]
    with ParallelRegion(wanted) as threads:
        chunk = -(-blocks // threads)
        room, steps = 0, IN_PLACE
        if tables.room:
            # Each thread has room of its own, whose address follows from the number of its first block.
            share = -(-tables.room // chunk // ALIGNMENT) * ALIGNMENT
            memory = np.empty(threads * chunk * share + ALIGNMENT, np.uint8)
            room, steps = -(-memory.ctypes.data // ALIGNMENT) * ALIGNMENT, words([1, 0, share])
        for offsets in _offsets(tables.others, len(arrays)):
            operands = [0, tables.columns, room]
            for index, array in enumerate(arrays):
                operands += starts[index] + offsets[index], array.strides[-1]
                operands += tables.column_steps[index], tables.table_steps[index]
            operands += addresses
            driver(threads > 1)(loop.compiled.address, words(operands), steps, blocks, chunk, length, 0)


def _offsets(axes: list[tuple[int, list[int]]], arrays: int) -> Iterator[list[int]]:
    """Give, for each place along some axes, how far it is from the start of each array."""
    if not axes:
        yield [0] * arrays
        return
    size, steps = axes[0]
    for number in range(size):
        for offsets in _offsets(axes[1:], arrays):
            yield [offset + number * step for offset, step in zip(offsets, steps, strict=True)]
