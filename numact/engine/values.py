"""Values of a function being compiled: the notation that the vector math core is written in.

A function of the core is a plain Python function of `Float64` values. Calling it once writes its LLVM
instructions where the builder stands: straight-line code, with `where` in place of branches, which LLVM's
loop vectoriser turns into packed arithmetic. Nothing lets LLVM reassociate or contract, so a number has the
same bits in a vector body, in the remaining elements and on every vector width.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Self, TypeVar, overload

import numpy as np
from llvmlite import ir
from llvmlite.ir.instructions import CastInstr, SelectInstr

from numact.engine.target import has_fma

Number = TypeVar("Number", bound="Float")

LARGEST_SINGLE = float(np.finfo(np.float32).max)
_SINGLE = ir.FloatType()
_DOUBLE = ir.DoubleType()


class Condition:
    """A truth value, one for each element."""

    def __init__(self, builder: Any, value: ir.Value) -> None:
        self.builder = builder
        self.value = value

    def __and__(self, other: Condition) -> Condition:
        return Condition(self.builder, self.builder.and_(self.value, other.value))

    def __or__(self, other: Condition) -> Condition:
        return Condition(self.builder, self.builder.or_(self.value, other.value))

    def __invert__(self) -> Condition:
        return Condition(self.builder, self.builder.not_(self.value))


class Integer:
    """An integer that wraps around; shifts to the right bring in zeros. The base of both widths."""

    kind: ir.Type

    def __init__(self, builder: Any, value: ir.Value) -> None:
        self.builder = builder
        self.value = value

    def _lift(self, other: Integer | int) -> ir.Value:
        return other.value if isinstance(other, Integer) else self.kind(other)

    def _emit(self, instruction: str, other: Integer | int) -> Self:
        return type(self)(self.builder, getattr(self.builder, instruction)(self.value, self._lift(other)))

    def __rsub__(self, other: int) -> Self:
        return type(self)(self.builder, self.builder.sub(self.kind(other), self.value))

    def __add__(self, other: Integer | int) -> Self:
        return self._emit("add", other)

    def __sub__(self, other: Integer | int) -> Self:
        return self._emit("sub", other)

    def __and__(self, other: Integer | int) -> Self:
        return self._emit("and_", other)

    def __or__(self, other: Integer | int) -> Self:
        return self._emit("or_", other)

    def __xor__(self, other: Integer | int) -> Self:
        return self._emit("xor", other)

    def __lshift__(self, count: int) -> Self:
        return self._emit("shl", count)

    def __rshift__(self, count: int) -> Self:
        return self._emit("lshr", count)

    def equals(self, other: int) -> Condition:
        """Tell whether this is a given integer."""
        return Condition(self.builder, self.builder.icmp_signed("==", self.value, self.kind(other)))

    def at_least(self, low: int) -> Self:
        """Raise a signed integer to a lower bound."""
        return self._bounded("<", low)

    def at_most(self, high: int) -> Self:
        """Lower a signed integer to an upper bound."""
        return self._bounded(">", high)

    def _bounded(self, beyond: str, bound: int) -> Self:
        builder, end = self.builder, self.kind(bound)
        is_beyond = builder.icmp_signed(beyond, self.value, end)
        return type(self)(builder, builder.select(is_beyond, end, self.value))


class Int64(Integer):
    """64 bits."""

    kind = ir.IntType(64)

    def as_float(self) -> Float64:
        """Return the number with these bits."""
        return Float64(self.builder, self.builder.bitcast(self.value, _DOUBLE))


class Int32(Integer):
    """32 bits."""

    kind = ir.IntType(32)

    def as_float(self) -> Float32:
        """Return the number with these bits."""
        return Float32(self.builder, self.builder.bitcast(self.value, _SINGLE))


class Float:
    """A floating-point number; operators round as IEEE 754 says. The base of both precisions."""

    kind: ir.Type

    def __init__(self, builder: Any, value: ir.Value) -> None:
        self.builder = builder
        self.value = value

    def lift(self, other: Float | float) -> ir.Value:
        """Give the value of a number, or of a constant in this precision."""
        return other.value if isinstance(other, Float) else self.kind(float(other))

    def _emit(self, instruction: str, left: ir.Value, right: ir.Value) -> Self:
        return type(self)(self.builder, getattr(self.builder, instruction)(left, right))

    def _compare(self, sign: str, other: Self | float) -> Condition:
        return Condition(self.builder, self.builder.fcmp_ordered(sign, self.value, self.lift(other)))

    def __add__(self, other: Self | float) -> Self:
        return self._emit("fadd", self.value, self.lift(other))

    def __radd__(self, other: float) -> Self:
        return self._emit("fadd", self.lift(other), self.value)

    def __sub__(self, other: Self | float) -> Self:
        return self._emit("fsub", self.value, self.lift(other))

    def __rsub__(self, other: float) -> Self:
        return self._emit("fsub", self.lift(other), self.value)

    def __mul__(self, other: Self | float) -> Self:
        return self._emit("fmul", self.value, self.lift(other))

    def __rmul__(self, other: float) -> Self:
        return self._emit("fmul", self.lift(other), self.value)

    def __truediv__(self, other: Self | float) -> Self:
        return self._emit("fdiv", self.value, self.lift(other))

    def __rtruediv__(self, other: float) -> Self:
        return self._emit("fdiv", self.lift(other), self.value)

    def __neg__(self) -> Self:
        return type(self)(self.builder, self.builder.fneg(self.value))

    def __lt__(self, other: Self | float) -> Condition:
        return self._compare("<", other)

    def __le__(self, other: Self | float) -> Condition:
        return self._compare("<=", other)

    def __gt__(self, other: Self | float) -> Condition:
        return self._compare(">", other)

    def __ge__(self, other: Self | float) -> Condition:
        return self._compare(">=", other)

    def equals(self, other: Self | float) -> Condition:
        """Tell whether the two are equal; NaN equals nothing, itself included."""
        return self._compare("==", other)

    def is_nan(self) -> Condition:
        """Tell whether this is not a number."""
        return Condition(self.builder, self.builder.fcmp_unordered("uno", self.value, self.value))

    def constant(self, number: float) -> Self:
        """Return a constant, for functions that take values only."""
        return type(self)(self.builder, self.kind(number))


class Float64(Float):
    """A float64 number, which may be known to be a float32."""

    kind = _DOUBLE

    def __neg__(self) -> Self:
        narrow = self.single()
        return super().__neg__() if narrow is None else type(self)(self.builder, (-narrow).double().value)

    def bits(self) -> Int64:
        """Return the bits as an integer."""
        return Int64(self.builder, self.builder.bitcast(self.value, Int64.kind))

    def single(self) -> Float32 | None:
        """Give the float32 that the number is known to be, or None."""
        narrow = as_single(self.value)
        return None if narrow is None else Float32(self.builder, narrow)


class Float32(Float):
    """A float32 number: twice as many of them fit into a vector."""

    kind = _SINGLE

    def bits(self) -> Int32:
        """Return the bits as an integer."""
        return Int32(self.builder, self.builder.bitcast(self.value, Int32.kind))

    def double(self) -> Float64:
        """Give the same number as a float64."""
        return Float64(self.builder, self.builder.fpext(self.value, _DOUBLE))


def _call(name: str, *numbers: Number) -> Number:
    first = numbers[0]
    signature = ir.FunctionType(first.kind, [first.kind] * len(numbers))
    function = first.builder.module.declare_intrinsic(name, [first.kind], signature)
    return type(first)(first.builder, first.builder.call(function, [number.value for number in numbers]))


@overload
def where(condition: Condition, a: float, b: float) -> Float64: ...
@overload
def where(condition: Condition, a: Number | float, b: Number | float) -> Number: ...
def where(condition: Condition, a: Any, b: Any) -> Any:
    """Choose ``a`` where the condition holds, else ``b``; both are computed."""
    known = next((type(number) for number in (a, b) if isinstance(number, Float)), Float64)
    builder = condition.builder
    values = (number.value if isinstance(number, Float) else known.kind(float(number)) for number in (a, b))
    return known(builder, select(builder, condition.value, *values))


def select(builder: Any, condition: ir.Value, a: ir.Value, b: ir.Value) -> ir.Value:
    """Choose between two values, float64 ones as float32 where both are, which is half the work."""
    if a.type == _SINGLE:
        return builder.select(condition, a, b)
    narrow = as_single(a), as_single(b)
    if None in narrow:
        return builder.select(condition, a, b)
    return builder.fpext(builder.select(condition, *narrow), _DOUBLE)


def as_single(value: ir.Value) -> ir.Value | None:
    """Give the float32 that a float64 value is known to be, a constant or one read from memory, or None."""
    if isinstance(value, ir.Constant):
        number = float(value.constant)
        is_single = abs(number) <= LARGEST_SINGLE and float(np.float32(number)) == number
        return _SINGLE(number) if is_single or not math.isfinite(number) else None
    if isinstance(value, CastInstr) and value.opname == "fpext" and value.operands[0].type == _SINGLE:
        return value.operands[0]
    return None


def rounded_to_single(builder: Any, value: ir.Value) -> ir.Value:
    """Round a float64 value to float32: a choice by choosing among the rounded, which LLVM then narrows."""
    if isinstance(value, SelectInstr):
        condition, a, b = value.operands
        return builder.select(condition, rounded_to_single(builder, a), rounded_to_single(builder, b))
    return as_single(value) or builder.fptrunc(value, _SINGLE)


def fma(a: Number, b: Number | float, c: Number | float) -> Number:
    """``a*b + c``: one rounding where the target has such an instruction, else two."""
    if not has_fma():
        return a * b + c
    return type(a)(a.builder, a.builder.fma(a.value, a.lift(b), a.lift(c)))


def absolute(x: Number) -> Number:
    """Clear the sign bit, of a float32 where a float64 is known to be one."""
    narrow = x.single() if isinstance(x, Float64) else None
    if narrow is None:
        return _call("llvm.fabs", x)
    return type(x)(x.builder, absolute(narrow).double().value)


def copysign(magnitude: Number, sign: Number) -> Number:
    """Give a number the sign bit of another."""
    return _call("llvm.copysign", magnitude, sign)


def square_root(x: Float64) -> Float64:
    """Take the correctly rounded square root, NaN for x < 0."""
    return _call("llvm.sqrt", x)


def at_least(x: Number, low: float) -> Number:
    """Raise x to a lower bound; NaN stays NaN."""
    return where(x < low, low, x)


def at_most(x: Number, high: float) -> Number:
    """Lower x to an upper bound; NaN stays NaN."""
    return where(x > high, high, x)


def horner(x: Number, coefficients: Sequence[float]) -> Number:
    """Evaluate a polynomial, lowest power first, by Horner's rule: fewest operations."""
    total = fma(x, coefficients[-1], coefficients[-2])
    for coefficient in reversed(coefficients[:-2]):
        total = fma(total, x, coefficient)
    return total


Definition = Callable[..., Float64]
