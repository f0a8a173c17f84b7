"""Functions of real and dual numbers: the SIMD core's for values, by the chain rule for tangents.

Each rule stands here once, in terms of the numbers inside the dual.
"""

from __future__ import annotations

import re
from itertools import accumulate
from typing import Any

from numact.engine.arithmetic import Dual, absolute, choose, real

FLOAT_MAX = 1.7976931348623157e308
TWO_OVER_SQRT_PI = 1.1283791670955126  # 2/sqrt(pi), the derivative of erf at 0
NORMAL_PEAK = 0.3989422804014327  # 1/sqrt(2 pi), the density of the normal distribution at 0
GAUSSIAN_END = 64.0  # beyond it exp(-x*x) is 0
ERFCX_END = 16.0  # beyond it the derivative of erfcx is summed from its series in 1/x**2
_VARIANT = re.compile("^(short|rounded)_|_estimate$")
# (-1)**n * (2n + 1)!! / 2**n
ERFCX_TAIL = tuple(accumulate(range(1, 11), lambda term, n: -term * (2 * n + 1) / 2, initial=1.0))


def apply(name: str, *arguments: Any) -> Any:
    """Apply a function of the SIMD core to numbers of any kind: by the chain rule where one is a dual."""
    if any(argument.order for argument in arguments):
        return RULES[_VARIANT.sub("", name)](name, *arguments)
    return arguments[0].lowering.call(name, *arguments)


def inner(number: Any) -> Any:
    """Give the value of a dual number, a real number as it is."""
    return number.value if number.order else number


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


def exp_of_sum(x: Any, error: Any) -> Any:
    """Give exp(x + error) for a rounding error of x."""
    if x.order == 0 and error.order == 0:
        return apply("exp_of_sum", x, error)
    value = apply("exp", x)
    return value + value * error


def short_exp_of_sum(x: Any, error: Any) -> Any:
    """Give exp(x + error), in kernels for float32 without the error, which is far below a float32's."""
    return exp_of_sum(x, error) if x.lowering.width == 64 else apply("short_exp", x)


def short_exp_of_sum_below_0(x: Any, error: Any) -> Any:
    """Give the same for x <= 0."""
    return exp_of_sum(x, error) if x.lowering.width == 64 else apply("short_exp_below_0", x)


def short_sum_error(a: Any, b: Any) -> Any:
    """Give the rounding error of a sum, 0 in kernels for float32, whose results do not show it."""
    return apply("sum_error", a, b) if a.lowering.width == 64 else a.lowering.constant(0.0)


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


def _rsqrt(name: str, x: Dual) -> Dual:
    value = apply(name, x.value)
    return Dual(value, chain(value / x.value * -0.5, x.tangent))


def _sin(name: str, x: Dual) -> Dual:
    return Dual(apply(name, x.value), apply("cos", x.value) * x.tangent)


def _cos(name: str, x: Dual) -> Dual:
    return Dual(apply(name, x.value), -apply("sin", x.value) * x.tangent)


def _tanh(name: str, x: Dual) -> Dual:
    decay = apply("exp", absolute(x.value) * -2.0)
    whole = decay + 1.0
    return Dual(apply(name, x.value), chain(decay * 4.0 / (whole * whole), x.tangent))


def _gaussian(x: Any, scale: float = 1.0) -> Any:
    """Give exp(-scale*x*x) with the rounding error of the square put back; where it is 0, x is held."""
    end = x.lowering.constant(GAUSSIAN_END)
    held = choose(absolute(x.real).compare(">", GAUSSIAN_END), end, x)
    value = apply("exp", held * held * -scale)
    return value - value * (apply("product_error", held.real, held.real) * scale)


def _erf(name: str, x: Dual) -> Dual:
    return Dual(apply(name, x.value), chain(_gaussian(x.value) * TWO_OVER_SQRT_PI, x.tangent))


def _erfc(name: str, x: Dual) -> Dual:
    return Dual(apply(name, x.value), chain(_gaussian(x.value) * -TWO_OVER_SQRT_PI, x.tangent))


def _normal_tail(name: str, x: Dual) -> Dual:
    return Dual(apply(name, x.value), chain(_gaussian(x.value, 0.5) * -NORMAL_PEAK, x.tangent))


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


def _quotient(name: str, a: Any, b: Any) -> Dual:
    value = apply(name, inner(a), inner(b))
    tangents = [apply(name, a.tangent, inner(b))] if a.order else []
    if b.order:
        tangents.append(-apply(name, value * b.tangent, inner(b)))
    return Dual(value, sum(tangents[1:], tangents[0]))


def _quotient_by_inverse(name: str, a: Any, b: Any, inverse: Any) -> Any:
    """Differentiate a/b; the inverse is 1/b, so it says nothing more."""
    value = apply(name, inner(a), inner(b), inner(inverse))
    return Dual(value, _quotient("quotient", a, b).tangent) if a.order or b.order else value


def _logistic_product(name: str, x: Any, factor: Any) -> Dual:
    exponent, multiple = inner(x), inner(factor)
    value = apply(name, exponent, multiple)
    tangents = []
    if x.order:
        decay = apply("exp", -absolute(exponent))
        whole = decay + 1.0
        tangents.append(chain(multiple * (decay / (whole * whole)), x.tangent))
    if factor.order:
        tangents.append(apply(name, exponent, factor.tangent))
    return Dual(value, sum(tangents[1:], tangents[0]))


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
    "rsqrt": _rsqrt,
    "sin": _sin,
    "cos": _cos,
    "tanh": _tanh,
    "erf": _erf,
    "erfc": _erfc,
    "erfcx": _erfcx,
    "normal_tail": _normal_tail,
    "log1p_unit": _log1p,
    "exp_product": _exp_product,
    "fma": _fma,
    "pow": _pow,
    "quotient": _quotient,
    "quotient_by_inverse": _quotient_by_inverse,
    "logistic_product": _logistic_product,
    "product_error": _error_term,
    "sum_error": _error_term,
}
