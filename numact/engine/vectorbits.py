"""How wide the vectors are that LLVM makes of the engine's loops."""

from __future__ import annotations

import functools
import re

from llvmlite import binding, ir

from numact.engine.target import target_key, target_machine
from numact.engine.vectorloops import DOUBLE, INTERLEAVED, WORD, vector_loop

_DOUBLE_BITS = 64
_VECTOR_OF_DOUBLES = re.compile(r"<(\d+) x double>")


@functools.cache
def vector_bits() -> int:
    """Bits of the vectors that a loop over float64 numbers works with; 0 where it uses none.

    LLVM is asked, not the list of the target's features: it chooses by the processor too.
    """
    key = target_key()
    machine = target_machine(key, optimization=3)
    module = binding.parse_assembly(str(_doubling(key[0], str(machine.target_data))))
    options = binding.create_pipeline_tuning_options(speed_level=3)
    options.loop_vectorization = True
    passes = binding.create_pass_builder(machine, options)
    passes.getModulePassManager().run(module, passes)
    lanes = (int(count) for count in _VECTOR_OF_DOUBLES.findall(str(module)))
    return _DOUBLE_BITS * max(lanes, default=0)


def _doubling(triple: str, layout: str) -> ir.Module:
    """Write a function that doubles an array, by the loop that kernels are made of."""
    module = ir.Module("probe")
    module.triple, module.data_layout = triple, layout
    pointer = DOUBLE.as_pointer()
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), (pointer, pointer, WORD)), "probe")
    source, target, count = function.args
    builder = ir.IRBuilder(function.append_basic_block())
    with vector_loop(builder, count, {"interleave.count": INTERLEAVED}, parallel=True) as loop:
        value = builder.load(builder.gep(source, [loop.index]))
        builder.store(builder.fadd(value, value), builder.gep(target, [loop.index]))
    builder.ret_void()
    return module
