"""The driver that calls an inner loop by its address, chunk by chunk, on one thread or many.

It is compiled and cached once for all activations: a loop is machine code at an address, and its operands are
addresses and steps. From Python it is called with arrays of these; as an inner loop itself it gets them from
NumPy, which takes less time to find them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from types import FunctionType
from typing import Any, cast

import numpy as np
from llvmlite import ir
from numba import prange
from numba.core import cgutils, types
from numba.core.typing.templates import signature
from numba.extending import intrinsic

from numact.engine.cache import CompiledLoop, cached_dispatcher, compile_cached, fingerprint_of
from numact.engine.memory import MOST_OPERANDS
from numact.engine.ufuncs import make_ufunc

WORDS = types.Array(types.intp, 1, "C")
_POINTER = types.CPointer(types.intp)
PARALLEL_SIGNATURE = types.void(_POINTER, _POINTER, _POINTER, _POINTER)
DRIVER_SIGNATURE = types.void(types.intp, WORDS, WORDS, types.intp, types.intp, types.intp, types.intp)


@intrinsic
def call_loop(
    typingctx: Any,
    address: Any,
    operands: Any,
    moves: Any,
    start: Any,
    steps: Any,
    count: Any,
    length: Any,
    seed: Any,
) -> Any:
    """Call the inner loop at an address for `count` elements (or rows of `length`), after `start` moves."""

    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        loop_address, operand_array, move_array, first, step_array, number, row_length, seed_value = args
        word = context.get_value_type(types.intp)
        bases, strides, distances = (
            context.make_array(WORDS)(context, builder, array).data
            for array in (operand_array, step_array, move_array)
        )
        moved = cgutils.alloca_once(builder, ir.ArrayType(word, MOST_OPERANDS))
        for operand in range(MOST_OPERANDS):
            step = builder.load(builder.gep(distances, [word(operand)]))
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

    return signature(types.none, address, operands, moves, start, steps, count, length, seed), lower


def run_chunks(
    address: int, operands: Any, steps: Any, total: int, chunk: int, length: int, seed: int
) -> None:
    """Call a loop for `total` elements or rows in chunks; with one chunk, a plain call."""
    for index in prange((total + chunk - 1) // chunk):
        start = index * chunk
        count = min(chunk, total - start)
        # Numba passes the typing context.
        call_loop(address, operands, steps, start, steps, count, length, seed)  # type: ignore[call-arg]


@cache
def driver(parallel: bool) -> Any:
    """Give the compiled driver; the parallel one starts Numba's threads."""
    function = cast(FunctionType, run_chunks)
    return cached_dispatcher(function, DRIVER_SIGNATURE, parallel=parallel, nogil=True, error_model="numpy")


@intrinsic
def pass_on(typingctx: Any, address: Any, bases: Any, dims: Any, steps: Any) -> Any:
    """Call the inner loop at an address with the arguments of another."""

    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        word = context.get_value_type(types.intp)
        pointer = word.as_pointer()
        function_type = ir.FunctionType(ir.VoidType(), [pointer, pointer, pointer, word])
        function = builder.inttoptr(args[0], function_type.as_pointer())
        builder.call(function, [*args[1:], word(0)])
        return context.get_dummy_value()

    return signature(types.none, address, bases, dims, steps), lower


@intrinsic
def threads_to_use(typingctx: Any) -> Any:
    """Call what `numba.get_num_threads` calls, by name: code with its address could not be kept on disk."""

    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        kind = ir.FunctionType(context.get_value_type(types.intp), [])
        return builder.call(cgutils.get_or_insert_function(builder.module, kind, "get_num_threads"), [])

    return signature(types.intp), lower


def _build_parallel_loop() -> FunctionType:
    drive = driver(True)
    # As what they are to Numba, which passes the typing context.
    allowed: Any = threads_to_use
    pass_all: Any = pass_on

    def parallel_loop(bases: Any, dims: Any, steps: Any, settings: Any) -> None:
        address, count, multiple, least = settings[0], settings[1], settings[2], settings[3]
        total = dims[0]
        length = dims[1] if settings[4] else 0
        threads = min(allowed(), total, total * max(length, 1) // least)
        if threads > 1:
            operands, moves = np.empty(MOST_OPERANDS, np.intp), np.empty(MOST_OPERANDS, np.intp)
            for index in range(count):
                operands[index], moves[index] = bases[index], steps[index]
            share = (total + threads - 1) // threads
            chunk = (share + multiple - 1) // multiple * multiple
            drive(address, operands, moves, total, chunk, length, 0)
        else:
            pass_all(address, bases, dims, steps)

    return cast(FunctionType, parallel_loop)


@cache
def parallel_loop() -> CompiledLoop:
    """Give the inner loop that has Numba's threads run another one, which its settings tell; starts these."""
    return compile_cached(_build_parallel_loop, PARALLEL_SIGNATURE, fingerprint_of(), name="parallel_loop")


def parallel_ufunc(
    name: str,
    compiled: CompiledLoop,
    dtypes: Sequence[np.dtype[Any]],
    outputs: int,
    *,
    multiple: int,
    least: int,
    signature: str | None = None,
) -> np.ufunc:
    """Make a ufunc that has Numba's threads run a loop; starts these.

    Parameters
    ----------
    name : str
        The ufunc's name.
    compiled : CompiledLoop
        The inner loop to run.
    dtypes : sequence of numpy.dtype
        Of its operands, inputs first.
    outputs : int
        How many of the operands are outputs.
    multiple : int
        Of elements, or rows, where a chunk begins.
    least : int
        Elements from which on there is work for one thread.
    signature : str, optional
        Of a loop over rows, whose length comes with the operands.

    Returns
    -------
    numpy.ufunc
    """
    driving = parallel_loop()
    told = [compiled.address, len(dtypes), multiple, least, signature is not None]
    return make_ufunc(
        name,
        driving.address,
        dtypes,
        outputs,
        (compiled, driving),
        signature,
        np.array(told, np.intp),
    )


def words(values: list[int]) -> np.ndarray[Any, Any]:
    """Give the array of operands' addresses or steps that the driver takes."""
    array = np.zeros(MOST_OPERANDS, np.intp)
    array[: len(values)] = values
    return array
