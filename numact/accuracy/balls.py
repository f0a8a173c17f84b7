"""Ball arithmetic's reading of the textbook formula: slow, and never wrong about what it knows.

Needs python-flint. The precision is raised until the ball around a value is small against the last place of
the format in question, or the value is exact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Self

import numpy as np
from flint import arb, ctx

from numact import scalar
from numact.accuracy.duals import Dual
from numact.accuracy.pairs import carrier_of
from numact.accuracy.ulp import Format
from numact.errors import NumactError
from numact.formula import Formula

FIRST_BITS = 224
LAST_BITS = 2**15
# A value that is NaN even so is taken to be no number, not one that needs more bits.
_NAN_BITS = 2**12
_PART_BITS = 53
PART_UNIT = 2.0 ** (1 - _PART_BITS)
"""Relative error of the low part of a value that is cut in two floats."""

# A ball may be this much wider, in powers of two, than the last place.
_SLACK = -20


class Undecided(NumactError):
    """A comparison that the balls at this precision cannot decide."""


class Undefined(NumactError):
    """The formula has no value, or no derivative, at this point."""


class Ball:
    """A real number known up to a radius."""

    __slots__ = ("ball",)

    def __init__(self, ball: Any) -> None:
        self.ball = ball

    def constant(self, value: float) -> Self:
        """Make an exact number."""
        return type(self)(arb(value))

    def pi(self) -> Self:
        """Make pi."""
        return type(self)(arb.pi())

    def __neg__(self) -> Self:
        return type(self)(-self.ball)

    def __add__(self, other: Self) -> Self:
        return type(self)(self.ball + other.ball)

    def __sub__(self, other: Self) -> Self:
        return type(self)(self.ball - other.ball)

    def __mul__(self, other: Self) -> Self:
        return type(self)(self.ball * other.ball)

    def __truediv__(self, other: Self) -> Self:
        return type(self)(self.ball / other.ball)

    def pow(self, other: Self) -> Self:
        """Power."""
        return type(self)(self.ball**other.ball)

    __pow__ = pow

    def exp(self) -> Self:
        """Exponential function."""
        return type(self)(self.ball.exp())

    def expm1(self) -> Self:
        """exp(x) - 1."""
        return type(self)(self.ball.expm1())

    def log(self) -> Self:
        """Natural logarithm."""
        return type(self)(self.ball.log())

    def log1p(self) -> Self:
        """log(1 + x)."""
        return type(self)(self.ball.log1p())

    def sqrt(self) -> Self:
        """Square root."""
        return type(self)(self.ball.sqrt())

    def sin(self) -> Self:
        """Sine."""
        return type(self)(self.ball.sin())

    def cos(self) -> Self:
        """Cosine."""
        return type(self)(self.ball.cos())

    def tanh(self) -> Self:
        """Hyperbolic tangent."""
        return type(self)(self.ball.tanh())

    def tanh_slope(self) -> Self:
        """1 - tanh(x)**2."""
        value = self.tanh()
        return self.constant(1) - value * value

    def erf(self) -> Self:
        """Error function."""
        return type(self)(self.ball.erf())

    def erfc(self) -> Self:
        """Complement of the error function."""
        return type(self)(self.ball.erfc())

    def abs(self) -> Self:
        """Absolute value."""
        return type(self)(abs(self.ball))

    def minimum(self, other: Self) -> Self:
        """Return the least, a ball around both where their order is unknown."""
        return type(self)(self.ball.min(other.ball))

    def maximum(self, other: Self) -> Self:
        """Return the greatest, a ball around both where their order is unknown."""
        return type(self)(self.ball.max(other.ball))

    def order(self, other: Self) -> int:
        """Sign of self - other.

        Raises
        ------
        Undecided
            If the balls meet.
        """
        if self.ball == other.ball:
            return 0
        if self.ball > other.ball:
            return 1
        if self.ball < other.ball:
            return -1
        raise Undecided("two balls overlap")

    def __lt__(self, other: Self) -> bool:
        return self.order(other) < 0

    def __le__(self, other: Self) -> bool:
        return self.order(other) <= 0

    def __gt__(self, other: Self) -> bool:
        return self.order(other) > 0

    def __ge__(self, other: Self) -> bool:
        return self.order(other) >= 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ball) and self.order(other) == 0

    __hash__ = None  # type: ignore[assignment]

    def select(self, mask: bool, other: Self) -> Self:
        """Take self if the condition holds, else other."""
        return self if mask else other

    def take(self, mask: Any) -> Self:
        """Give the number itself: there is only one."""
        return self

    def undefined(self, mask: bool) -> Self:
        """Have no value if the condition holds."""
        if mask:
            raise Undefined("two slopes meet")
        return self

    @classmethod
    def gather(cls, size: int, parts: Sequence[tuple[Any, Self]]) -> Self:
        """Give the only part."""
        return parts[0][1]


def enclosure(formula: Formula, values: Mapping[str, float], form: Format, wrt: str | None = None) -> Any:
    """Enclose the value of a formula, or its derivative, at one point.

    Parameters
    ----------
    formula : Formula
        What to compute.
    values : mapping
        A float for every name.
    form : Format
        In whose last place the enclosure has to be small.
    wrt : str, optional
        Name to differentiate by.

    Returns
    -------
    flint.arb
        A ball that holds the value: exact, or with a radius of at most 2**-20 of the format's spacing there.

    Raises
    ------
    Undefined
        If there is no value, or two slopes meet.
    Undecided
        If no precision is enough.
    """
    before, bits = ctx.prec, FIRST_BITS
    try:
        while bits <= LAST_BITS:
            ctx.prec = bits
            try:
                ball = _evaluated(formula, values, wrt)
            except Undecided:
                pass
            else:
                if _is_tight(ball, form):
                    return ball
                if ball.is_nan() and bits >= _NAN_BITS:
                    raise Undefined(f"{formula} has no value at {dict(values)}")
            bits *= 2
    finally:
        ctx.prec = before
    raise Undecided(f"{formula} at {dict(values)} needs more than {LAST_BITS} bits")


def _evaluated(formula: Formula, values: Mapping[str, float], wrt: str | None) -> Any:
    numbers = {**_constants(ctx.prec), **{name: arb(float(value)) for name, value in values.items()}}
    if wrt is None:
        namespace = {name: Ball(number) for name, number in numbers.items()}
        return formula.evaluate({**scalar.TEXTBOOK, **namespace}, lambda text: Ball(arb(text))).ball
    duals = {name: Dual(Ball(number)) for name, number in numbers.items()}
    duals[wrt] = Dual(Ball(numbers[wrt]), Ball(arb(1)))
    result = formula.evaluate({**scalar.TEXTBOOK, **duals}, lambda text: Dual(Ball(arb(text))))
    return result.derivative().ball


@lru_cache
def _constants(bits: int) -> Mapping[str, Any]:
    """Give the formula's constants at the precision that is set."""
    return {"pi": arb.pi(), "e": arb.const_e(), "inf": arb.pos_inf()}


def _is_tight(ball: Any, form: Format) -> bool:
    """Tell whether the radius is small against the last place; a ball around 0 must be small absolutely."""
    if not ball.is_finite():
        return False
    if ball.is_exact():
        return True
    mantissa, exponent = ball.mid().man_exp()
    place = int(exponent) + int(mantissa).bit_length() - form.precision if mantissa else form.lowest
    return bool(ball.rad() <= arb(2) ** (max(place, form.lowest) + _SLACK))


def parts(ball: Any, dtype: np.dtype[Any]) -> tuple[Any, Any]:
    """Middle of a ball as hi + lo, lo within `PART_UNIT`; what is too small becomes the least of its sign."""
    mantissa, exponent = (int(part) for part in ball.mid().man_exp())
    shift = max(mantissa.bit_length() - _PART_BITS, 0)
    high = (mantissa + (1 << shift >> 1)) >> shift
    low = mantissa - (high << shift)
    low_shift = max(low.bit_length() - _PART_BITS, 0)
    low = (low + (1 << low_shift >> 1)) >> low_shift
    hi, lo = (_scaled(*each, dtype) for each in ((high, exponent + shift), (low, exponent + low_shift)))
    if hi == 0 and mantissa:
        hi = np.copysign(carrier_of(dtype).least, dtype.type(high))
    return hi, lo


def _scaled(mantissa: int, exponent: int, dtype: np.dtype[Any]) -> Any:
    # ldexp takes a C int; a mantissa of 53 bits is 0 or infinite long before that ends.
    with np.errstate(over="ignore", under="ignore"):
        return np.ldexp(dtype.type(mantissa), min(max(exponent, -100_000), 100_000))
