"""Compiled functions and Numba intrinsics, and the conversions between types of elements."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar, cast

import numba
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from numact.engine.target import has_f16c

Function = TypeVar("Function", bound=Callable[..., Any])
Emitter = Callable[..., ir.Value]

_SINGLE = ir.FloatType()
_INT32 = ir.IntType(32)
_INT16 = ir.IntType(16)


def core(function: Function) -> Function:
    """Make a compiled helper: always inlined, IEEE division, nothing of fast-math."""
    return cast(Function, numba.njit(forceinline=True, error_model="numpy")(function))


class Primitive(Protocol):
    """A Numba intrinsic, called from compiled code; `emit` writes its instructions where a builder stands."""

    emit: Emitter

    def __call__(self, *arguments: Any) -> Any:
        """Call it from compiled code."""


def primitive(result: Any, *arguments: Any) -> Callable[[Emitter], Primitive]:
    """Make a Numba intrinsic, with these types, of a function ``emit(builder, *values)``."""
    signature = result(*arguments)

    def decorate(emit: Emitter) -> Primitive:
        def generate(context: Any, builder: Any, signature: Any, values: Sequence[Any]) -> Any:
            return emit(builder, *values)

        # Numba reads the names of the arguments, after one for its own use, from the wrapped function.
        @functools.wraps(emit)
        def define(typing_context: Any, *given: Any) -> Any:
            return signature, generate

        made: Any = intrinsic(define)
        made.emit = emit
        return cast(Primitive, made)

    return decorate


@primitive(types.float32, types.uint16)
def half_to_float(builder: Any, half: Any) -> Any:
    """Return the float32 equal to the float16 with these bits."""
    if has_f16c():
        return builder.fpext(builder.bitcast(half, ir.HalfType()), _SINGLE)
    return _half_to_float_by_integers(builder, half)


def _half_to_float_by_integers(builder: Any, half: Any) -> Any:
    bits = builder.zext(half, _INT32)
    magnitude = builder.and_(bits, _INT32(0x7FFF))
    # The exponent's bias grows from 15 to 127; that of infinities and NaNs from 31 to 255.
    normal = builder.add(builder.shl(magnitude, _INT32(13)), _INT32(112 << 23))
    special = builder.add(normal, _INT32(112 << 23))
    quiet = builder.or_(special, _INT32(0x400000))
    special = builder.select(builder.icmp_unsigned(">", magnitude, _INT32(0x7C00)), quiet, special)
    # m * 2**-24 is the float 0.5 + m * 2**-24, whose bits are at hand, less 0.5.
    shifted = builder.bitcast(builder.or_(magnitude, _INT32(0x3F000000)), _SINGLE)
    subnormal = builder.bitcast(builder.fsub(shifted, _SINGLE(0.5)), _INT32)
    result = builder.select(builder.icmp_unsigned("<", magnitude, _INT32(0x0400)), subnormal, normal)
    result = builder.select(builder.icmp_unsigned(">=", magnitude, _INT32(0x7C00)), special, result)
    sign = builder.shl(builder.and_(bits, _INT32(0x8000)), _INT32(16))
    return builder.bitcast(builder.or_(result, sign), _SINGLE)


@primitive(types.uint16, types.float32)
def float_to_half(builder: Any, x: Any) -> Any:
    """Return the bits of the float16 nearest to a float32, ties to even; NaN stays NaN."""
    if has_f16c():
        return builder.bitcast(builder.fptrunc(x, ir.HalfType()), _INT16)
    return _float_to_half_by_integers(builder, x)


def _float_to_half_by_integers(builder: Any, x: Any) -> Any:
    bits = builder.bitcast(x, _INT32)
    magnitude = builder.and_(bits, _INT32(0x7FFFFFFF))
    # Adding just under half a unit of float16, or half a unit if the last bit kept is odd, rounds to even.
    odd = builder.and_(builder.lshr(magnitude, _INT32(13)), _INT32(1))
    rounded = builder.add(builder.sub(magnitude, _INT32((112 << 23) - 0xFFF)), odd)
    normal = builder.lshr(rounded, _INT32(13))
    # Below 2**-14 the float32 addition of 0.5 rounds to a multiple of 2**-24, the unit of subnormal halves.
    shifted = builder.fadd(builder.bitcast(magnitude, _SINGLE), _SINGLE(0.5))
    subnormal = builder.sub(builder.bitcast(shifted, _INT32), _INT32(0x3F000000))
    payload = builder.and_(builder.lshr(magnitude, _INT32(13)), _INT32(0x03FF))
    nan = builder.or_(payload, _INT32(0x7E00))
    special = builder.select(builder.icmp_unsigned(">", magnitude, _INT32(0x7F800000)), nan, _INT32(0x7C00))
    result = builder.select(builder.icmp_unsigned("<", magnitude, _INT32(0x38800000)), subnormal, normal)
    result = builder.select(builder.icmp_unsigned(">=", magnitude, _INT32(0x47800000)), special, result)
    sign = builder.and_(builder.lshr(bits, _INT32(16)), _INT32(0x8000))
    return builder.trunc(builder.or_(result, sign), _INT16)


@primitive(types.float32, types.uint16)
def bfloat16_to_float(builder: Any, half: Any) -> Any:
    """Return the float32 equal to the bfloat16 with these bits."""
    return builder.bitcast(builder.shl(builder.zext(half, _INT32), _INT32(16)), _SINGLE)


@primitive(types.uint16, types.float32)
def float_to_bfloat16(builder: Any, x: Any) -> Any:
    """Return the bits of the bfloat16 nearest to a float32, ties to even; NaN stays NaN."""
    bits = builder.bitcast(x, _INT32)
    high = builder.lshr(bits, _INT32(16))
    odd = builder.and_(high, _INT32(1))
    rounded = builder.lshr(builder.add(builder.add(bits, _INT32(0x7FFF)), odd), _INT32(16))
    quiet = builder.or_(high, _INT32(0x0040))
    return builder.trunc(builder.select(builder.fcmp_unordered("uno", x, x), quiet, rounded), _INT16)
