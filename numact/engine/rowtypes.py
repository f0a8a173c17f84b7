"""Rows of an axis activation as Numba knows them, and the code of the functions of `numact.rows`."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.datamodel import models
from numba.core.typing.templates import Signature
from numba.extending import lower_builtin, register_model

from numact import rows
from numact.engine import bodies, values
from numact.engine.arithmetic import DOUBLE, Lowering, Real
from numact.engine.bodies import Body
from numact.engine.memory import STORAGES, WORD, Storage, copy, pointer_to, read, write
from numact.engine.numbers import NumberType, as_number, pack, register_typing
from numact.engine.values import Float64

LANES = 32  # sums that run side by side
BLOCK = 1024  # elements whose sum is one number; the order of summation depends on nothing else


class RowType(types.Type):
    """The type of a row: address and length of contiguous elements."""

    def __init__(self, storage: str) -> None:
        self.storage: Storage = STORAGES[storage]
        super().__init__(name=f"Row({storage})")

    @property
    def number(self) -> NumberType:
        """The type of an element as a number."""
        return NumberType(self.storage.width, 0)


@register_model(RowType)
class _RowModel(models.StructModel):
    """Two words."""

    def __init__(self, manager: Any, row: RowType) -> None:
        super().__init__(manager, row, [("address", types.intp), ("length", types.intp)])


class RowCode:
    """A row while code is written."""

    def __init__(self, builder: Any, storage: Storage, address: ir.Value, length: ir.Value) -> None:
        self.builder = builder
        self.storage = storage
        self.address = address
        self.length = length

    def element(self, index: ir.Value) -> ir.Value:
        """Write the load of an element as a float64."""
        return read(self.builder, self.storage, pointer_to(self.builder, self.storage, self.address), index)


class RowOperation:
    """One call of a function of `numact.rows` while its code is written."""

    def __init__(
        self, context: Any, builder: Any, term: Body, out: RowCode | None, operands: list[Any]
    ) -> None:
        self.builder = builder
        self.term = term
        self.out = out
        self.operands = operands
        self.first = next(operand for operand in operands if isinstance(operand, RowCode))
        self.storage = self.first.storage
        self.lowering = Lowering(context, builder, self.storage.width)
        self.scratch = [cgutils.alloca_once(builder, ir.ArrayType(WORD, BLOCK)) for _ in operands]

    def run(self, summed: bool) -> Real:
        """Write the loop over blocks; gives the sum where one is wanted."""
        builder, length = self.builder, self.first.length
        sums = RunningSum(builder) if summed else None
        with cgutils.for_range_slice(builder, WORD(0), length, WORD(BLOCK), inc=True) as (start, _):
            left = builder.sub(length, start)
            count = builder.select(builder.icmp_signed("<", left, WORD(BLOCK)), left, WORD(BLOCK))
            sources = [self._source(index, start, count) for index in range(len(self.operands))]
            if sums is None:
                with cgutils.for_range(builder, count) as loop:
                    self._element(sources, start, loop.index)
            else:
                sums.add(self._block_sum(sources, start, count))
        return Real(self.lowering, sums.value()) if sums else self.lowering.constant(0.0)

    def _source(self, index: int, start: ir.Value, count: ir.Value) -> Any:
        """Give where an operand's block is read from: a copy, where it is also written, so that LLVM vectorises."""
        builder, operand = self.builder, self.operands[index]
        if not isinstance(operand, RowCode):
            return operand
        size = WORD(operand.storage.size)
        address = builder.add(operand.address, builder.mul(start, size))
        if self.out is not None:
            block = builder.ptrtoint(self.scratch[index], WORD)
            same = builder.icmp_signed("==", operand.address, self.out.address)
            with builder.if_then(same):
                copy(builder, operand.storage.size, block, size, address, size, count)
            address = builder.select(same, block, address)
        return pointer_to(builder, operand.storage, address)

    def _element(self, sources: list[Any], start: ir.Value, index: ir.Value) -> Real:
        """Write the term of one element, stored where there is an output."""
        builder = self.builder
        numbers = [
            Real(self.lowering, read(builder, operand.storage, source, index))
            if isinstance(operand, RowCode)
            else source
            for operand, source in zip(self.operands, sources, strict=True)
        ]
        result = self.term(numbers)[0].real
        if self.out is not None:
            pointer = pointer_to(builder, self.out.storage, self.out.address)
            write(builder, self.out.storage, pointer, builder.add(start, index), result.value)
        return Real(self.lowering, result.value)

    def _block_sum(self, sources: list[Any], start: ir.Value, count: ir.Value) -> ir.Value:
        """Write the sum of a block: lanes side by side, then added up by halves."""
        builder = self.builder
        lanes = Lanes(builder)
        whole = builder.and_(count, WORD(-LANES))
        with cgutils.for_range_slice(builder, WORD(0), whole, WORD(LANES), inc=True) as (base, _):
            with cgutils.for_range(builder, WORD(LANES)) as loop:
                lanes.add(loop.index, self._element(sources, start, builder.add(base, loop.index)).value)
        with cgutils.for_range(builder, builder.sub(count, whole)) as loop:
            lanes.add(loop.index, self._element(sources, start, builder.add(whole, loop.index)).value)
        return lanes.sum()


class Lanes:
    """Sums that run side by side, on the stack, which LLVM keeps in vector registers."""

    def __init__(self, builder: Any) -> None:
        self.builder = builder
        self.array = cgutils.alloca_once(builder, ir.ArrayType(DOUBLE, LANES))
        builder.store(ir.Constant(ir.ArrayType(DOUBLE, LANES), None), self.array)

    def _place(self, index: ir.Value) -> ir.Value:
        return self.builder.gep(self.array, [WORD(0), index], inbounds=True)

    def add(self, index: ir.Value, value: ir.Value) -> None:
        """Add to a lane."""
        place = self._place(index)
        self.builder.store(self.builder.fadd(self.builder.load(place), value), place)

    def sum(self) -> ir.Value:
        """Add the lanes up by halves."""
        numbers = [self.builder.load(self._place(WORD(index))) for index in range(LANES)]
        while len(numbers) > 1:
            half = len(numbers) // 2
            pairs = zip(numbers[:half], numbers[half:], strict=True)
            numbers = [self.builder.fadd(first, second) for first, second in pairs]
        return numbers[0]


class RunningSum:
    """A compensated sum (Neumaier's): the rounding errors of the additions are added up beside it."""

    def __init__(self, builder: Any) -> None:
        self.builder = builder
        self.sum, self.error = (cgutils.alloca_once_value(builder, DOUBLE(0.0)) for _ in range(2))

    def add(self, value: ir.Value) -> None:
        """Add a number."""
        builder = self.builder
        former, number = Float64(builder, builder.load(self.sum)), Float64(builder, value)
        now = former + number
        part = now - former
        error = (former - (now - part)) + (number - part)
        builder.store(now.value, self.sum)
        builder.store(builder.fadd(builder.load(self.error), error.value), self.error)

    def value(self) -> ir.Value:
        """Give the sum; an infinite or NaN sum has no use for its error."""
        total, error = Float64(self.builder, self.builder.load(self.sum)), self.builder.load(self.error)
        corrected = total + Float64(self.builder, error)
        return values.where(values.absolute(total) < float("inf"), corrected, total).value


def maximum_of(builder: Any, row: RowCode) -> ir.Value:
    """Write the loop of the largest element, with NaN winning."""
    lanes = cgutils.alloca_once(builder, ir.ArrayType(DOUBLE, LANES))
    with cgutils.for_range(builder, WORD(LANES)) as loop:
        builder.store(DOUBLE(float("-inf")), builder.gep(lanes, [WORD(0), loop.index], inbounds=True))

    def include(lane: ir.Value, index: ir.Value) -> None:
        place = builder.gep(lanes, [WORD(0), lane], inbounds=True)
        builder.store(_larger(builder, builder.load(place), row.element(index)), place)

    whole = builder.and_(row.length, WORD(-LANES))
    with cgutils.for_range_slice(builder, WORD(0), whole, WORD(LANES), inc=True) as (base, _):
        with cgutils.for_range(builder, WORD(LANES)) as loop:
            include(loop.index, builder.add(base, loop.index))
    with cgutils.for_range(builder, builder.sub(row.length, whole)) as loop:
        include(loop.index, builder.add(whole, loop.index))
    result = cgutils.alloca_once_value(builder, DOUBLE(float("-inf")))
    with cgutils.for_range(builder, WORD(LANES)) as loop:
        value = builder.load(builder.gep(lanes, [WORD(0), loop.index], inbounds=True))
        builder.store(_larger(builder, builder.load(result), value), result)
    return builder.load(result)


def _larger(builder: Any, former: ir.Value, value: ir.Value) -> ir.Value:
    """Take the new value where it is larger or NaN; a former NaN stays."""
    larger = builder.fcmp_unordered(">", value, former)
    valid = builder.fcmp_ordered("ord", former, former)
    return builder.select(builder.and_(larger, valid), value, former)


def row_of(builder: Any, row: RowType, value: ir.Value) -> RowCode:
    """Give the row that a value of a row's type holds."""
    return RowCode(builder, row.storage, *(builder.extract_value(value, index) for index in range(2)))


# Registration ----------------------------------------------------------------------------------------------


def _number_of_row(*kinds: Any) -> Any:
    row = next((kind for kind in kinds if isinstance(kind, RowType)), None)
    return row.number if row else None


def _as_operand(lowering: Lowering, builder: Any, kind: Any, value: ir.Value) -> Any:
    if isinstance(kind, RowType):
        return row_of(builder, kind, value)
    return as_number(lowering, kind, value)


def _register(key: Callable[..., Any], has_out: bool, summed: bool) -> None:
    register_typing(key, lambda args: _number_of_row(*args[1:]) if summed else types.none)

    def implementation(context: Any, builder: Any, sig: Signature, args: tuple[Any, ...]) -> Any:
        term, *kinds = sig.args
        number = _number_of_row(*kinds)
        lowering = Lowering(context, builder, number.width)
        operands = [_as_operand(lowering, builder, *pair) for pair in zip(kinds, args[1:], strict=True)]
        out = operands.pop(0) if has_out else None
        result = RowOperation(context, builder, bodies.value(term.dispatcher), out, operands).run(summed)
        return pack(context, builder, number, result) if summed else context.get_dummy_value()

    lower_builtin(key, types.Dispatcher, types.VarArg(types.Any))(implementation)


def _lower_maximum(context: Any, builder: Any, sig: Signature, args: tuple[Any, ...]) -> Any:
    row = row_of(builder, sig.args[0], args[0])
    lowering = Lowering(context, builder, row.storage.width)
    return pack(context, builder, sig.return_type, Real(lowering, maximum_of(builder, row)))


def _lower_item(context: Any, builder: Any, sig: Signature, args: tuple[Any, ...]) -> Any:
    row = row_of(builder, sig.args[0], args[0])
    index = context.cast(builder, args[1], sig.args[1], types.intp)
    lowering = Lowering(context, builder, row.storage.width)
    return pack(
        context, builder, sig.return_type, Real(lowering, row.element(_from_start(builder, row, index)))
    )


def _lower_set_item(context: Any, builder: Any, sig: Signature, args: tuple[Any, ...]) -> Any:
    row = row_of(builder, sig.args[0], args[0])
    index = context.cast(builder, args[1], sig.args[1], types.intp)
    number = as_number(Lowering(context, builder, row.storage.width), sig.args[2], args[2]).real
    pointer = pointer_to(builder, row.storage, row.address)
    write(builder, row.storage, pointer, _from_start(builder, row, index), number.value)
    return context.get_dummy_value()


def _from_start(builder: Any, row: RowCode, index: ir.Value) -> ir.Value:
    """Count a negative index from the end."""
    negative = builder.icmp_signed("<", index, WORD(0))
    return builder.select(negative, builder.add(index, row.length), index)


def _is_row(args: tuple[Any, ...], count: int) -> bool:
    return len(args) == count and isinstance(args[0], RowType)


def _register_all() -> None:
    register_typing(rows.maximum, lambda args: args[0].number if _is_row(args, 1) else None)
    lower_builtin(rows.maximum, RowType)(_lower_maximum)
    _register(rows.total, has_out=False, summed=True)
    _register(rows.apply, has_out=True, summed=False)
    _register(rows.apply_total, has_out=True, summed=True)
    register_typing(len, lambda args: types.intp if _is_row(args, 1) else None)
    lower_builtin(len, RowType)(lambda context, builder, sig, args: builder.extract_value(args[0], 1))
    register_typing(operator.getitem, lambda args: args[0].number if _is_row(args, 2) else None)
    lower_builtin(operator.getitem, RowType, types.Integer)(_lower_item)
    register_typing(operator.setitem, lambda args: types.none if _is_row(args, 3) else None)
    lower_builtin(operator.setitem, RowType, types.Integer, types.Any)(_lower_set_item)


_register_all()
