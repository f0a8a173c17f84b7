"""Real and dual numbers as LLVM code: each operation emits instructions.

`Real` wraps one float64 value of the function being lowered, `Dual` pairs a value with its tangent. Its
operators are written in terms of the numbers inside, so a dual of duals gives second derivatives. Functions
of these numbers are in `numact.engine.differentiation`, Numba's types for them in `numact.engine.numbers`.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from numact.engine import simd, values
from numact.engine.target import has_fma
from numact.engine.values import Float64

DOUBLE = ir.DoubleType()

# What a function marked short stands for where the result is a float64.
SHORT_PREFIX = "short_"


class Lowering:
    """The state that every number of one lowered operation shares.

    Parameters
    ----------
    context, builder
        Numba's target context and llvmlite's builder.
    width : int
        32 where the kernel's results are float32 or narrower, else 64.
    shared : bool
        Whether the kernel computes value and derivative: what both take, LLVM computes once, so neither takes
        the forms in float32 arithmetic, which have nothing in common with the others.
    """

    def __init__(self, context: Any, builder: Any, width: int, shared: bool = False) -> None:
        self.context = context
        self.builder = builder
        self.width = width
        self.shared = shared

    def constant(self, value: float) -> Real:
        """Give a number written in the program."""
        return Real(self, ir.Constant(DOUBLE, value))

    def call(self, name: str, *arguments: Real) -> Real:
        """Call one function of the SIMD core."""
        numbers = [argument.float64 for argument in arguments]
        if name in simd.ROUNDED:
            in_single, name = simd.ROUNDED[name]
            singles = [number.single() for number in numbers]
            if self.width == 32 and None not in singles and has_fma() and not self.shared:
                return Real(self, in_single(*singles).double().value)
        if self.width == 64:
            name = name.removeprefix(SHORT_PREFIX)
        return Real(self, simd.DEFINITIONS[name](*numbers).value)


class Number:
    """What real and dual numbers have in common: operators in terms of a few methods."""

    lowering: Lowering

    @property
    def real(self) -> Real:
        """The value that comparisons look at."""
        raise NotImplementedError

    def __radd__(self, other: Any) -> Any:
        return self + other

    def __rmul__(self, other: Any) -> Any:
        return self * other


class Real(Number):
    """A float64 value inside a function being lowered."""

    order = 0

    def __init__(self, lowering: Lowering, value: ir.Value) -> None:
        self.lowering = lowering
        self.value = value

    @property
    def real(self) -> Real:
        """The value that comparisons look at: for a real number, itself."""
        return self

    @property
    def float64(self) -> Float64:
        """The value as the SIMD core takes it."""
        return Float64(self.lowering.builder, self.value)

    def _lift(self, other: Real | float) -> Real:
        return other if isinstance(other, Real) else self.lowering.constant(float(other))

    def _emit(self, instruction: str, other: Real | float) -> Real:
        build = getattr(self.lowering.builder, instruction)
        return Real(self.lowering, build(self.value, self._lift(other).value))

    def __add__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, Dual) else self._emit("fadd", other)

    def __sub__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, Dual) else self._emit("fsub", other)

    def __mul__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, Dual) else self._emit("fmul", other)

    def __truediv__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, Dual) else self._emit("fdiv", other)

    def __rsub__(self, other: float) -> Real:
        return self._lift(other)._emit("fsub", self)

    def __rtruediv__(self, other: float) -> Real:
        return self._lift(other)._emit("fdiv", self)

    def __neg__(self) -> Real:
        return Real(self.lowering, self.lowering.builder.fneg(self.value))

    def compare(self, operation: str, other: Any) -> ir.Value:
        """Emit an IEEE comparison: ordered, but for ``!=``, which is true for NaN."""
        build = (
            self.lowering.builder.fcmp_unordered if operation == "!=" else self.lowering.builder.fcmp_ordered
        )
        return build(operation, self.value, self._lift(real(other)).value)

    def select(self, condition: ir.Value, other: Real | float) -> Real:
        """Give this number where the condition holds, else the other."""
        chosen = values.select(self.lowering.builder, condition, self.value, self._lift(other).value)
        return Real(self.lowering, chosen)


def real(number: Any) -> Any:
    """Give the innermost value of a number, a plain float as it is."""
    return number.real if isinstance(number, Number) else number


class Dual(Number):
    """A value and its tangent; both may be duals themselves."""

    def __init__(self, value: Any, tangent: Any) -> None:
        self.value = value
        self.tangent = tangent
        self.lowering = value.lowering
        self.order: int = value.order + 1

    @property
    def real(self) -> Real:
        """The innermost value, which comparisons look at."""
        innermost: Real = self.value.real
        return innermost

    def __add__(self, other: Any) -> Dual:
        if isinstance(other, Dual):
            return Dual(self.value + other.value, self.tangent + other.tangent)
        return Dual(self.value + other, self.tangent)

    def __sub__(self, other: Any) -> Dual:
        if isinstance(other, Dual):
            return Dual(self.value - other.value, self.tangent - other.tangent)
        return Dual(self.value - other, self.tangent)

    def __rsub__(self, other: Any) -> Dual:
        return Dual(other - self.value, -self.tangent)

    def __mul__(self, other: Any) -> Dual:
        if isinstance(other, Dual):
            return Dual(self.value * other.value, self.tangent * other.value + self.value * other.tangent)
        return Dual(self.value * other, self.tangent * other)

    def __truediv__(self, other: Any) -> Dual:
        if not isinstance(other, Dual):
            return Dual(self.value / other, self.tangent / other)
        quotient = self.value / other.value
        return Dual(quotient, (self.tangent - quotient * other.tangent) / other.value)

    def __rtruediv__(self, other: Any) -> Dual:
        quotient = other / self.value
        return Dual(quotient, -(quotient * self.tangent) / self.value)

    def __neg__(self) -> Dual:
        return Dual(-self.value, -self.tangent)

    def compare(self, operation: str, other: Any) -> ir.Value:
        """Compare the values; tangents play no part."""
        return self.real.compare(operation, other)

    def select(self, condition: ir.Value, other: Any) -> Dual:
        """Give this number where the condition holds, else the other, tangents alike."""
        if isinstance(other, Dual):
            return Dual(
                self.value.select(condition, other.value), self.tangent.select(condition, other.tangent)
            )
        return Dual(self.value.select(condition, other), self.tangent.select(condition, 0.0))


def choose(condition: ir.Value, first: Any, second: Any) -> Any:
    """Give `first` where the condition holds, else `second`, whatever their orders."""
    if first.order >= second.order:
        return first.select(condition, second)
    builder = first.lowering.builder
    return second.select(builder.not_(condition), first)


def maximum(first: Any, second: Any) -> Any:
    """Give the larger number, the first where they are equal, NaN where either is NaN."""
    builder = first.lowering.builder
    take = builder.or_(second.real.compare(">", first.real), second.real.compare("!=", second.real))
    return choose(take, second, first)


def minimum(first: Any, second: Any) -> Any:
    """Give the smaller number, the first where they are equal, NaN where either is NaN."""
    builder = first.lowering.builder
    take = builder.or_(second.real.compare("<", first.real), second.real.compare("!=", second.real))
    return choose(take, second, first)


def absolute(x: Any) -> Any:
    """Give |x|; its derivative at 0 is 0."""
    if x.order == 0:
        return Real(x.lowering, values.absolute(x.float64).value)
    rising, falling = x.real.compare(">", 0.0), x.real.compare("<", 0.0)
    tangent = x.tangent.select(rising, (-x.tangent).select(falling, 0.0))
    return Dual(absolute(x.value), tangent)


def power(base: Any, exponent: int) -> Any:
    """Raise to a constant integer by repeated squaring."""
    if exponent < 0:
        return 1.0 / power(base, -exponent)
    if exponent == 0:
        return base.lowering.constant(1.0)
    result, square = None, base
    while exponent:
        if exponent & 1:
            result = square if result is None else result * square
        exponent >>= 1
        if exponent:
            square = square * square
    return result
