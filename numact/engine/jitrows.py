"""The code of an axis activation inside a user's compiled function: a loop over the rows of an array."""

from __future__ import annotations

from types import FunctionType
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.typing.templates import signature
from numba.extending import intrinsic

from numact.engine.arithmetic import Lowering, Real
from numact.engine.authors import rebind
from numact.engine.cache import fingerprint_of
from numact.engine.explain import explained
from numact.engine.jitarrays import ArrayCode, Compiled, compiled
from numact.engine.jitaxes import counter, partition, turning
from numact.engine.jitmarks import Mark
from numact.engine.keys import key_of
from numact.engine.memory import WORD
from numact.engine.numbers import NumberType, pack
from numact.engine.rowtypes import RowType

TILE = 16  # rows gathered at a time from memory where they lie beside each other: a cache line of float32


class CodeOfRows:
    """The code of an axis activation, from parameters that are constants or come with a call.

    Parameters
    ----------
    request : tuple
        The fields of a `numact.compiled.Request`.
    found : numact.compiled.Inlined
        What it means.

    Attributes
    ----------
    name : str
        The activation that is computed.
    read : list of str
        Keywords whose values the call hands in, in this order.
    key : str
        Digest of everything that decides the machine code.
    arrays : ArrayCode
        Of what is ``(axis, parameters)``: an axis that is None stands for all.
    """

    def __init__(self, request: Any, found: Any) -> None:
        spec, operands = found.spec, found.operands
        self.name: str = spec.name
        self.read = [operand for operand in operands if isinstance(operand, str)]
        self._operands: tuple[str | float, ...] = operands
        with explained(spec.name):
            rebound = rebind(spec.name, spec.forward)
        self._author = rebound.dispatcher
        self.key = key_of("inlined rows", spec.name, repr(operands), fingerprint_of(*rebound.parts))
        self._mark = Mark(request, self.key)
        counted = counter(spec.name)
        self.arrays = ArrayCode(spec.name, _fill(self._row(), partition(counted)), turning(counted))

    def _row(self) -> Compiled:
        """Make the function that computes the row at an address, into a flat `out` from `start` on."""

        @intrinsic
        def code(typingctx: Any, address: Any, out: Any, start: Any, length: Any, given: Any) -> Any:
            def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
                self._mark.put(context)
                self._write(context, builder, sig, args)
                return context.get_dummy_value()

            return signature(types.none, address, out, start, length, given), lower

        def row(address: int, out: Any, start: int, length: int, given: Any) -> None:
            # Numba passes the typing context.
            code(address, out, start, length, given)  # type: ignore[call-arg]

        assert isinstance(row, FunctionType)
        row.__name__ = row.__qualname__ = f"{self.name}_row_{self.key[:16]}"
        return compiled(row)

    def _write(self, context: Any, builder: Any, sig: Any, args: Any) -> None:
        """Write the call of the author's function for a row."""
        address, out, start, length, _ = args
        row_type = RowType("float32" if sig.args[1].dtype == types.float32 else "float64")
        number = NumberType(row_type.storage.width, 0)
        lowering = Lowering(context, builder, row_type.storage.width)
        numbers = self._numbers(lowering, sig.args[4], args[4])
        kinds = (row_type, row_type, *[number] * len(numbers))
        function = types.Dispatcher(self._author)
        called = function.get_call_type(context.typing_context, kinds, {})
        target = builder.gep(context.make_array(sig.args[1])(context, builder, out).data, [start])
        rows = [
            _row_at(context, builder, row_type, each, length)
            for each in (address, builder.ptrtoint(target, WORD))
        ]
        packed = [pack(context, builder, number, each) for each in numbers]
        context.get_function(function, called)(builder, [*rows, *packed])

    def _numbers(self, lowering: Lowering, given: Any, value: ir.Value) -> list[Real]:
        """Give the parameters, rounded to the rows' precision."""
        context, builder, single = lowering.context, lowering.builder, lowering.width == 32
        values = iter(zip(cgutils.unpack_tuple(builder, value), given, strict=True))
        numbers = []
        for operand in self._operands:
            if not isinstance(operand, str):
                numbers.append(lowering.constant(float(np.float32(operand)) if single else operand))
                continue
            each, kind = next(values)
            if single:
                each, kind = context.cast(builder, each, kind, types.float32), types.float32
            numbers.append(Real(lowering, context.cast(builder, each, kind, types.float64)))
        return numbers


def _row_at(context: Any, builder: Any, row_type: RowType, address: Any, length: Any) -> ir.Value:
    row = ir.Constant(context.get_value_type(row_type), ir.Undefined)
    return builder.insert_value(builder.insert_value(row, address, 0), length, 1)


def _fill(row: Compiled, parted: Compiled) -> Compiled:
    """Make the function that computes all rows of an array."""

    def fill(x: Any, out: Any, given: Any) -> None:
        before, length, after = parted(x, given[0])
        if x.size == 0:
            return
        if after == 1 and x.dtype == out.dtype:
            target = out.reshape(x.size)
            for i in range(before):
                start = i * length
                row(x.ctypes.data + start * x.itemsize, target, start, length, given[1])
            return
        shape = (before, length, after)
        source, goal = x.reshape(shape), out.reshape(shape)
        tile = np.empty(min(TILE, after) * length, out.dtype)
        for i in range(before):
            for first in range(0, after, TILE):
                count = min(TILE, after - first)
                for j in range(length):
                    for k in range(count):
                        tile[k * length + j] = source[i, j, first + k]
                for k in range(count):
                    start = k * length
                    row(tile.ctypes.data + start * tile.itemsize, tile, start, length, given[1])
                for j in range(length):
                    for k in range(count):
                        goal[i, j, first + k] = tile[k * length + j]

    return compiled(fill)
