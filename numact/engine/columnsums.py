"""Sums of columns, block by block, in the order in which `numact.engine.totals` sums a row's elements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir
from numba.core import cgutils

from numact.engine import lanes
from numact.engine.columnparts import Loops, Numbers
from numact.engine.memory import WORD
from numact.engine.totals import corrected

DOUBLE = ir.DoubleType()


class PlainSums:
    """Sums that are rounded at every step.

    In a row's vector loop there is a sum for each lane of a group, and what is left is another group; so
    there are as many sums here, for whole groups and for the last one apart.
    """

    def __init__(self, loops: Loops) -> None:
        self.loops = loops
        self.builder = loops.builder
        self._sums = Numbers(self.builder, 2 * lanes.LANES)
        self._block = Numbers(self.builder)
        self._lane: ir.Value = WORD(0)

    def begin(self, count: ir.Value) -> None:
        """Begin the sum of some elements."""
        builder = self.builder
        self._whole = builder.and_(count, WORD(-lanes.LANES))
        left = builder.sub(count, self._whole)
        middle = lanes.LANES // 2
        compare = builder.icmp_signed
        few = builder.and_(compare(">", left, WORD(0)), compare("<=", left, WORD(middle)))
        # Lanes that are not filled add nothing: where few are left, half of them will do.
        self._parts = (
            (compare(">", self._whole, WORD(0)), 0, lanes.LANES, _vectors_first),
            (few, lanes.LANES, middle, _by_halves),
            (compare(">", left, WORD(middle)), lanes.LANES, lanes.LANES, _by_halves),
        )
        with self.loops.each_column() as column:
            self._block.write(column, DOUBLE(0.0))
        for condition, first, count_here, _ in self._parts:
            with builder.if_then(condition):
                _fill(self.loops, self._sums, first, count_here)

    def at(self, index: ir.Value) -> None:
        """Tell which element follows."""
        builder = self.builder
        lane = builder.and_(index, WORD(lanes.LANES - 1))
        is_last = builder.icmp_signed(">=", index, self._whole)
        self._lane = builder.add(lane, builder.select(is_last, WORD(lanes.LANES), WORD(0)))

    def add(self, column: ir.Value, value: ir.Value) -> None:
        """Add an element of a column."""
        former = self._sums.read(column, self._lane)
        self._sums.write(column, self.builder.fadd(former, value), self._lane)

    def finish(self) -> None:
        """Put the lanes together: first those computed side by side, then by halves."""
        for condition, first, count, order in self._parts:
            with self.builder.if_then(condition), self.loops.each_column() as column:
                each = [self._sums.read(column, WORD(first + lane)) for lane in range(count)]
                total = self.builder.fadd(self._block.read(column), order(self.builder.fadd, each))
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
        self._block = Numbers(self.builder)
        self._lane: ir.Value = WORD(0)

    def begin(self, count: ir.Value) -> None:
        """Begin the sum of some elements."""
        for each in (self._sums, self._errors):
            _fill(self.loops, each, 0, lanes.LANES)

    def at(self, index: ir.Value) -> None:
        """Tell which element follows."""
        self._lane = self.builder.and_(index, WORD(lanes.LANES - 1))

    def add(self, column: ir.Value, value: ir.Value) -> None:
        """Add an element of a column."""
        total, error = lanes.two_sum(self.builder, self._sums.read(column, self._lane), value)
        self._sums.write(column, total, self._lane)
        former = self._errors.read(column, self._lane)
        self._errors.write(column, self.builder.fadd(former, error), self._lane)

    def finish(self) -> None:
        """Put the lanes together by halves, and the errors with those of that."""
        builder = self.builder
        with self.loops.each_column() as column:
            sums, errors = (
                [each.read(column, WORD(lane)) for lane in range(lanes.LANES)]
                for each in (self._sums, self._errors)
            )
            while len(sums) > 1:
                pairs = [lanes.two_sum(builder, *pair) for pair in _halves(sums)]
                together = [builder.fadd(*pair) for pair in _halves(errors)]
                sums = [total for total, _ in pairs]
                errors = [builder.fadd(both, lost) for both, (_, lost) in zip(together, pairs, strict=True)]
            self._block.write(column, corrected(builder, sums[0], errors[0]))

    def value(self, column: ir.Value) -> ir.Value:
        """Write the load of a column's sum."""
        return self._block.read(column)


def _fill(loops: Loops, numbers: Numbers, first: int, count: int) -> None:
    """Write zeros to some lanes."""
    with cgutils.for_range(loops.builder, WORD(count)) as loop, loops.each_column() as column:
        numbers.write(column, DOUBLE(0.0), loops.builder.add(loop.index, WORD(first)))


def _halves(values: Sequence[Any]) -> list[tuple[Any, Any]]:
    middle = len(values) // 2
    return list(zip(values[:middle], values[middle:], strict=True))


def _by_halves(combine: Callable[[Any, Any], Any], values: Sequence[Any]) -> Any:
    while len(values) > 1:
        values = [combine(*pair) for pair in _halves(values)]
    return values[0]


def _vectors_first(combine: Callable[[Any, Any], Any], values: Sequence[Any]) -> Any:
    """Combine as LLVM does at the end of a vector loop."""
    vector = values[: lanes.WIDTH]
    for start in range(lanes.WIDTH, len(values), lanes.WIDTH):
        vector = [combine(*pair) for pair in zip(values[start : start + lanes.WIDTH], vector, strict=True)]
    return _by_halves(combine, vector)
