"""Sums along rows: of the groups of a block, and of the blocks."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils

from numact.engine import lanes, values
from numact.engine.memory import WORD, scratch
from numact.engine.values import Float64

DOUBLE = ir.DoubleType()
BLOCK = 1024  # elements whose sum is one number; the order of summation depends on nothing else


def corrected(builder: Any, total: ir.Value, error: ir.Value) -> ir.Value:
    """Add a sum's rounding errors; an infinite or NaN sum has no use for them."""
    plain = Float64(builder, total)
    return values.where(values.absolute(plain) < float("inf"), plain + Float64(builder, error), plain).value


def compensated(builder: Any, total: ir.Value, value: ir.Value) -> tuple[ir.Value, ir.Value]:
    """Add a number to a sum (Neumaier's way); gives the sum and the addition's rounding error."""
    former, number = Float64(builder, total), Float64(builder, value)
    now = former + number
    part = now - former
    return now.value, ((former - (now - part)) + (number - part)).value


class PlainSum:
    """A sum of groups, rounded at every step."""

    def __init__(self, builder: Any) -> None:
        self.builder = builder
        self.pointer = cgutils.alloca_once_value(builder, DOUBLE(0.0))

    def add(self, group: ir.Value) -> None:
        """Add the lanes of a group."""
        last = lanes.folded(self.builder, group, lanes.add)
        self.builder.store(self.builder.fadd(self.builder.load(self.pointer), last), self.pointer)

    def value(self) -> ir.Value:
        """Give the sum."""
        return self.builder.load(self.pointer)


class VectorSum:
    """A sum for each lane with its rounding errors (Knuth's TwoSum), all put together at the end."""

    def __init__(self, builder: Any) -> None:
        self.builder = builder
        zeros = lanes.splat(0.0)
        self._sum, self._error = (cgutils.alloca_once_value(builder, zeros) for _ in range(2))

    def scratch(self) -> ir.Value:
        """Give the address of room for the elements of a block."""
        return self.builder.ptrtoint(scratch(self.builder, ir.ArrayType(DOUBLE, BLOCK)), WORD)

    def add(self, group: ir.Value) -> None:
        """Add the lanes of a group."""
        builder = self.builder
        total, error = lanes.two_sum(builder, builder.load(self._sum), group)
        builder.store(total, self._sum)
        builder.store(builder.fadd(builder.load(self._error), error), self._error)

    def value(self) -> ir.Value:
        """Give the sum, rounded once."""
        builder = self.builder
        return corrected(
            builder, *lanes.folded_sum(builder, builder.load(self._sum), builder.load(self._error))
        )


class RunningSum:
    """A compensated sum (Neumaier's): the rounding errors of the additions are added up beside it."""

    def __init__(self, builder: Any) -> None:
        self.builder = builder
        self.sum, self.error = (cgutils.alloca_once_value(builder, DOUBLE(0.0)) for _ in range(2))

    def add(self, value: ir.Value) -> None:
        """Add a number."""
        builder = self.builder
        now, error = compensated(builder, builder.load(self.sum), value)
        builder.store(now, self.sum)
        builder.store(builder.fadd(builder.load(self.error), error), self.error)

    def value(self) -> ir.Value:
        """Give the sum."""
        builder = self.builder
        return corrected(builder, builder.load(self.sum), builder.load(self.error))
