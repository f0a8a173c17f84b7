"""How a loop reaches memory: elements read as numbers, results rounded, blocks copied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from llvmlite import ir
from numba.core import cgutils

from numact.engine import intrinsics
from numact.engine.target import target_key
from numact.engine.values import rounded_to_single

WORD = ir.IntType(64)
BYTE = ir.IntType(8)
MOST_OPERANDS = 16  # of any loop: arrays, parameters and results together


@dataclass(frozen=True)
class Storage:
    """How an array's elements lie in memory and become numbers.

    Parameters
    ----------
    name : str
        float16, bfloat16, float32 or float64.
    size : int
        Bytes of an element.
    width : int
        32 or 64: the kind of result the kernel computes for.
    parameter : str
        Name of the storage that parameters come in.
    """

    name: str
    size: int
    width: int
    parameter: str


STORAGES = {
    storage.name: storage
    for storage in (
        Storage("float16", 2, 32, "float32"),
        Storage("bfloat16", 2, 32, "float32"),
        Storage("float32", 4, 32, "float32"),
        Storage("float64", 8, 64, "float64"),
    )
}
LLVM_TYPES = {
    "float16": ir.IntType(16),
    "bfloat16": ir.IntType(16),
    "float32": ir.FloatType(),
    "float64": ir.DoubleType(),
}


def pointer_to(builder: Any, storage: Storage, address: ir.Value) -> ir.Value:
    """Give a typed pointer for an address."""
    return builder.inttoptr(address, LLVM_TYPES[storage.name].as_pointer())


def scratch(builder: Any, kind: ir.Type) -> ir.Value:
    """Reserve room on the stack, without Numba's filling it with zeros at every call."""
    with builder.goto_entry_block():
        return builder.alloca(kind)


def read(builder: Any, storage: Storage, pointer: ir.Value, index: ir.Value) -> ir.Value:
    """Write the load of an element as a float64."""
    value = builder.load(builder.gep(pointer, [index]))
    if storage.name == "float16":
        value = intrinsics.half_to_float.emit(builder, value)
    elif storage.name == "bfloat16":
        value = intrinsics.bfloat16_to_float.emit(builder, value)
    return value if storage.name == "float64" else builder.fpext(value, ir.DoubleType())


def write(builder: Any, storage: Storage, pointer: ir.Value, index: ir.Value, value: ir.Value) -> None:
    """Write the store of a float64, rounded to the storage's precision (for halves by way of float32)."""
    if storage.name != "float64":
        value = rounded_to_single(builder, value)
    if storage.name == "float16":
        value = intrinsics.float_to_half.emit(builder, value)
    elif storage.name == "bfloat16":
        value = intrinsics.float_to_bfloat16.emit(builder, value)
    builder.store(value, builder.gep(pointer, [index]))


def copy(
    builder: Any, size: int, target: Any, target_step: Any, source: Any, source_step: Any, count: Any
) -> None:
    """Write a loop that copies `count` items of `size` bytes between addresses with steps in bytes."""
    item = ir.IntType(8 * size).as_pointer()
    together = builder.and_(
        builder.icmp_signed("==", target_step, WORD(size)), builder.icmp_signed("==", source_step, WORD(size))
    )
    with builder.if_else(together) as (contiguous, strided):
        with contiguous:
            to, origin = (builder.inttoptr(address, BYTE.as_pointer()) for address in (target, source))
            cgutils.raw_memcpy(builder, to, origin, count, size)
        with strided, cgutils.for_range(builder, count) as loop:
            places = [
                builder.inttoptr(builder.add(address, builder.mul(loop.index, step)), item)
                for address, step in ((target, target_step), (source, source_step))
            ]
            builder.store(builder.load(places[1], align=1), places[0], align=1)


class FloatingPointStatus:
    """The processor's exception flags, which vector code raises in lanes that nobody selects.

    NumPy reads them after an inner loop and would warn; so a loop puts them back as it found them.
    """

    def __init__(self, builder: Any) -> None:
        self._builder = builder
        self._intel = target_key()[0].startswith(("x86_64", "i686"))
        if self._intel:
            self._saved = cgutils.alloca_once(builder, ir.IntType(32))
            self._control_register("stmxcsr")

    def _control_register(self, instruction: str) -> None:
        pointer = self._builder.bitcast(self._saved, BYTE.as_pointer())
        kind = ir.FunctionType(ir.VoidType(), [BYTE.as_pointer()])
        function = cgutils.get_or_insert_function(self._builder.module, kind, f"llvm.x86.sse.{instruction}")
        self._builder.call(function, [pointer])

    def restore(self) -> None:
        """Write the code that puts the flags back, or clears them, as NumPy does before a loop."""
        if self._intel:
            self._control_register("ldmxcsr")
        else:
            integer = ir.IntType(32)
            kind = ir.FunctionType(integer, [integer])
            clear = cgutils.get_or_insert_function(self._builder.module, kind, "feclearexcept")
            self._builder.call(clear, [integer(0x1F)])
