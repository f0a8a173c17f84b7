"""Values of a function being compiled: the notation that the vector math core is written in.

A function of the core is a plain Python function of `Float64` values. Calling it once writes its LLVM
instructions where the builder stands: straight-line code, with `where` in place of branches, which LLVM's
loop vectoriser turns into packed arithmetic. Nothing lets LLVM reassociate or contract, so a number has the
same bits in a vector body, in the remaining elements and on every vector width.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from llvmlite import ir
from llvmlite.ir.instructions import CastInstr, SelectInstr

from numact.engine.target import has_fma

LARGEST_SINGLE = float(np.finfo(np.float32).max)
_SINGLE = ir.FloatType()
_DOUBLE = ir.DoubleType()
_INT64 = ir.IntType(64)


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


class Int64:
    """A 64-bit integer that wraps around; shifts to the right bring in zeros."""

    def __init__(self, builder: Any, value: ir.Value) -> None:
        self.builder = builder
        self.value = value

    def _emit(self, instruction: str, other: Int64 | int) -> Int64:
        operand = other.value if isinstance(other, Int64) else _INT64(other)
        return Int64(self.builder, getattr(self.builder, instruction)(self.value, operand))

    def __rsub__(self, other: int) -> Int64:
        return Int64(self.builder, self.builder.sub(_INT64(other), self.value))

    def __add__(self, other: Int64 | int) -> Int64:
        return self._emit("add", other)

    def __sub__(self, other: Int64 | int) -> Int64:
        return self._emit("sub", other)

    def __and__(self, other: Int64 | int) -> Int64:
        return self._emit("and_", other)

    def __or__(self, other: Int64 | int) -> Int64:
        return self._emit("or_", other)

    def __xor__(self, other: Int64 | int) -> Int64:
        return self._emit("xor", other)

    def __lshift__(self, count: int) -> Int64:
        return self._emit("shl", count)

    def __rshift__(self, count: int) -> Int64:
        return self._emit("lshr", count)

    def equals(self, other: int) -> Condition:
        """Tell whether this is a given integer."""
        return Condition(self.builder, self.builder.icmp_signed("==", self.value, _INT64(other)))

    def as_float(self) -> Float64:
        """Return the number with these bits."""
        return Float64(self.builder, self.builder.bitcast(self.value, _DOUBLE))


class Float64:
    """A float64 number; operators round as IEEE 754 says."""

    def __init__(self, builder: Any, value: ir.Value) -> None:
        self.builder = builder
        self.value = value

    def _lift(self, other: Float64 | float) -> ir.Value:
        return other.value if isinstance(other, Float64) else _DOUBLE(float(other))

    def _emit(self, instruction: str, left: ir.Value, right: ir.Value) -> Float64:
        return Float64(self.builder, getattr(self.builder, instruction)(left, right))

    def _compare(self, sign: str, other: Float64 | float) -> Condition:
        return Condition(self.builder, self.builder.fcmp_ordered(sign, self.value, self._lift(other)))

    def __add__(self, other: Float64 | float) -> Float64:
        return self._emit("fadd", self.value, self._lift(other))

    def __radd__(self, other: float) -> Float64:
        return self._emit("fadd", self._lift(other), self.value)

    def __sub__(self, other: Float64 | float) -> Float64:
        return self._emit("fsub", self.value, self._lift(other))

    def __rsub__(self, other: float) -> Float64:
        return self._emit("fsub", self._lift(other), self.value)

    def __mul__(self, other: Float64 | float) -> Float64:
        return self._emit("fmul", self.value, self._lift(other))

    def __rmul__(self, other: float) -> Float64:
        return self._emit("fmul", self._lift(other), self.value)

    def __truediv__(self, other: Float64 | float) -> Float64:
        return self._emit("fdiv", self.value, self._lift(other))

    def __rtruediv__(self, other: float) -> Float64:
        return self._emit("fdiv", self._lift(other), self.value)

    def __neg__(self) -> Float64:
        return Float64(self.builder, self.builder.fneg(self.value))

    def __lt__(self, other: Float64 | float) -> Condition:
        return self._compare("<", other)

    def __le__(self, other: Float64 | float) -> Condition:
        return self._compare("<=", other)

    def __gt__(self, other: Float64 | float) -> Condition:
        return self._compare(">", other)

    def __ge__(self, other: Float64 | float) -> Condition:
        return self._compare(">=", other)

    def equals(self, other: Float64 | float) -> Condition:
        """Tell whether the two are equal; NaN equals nothing, itself included."""
        return self._compare("==", other)

    def is_nan(self) -> Condition:
        """Tell whether this is not a number."""
        return Condition(self.builder, self.builder.fcmp_unordered("uno", self.value, self.value))

    def bits(self) -> Int64:
        """Return the bits as an integer."""
        return Int64(self.builder, self.builder.bitcast(self.value, _INT64))

    def constant(self, number: float) -> Float64:
        """Return a constant, for functions that take values only."""
        return Float64(self.builder, _DOUBLE(number))


def _as_float64(builder: Any, number: Float64 | float) -> Float64:
    return number if isinstance(number, Float64) else Float64(builder, _DOUBLE(float(number)))


def _call(name: str, *numbers: Float64) -> Float64:
    builder = numbers[0].builder
    signature = ir.FunctionType(_DOUBLE, [_DOUBLE] * len(numbers))
    function = builder.module.declare_intrinsic(name, [_DOUBLE], signature)
    return Float64(builder, builder.call(function, [number.value for number in numbers]))


def where(condition: Condition, a: Float64 | float, b: Float64 | float) -> Float64:
    """Choose ``a`` where the condition holds, else ``b``; both are computed."""
    builder = condition.builder
    values = (_as_float64(builder, number).value for number in (a, b))
    return Float64(builder, select(builder, condition.value, *values))


def select(builder: Any, condition: ir.Value, a: ir.Value, b: ir.Value) -> ir.Value:
    """Choose between two float64 values, as float32 where both are, which is half the work."""
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


def fma(a: Float64, b: Float64 | float, c: Float64 | float) -> Float64:
    """``a*b + c``: one rounding where the target has such an instruction, else two."""
    if not has_fma():
        return a * b + c
    builder = a.builder
    second, third = _as_float64(builder, b), _as_float64(builder, c)
    return Float64(builder, builder.fma(a.value, second.value, third.value))


def absolute(x: Float64) -> Float64:
    """Clear the sign bit."""
    return _call("llvm.fabs", x)


def copysign(magnitude: Float64, sign: Float64) -> Float64:
    """Give a number the sign bit of another."""
    return _call("llvm.copysign", magnitude, sign)


def square_root(x: Float64) -> Float64:
    """Take the correctly rounded square root, NaN for x < 0."""
    return _call("llvm.sqrt", x)


def at_least(x: Float64, low: float) -> Float64:
    """Raise x to a lower bound; NaN stays NaN."""
    return where(x < low, low, x)


def at_most(x: Float64, high: float) -> Float64:
    """Lower x to an upper bound; NaN stays NaN."""
    return where(x > high, high, x)


def horner(x: Float64, coefficients: Sequence[float]) -> Float64:
    """Evaluate a polynomial, lowest power first, by Horner's rule: fewest operations."""
    total = fma(x, coefficients[-1], coefficients[-2])
    for coefficient in reversed(coefficients[:-2]):
        total = fma(total, x, coefficient)
    return total


def estrin(x: Float64, coefficients: Sequence[float]) -> Float64:
    """Evaluate a polynomial, lowest power first, by Estrin's scheme: shortest chain of operations."""
    lows, highs = coefficients[::2], coefficients[1::2]
    terms = [fma(x, high, low) for low, high in zip(lows, highs, strict=False)]
    if len(coefficients) % 2:
        terms.append(_as_float64(x.builder, coefficients[-1]))
    power = x
    while len(terms) > 1:
        power = power * power
        paired = [fma(high, power, low) for low, high in zip(terms[::2], terms[1::2], strict=False)]
        terms = paired + terms[2 * len(paired) :]
    return terms[0]


Definition = Callable[..., Float64]
