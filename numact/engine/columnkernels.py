"""Kernels of axis activations for rows that lie beside each other: the lanes of a vector are as many rows.

An array is seen as a table whose columns are the rows of the activation. The kernel takes some columns at a
time and does one step of the author's function after the other for all of them; the numbers between the steps
are one for each column. Sums are put together in the order of `numact.engine.rowtypes`, so the bits are the
same. Columns that are not contiguous side by side are gathered to scratch memory if they are short.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from llvmlite import ir
from numba.core import cgutils

from numact.engine import bodies, lanes, values
from numact.engine.arithmetic import DOUBLE, Lowering, Real
from numact.engine.columnparts import WIDEST, Columns, Loops, Numbers
from numact.engine.columnsums import PlainSums, WideSums
from numact.engine.loops import start_of
from numact.engine.memory import STORAGES, WORD, FloatingPointStatus, Storage, pointer_to, read
from numact.engine.steps import NumberPlace, RowPlace, Step, Steps
from numact.engine.totals import BLOCK, compensated, corrected
from numact.engine.vectorloops import vector_loop

# Operands before the arrays: the first block's number, how many columns a table has, and room for a block.
LEADING = 3
PER_ARRAY = 4  # address; steps between elements of a column, between columns, and between tables


def operand_count(arrays: int, parameters: int) -> int:
    """Tell how many operands a kernel has."""
    return LEADING + PER_ARRAY * arrays + parameters


class ColumnWriter:
    """Writes a kernel.

    Parameters
    ----------
    steps : Steps
        What the author's function does.
    dispatchers : mapping
        The jitted function of each step's term.
    storage : str
        Of the arrays.
    arrays, parameters : int
        How many there are, the output with the arrays.
    """

    def __init__(
        self,
        steps: Steps,
        dispatchers: Mapping[Any, Any],
        storage: str,
        arrays: int,
        parameters: int,
    ) -> None:
        self.steps = steps
        self.dispatchers = dispatchers
        self.storage = STORAGES[storage]
        self.arrays = arrays
        self.parameters = parameters

    def write(self, context: Any, builder: Any, args: Any) -> None:
        """Write the loop over blocks of columns."""
        bases, dims, steps, _ = args
        status = FloatingPointStatus(builder)
        count, length = (builder.load(builder.gep(dims, [WORD(index)])) for index in range(2))
        operands = [
            start_of(builder, bases, steps, index, WORD(0))
            for index in range(operand_count(self.arrays, self.parameters))
        ]
        first, columns, room = operands[:LEADING]
        tables = [
            operands[start : start + PER_ARRAY]
            for start in range(LEADING, LEADING + PER_ARRAY * self.arrays, PER_ARRAY)
        ]
        block = Block(Lowering(context, builder, self.storage.width), self.storage, length)
        block.take_parameters(operands[LEADING + PER_ARRAY * self.arrays :])
        blocks = builder.sdiv(builder.add(columns, WORD(WIDEST - 1)), WORD(WIDEST))
        with cgutils.for_range(builder, count) as loop:
            index = builder.add(first, loop.index)
            table, column = (
                builder.sdiv(index, blocks),
                builder.mul(builder.srem(index, blocks), WORD(WIDEST)),
            )
            left = builder.sub(columns, column)
            block.filled = builder.select(builder.icmp_signed("<", left, WORD(WIDEST)), left, WORD(WIDEST))
            block.take_arrays(tables, table, column, room)
            self._follow(block, self.steps, None)
            block.give_output()
        status.restore()

    def _follow(self, block: Block, steps: Steps, chosen: Numbers | None) -> None:
        """Write the code of steps, for the columns that are chosen; None for all."""
        for step in steps.steps:
            block.do(step, None if step.term is None else bodies.value(self.dispatchers[step.term]), chosen)
        if steps.condition is not None:
            for way, wanted in zip(steps.ways, (1.0, 0.0), strict=True):
                here = block.choose(steps.condition, wanted, chosen)
                with block.builder.if_then(block.is_any(here)):
                    self._follow(block, way, here)


@dataclass
class Place:
    """Where a block is in an array, and whether it cannot be worked on there."""

    columns: Columns
    column_step: ir.Value
    apart: ir.Value


class Block:
    """Some columns while the code of the steps is written.

    Parameters
    ----------
    lowering : Lowering
        Context, builder, and the width of results.
    storage : Storage
        Of the arrays.
    length : llvmlite.ir.Value
        Elements of a column.
    """

    def __init__(self, lowering: Lowering, storage: Storage, length: ir.Value) -> None:
        self.lowering = lowering
        self.builder = lowering.builder
        self.storage = storage
        self.length = length
        self.loops = Loops(self.builder)
        self.filled: ir.Value = WORD(0)
        self.numbers: dict[int, Real | Numbers] = {}
        self.columns: list[Columns] = []
        self.sums = (WideSums if storage.width == 64 else PlainSums)(self.loops)

    def take_parameters(self, addresses: Sequence[ir.Value]) -> None:
        """Write the loads of the parameters."""
        for index, address in enumerate(addresses):
            value = read(self.builder, self.storage, pointer_to(self.builder, self.storage, address), WORD(0))
            self.numbers[index] = Real(self.lowering, value)

    def take_arrays(
        self, tables: Sequence[Sequence[ir.Value]], table: ir.Value, column: ir.Value, room: ir.Value
    ) -> None:
        """Find a block in each array; what is not full or not side by side is worked on elsewhere."""
        builder, size = self.builder, WORD(self.storage.size)
        self.columns = []
        row = WORD(WIDEST * self.storage.size)
        for index, (base, step, column_step, table_step) in enumerate(tables):
            start = builder.add(base, builder.mul(table, table_step))
            start = builder.add(start, builder.mul(column, column_step))
            apart = builder.or_(
                builder.icmp_signed("!=", column_step, size),
                builder.icmp_signed("<", self.filled, WORD(WIDEST)),
            )
            own = builder.add(room, builder.mul(builder.mul(WORD(index), self.length), row))
            place = Place(Columns(builder, self.storage, start, step), column_step, apart)
            there = Columns(builder, self.storage, own, row)
            if index < len(tables) - 1:
                with builder.if_then(apart):
                    self._copy_in(place, there)
            self._output = place, there
            self.columns.append(
                Columns(
                    builder,
                    self.storage,
                    builder.select(apart, own, start),
                    builder.select(apart, row, step),
                )
            )

    def _copy_in(self, place: Place, there: Columns) -> None:
        builder = self.builder
        with cgutils.for_range(builder, self.length) as loop:
            with cgutils.for_range_slice(builder, self.filled, WORD(WIDEST), WORD(1), inc=True) as (
                column,
                _,
            ):
                there.write(loop.index, column, DOUBLE(0.0))
            self._move(place, there, loop.index, into=True)

    def _move(self, place: Place, there: Columns, element: ir.Value, into: bool) -> None:
        """Write the loop that copies an element of each column."""
        hints = {"vectorize.width": lanes.WIDTH}
        with vector_loop(self.builder, self.filled, hints, parallel=True) as loop:
            there.move(element, loop.index, place.columns, place.column_step, into)

    def give_output(self) -> None:
        """Write the output back to where it belongs."""
        builder = self.builder
        place, there = self._output
        with builder.if_then(place.apart), cgutils.for_range(builder, self.length) as loop:
            self._move(place, there, loop.index, into=False)

    def do(self, step: Step, term: bodies.Body | None, chosen: Numbers | None) -> None:
        """Write the code of a step; only chosen columns of the output are written."""
        if term is None:
            self._maximum(step)
        elif not any(isinstance(each, RowPlace) for each in step.operands):
            self._number(step, term)
        elif step.result is None:
            with cgutils.for_range(self.builder, self.length) as loop:
                self._row(step, term, loop.index, chosen)
        else:
            self._summed(step, term, chosen)

    def choose(self, condition: NumberPlace, wanted: float, among: Numbers | None) -> Numbers:
        """Write the choice of the columns whose number is the one that is wanted: 1 for these, else 0."""
        found, numbers = Numbers(self.builder), self.numbers[condition.index]
        assert isinstance(numbers, Numbers)
        with self.loops.each_column() as column:
            is_wanted = self.builder.fcmp_ordered("==", numbers.read(column), DOUBLE(wanted))
            former = DOUBLE(1.0) if among is None else among.read(column)
            found.write(column, values.select(self.builder, is_wanted, former, DOUBLE(0.0)))
        return found

    def is_any(self, chosen: Numbers) -> ir.Value:
        """Write the question whether any column is chosen."""
        total = cgutils.alloca_once_value(self.builder, DOUBLE(0.0))
        self.builder.store(DOUBLE(0.0), total)
        with self.loops.each() as loop:
            loop.sum(chosen.read(loop.index), total)
        return self.builder.fcmp_ordered(">", self.builder.load(total), DOUBLE(0.0))

    def _row(
        self,
        step: Step,
        term: bodies.Body,
        element: ir.Value,
        chosen: Numbers | None,
        take: Callable[[ir.Value, ir.Value], None] | None = None,
    ) -> None:
        """Write the term of an element of each column; `take` is called with the column and the result."""
        with self.loops.each_column() as column:
            result = term(self._operands(step, element, column))[0].real.value
            if step.out is not None:
                self._write(self.columns[step.out.index], element, column, result, chosen)
            if take is not None:
                take(column, result)

    def _write(
        self, out: Columns, element: ir.Value, column: ir.Value, result: ir.Value, chosen: Numbers | None
    ) -> None:
        if chosen is not None:
            is_chosen = self.builder.fcmp_ordered(">", chosen.read(column), DOUBLE(0.0))
            result = values.select(self.builder, is_chosen, result, out.read(element, column))
        out.write(element, column, result)

    def _operands(self, step: Step, element: ir.Value, column: ir.Value) -> list[Real]:
        return [self._operand(each, element, column) for each in step.operands]

    def _operand(self, operand: Any, element: ir.Value, column: ir.Value) -> Real:
        if isinstance(operand, RowPlace):
            return Real(self.lowering, self.columns[operand.index].read(element, column))
        if isinstance(operand, NumberPlace):
            number = self.numbers[operand.index]
            return number if isinstance(number, Real) else Real(self.lowering, number.read(column))
        return self.lowering.constant(operand)

    def _result(self, step: Step) -> Numbers:
        assert step.result is not None
        numbers = self.numbers[step.result.index] = Numbers(self.builder)
        return numbers

    def _number(self, step: Step, term: bodies.Body) -> None:
        result = self._result(step)
        with self.loops.each_column() as column:
            result.write(column, term(self._operands(step, WORD(0), column))[0].real.value)

    def _maximum(self, step: Step) -> None:
        """Write the loop of the largest element, with NaN winning."""
        builder, result = self.builder, self._result(step)
        (row,) = step.operands
        with self.loops.each_column() as column:
            result.write(column, DOUBLE(-math.inf))
        with cgutils.for_range(builder, self.length) as loop, self.loops.each_column() as column:
            former, value = result.read(column), self._operand(row, loop.index, column).value
            result.write(column, lanes.larger(builder, former, value))

    def _summed(self, step: Step, term: bodies.Body, chosen: Numbers | None) -> None:
        """Write the loop over blocks of elements, whose sums are one number each."""
        builder = self.builder
        total, error = Numbers(builder), Numbers(builder)
        with self.loops.each_column() as column:
            for each in (total, error):
                each.write(column, DOUBLE(0.0))
        with cgutils.for_range_slice(builder, WORD(0), self.length, WORD(BLOCK), inc=True) as (start, _):
            left = builder.sub(self.length, start)
            count = builder.select(builder.icmp_signed("<", left, WORD(BLOCK)), left, WORD(BLOCK))
            self.sums.begin(count)
            with cgutils.for_range(builder, count) as loop:
                self.sums.at(loop.index)
                self._row(step, term, builder.add(start, loop.index), chosen, self.sums.add)
            self.sums.finish()
            with self.loops.each_column() as column:
                self._run(total, error, column, self.sums.value(column))
        result = self._result(step)
        with self.loops.each_column() as column:
            result.write(column, corrected(builder, total.read(column), error.read(column)))

    def _run(self, total: Numbers, error: Numbers, column: ir.Value, value: ir.Value) -> None:
        """Add a block's sum as `numact.engine.totals.RunningSum` does."""
        now, lost = compensated(self.builder, total.read(column), value)
        total.write(column, now)
        error.write(column, self.builder.fadd(error.read(column), lost))
