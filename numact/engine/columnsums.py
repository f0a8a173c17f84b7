"""Sums of columns, block by block, in the order in which `numact.engine.totals` sums a row's elements.

In a row's vector loop there is a sum for each lane; so each column has as many here. A lane's first element
is its sum, and where few lanes are filled only these are put together: adding the zeros of the others would
change nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from llvmlite import ir
from numba.core import cgutils

from numact.engine import lanes, values
from numact.engine.columnparts import Loops, Numbers
from numact.engine.memory import WORD
from numact.engine.totals import corrected

DOUBLE = ir.DoubleType()
ZERO = DOUBLE(0.0)
ALL = WORD(lanes.LANES)
# Halves of the lanes, of half of them, and so on.
HALVES = tuple(lanes.LANES >> power for power in range(1, lanes.LANES.bit_length()))
HALVES_OF_VECTOR = tuple(half for half in HALVES if half < lanes.WIDTH)

Join = Callable[[ir.Value, ir.Value, ir.Value], None]


class PlainSums:
    """Sums that are rounded at every step.

    What is left when whole groups of lanes are summed is a group of its own, so there are twice as many sums.
    """

    def __init__(self, loops: Loops) -> None:
        self.loops = loops
        self.builder = loops.builder
        self._sums = Numbers(self.builder, 2 * lanes.LANES)
        self._block = Numbers(self.builder)

    def begin(self, count: ir.Value) -> None:
        """Begin the sum of some elements."""
        self._whole = self.builder.and_(count, WORD(-lanes.LANES))
        self._left = self.builder.sub(count, self._whole)
        with self.loops.each_column() as column:
            self._block.write(column, ZERO)
        _fill_up(self.loops, [self._sums], self._left, ALL)

    def at(self, index: ir.Value) -> None:
        """Tell which element follows."""
        builder = self.builder
        is_left = builder.icmp_signed(">=", index, self._whole)
        group = builder.select(is_left, ALL, WORD(0))
        self._lane = builder.add(builder.and_(index, WORD(lanes.LANES - 1)), group)
        self._is_first = builder.or_(is_left, builder.icmp_signed("<", index, ALL))

    def add(self, column: ir.Value, value: ir.Value) -> None:
        """Add an element of a column."""
        former = values.select(self.builder, self._is_first, ZERO, self._sums.read(column, self._lane))
        self._sums.write(column, self.builder.fadd(former, value), self._lane)

    def finish(self) -> None:
        """Put the lanes together, by halves; those of whole groups first vector by vector, as LLVM does."""
        builder = self.builder
        with builder.if_then(builder.icmp_signed(">", self._whole, WORD(0))):
            for start in range(lanes.WIDTH, lanes.LANES, lanes.WIDTH):
                with _each(self.loops, WORD(0), WORD(lanes.WIDTH)) as (lane, column):
                    self._join(lane, builder.add(lane, WORD(start)), column)
            _join_halves(self.loops, WORD(lanes.LANES), HALVES_OF_VECTOR, WORD(0), self._join)
            self._take(WORD(0))
        with builder.if_then(builder.icmp_signed(">", self._left, WORD(0))):
            _join_halves(self.loops, self._left, HALVES, ALL, self._join)
            self._take(ALL)

    def _join(self, lane: ir.Value, other: ir.Value, column: ir.Value) -> None:
        both = self.builder.fadd(self._sums.read(column, lane), self._sums.read(column, other))
        self._sums.write(column, both, lane)

    def _take(self, lane: ir.Value) -> None:
        with self.loops.each_column() as column:
            total = self.builder.fadd(self._block.read(column), self._sums.read(column, lane))
            self._block.write(column, total)

    def value(self, column: ir.Value) -> ir.Value:
        """Write the load of a column's sum."""
        return self._block.read(column)


class WideSums:
    """Sums with their rounding errors beside them."""

    def __init__(self, loops: Loops) -> None:
        self.loops = loops
        self.builder = loops.builder
        self._sums, self._errors = (Numbers(self.builder, lanes.LANES) for _ in range(2))

    def begin(self, count: ir.Value) -> None:
        """Begin the sum of some elements."""
        self._count = count
        _fill_up(self.loops, [self._sums, self._errors], count, WORD(0))

    def at(self, index: ir.Value) -> None:
        """Tell which element follows."""
        self._lane = self.builder.and_(index, WORD(lanes.LANES - 1))
        self._is_first = self.builder.icmp_signed("<", index, ALL)

    def add(self, column: ir.Value, value: ir.Value) -> None:
        """Add an element of a column."""
        former, former_error = (
            values.select(self.builder, self._is_first, ZERO, each.read(column, self._lane))
            for each in (self._sums, self._errors)
        )
        total, error = lanes.two_sum(self.builder, former, value)
        self._sums.write(column, total, self._lane)
        self._errors.write(column, self.builder.fadd(former_error, error), self._lane)

    def finish(self) -> None:
        """Put the lanes together by halves, and the errors with those of that."""
        _join_halves(self.loops, self._count, HALVES, WORD(0), self._join)

    def _join(self, lane: ir.Value, other: ir.Value, column: ir.Value) -> None:
        total, lost = lanes.two_sum(self.builder, *(self._sums.read(column, each) for each in (lane, other)))
        errors = self.builder.fadd(*(self._errors.read(column, each) for each in (lane, other)))
        self._sums.write(column, total, lane)
        self._errors.write(column, self.builder.fadd(errors, lost), lane)

    def value(self, column: ir.Value) -> ir.Value:
        """Write the reading of a column's sum."""
        return corrected(self.builder, self._sums.read(column), self._errors.read(column))


@contextmanager
def _each(loops: Loops, start: ir.Value, stop: ir.Value) -> Iterator[tuple[ir.Value, ir.Value]]:
    """Write a loop over lanes and columns."""
    with (
        cgutils.for_range_slice(loops.builder, start, stop, WORD(1), inc=True) as (lane, _),
        loops.each_column() as column,
    ):
        yield lane, column


def _fill_up(loops: Loops, numbers: list[Numbers], count: ir.Value, first: ir.Value) -> None:
    """Write zeros after the lanes that are filled, as far as these are put together with others."""
    builder = loops.builder
    stop = count
    for half in reversed(HALVES):
        stop = builder.select(builder.icmp_signed(">", count, WORD(half)), WORD(2 * half), stop)
    with _each(loops, builder.add(first, count), builder.add(first, stop)) as (lane, column):
        for each in numbers:
            each.write(column, ZERO, lane)


def _join_halves(loops: Loops, count: ir.Value, halves: tuple[int, ...], first: ir.Value, join: Join) -> None:
    """Put lanes together by halves, from the smallest that holds those that are filled."""
    builder = loops.builder
    for half in halves:
        with builder.if_then(builder.icmp_signed(">", count, WORD(half))):
            stop = builder.add(first, WORD(half))
            with _each(loops, first, stop) as (lane, column):
                join(lane, builder.add(lane, WORD(half)), column)
