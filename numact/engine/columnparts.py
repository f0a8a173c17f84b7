"""Parts of a kernel of columns: a block's columns in an array, numbers for each of them, loops over them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from llvmlite import ir

from numact.engine import lanes
from numact.engine.memory import WORD, Storage, pointer_to, read, scratch, write
from numact.engine.vectorloops import INTERLEAVED, VectorLoop, vector_loop

DOUBLE = ir.DoubleType()
FIRST = WORD(0)
WIDEST = 32  # columns at a time: two cache lines of float32


class Loops:
    """Writes loops over the columns of a block, always as many: with a known count short loops are cheap."""

    def __init__(self, builder: Any) -> None:
        self.builder = builder

    @contextmanager
    def each(self) -> Iterator[VectorLoop]:
        """Write a loop over the columns that LLVM turns into vector code."""
        # Unrolling is left to the vectoriser, as in `numact.engine.lanes`.
        hints = {"unroll.disable": None, "vectorize.width": lanes.WIDTH, "interleave.count": INTERLEAVED}
        with vector_loop(self.builder, WORD(WIDEST), hints, parallel=True) as loop:
            yield loop

    @contextmanager
    def each_column(self) -> Iterator[ir.Value]:
        """Write such a loop; gives the column's number."""
        with self.each() as loop:
            yield loop.index


class Columns:
    """One array's columns of a block: where the first is, and the step from an element to the next."""

    def __init__(self, builder: Any, storage: Storage, start: ir.Value, step: ir.Value) -> None:
        self.builder = builder
        self.storage = storage
        self.start = start
        self.step = step

    def _pointer(self, element: ir.Value) -> ir.Value:
        builder = self.builder
        address = builder.add(self.start, builder.mul(element, self.step))
        return pointer_to(builder, self.storage, address)

    def move(
        self, element: ir.Value, column: ir.Value, other: Columns, column_step: ir.Value, into: bool
    ) -> None:
        """Write the copy of an element from other columns into these, or the other way."""
        builder = self.builder
        offset = builder.add(builder.mul(element, other.step), builder.mul(column, column_step))
        far = pointer_to(builder, self.storage, builder.add(other.start, offset))
        near = builder.gep(self._pointer(element), [column])
        source, target = (far, near) if into else (near, far)
        builder.store(builder.load(source), target)

    def read(self, element: ir.Value, column: ir.Value) -> ir.Value:
        """Write the load of an element as a float64."""
        return read(self.builder, self.storage, self._pointer(element), column)

    def write(self, element: ir.Value, column: ir.Value, value: ir.Value) -> None:
        """Write the store of a float64 as an element."""
        write(self.builder, self.storage, self._pointer(element), column, value)


class Numbers:
    """Some float64 numbers for each column of a block."""

    def __init__(self, builder: Any, count: int = 1) -> None:
        self._builder = builder
        self._array = scratch(builder, ir.ArrayType(DOUBLE, WIDEST * count))

    def _pointer(self, column: ir.Value, index: ir.Value) -> ir.Value:
        builder = self._builder
        return builder.gep(self._array, [WORD(0), builder.add(builder.mul(index, WORD(WIDEST)), column)])

    def read(self, column: ir.Value, index: ir.Value = FIRST) -> ir.Value:
        """Write the load of one number."""
        return self._builder.load(self._pointer(column, index))

    def write(self, column: ir.Value, value: ir.Value, index: ir.Value = FIRST) -> None:
        """Write the store of one number."""
        self._builder.store(value, self._pointer(column, index))
