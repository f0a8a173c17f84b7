"""Real and dual numbers as LLVM code: each operation emits instructions.

`Real` wraps one float64 value of the function being lowered, `Dual` pairs a value with its tangent. The
rules of differentiation stand here once, in terms of the numbers inside, so a dual of duals gives second
derivatives. Numba's types for them, and their registration, are in `numact.engine.numbers`.
"""

from __future__ import annotations

from itertools import accumulate
from typing import Any

from llvmlite import ir

from numact.engine import simd, values
from numact.engine.values import Float64

DOUBLE = ir.DoubleType()
FLOAT_MAX = 1.7976931348623157e308
TWO_OVER_SQRT_PI = 1.1283791670955126  # 2/sqrt(pi), the derivative of erf at 0
GAUSSIAN_END = 64.0  # beyond it exp(-x*x) is 0
ERFCX_END = 16.0  # beyond it the derivative of erfcx is summed from its series in 1/x**2
# (-1)**n * (2n + 1)!! / 2**n
ERFCX_TAIL = tuple(accumulate(range(1, 11), lambda term, n: -term * (2 * n + 1) / 2, initial=1.0))

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
    """

    def __init__(self, context: Any, builder: Any, width: int) -> None:
        self.context = context
        self.builder = builder
        self.width = width

    def constant(self, value: float) -> Real:
        """Give a number written in the program."""
        return Real(self, ir.Constant(DOUBLE, value))

    def call(self, name: str, *arguments: Real) -> Real:
        """Call one function of the SIMD core."""
        if self.width == 64:
            name = name.removeprefix(SHORT_PREFIX)
        function = simd.DEFINITIONS[name]
        return Real(self, function(*(argument.float64 for argument in arguments)).value)


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
        return Real(
            self.lowering, self.lowering.builder.select(condition, self.value, self._lift(other).value)
        )


def real(number: Any) -> Any:
    """Give the innermost value of a number, a plain float as it is."""
    return number.real if isinstance(number, Number) else number


def chain(outer: Any, tangent: Any) -> Any:
    """Multiply by a tangent such that an outer derivative of 0 wins over an infinite tangent."""
    if outer.order == 0 and tangent.order == 0:
        return (outer * tangent).select(outer.compare("!=", 0.0), 0.0)
    if outer.order == 0:
        return Dual(chain(outer, tangent.value), chain(outer, tangent.tangent))
    if tangent.order == 0:
        return Dual(chain(outer.value, tangent), chain(outer.tangent, tangent))
    sides = chain(outer.tangent, tangent.value), chain(outer.value, tangent.tangent)
    return Dual(chain(outer.value, tangent.value), sides[0] + sides[1])


def limited(value: Any) -> Any:
    """Keep an overflowing derivative finite, so that a factor of 0 gives 0, not NaN."""
    return value.select(value.real.compare("<=", FLOAT_MAX), FLOAT_MAX)


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


def apply(name: str, *arguments: Any) -> Any:
    """Apply a function of the SIMD core to numbers of any kind: by the chain rule where one is a dual."""
    if any(argument.order for argument in arguments):
        return RULES[name.removeprefix(SHORT_PREFIX)](name, *arguments)
    return arguments[0].lowering.call(name, *arguments)


def inner(number: Any) -> Any:
    """Give the value of a dual number, a real number as it is."""
    return number.value if number.order else number


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


def exp_of_sum(x: Any, error: Any) -> Any:
    """Give exp(x + error) for a rounding error of x."""
    if x.order == 0 and error.order == 0:
        return apply("exp_of_sum", x, error)
    value = apply("exp", x)
    return value + value * error


def short_exp_of_sum(x: Any, error: Any) -> Any:
    """Give exp(x + error), in kernels for float32 without the error, which is far below a float32's."""
    return exp_of_sum(x, error) if x.lowering.width == 64 else apply("short_exp", x)


def short_sum_error(a: Any, b: Any) -> Any:
    """Give the rounding error of a sum, 0 in kernels for float32, whose results do not show it."""
    return apply("sum_error", a, b) if a.lowering.width == 64 else a.lowering.constant(0.0)


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


# Rules of differentiation: value and tangent of a function at a dual number. `name` is the variant asked for.


def _exp(name: str, x: Dual) -> Dual:
    value = apply(name, x.value)
    return Dual(value, chain(limited(value), x.tangent))


def _expm1(name: str, x: Dual) -> Dual:
    return Dual(apply(name, x.value), chain(limited(apply("exp", x.value)), x.tangent))


def _log(name: str, x: Dual) -> Dual:
    return Dual(apply(name, x.value), x.tangent / x.value)


def _log1p(name: str, x: Dual) -> Dual:
    return Dual(apply(name, x.value), x.tangent / (x.value + 1.0))


def _sqrt(name: str, x: Dual) -> Dual:
    root = apply(name, x.value)
    return Dual(root, x.tangent / (root + root))


def _sin(name: str, x: Dual) -> Dual:
    return Dual(apply(name, x.value), apply("cos", x.value) * x.tangent)


def _cos(name: str, x: Dual) -> Dual:
    return Dual(apply(name, x.value), -apply("sin", x.value) * x.tangent)


def _tanh(name: str, x: Dual) -> Dual:
    decay = apply("exp", absolute(x.value) * -2.0)
    whole = decay + 1.0
    return Dual(apply(name, x.value), chain(decay * 4.0 / (whole * whole), x.tangent))


def _gaussian(x: Any) -> Any:
    """Give exp(-x*x) with the rounding error of the square put back; where it is 0, x is held."""
    end = x.lowering.constant(GAUSSIAN_END)
    held = choose(absolute(x.real).compare(">", GAUSSIAN_END), end, x)
    value = apply("exp", -(held * held))
    return value - value * apply("product_error", held.real, held.real)


def _erf(name: str, x: Dual) -> Dual:
    return Dual(apply(name, x.value), chain(_gaussian(x.value) * TWO_OVER_SQRT_PI, x.tangent))


def _erfc(name: str, x: Dual) -> Dual:
    return Dual(apply(name, x.value), chain(_gaussian(x.value) * -TWO_OVER_SQRT_PI, x.tangent))


def _erfcx(name: str, x: Dual) -> Dual:
    value, full = apply(name, x.value), apply("erfcx", x.value)
    near = x.value * full * 2.0 - TWO_OVER_SQRT_PI
    return Dual(value, choose(x.compare(">", ERFCX_END), _erfcx_tail(x.value), near) * x.tangent)


def _erfcx_tail(x: Any) -> Any:
    """Sum the asymptotic series of the derivative, whose two terms cancel far out."""
    s = 1.0 / (x * x)
    total = s * ERFCX_TAIL[-1]
    for coefficient in reversed(ERFCX_TAIL[1:-1]):
        total = (total + coefficient) * s
    return (total + ERFCX_TAIL[0]) * s * (-0.5 * TWO_OVER_SQRT_PI)


def _exp_product(name: str, x: Any, factor: Any) -> Dual:
    exponent, value = inner(x), apply(name, inner(x), inner(factor))
    tangents = [value * x.tangent] if x.order else []
    if factor.order:
        tangents.append(apply(name, exponent, factor.tangent))
    return Dual(value, sum(tangents[1:], tangents[0]))


def _fma(name: str, a: Any, b: Any, c: Any) -> Dual:
    return Dual(apply(name, inner(a), inner(b), inner(c)), (a * b + c).tangent)


def _pow(name: str, base: Any, exponent: Any) -> Dual:
    root, degree = inner(base), inner(exponent)
    value = apply(name, root, degree)
    tangents = []
    if base.order:
        slope = degree * apply(name, root, degree - 1.0)
        # x**0 is 1 everywhere, 0 included, where 0 * x**-1 is not a number.
        slope = slope.select(degree.real.compare("!=", 0.0), 0.0)
        tangents.append(chain(slope, base.tangent))
    if exponent.order:
        tangents.append(chain(exponent.tangent, chain(value, apply("log", root))))
    return Dual(value, sum(tangents[1:], tangents[0]))


def _error_term(name: str, *arguments: Any) -> Any:
    """Treat a rounding error as a constant."""
    return apply(name, *map(real, arguments))


RULES: dict[str, Any] = {
    "exp": _exp,
    "expm1": _expm1,
    "log": _log,
    "log1p": _log1p,
    "sqrt": _sqrt,
    "sin": _sin,
    "cos": _cos,
    "tanh": _tanh,
    "erf": _erf,
    "erfc": _erfc,
    "erfcx": _erfcx,
    "exp_product": _exp_product,
    "fma": _fma,
    "pow": _pow,
    "product_error": _error_term,
    "sum_error": _error_term,
}
