"""The NumPy inner loop around a body: one compiled loop for every layout of its operands.

A loop has the signature of a NumPy inner loop, ``void (char **args, intp *dims, intp *steps, void *data)``.
Operands stand in the order inputs, counter, parameters, outputs. Arrays that are contiguous are read and
written where they are, also where one is both; what is strided passes through a block on the stack, so that
such calls run at SIMD speed too, and with the same bits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from types import FunctionType
from typing import Any, cast

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.typing.templates import signature
from numba.extending import intrinsic

from numact.engine.arithmetic import Lowering, Real
from numact.engine.bodies import Body
from numact.engine.memory import (
    STORAGES,
    WORD,
    FloatingPointStatus,
    Storage,
    copy,
    pointer_to,
    read,
    scratch,
    write,
)
from numact.engine.random import emit_uniform
from numact.engine.vectorloops import INTERLEAVED, SINGLES_INTERLEAVED, Hints, vector_loop

WORDS = types.CPointer(types.intp)
LOOP_SIGNATURE = types.void(WORDS, WORDS, WORDS, types.intp)
BLOCK = 256  # elements of a block on the stack: a few KiB an operand, well within the first-level cache
# Elements of whole groups of vectors side by side, by an element's size: a multiple of any number that LLVM
# chooses, so it need not compile the body once more for single elements. What is left is masked.
GROUPS = {8: 32, 4: 128, 2: 128}
LEFT = {"interleave.count": 1, "vectorize.width": 16, "vectorize.predicate.enable": 1}


@dataclass(frozen=True)
class Layout:
    """What operands a loop has.

    Parameters
    ----------
    storage : Storage
        Of the inputs and outputs.
    inputs, parameters, outputs : int
        How many operands there are of each.
    counter : int
        1 where a counter follows the inputs, from which a uniform number is drawn for each element, else 0.
        Its "address" is the first element's number, its step 1.
    """

    storage: Storage
    inputs: int
    parameters: int
    outputs: int
    counter: int = 0

    @property
    def parameter_storage(self) -> Storage:
        """How parameters are stored."""
        return STORAGES[self.storage.parameter]

    @property
    def first_output(self) -> int:
        """The place of the first output among the operands."""
        return self.inputs + self.counter + self.parameters


@dataclass
class Operand:
    """One array of a loop while its code is written."""

    storage: Storage
    base: ir.Value
    step: ir.Value
    block: ir.Value
    indirect: ir.Value

    def start(self, builder: Any, first: ir.Value) -> ir.Value:
        """Give the address of element `first`."""
        return builder.add(self.base, builder.mul(first, self.step))

    def active(self, builder: Any, first: ir.Value) -> ir.Value:
        """Give a pointer to where the hot loop finds or leaves the elements from `first` on."""
        address = builder.select(self.indirect, self.block, self.start(builder, first))
        return pointer_to(builder, self.storage, address)


class LoopWriter:
    """Writes the code of one inner loop."""

    def __init__(self, context: Any, builder: Any, layout: Layout, body: Body, arguments: Any) -> None:
        self.builder = builder
        self.layout = layout
        self.body = body
        self.lowering = Lowering(context, builder, layout.storage.width, shared=layout.outputs > 1)
        bases, dims, steps, self.seed = arguments
        self.total = builder.load(dims)
        self._bases, self._steps = bases, steps
        outputs = range(layout.first_output, layout.first_output + layout.outputs)
        self.outputs = [self._operand(index, layout.storage) for index in outputs]
        self.inputs = [self._operand(index, layout.storage) for index in range(layout.inputs)]
        parameters = range(layout.inputs + layout.counter, layout.first_output)
        self.parameters = [self._operand(index, layout.parameter_storage) for index in parameters]
        self.varying = self._any([self._differs(each.step, 0) for each in self.parameters])
        for parameter in self.parameters:
            # One that is constant is read in place, unless the loop for varying ones needs an array of it.
            parameter.indirect = builder.and_(parameter.indirect, self.varying)

    def _load(self, array: ir.Value, index: int) -> ir.Value:
        return self.builder.load(self.builder.gep(array, [WORD(index)]))

    def _block(self) -> ir.Value:
        block = scratch(self.builder, ir.ArrayType(WORD, BLOCK))
        return self.builder.ptrtoint(block, WORD)

    def _differs(self, value: ir.Value, constant: int) -> ir.Value:
        return self.builder.icmp_signed("!=", value, WORD(constant))

    def _any(self, conditions: list[ir.Value]) -> ir.Value:
        return reduce(self.builder.or_, conditions, ir.IntType(1)(0))

    def _operand(self, index: int, storage: Storage) -> Operand:
        base, step = self._load(self._bases, index), self._load(self._steps, index)
        return Operand(storage, base, step, self._block(), self._differs(step, storage.size))

    def write(self) -> None:
        """Write the whole loop: block by block, or one block of everything where all is direct."""
        builder = self.builder
        status = FloatingPointStatus(builder)
        indirect = self._any([each.indirect for each in (*self.inputs, *self.parameters, *self.outputs)])
        block = builder.select(indirect, WORD(BLOCK), self.total)
        with cgutils.for_range_slice(builder, WORD(0), self.total, block, inc=True) as (first, _):
            left = builder.sub(self.total, first)
            count = builder.select(builder.icmp_signed("<", left, block), left, block)
            for operand in (*self.inputs, *self.parameters):
                with builder.if_then(operand.indirect, likely=False):
                    size = WORD(operand.storage.size)
                    source = operand.start(builder, first)
                    copy(builder, operand.storage.size, operand.block, size, source, operand.step, count)
            self._hot_loops(first, count)
            for operand in self.outputs:
                with builder.if_then(operand.indirect, likely=False):
                    size = WORD(operand.storage.size)
                    target = operand.start(builder, first)
                    copy(builder, operand.storage.size, target, operand.step, operand.block, size, count)
        status.restore()

    def _hot_loops(self, first: ir.Value, count: ir.Value) -> None:
        builder = self.builder
        places = [
            [operand.active(builder, first) for operand in group]
            for group in (self.inputs, self.parameters, self.outputs)
        ]
        if not self.parameters:
            self._hot_loop(first, count, places, [])
            return
        with builder.if_else(self.varying) as (varying, constant):
            with varying:
                self._hot_loop(first, count, places, None)
            with constant:
                self._hot_loop(first, count, places, self._parameters_at(places[1], WORD(0)))

    def _parameters_at(self, pointers: list[ir.Value], index: ir.Value) -> list[Real]:
        storage = self.layout.parameter_storage
        return [Real(self.lowering, read(self.builder, storage, pointer, index)) for pointer in pointers]

    def _hot_loop(self, first: ir.Value, count: ir.Value, places: Any, constants: list[Real] | None) -> None:
        """Write the loops that LLVM vectorises: over whole groups of vectors, and over what is left."""
        builder = self.builder
        is_single = self.layout.storage is STORAGES["float32"]
        whole_groups = {"interleave.count": SINGLES_INTERLEAVED if is_single else INTERLEAVED}
        whole = builder.and_(count, WORD(-GROUPS[self.layout.storage.size]))
        left = builder.sub(count, whole)
        for start, number, hints in ((WORD(0), whole, whole_groups), (whole, left, LEFT)):
            with builder.if_then(builder.icmp_signed(">", number, WORD(0))):
                here = [[builder.gep(pointer, [start]) for pointer in group] for group in places]
                self._vector_loop(builder.add(first, start), number, hints, here, constants)

    def _vector_loop(
        self, first: ir.Value, count: ir.Value, hints: Hints, places: Any, constants: list[Real] | None
    ) -> None:
        """Write one loop; without constants, parameters vary with the element."""
        builder, storage = self.builder, self.layout.storage
        sources, parameters, targets = places
        with vector_loop(builder, count, hints, parallel=True) as loop:
            index = loop.index
            numbers = [Real(self.lowering, read(builder, storage, source, index)) for source in sources]
            if self.layout.counter:
                counter = builder.add(self._load(self._bases, self.layout.inputs), builder.add(first, index))
                numbers.append(Real(self.lowering, emit_uniform(builder, counter, self.seed)))
            numbers += self._parameters_at(parameters, index) if constants is None else constants
            for target, result in zip(targets, self.body(numbers), strict=True):
                write(builder, storage, target, index, result.real.value)


def inner_loop(body: Body, layout: Layout) -> FunctionType:
    """Make the function, to be compiled with `LOOP_SIGNATURE`, of the inner loop around a body."""
    return as_loop(lambda context, builder, args: LoopWriter(context, builder, layout, body, args).write())


def as_loop(write: Callable[[Any, Any, Any], None]) -> FunctionType:
    """Make a function, to be compiled with `LOOP_SIGNATURE`, of what writes its code."""

    @intrinsic
    def code(typingctx: Any, bases: Any, dims: Any, steps: Any, seed: Any) -> Any:
        def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            write(context, builder, args)
            return context.get_dummy_value()

        return signature(types.none, bases, dims, steps, seed), lower

    def loop(bases: Any, dims: Any, steps: Any, seed: int) -> None:
        code(bases, dims, steps, seed)  # type: ignore[call-arg]  # Numba passes the typing context

    return cast(FunctionType, loop)


def start_of(builder: Any, bases: Any, steps: Any, operand: int, row: ir.Value) -> ir.Value:
    """Write the address of an operand's row."""
    base, step = (builder.load(builder.gep(array, [WORD(operand)])) for array in (bases, steps))
    return builder.add(base, builder.mul(row, step))
