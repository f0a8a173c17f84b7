"""Rows of an axis activation as Numba knows them, and the code of the functions of `numact.rows`."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.datamodel import models
from numba.core.typing.templates import Signature
from numba.extending import lower_builtin, register_model

from numact import rows
from numact.engine import bodies, lanes
from numact.engine.arithmetic import DOUBLE, Lowering, Real
from numact.engine.authors import as_written, rebind
from numact.engine.bodies import Body
from numact.engine.memory import STORAGES, WORD, Storage, pointer_to, read, write
from numact.engine.numbers import NumberType, as_number, pack, register_typing
from numact.engine.totals import BLOCK, PlainSum, RunningSum, VectorSum
from numact.engine.vectorloops import vector_loop


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
        super().__init__(manager, row, [("address", types.intp), ("length", types.intp)])  # type: ignore[no-untyped-call]


class RowCode:
    """A row while code is written."""

    def __init__(self, builder: Any, storage: Storage, address: ir.Value, length: ir.Value) -> None:
        self.builder = builder
        self.storage = storage
        self.address = address
        self.length = length

    def address_of(self, index: ir.Value) -> ir.Value:
        """Give the address of an element."""
        return self.builder.add(self.address, self.builder.mul(index, WORD(self.storage.size)))

    def element(self, index: ir.Value) -> ir.Value:
        """Write the load of an element as a float64."""
        return read(self.builder, self.storage, pointer_to(self.builder, self.storage, self.address), index)

    def set_element(self, index: ir.Value, value: ir.Value) -> None:
        """Write the store of a float64 as an element."""
        pointer = pointer_to(self.builder, self.storage, self.address)
        write(self.builder, self.storage, pointer, index, value)


class RowOperation:
    """One call of a function of `numact.rows` while its code is written.

    Parameters
    ----------
    lowering : Lowering
        Context, builder, and the width of results.
    term : Body
        What is computed of each element.
    out : RowCode or None
        Where the results go.
    operands : list
        Rows, and numbers that are the same for every element.
    summed : bool
        Whether the sum is wanted.
    """

    def __init__(
        self, lowering: Lowering, term: Body, out: RowCode | None, operands: list[Any], summed: bool
    ) -> None:
        builder = self.builder = lowering.builder
        self.term = term
        self.out = out
        self.operands = operands
        self.first = next(operand for operand in operands if isinstance(operand, RowCode))
        self.lowering = lowering
        self.buffers = [lanes.Buffer(builder) if isinstance(each, RowCode) else None for each in operands]
        self.results = lanes.Buffer(builder)
        self.summed = summed

    def run(self) -> Real:
        """Write the loop over blocks; gives the sum, 0 where none is wanted."""
        builder, length = self.builder, self.first.length
        total = RunningSum(builder)
        with cgutils.for_range_slice(builder, WORD(0), length, WORD(BLOCK), inc=True) as (start, _):
            left = builder.sub(length, start)
            count = builder.select(builder.icmp_signed("<", left, WORD(BLOCK)), left, WORD(BLOCK))
            total.add(self.block(start, count))
        return Real(self.lowering, total.value())

    def block(self, start: ir.Value, count: ir.Value) -> ir.Value:
        """Write the code of a block: whole groups in one loop, what is left of them masked; gives the sum."""
        builder = self.builder
        whole = builder.and_(count, WORD(-lanes.LANES))
        total = self._new_sum()
        with builder.if_then(builder.icmp_signed(">", whole, WORD(0))):
            self._whole_groups(start, whole, total)
        left = builder.sub(count, whole)
        with builder.if_then(builder.icmp_signed(">", left, WORD(0))):
            self._last_group(builder.add(start, whole), left, total)
        return total.value()

    def _new_sum(self) -> PlainSum | VectorSum:
        """Begin a sum: float64 numbers are plain enough for results in float32, not for their own kind."""
        is_exact = self.summed and self.lowering.width == 64
        return VectorSum(self.builder) if is_exact else PlainSum(self.builder)

    def _whole_groups(self, start: ir.Value, count: ir.Value, total: PlainSum | VectorSum) -> None:
        """Write a vector loop over whole groups; where sums are compensated, another adds its results."""
        builder = self.builder
        kept = None
        if isinstance(total, VectorSum):
            kept = self.out or RowCode(builder, STORAGES["float64"], total.scratch(), WORD(BLOCK))
        # As many partial sums as a group has lanes, on every processor.
        hints = {"vectorize.width": lanes.WIDTH, "interleave.count": lanes.LANES // lanes.WIDTH}
        with vector_loop(builder, count, hints, parallel=True) as loop:
            index = builder.add(start, loop.index)
            numbers = [
                Real(self.lowering, each.element(index)) if isinstance(each, RowCode) else each
                for each in self.operands
            ]
            result = self.term(numbers)[0].real.value
            if self.out is not None:
                self.out.set_element(index, result)
            elif kept is not None:
                kept.set_element(loop.index, result)
            if self.summed and isinstance(total, PlainSum):
                loop.sum(result, total.pointer)
        if kept is not None:
            first = WORD(0) if self.out is None else start
            with cgutils.for_range_slice(builder, WORD(0), count, WORD(lanes.LANES), inc=True) as (index, _):
                total.add(lanes.load(builder, kept.storage, kept.address_of(builder.add(first, index))))

    def _last_group(self, index: ir.Value, count: ir.Value, total: PlainSum | VectorSum) -> None:
        """Write the code of a group that is not full."""
        builder = self.builder
        group = lanes.Group(builder, count)
        self._compute(index, group)
        results = self.results.all()
        if self.out is not None:
            group.store(self.out.storage, self.out.address_of(index), results)
        if self.summed:
            total.add(group.zero_unfilled(results))

    def _compute(self, index: ir.Value, group: lanes.Group) -> None:
        """Write the term of each lane: all are read before any is written, so a row may be its own output."""
        builder = self.builder
        for operand, buffer in zip(self.operands, self.buffers, strict=True):
            if buffer is not None:
                buffer.fill(group.load(operand.storage, operand.address_of(index)))
        with lanes.loop_over_lanes(builder) as lane:
            numbers = [
                operand if buffer is None else Real(self.lowering, builder.load(buffer.place(lane)))
                for operand, buffer in zip(self.operands, self.buffers, strict=True)
            ]
            builder.store(self.term(numbers)[0].real.value, self.results.place(lane))


def maximum_of(builder: Any, row: RowCode) -> ir.Value:
    """Write the loop of the largest element, with NaN winning."""
    lowest = lanes.splat(-math.inf, row.storage)
    largest = cgutils.alloca_once_value(builder, lowest)
    nans = cgutils.alloca_once_value(builder, ir.Constant(lanes.MASKS, None))
    whole = builder.and_(row.length, WORD(-lanes.LANES))

    def compare(values_here: ir.Value) -> None:
        former = builder.load(largest)
        greater = builder.fcmp_ordered(">", values_here, former)
        builder.store(builder.select(greater, values_here, former), largest)
        unordered = builder.fcmp_unordered("uno", values_here, values_here)
        builder.store(builder.or_(builder.load(nans), unordered), nans)

    with cgutils.for_range_slice(builder, WORD(0), whole, WORD(lanes.LANES), inc=True) as (index, _):
        compare(lanes.load(builder, row.storage, row.address_of(index)))
    left = builder.sub(row.length, whole)
    with builder.if_then(builder.icmp_signed(">", left, WORD(0))):
        group = lanes.Group(builder, left)
        compare(group.load_stored(row.storage, row.address_of(whole), fill=-math.inf))
    nan = lanes.splat(math.nan, row.storage)
    marked = builder.select(builder.load(nans), nan, builder.load(largest))
    result = lanes.folded(builder, marked, lanes.larger)
    return result if result.type == DOUBLE else builder.fpext(result, DOUBLE)


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
        result = RowOperation(lowering, _term_body(term, len(operands)), out, operands, summed).run()
        return pack(context, builder, number, result) if summed else context.get_dummy_value()

    lower_builtin(key, types.Dispatcher, types.VarArg(types.Any))(implementation)
    lower_builtin(key, types.Function, types.VarArg(types.Any))(implementation)


def _term_body(term: Any, operands: int) -> Body:
    """Give what is computed of each element: an author's function, or one of `numact.scalar` itself."""
    if isinstance(term, types.Dispatcher):
        return bodies.value(term.dispatcher)
    function = term.typing_key
    return bodies.value(rebind(function.__name__, as_written(function, operands)).dispatcher)


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
    row.set_element(_from_start(builder, row, index), number.value)
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
