"""Arrays of numbers kept by sign and logarithm, with an error bound: for what over- or underflows float64.

The reading of the far ends, where a textbook formula passes through exp(1e30) on its way to a modest result.
Differences of near-equal terms are left to the other kinds of number.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Self

import numpy as np

from numact.accuracy import errorfunction
from numact.accuracy.pairs import PI, Array, carrier_of, two_sum

_CARRIER = carrier_of(np.dtype(np.float64))
# Rounding of a logarithm and of a function of it, relative; logarithms add an absolute part of the same size.
_UNIT = 2 * _CARRIER.function_unit
# Below exp(-_TINY) tanh(x) is x to the last bit of float64; above exp(_SATURATED) it is 1.
_TINY, _SATURATED = 25.0, 4.0
# A logarithm that stands for all beyond it.
_BOTTOM = -1e300
# Results beyond these powers of two are only told to be so small, or so large.
_LEAST_POWER, _GREATEST_POWER = -1200, 1100


class Logarithm:
    """Numbers sign * exp(log), with a bound of the logarithm's error: the number's relative error.

    A sign of 0 with an error says that the number is at most exp(log) in size.
    ``plain`` are the numbers themselves where all are floats, else None: so exp has an exact logarithm.
    """

    __slots__ = ("error", "log_", "plain", "sign")

    def __init__(self, sign: Array, log: Array, error: Array, plain: Array | None = None) -> None:
        self.sign = sign
        self.log_ = log
        self.error = error
        self.plain = plain

    @classmethod
    def of_floats(cls, value: Array) -> Self:
        """Take floats as exact numbers."""
        log = np.log(np.abs(value))
        return cls(np.sign(value), log, np.where(value == 0, 0.0, _UNIT * (1 + np.abs(log))), value)

    @classmethod
    def of_fraction(cls, value: Fraction) -> Self:
        """Take an exact number."""
        made = cls.of_floats(np.float64(float(value)))
        if value != Fraction(float(value)):
            made.plain = None
        return made

    def parts(self) -> tuple[Array, Array, Array, Array]:
        """Give the numbers as floats: hi, lo, error of hi, and the sign, NaN where unknown."""
        hi = self.sign * np.exp(self.log_)
        error = np.abs(hi) * _growth(self.error + _UNIT * (1 + np.abs(self.log_)))
        in_twos, slack = self.log_ / np.log(2), self.error / np.log(2) + 1
        # Of an interval that begins at 0, the middle; of one far out, the extent does not matter.
        tiny, huge = in_twos + slack < _LEAST_POWER, in_twos - slack > _GREATEST_POWER
        half = max(np.ldexp(np.longdouble(1), _LEAST_POWER), np.finfo(np.longdouble).smallest_subnormal)
        hi = np.where(tiny, self.sign * half, np.where(huge, self.sign * np.inf, hi))
        error = np.where(tiny, half, np.where(huge, 0, error))
        exact_zero = (self.sign == 0) & (self.error == 0)
        at_most = (self.sign == 0) & ~exact_zero & (in_twos + 1 < _LEAST_POWER)
        error = np.where(exact_zero, 0, np.where(at_most, half, error))
        sign = np.where(at_most, np.nan, self.sign)
        return np.where(exact_zero | at_most, 0, hi), np.float64(0), error, sign

    def constant(self, value: float) -> Self:
        """Make an exact number."""
        return self.of_fraction(Fraction(value))

    def pi(self) -> Self:
        """Make pi."""
        return self.of_fraction(PI)

    def __neg__(self) -> Self:
        return type(self)(-self.sign, self.log_, self.error, None if self.plain is None else -self.plain)

    def __add__(self, other: Self) -> Self:
        swap = other.log_ > self.log_
        great, small = other.select(swap, self), self.select(swap, other)
        alike = great.sign * small.sign >= 0
        gap = np.where(np.isneginf(small.log_), -np.inf, small.log_ - great.log_)
        ratio = np.exp(gap)
        most = np.exp(np.minimum(gap + small.error + great.error, 700.0))
        change = np.log1p(np.where(alike, ratio, -ratio))
        log, rest = two_sum(great.log_, change)
        together = np.minimum(great.error + np.log1p(most), np.maximum(great.error, small.error))
        # Of a difference, 1 - ratio is known to within the excess of the largest ratio.
        room = 1 - most
        apart = np.where(room > 0, great.error + (most - ratio + _UNIT) / np.maximum(room, _UNIT), np.inf)
        error = np.where(alike, together, apart) + _UNIT * (np.abs(change) + ratio) + np.abs(rest)
        # A ratio that underflows is not nothing.
        error = error + np.where((small.sign == 0) & (small.error == 0), 0.0, _CARRIER.least)
        zero = (great.sign == 0) & (small.sign == 0) & (great.error == 0) & (small.error == 0)
        # What two terms leave that may be equal is at most as large as they are.
        open_sign = ~alike & (room <= 0)
        log = np.where(open_sign, great.log_ + great.error + 1, log)
        sign = np.where(open_sign, 0.0, great.sign)
        return type(self)(sign, np.where(zero, -np.inf, log), np.where(zero, 0.0, error))

    def __sub__(self, other: Self) -> Self:
        return self + -other

    def __mul__(self, other: Self) -> Self:
        return self._scaled(other, other.log_)

    def __truediv__(self, other: Self) -> Self:
        return self._scaled(other, np.where(other.sign == 0, np.nan, -other.log_))

    def _scaled(self, other: Self, change: Array) -> Self:
        """Add a change to the logarithm, for a product or a quotient with another number."""
        sign = self.sign * other.sign
        log, rest = two_sum(self.log_, change)
        error = self.error + other.error + np.abs(rest)
        # An exact factor of 0 makes an exact 0; one over 0 is left undecided.
        zero = ((self.sign == 0) & (self.error == 0)) | ((other.sign == 0) & (other.error == 0))
        zero = zero & ~np.isnan(log)
        return type(self)(sign, np.where(zero, -np.inf, log), np.where(zero, 0.0, error))

    def pow(self, other: Self) -> Self:
        """Power: any base for a whole constant exponent, else a positive base."""
        exponent = other.plain
        if exponent is not None and np.ndim(exponent) == 0 and exponent == np.rint(exponent):
            log = np.where(exponent == 0, 0.0, self.log_ * exponent)
            log = np.where((exponent < 0) & (self.sign == 0), np.nan, log)
            error = np.abs(exponent) * self.error + _UNIT * np.abs(log)
            return type(self)(self.sign ** np.abs(exponent), log, error)
        return (other * self.log()).exp()

    __pow__ = pow

    def exp(self) -> Self:
        """Exponential function."""
        if self.plain is not None:
            return type(self)(np.ones_like(self.plain), self.plain, np.zeros_like(self.plain))
        value = np.exp(self.log_)
        error = value * (_growth(self.error) + _UNIT) + _CARRIER.least
        error = np.where((self.sign == 0) & (self.error == 0), 0.0, error)
        log = np.where(self.sign == 0, 0.0, self.sign * value)
        # What vanishes beyond every logarithm is only known to be at most so large.
        vanished = (log == -np.inf) & (self.error < 1)
        sign, log = np.where(vanished, 0.0, np.ones_like(value)), np.where(vanished, _BOTTOM, log)
        return type(self)(sign, log, np.where(vanished, 1.0, error))

    def expm1(self) -> Self:
        """exp(x) - 1."""
        return self.exp() - self.constant(1)

    def log(self) -> Self:
        """Natural logarithm, which is at hand; gives up unless the argument is positive."""
        size = np.abs(self.log_)
        one = (self.sign > 0) & (size == 0) & (self.error == 0)
        known = (self.sign > 0) & (self.error < 0.1 * size)
        sign = np.where(known | one, np.sign(self.log_), np.nan)
        error = np.where(known, 1.2 * self.error / size + _UNIT * (1 + np.abs(np.log(size))), np.inf)
        return type(self)(sign, np.log(size), np.where(one, 0.0, error))

    def log1p(self) -> Self:
        """log(1 + x)."""
        return (self.constant(1) + self).log()

    def sqrt(self) -> Self:
        """Square root."""
        error = np.where(self.sign >= 0, self.error / 2 + _UNIT, np.inf)
        return type(self)(self.sign, self.log_ / 2, np.where(self.sign == 0, self.error, error))

    def sin(self) -> Self:
        """Give up: nothing is known of the sine of a huge number."""
        return self.undefined(np.bool_(True))

    cos = sin

    def tanh(self) -> Self:
        """Hyperbolic tangent."""
        return self._bounded(np.tanh, 0.0)

    def tanh_slope(self) -> Self:
        """1 - tanh(x)**2, as (2e/(1 + e*e))**2 with e = exp(-|x|)."""
        decay = (-self.abs()).exp()
        half = decay / (self.constant(1) + decay * decay)
        return self.constant(4) * half * half

    def erf(self) -> Self:
        """Error function."""
        return self._bounded(_erf_of_positive, float(np.log(2 / np.sqrt(np.pi))))

    def _bounded(self, function: Any, log_slope: float) -> Self:
        """Apply an odd function that rises to 1 from the given slope at 0, so never adds relative error."""
        log = np.where(self.log_ < -_TINY, self.log_ + log_slope, np.log(function(np.exp(self.log_))))
        saturated = self.log_ - self.error > _SATURATED
        error = np.where(saturated, _UNIT, self.error + _UNIT * (1 + np.abs(self.log_)))
        return type(self)(self.sign, log, np.where((self.sign == 0) & (self.error == 0), 0.0, error))

    def erfc(self) -> Self:
        """1 - erf(x), above 0 by its own logarithm."""
        return self._tail().select(self.sign > 0, self.constant(1) - self.erf())

    def _tail(self) -> Self:
        value = np.exp(self.log_)
        square = value * value
        log = np.log(errorfunction.erfcx_of_positive(value, _CARRIER.dtype)) - square
        error = _UNIT * (1 + np.abs(log)) + 2 * (square + 1) * (_growth(self.error) + _UNIT)
        return type(self)(np.ones_like(value), log, error)

    def abs(self) -> Self:
        """Absolute value."""
        return type(self)(np.abs(self.sign), self.log_, self.error)

    def minimum(self, other: Self) -> Self:
        """Return the least; gives up where the order is unknown."""
        order = other.order(self)
        return self.select(order > 0, other).undefined(np.isnan(order))

    def maximum(self, other: Self) -> Self:
        """Return the greatest; gives up where the order is unknown."""
        order = self.order(other)
        return self.select(order > 0, other).undefined(np.isnan(order))

    def order(self, other: Self) -> Array:
        """Sign of self - other: -1, 0 or 1, and NaN where the bounds do not tell."""
        by_sign = np.sign(self.sign - other.sign)
        gap = np.where(self.log_ == other.log_, 0.0, self.log_ - other.log_)
        by_size = np.where(np.abs(gap) > self.error + other.error, self.sign * np.sign(gap), np.nan)
        by_size = np.where((self.sign == 0) & (self.error + other.error == 0), 0.0, by_size)
        known = np.isfinite(self.error + other.error)
        return np.where(known, np.where(by_sign != 0, by_sign, by_size), np.nan)

    def select(self, mask: Array, other: Self) -> Self:
        """Take self where the mask holds, else other."""
        sign, log = np.where(mask, self.sign, other.sign), np.where(mask, self.log_, other.log_)
        error = np.where(mask, self.error, other.error)
        if self.plain is None or other.plain is None:
            return type(self)(sign, log, error)
        return type(self)(sign, log, error, np.where(mask, self.plain, other.plain))

    def undefined(self, mask: Array) -> Self:
        """Have no value where the mask holds."""
        return type(self)(self.sign, self.log_, np.where(mask, np.nan, self.error))

    def take(self, mask: Array) -> Self:
        """Only the elements where the mask holds; a constant stays as it is."""
        parts = (self.sign, self.log_, self.error, self.plain)
        return type(self)(*(part[mask] if part is not None and np.ndim(part) else part for part in parts))

    @classmethod
    def gather(cls, size: int, parts: Sequence[tuple[Array, Self]]) -> Self:
        """Put parts back to where their masks took them from; elements of no part are undecided."""
        sign, log, error = (np.full(size, np.nan) for _ in range(3))
        for mask, part in parts:
            sign[mask], log[mask], error[mask] = part.sign, part.log_, part.error
        return cls(sign, log, error)


def _growth(error: Array) -> Array:
    """Relative change of exp(x) when x is off by so much."""
    return np.where(error < 0.1, 1.1 * error, np.where(error < 700, np.expm1(np.minimum(error, 700)), np.inf))


def _erf_of_positive(x: Array) -> Array:
    small = errorfunction.erf_of_small(np.minimum(x, 0.5), _CARRIER)
    middle = np.minimum(np.maximum(x, 0.5), errorfunction.far_argument(_CARRIER))
    return np.where(x < 0.5, small, 1 - errorfunction.erfc_of_positive(middle, _CARRIER))
