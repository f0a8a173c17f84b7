"""Taylor series with balls for coefficients: a textbook formula over a whole run of neighbouring numbers.

A number here is ``factor * exp(power)``, both series of one variable, so that a formula may pass through
exp(1e30) on its way to a modest result. Needs python-flint.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flint import arb, arb_series, ctx

from numact import scalar
from numact.accuracy.balls import Undecided
from numact.accuracy.duals import Dual
from numact.formula import Formula

# From here on exp keeps its argument as a power.
_LARGE = 64
_LARGEST_EXPONENT = 64


class Series:
    """A function near a point, or near every point of a ball: ``factor * exp(power)``.

    Parameters
    ----------
    factor : flint.arb_series
        A series whose coefficients are balls.
    power : flint.arb_series, optional
        0 by default.
    """

    __slots__ = ("factor", "power")

    def __init__(self, factor: Any, power: Any = None) -> None:
        self.factor = factor
        self.power = power

    @classmethod
    def of_ball(cls, ball: Any) -> Series:
        """Make a constant."""
        return cls(arb_series([ball]))

    def constant(self, value: float) -> Series:
        """Make an exact number."""
        return self.of_ball(arb(value))

    def pi(self) -> Series:
        """Make pi."""
        return self.of_ball(arb.pi())

    def plain(self) -> Any:
        """Multiply factor and power out."""
        return self.factor if self.power is None else self.factor * _exp(self.power)

    def __neg__(self) -> Series:
        return Series(-self.factor, self.power)

    def __add__(self, other: Series) -> Series:
        if self.power is None and other.power is None:
            return Series(self.factor + other.factor)
        gap = _difference(self.power, other.power)
        if gap[0].mid() < 0:
            return Series(other.factor + self.factor * _exp(gap), other.power)
        return Series(self.factor + other.factor * _exp(-gap), self.power)

    def __sub__(self, other: Series) -> Series:
        return self + -other

    def __mul__(self, other: Series) -> Series:
        return Series(self.factor * other.factor, _sum(self.power, other.power))

    def __truediv__(self, other: Series) -> Series:
        divisor = other.factor[0]
        if divisor.contains(0):
            raise Undecided("a divisor may be 0")
        power = None if self.power is other.power is None else _difference(self.power, other.power)
        return Series(self.factor / other.factor, power)

    def pow(self, other: Series) -> Series:
        """Power: by products for a whole constant exponent, else by exp and log."""
        exponent = other.plain()
        if exponent.length() <= 1 and exponent[0].is_integer() and abs(exponent[0]) <= _LARGEST_EXPONENT:
            times = round(float(exponent[0]))
            whole = self._whole_power(abs(times))
            return self.constant(1) / whole if times < 0 else whole
        return (other * self.log()).exp()

    __pow__ = pow

    def _whole_power(self, times: int) -> Series:
        result = self.constant(1)
        for bit in bin(times)[2:]:
            result = result * result
            if bit == "1":
                result = result * self
        return result

    def exp(self) -> Series:
        """Exponential function."""
        argument = self.plain()
        if abs(argument[0]) < _LARGE:
            return Series(argument.exp())
        return Series(arb_series([1]), argument)

    def expm1(self) -> Series:
        """exp(x) - 1."""
        return self.exp() - self.constant(1)

    def log(self) -> Series:
        """Natural logarithm."""
        if not self.factor[0] > 0:
            raise Undecided("the argument of a logarithm may not be positive")
        logarithm = self.factor.log()
        return Series(logarithm if self.power is None else logarithm + self.power)

    def log1p(self) -> Series:
        """log(1 + x)."""
        return (self.constant(1) + self).log()

    def sqrt(self) -> Series:
        """Square root."""
        if not self.factor[0] > 0:
            raise Undecided("the argument of a square root may not be positive")
        return Series(self.factor.sqrt(), None if self.power is None else self.power / 2)

    def sin(self) -> Series:
        """Sine."""
        return Series(self.plain().sin())

    def cos(self) -> Series:
        """Cosine."""
        return Series(self.plain().cos())

    def tanh(self) -> Series:
        """Hyperbolic tangent: (1 - e)/(1 + e) with e = exp(-2x), for |x| where the sign is known."""
        first = self.factor[0]
        if first < 0:
            return -(-self).tanh()
        if not first >= 0 and not abs(self.plain()[0]) < 1:
            raise Undecided("the argument of tanh may have either sign")
        one = self.constant(1)
        power = (self * self.constant(-2)).exp()
        return (one - power) / (one + power)

    def tanh_slope(self) -> Series:
        """1 - tanh(x)**2."""
        value = self.tanh()
        return self.constant(1) - value * value

    def erf(self) -> Series:
        """Error function."""
        return Series(self.plain().erf())

    def erfc(self) -> Series:
        """Complement of the error function."""
        return Series(self.plain().erfc())

    def order(self, other: Series) -> int:
        """Sign of self - other.

        Raises
        ------
        Undecided
            If it is not the same everywhere.
        """
        difference = (self - other).factor
        first = difference[0]
        if first > 0:
            return 1
        if first < 0:
            return -1
        if all(coefficient.is_zero() for coefficient in difference.coeffs()):
            return 0
        raise Undecided("a comparison has no one answer")

    def select(self, mask: bool, other: Series) -> Series:
        """Take self if the condition holds, else other."""
        return self if mask else other

    def take(self, mask: Any) -> Series:
        """Give the number itself: there is only one."""
        return self

    def undefined(self, mask: bool) -> Series:
        """Have no value if the condition holds."""
        if mask:
            raise Undecided("two slopes meet")
        return self

    @classmethod
    def gather(cls, size: int, parts: Any) -> Series:
        """Give the only part."""
        only: Series = parts[0][1]
        return only


def expand(
    formula: Formula, parameters: Mapping[str, float], x: Any, step: Any, wrt: str | None, degree: int
) -> Series:
    """Expand a formula, or its derivative, in t where its variable is x + step*t.

    Parameters
    ----------
    formula : Formula
        What to compute, at the precision that `flint.ctx` is set to.
    parameters : mapping
        Values of all names but ``x``.
    x : flint.arb
        A point; or a ball, for coefficients that hold those at each of its points.
    step : flint.arb
        Unit of t.
    wrt : str, optional
        Name to differentiate by.
    degree : int
        Of the last term.

    Raises
    ------
    Undecided
        If the formula is not one smooth function there, as far as the balls tell.
    """
    ctx.cap = degree + 1
    numbers = {name: Series.of_ball(arb(value)) for name, value in parameters.items()}
    numbers |= {"pi": Series.of_ball(arb.pi()), "e": Series.of_ball(arb.const_e())}
    numbers |= {"inf": Series.of_ball(arb.pos_inf()), "x": Series(arb_series([x, step]))}
    # As duals even where nothing is differentiated: they compare.
    duals: dict[str, Dual[Series]] = {name: Dual(number) for name, number in numbers.items()}
    if wrt is not None:
        duals[wrt] = Dual(numbers[wrt], numbers[wrt].constant(1))
    namespace = {**scalar.TEXTBOOK, **duals}
    result = formula.evaluate(namespace, lambda text: Dual(Series.of_ball(arb(text))))
    return result.value if wrt is None else result.derivative()  # type: ignore[no-any-return]


def _exp(power: Any) -> Any:
    """Exponential of a series whose first coefficient may be a wide ball."""
    first = power[0]
    if first.rad() < 1:
        return power.exp()
    rest = power - arb_series([first])
    half = first.upper().exp() / 2
    return arb_series([half.union(arb(0)).union(2 * half)]) * rest.exp()


def _sum(a: Any, b: Any) -> Any:
    if a is None:
        return b
    return a if b is None else a + b


def _difference(a: Any, b: Any) -> Any:
    return (arb_series([0]) if a is None else a) - (arb_series([0]) if b is None else b)
