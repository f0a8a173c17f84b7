"""What the processor that Numba compiles for can do.

The answers hold for Numba's *target*, which the environment variables ``NUMBA_CPU_NAME`` and
``NUMBA_CPU_FEATURES`` may change, and never for the machine at hand. They come from LLVM itself: a tiny
function is compiled for the target, and an instruction that the target lacks shows up as a call.
"""

from __future__ import annotations

import functools
import re
from typing import Any

from llvmlite import binding
from numba.core.registry import cpu_target

_FMA_PROBE = """
declare double @llvm.fma.f64(double, double, double)
define double @probe(double %a, double %b, double %c) {
  %result = call double @llvm.fma.f64(double %a, double %b, double %c)
  ret double %result
}
"""

_HALF_PROBE = """
define i16 @probe(i16 %bits) {
  %half = bitcast i16 %bits to half
  %single = fpext half %half to float
  %double = fadd float %single, %single
  %rounded = fptrunc float %double to half
  %result = bitcast half %rounded to i16
  ret i16 %result
}
"""

# Names of the run-time routines LLVM falls back on, with the underscores some systems put before a symbol.
_RUNTIME_CALL = re.compile(r"\b_*(fma|extendhfsf2|truncsfhf2|gnu_h2f_ieee|gnu_f2h_ieee)\b")


def target_key() -> tuple[str, str, str]:
    """LLVM triple, processor name and feature string of Numba's target: part of every cache key."""
    triple, processor, features = cpu_target.target_context.codegen().magic_tuple()
    return str(triple), str(processor), str(features)


@functools.cache
def has_fma() -> bool:
    """Whether the target multiplies and adds float64 numbers in one instruction with one rounding."""
    return not _needs_runtime_call(_FMA_PROBE, target_key())


@functools.cache
def has_f16c() -> bool:
    """Whether the target converts between half and single precision in one instruction."""
    return not _needs_runtime_call(_HALF_PROBE, target_key())


def assembly(source: str, key: tuple[str, str, str]) -> str:
    """Assembly that LLVM makes of the module ``source`` for the target ``key``."""
    return str(target_machine(key, optimization=2).emit_assembly(binding.parse_assembly(source)))


def target_machine(key: tuple[str, str, str], optimization: int) -> Any:
    """LLVM's description of the target ``key``, at an optimization level from 0 to 3."""
    triple, processor, features = key
    return binding.Target.from_triple(triple).create_target_machine(
        cpu=processor, features=features, opt=optimization
    )


def _needs_runtime_call(source: str, key: tuple[str, str, str]) -> bool:
    return _RUNTIME_CALL.search(assembly(source, key)) is not None
