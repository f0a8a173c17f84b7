"""The driver that calls an inner loop by its address, chunk by chunk, on one thread or many.

It is compiled and cached once for all activations: a loop is machine code at an address, and its operands are
addresses and steps.
"""

from __future__ import annotations

from functools import cache
from types import FunctionType
from typing import Any, cast

import numpy as np
from llvmlite import ir
from numba import prange
from numba.core import cgutils, types
from numba.core.typing.templates import signature
from numba.extending import intrinsic

from numact.engine.cache import cached_dispatcher
from numact.engine.memory import MOST_OPERANDS

WORDS = types.Array(types.intp, 1, "C")
DRIVER_SIGNATURE = types.void(types.intp, WORDS, WORDS, types.intp, types.intp, types.intp, types.intp)


@intrinsic
def call_loop(
    typingctx: Any, address: Any, operands: Any, steps: Any, start: Any, count: Any, length: Any, seed: Any
) -> Any:
    """Call the inner loop at an address for `count` elements (or rows of `length`), from `start` on."""

    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        loop_address, operand_array, step_array, first, number, row_length, seed_value = args
        word = context.get_value_type(types.intp)
        bases = context.make_array(sig.args[1])(context, builder, operand_array).data
        strides = context.make_array(sig.args[2])(context, builder, step_array).data
        moved = cgutils.alloca_once(builder, ir.ArrayType(word, MOST_OPERANDS))
        for operand in range(MOST_OPERANDS):
            step = builder.load(builder.gep(strides, [word(operand)]))
            base = builder.load(builder.gep(bases, [word(operand)]))
            target = builder.gep(moved, [word(0), word(operand)])
            builder.store(builder.add(base, builder.mul(first, step)), target)
        dims = cgutils.alloca_once(builder, ir.ArrayType(word, 2))
        builder.store(number, builder.gep(dims, [word(0), word(0)]))
        builder.store(row_length, builder.gep(dims, [word(0), word(1)]))
        pointer = word.as_pointer()
        function_type = ir.FunctionType(ir.VoidType(), [pointer, pointer, pointer, word])
        function = builder.inttoptr(loop_address, function_type.as_pointer())
        arrays = [builder.bitcast(each, pointer) for each in (moved, dims)]
        builder.call(function, [*arrays, strides, seed_value])
        return context.get_dummy_value()

    return signature(types.none, address, operands, steps, start, count, length, seed), lower


def run_chunks(
    address: int, operands: Any, steps: Any, total: int, chunk: int, length: int, seed: int
) -> None:
    """Call a loop for `total` elements or rows in chunks; with one chunk, a plain call."""
    for index in prange((total + chunk - 1) // chunk):
        start = index * chunk
        count = min(chunk, total - start)
        # Numba passes the typing context.
        call_loop(address, operands, steps, start, count, length, seed)  # type: ignore[call-arg]


@cache
def driver(parallel: bool) -> Any:
    """Give the compiled driver; the parallel one starts Numba's threads."""
    function = cast(FunctionType, run_chunks)
    return cached_dispatcher(function, DRIVER_SIGNATURE, parallel=parallel, nogil=True, error_model="numpy")


def words(values: list[int]) -> np.ndarray[Any, Any]:
    """Give the array of operands' addresses or steps that the driver takes."""
    array = np.zeros(MOST_OPERANDS, np.intp)
    array[: len(values)] = values
    return array
