"""Vectors of lanes: a row read, computed, summed and written 32 elements at a time.

The last, partial group of a row is masked, so short rows run at vector speed too, and an element's result
does not depend on where it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from llvmlite import ir
from numba.core import cgutils

from numact.engine.memory import LLVM_TYPES, STORAGES, WORD, Storage, pointer_to, scratch
from numact.engine.vectorloops import vector_loop

LANES = 32
WIDTH = 8  # lanes of a vector; the others are computed side by side with it
DOUBLE = ir.DoubleType()
INDEX = ir.IntType(32)
DOUBLES = ir.VectorType(DOUBLE, LANES)
INDEXES = ir.VectorType(WORD, LANES)
MASKS = ir.VectorType(ir.IntType(1), LANES)
ALIGNMENT = INDEX(1)

Emit = Callable[[Any, ir.Value, ir.Value], ir.Value]


@contextmanager
def loop_over_lanes(builder: Any) -> Iterator[ir.Value]:
    """Write a loop over the lanes that LLVM turns into vector code; gives the lane's number.

    Unrolling is left to the vectoriser: a short body unrolled before it would stay scalar.
    """
    hints = {"unroll.disable": None, "vectorize.width": WIDTH, "interleave.count": LANES // WIDTH}
    with vector_loop(builder, WORD(LANES), hints) as loop:
        yield loop.index


def splat(value: float, storage: Storage = STORAGES["float64"]) -> ir.Constant:
    """Give a vector of one constant."""
    element = LLVM_TYPES[storage.name]
    return ir.Constant(ir.VectorType(element, LANES), [element(value)] * LANES)


def _vector_pointer(builder: Any, storage: Storage, address: ir.Value) -> ir.Value:
    vector = ir.VectorType(LLVM_TYPES[storage.name], LANES)
    return builder.bitcast(pointer_to(builder, storage, address), vector.as_pointer())


def load(builder: Any, storage: Storage, address: ir.Value) -> ir.Value:
    """Write the load of a whole group in the storage's precision."""
    return builder.load(_vector_pointer(builder, storage, address), align=1)


class Group:
    """The lanes that a group of a row fills: all of them, or at a row's end the first few.

    Parameters
    ----------
    builder
        llvmlite's builder.
    remaining : llvmlite.ir.Value
        How many elements are left.
    """

    def __init__(self, builder: Any, remaining: ir.Value) -> None:
        self.builder = builder
        self.remaining = remaining
        self.full = builder.icmp_signed(">=", remaining, WORD(LANES))

    def mask(self) -> ir.Value:
        """Give the mask of the lanes that are filled."""
        builder = self.builder
        first = builder.insert_element(ir.Constant(INDEXES, ir.Undefined), self.remaining, INDEX(0))
        zeros = ir.Constant(ir.VectorType(INDEX, LANES), None)
        bound = builder.shuffle_vector(first, ir.Constant(INDEXES, ir.Undefined), zeros)
        lanes = ir.Constant(INDEXES, [WORD(lane) for lane in range(LANES)])
        return builder.icmp_signed("<", lanes, bound)

    def load(self, storage: Storage, address: ir.Value) -> ir.Value:
        """Write the load as float64 numbers, 0 in lanes that are not filled."""
        value = self.load_stored(storage, address, 0.0)
        return value if value.type == DOUBLES else self.builder.fpext(value, DOUBLES)

    def load_stored(self, storage: Storage, address: ir.Value, fill: float) -> ir.Value:
        """Write the load in the storage's precision, `fill` in lanes that are not filled."""
        builder, pointer = self.builder, _vector_pointer(self.builder, storage, address)
        vector = pointer.type.pointee
        with builder.if_else(self.full) as (whole, partial):
            with whole:
                all_lanes, from_whole = builder.load(pointer, align=1), builder.block
            with partial:
                kind = ir.FunctionType(vector, [pointer.type, INDEX, MASKS, vector])
                function = _intrinsic(builder, f"llvm.masked.load.v{LANES}f{8 * storage.size}.p0", kind)
                arguments = [pointer, ALIGNMENT, self.mask(), splat(fill, storage)]
                some_lanes = builder.call(function, arguments)
                from_partial = builder.block
        value = builder.phi(vector)
        value.add_incoming(all_lanes, from_whole)
        value.add_incoming(some_lanes, from_partial)
        return value

    def store(self, storage: Storage, address: ir.Value, value: ir.Value) -> None:
        """Write the store, each number rounded once."""
        builder, pointer = self.builder, _vector_pointer(self.builder, storage, address)
        vector = pointer.type.pointee
        rounded = value if vector == DOUBLES else builder.fptrunc(value, vector)
        # Masked stores are slow on some processors, so only a row's end takes one.
        with builder.if_else(self.full) as (whole, partial):
            with whole:
                builder.store(rounded, pointer, align=1)
            with partial:
                kind = ir.FunctionType(ir.VoidType(), [vector, pointer.type, INDEX, MASKS])
                function = _intrinsic(builder, f"llvm.masked.store.v{LANES}f{8 * storage.size}.p0", kind)
                builder.call(function, [rounded, pointer, ALIGNMENT, self.mask()])

    def zero_unfilled(self, value: ir.Value) -> ir.Value:
        """Give the value with 0 in lanes that are not filled."""
        return self.builder.select(self.mask(), value, splat(0.0))


def _intrinsic(builder: Any, name: str, kind: ir.FunctionType) -> ir.Function:
    return cgutils.get_or_insert_function(builder.module, kind, name)


def _halves(builder: Any, value: ir.Value) -> list[ir.Value]:
    width = value.type.count // 2
    return [
        builder.shuffle_vector(
            value,
            ir.Constant(value.type, ir.Undefined),
            ir.Constant(ir.VectorType(INDEX, width), [INDEX(lane + start) for lane in range(width)]),
        )
        for start in (0, width)
    ]


def folded(builder: Any, value: ir.Value, combine: Emit) -> ir.Value:
    """Combine the lanes by halves into one number."""
    while value.type.count > 1:
        value = combine(builder, *_halves(builder, value))
    return builder.extract_element(value, INDEX(0))


def two_sum(builder: Any, a: ir.Value, b: ir.Value) -> tuple[ir.Value, ir.Value]:
    """Add, lane by lane; gives the sums and their rounding errors."""
    total = builder.fadd(a, b)
    b_seen = builder.fsub(total, a)
    a_seen = builder.fsub(total, b_seen)
    return total, builder.fadd(builder.fsub(a, a_seen), builder.fsub(b, b_seen))


def folded_sum(builder: Any, value: ir.Value, error: ir.Value) -> tuple[ir.Value, ir.Value]:
    """Add the lanes by halves into one number, and its error beside the errors of the lanes."""
    while value.type.count > 1:
        value, rounding = two_sum(builder, *_halves(builder, value))
        error = builder.fadd(add(builder, *_halves(builder, error)), rounding)
    return builder.extract_element(value, INDEX(0)), builder.extract_element(error, INDEX(0))


def add(builder: Any, first: ir.Value, second: ir.Value) -> ir.Value:
    """Add, lane by lane."""
    return builder.fadd(first, second)


def larger(builder: Any, former: ir.Value, value: ir.Value) -> ir.Value:
    """Take the new value where it is larger or NaN; a former NaN stays."""
    greater = builder.fcmp_unordered(">", value, former)
    valid = builder.fcmp_ordered("ord", former, former)
    return builder.select(builder.and_(greater, valid), value, former)


class Buffer:
    """A group of float64 numbers on the stack, to be read and written by a loop over lanes."""

    def __init__(self, builder: Any) -> None:
        self.builder = builder
        self.array = scratch(builder, ir.ArrayType(DOUBLE, LANES))

    @property
    def _vector(self) -> ir.Value:
        return self.builder.bitcast(self.array, DOUBLES.as_pointer())

    def fill(self, value: ir.Value) -> None:
        """Write the store of all lanes."""
        self.builder.store(value, self._vector, align=8)

    def all(self) -> ir.Value:
        """Write the load of all lanes."""
        return self.builder.load(self._vector, align=8)

    def place(self, lane: ir.Value) -> ir.Value:
        """Give the pointer to one lane."""
        return self.builder.gep(self.array, [WORD(0), lane], inbounds=True)
