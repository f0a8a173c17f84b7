"""Pairs that know the functions of a formula: the fast reading of the textbook formula."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache
from typing import Any, Self

import numpy as np

from numact.accuracy import errorfunction
from numact.accuracy.pairs import Array, Pair, two_sum

# Below this, 1 + expm1 keeps what exp would round away, and sinh-like series keep what differences lose.
_EXP_SMALL = 0.35
_EXP_TINY = 2.0**-4
_LOG_NEAR_ONE = 0.4
_TANH_SMALL = 0.6
_SINE_SMALL = 0.5
_ERF_SMALL = 0.5
_EXP_TERMS = 13
_TANH_TERMS = 26
_SINE_TERMS = 12
_LARGEST_POWER = 64


class Estimate(Pair):
    """Pairs with elementary functions; each result is a pair whose gap holds what its neighbours need.

    exp(x) near 1 is 1 + expm1(x), tanh(x) is x + (tanh(x) - x) or 1 - 2/(exp(2x) + 1), erf(x) in its tail
    is 1 - erfc(x): so the differences that textbook formulas form are exact.
    """

    __slots__ = ()

    def exp(self) -> Self:
        """Exponential function."""
        return self._by_size(np.abs(self.hi) < _EXP_SMALL, type(self)._exp_near_0, type(self)._exp_large)

    def _exp_near_0(self) -> Self:
        return self._by_size(np.abs(self.hi) < _EXP_TINY, type(self)._exp_tiny, type(self)._exp_small)

    def _exp_large(self) -> Self:
        carrier = self.carrier
        power = np.exp(self.hi)
        low = self.low()
        error = power * (carrier.function_unit + low * low + _growth(self.bound())) + 8 * carrier.least
        # Far below everything: even a large relative error of the argument does not matter.
        vanished = 0.9 * self.hi + self.bound() < -2 * carrier.far
        error = np.where(vanished, power + np.exp(carrier.dtype.type(-2 * carrier.far)), error)
        return type(self)(*two_sum(power, power * low), error)

    def _exp_small(self) -> Self:
        carrier = self.carrier
        change = np.expm1(self.hi)
        low = (1 + change) * self.low()
        error = carrier.function_unit * (np.abs(change) + np.abs(low)) + 1.5 * _growth(self.bound())
        return self.constant(1) + type(self)(*two_sum(change, low), error)

    def _exp_tiny(self) -> Self:
        """1 + x + the rest of the series, which is what exp(x) - 1 - x needs."""
        total = np.zeros_like(self.hi)
        for coefficient in reversed(_exp_coefficients(self.hi.dtype)):
            total = total * self.hi + coefficient
        bend = self.hi * self.hi * total
        low = self.low() * (1 + self.hi + bend)
        error = self.carrier.function_unit * (bend + np.abs(low)) + 1.5 * _growth(self.bound())
        change = type(self)(self.hi) + type(self)(*two_sum(bend, low), error)
        return self.constant(1) + change

    def expm1(self) -> Self:
        """exp(x) - 1: the gap of exp makes it exact."""
        return self.exp() - self.constant(1)

    def log(self) -> Self:
        """Natural logarithm; gives up where the argument may not be positive."""
        change = self - self.constant(1)
        near = np.abs(change.hi) < _LOG_NEAR_ONE
        return self._by_size(near, type(self)._log_near_one, type(self)._log_elsewhere)

    def _log_near_one(self) -> Self:
        carrier = self.carrier
        change = self - self.constant(1)
        value = np.log1p(change.hi)
        low = change.low() / (1 + change.hi)
        room = 0.5 * (1 + change.hi) - change.bound()
        error = carrier.function_unit * (np.abs(value) + np.abs(low)) + low * low
        error = error + np.where(room > 0, 2 * change.bound() / (1 + change.hi), np.inf)
        return type(self)(*two_sum(value, low), error)

    def _log_elsewhere(self) -> Self:
        carrier = self.carrier
        value = np.log(self.hi)
        low = self.low() / self.hi
        room = 0.5 * self.hi - self.bound()
        error = carrier.function_unit * (np.abs(value) + np.abs(low)) + low * low
        error = error + np.where(room > 0, 2 * self.bound() / self.hi, np.inf)
        return type(self)(*two_sum(value, low), error)

    def log1p(self) -> Self:
        """log(1 + x): the sum is exact."""
        return (self.constant(1) + self).log()

    def sqrt(self) -> Self:
        """Square root; gives up where the argument may be negative."""
        root = type(self)(np.sqrt(self.hi))
        rest = self - root * root
        low = np.where(root.hi == 0, 0, rest.hi / (2 * root.hi))
        room = 0.5 * self.hi - self.bound()
        passed_on = (8 * self.carrier.unit * np.abs(rest.hi) + rest.bound()) / root.hi
        error = np.where(room > 0, passed_on, np.inf)
        error = np.where(root.hi == 0, np.sqrt(self.bound()), error)
        return type(self)(*two_sum(root.hi, low), error)

    def tanh(self) -> Self:
        """Hyperbolic tangent."""
        return self._by_size(np.abs(self.hi) < _TANH_SMALL, type(self)._tanh_small, type(self)._tanh_large)

    def _tanh_small(self) -> Self:
        change = _odd_series(self.hi, _tanh_coefficients(self.hi.dtype))
        low = self.low() * (1 - (self.hi + change) ** 2)
        error = self.carrier.function_unit * (4 * np.abs(change) + np.abs(low))
        error = error + np.abs(self.low() * self.hi) * np.abs(self.low()) + self.bound()
        return type(self)(self.hi) + type(self)(*two_sum(change, low), error)

    def _tanh_large(self) -> Self:
        carrier = self.carrier
        size = np.abs(self.hi)
        sign = np.sign(self.hi)
        beyond = 0.9 * size - self.bound() > carrier.far
        low, error = (np.where(beyond, 0, part) for part in (sign * self.low(), self.bound()))
        magnitude = type(self)(np.where(beyond, carrier.dtype.type(carrier.far), size), low, error)
        power = (magnitude + magnitude).exp()
        complement = self.constant(2) / (power + self.constant(1))
        error = np.where(beyond, complement.hi, 0) + complement.bound()
        complement = type(self)(complement.hi, complement.lo, error)
        result = self.constant(1) - complement
        return type(self)(sign * result.hi, sign * result.low(), result.error)

    def tanh_slope(self) -> Self:
        """1 - tanh(x)**2."""
        value = self.tanh()
        return self.constant(1) - value * value

    def erf(self) -> Self:
        """Error function."""
        return self._by_size(np.abs(self.hi) < _ERF_SMALL, type(self)._erf_small, type(self)._erf_large)

    def _erf_small(self) -> Self:
        carrier = self.carrier
        value = errorfunction.erf_of_small(self.hi, carrier)
        slope = errorfunction.two_over_root_pi(self.hi.dtype) * errorfunction.gaussian(self.hi, carrier)
        low = slope * self.low()
        error = carrier.function_unit * (np.abs(value) + np.abs(low)) + low * low + 1.2 * self.bound()
        return type(self)(*two_sum(value, low), error + carrier.least)

    def _erf_large(self) -> Self:
        tail = self._tail()
        sign = np.sign(self.hi)
        result = self.constant(1) - tail
        return type(self)(sign * result.hi, sign * result.low(), result.error)

    def _tail(self) -> Self:
        """Compute erfc(|x|)."""
        carrier = self.carrier
        limit = errorfunction.far_argument(carrier)
        inside = 0.9 * np.abs(self.hi) - self.bound() <= limit
        a = np.where(inside, np.abs(self.hi), limit)
        value = errorfunction.erfc_of_positive(a, carrier)
        slope = errorfunction.two_over_root_pi(self.hi.dtype) * errorfunction.gaussian(a, carrier)
        low = np.where(inside, -slope * np.sign(self.hi) * self.low(), 0)
        # The slope changes by a factor exp(2*a*shift) over a small shift.
        shift = np.where(inside, np.abs(self.low()) + self.bound(), 0)
        bend = np.where((a + 1) * shift < 0.01, slope * shift * 3 * (a + 1) * shift, np.inf)
        error = carrier.function_unit * (value + np.abs(low)) + bend
        error = error + np.where(inside, 8 * carrier.least + 1.1 * slope * self.bound(), value)
        return type(self)(*two_sum(value, low), error)

    def erfc(self) -> Self:
        """1 - erf(x); in the upper tail without the difference."""
        tail = self.hi >= _ERF_SMALL
        return self._by_size(tail, type(self)._tail, lambda rest: rest.constant(1) - rest.erf())

    def sin(self) -> Self:
        """Sine."""
        return self._by_size(np.abs(self.hi) < _SINE_SMALL, type(self)._sin_small, type(self)._sin_large)

    def _sin_small(self) -> Self:
        change = _odd_series(self.hi, _sine_coefficients(self.hi.dtype))
        low = self.low() * np.cos(self.hi)
        error = self.carrier.function_unit * (np.abs(change) + np.abs(low)) + self.bound()
        return type(self)(self.hi) + type(self)(*two_sum(change, low), error)

    def _sin_large(self) -> Self:
        value, low = np.sin(self.hi), self.low() * np.cos(self.hi)
        error = self.carrier.function_unit + self.low() ** 2 + self.bound()
        return type(self)(*two_sum(value, low), error)

    def cos(self) -> Self:
        """Cosine: near 0 as 1 - 2*sin(x/2)**2, which keeps what 1 - cos(x) needs."""
        return self._by_size(np.abs(self.hi) < _SINE_SMALL, type(self)._cos_small, type(self)._cos_large)

    def _cos_small(self) -> Self:
        half = (self * self.constant(0.5)).sin()
        return self.constant(1) - self.constant(2) * half * half

    def _cos_large(self) -> Self:
        value, low = np.cos(self.hi), -self.low() * np.sin(self.hi)
        error = self.carrier.function_unit + self.low() ** 2 + self.bound()
        return type(self)(*two_sum(value, low), error)

    def pow(self, other: Self) -> Self:
        """Power: by products for a whole constant exponent, else by exp and log."""
        exponent = float(other.hi) if np.ndim(other.hi) == 0 and not np.any(other.low()) else np.nan
        if other.error is None and abs(exponent) <= _LARGEST_POWER and exponent == int(exponent):
            power = self._whole_power(int(abs(exponent)))
            return self.constant(1) / power if exponent < 0 else power
        return (other * self.log()).exp()

    __pow__ = pow

    def _whole_power(self, exponent: int) -> Self:
        result = self.constant(1)
        for bit in bin(exponent)[2:]:
            result = result * result
            if bit == "1":
                result = result * self
        return result

    def abs(self) -> Self:
        """Absolute value."""
        return (-self).select(self.hi < 0, self)

    def minimum(self, other: Self) -> Self:
        """Return the least; its error is the greater one where the order is unknown."""
        return self._extreme(other, other.order(self))

    def maximum(self, other: Self) -> Self:
        """Return the greatest; its error is the greater one where the order is unknown."""
        return self._extreme(other, self.order(other))

    def _extreme(self, other: Self, order: Array) -> Self:
        chosen = self.select(order > 0, other)
        if not np.any(np.isnan(order)):
            return chosen
        joint = np.abs((self - other).hi) * 1.001 + self.bound() + other.bound()
        return type(self)(chosen.hi, chosen.lo, np.where(np.isnan(order), joint, chosen.bound()))

    def _by_size(self, near: Array, of_near: Any, of_far: Any) -> Self:
        """Apply one function where the mask holds, another elsewhere."""
        if np.all(near):
            return of_near(self)  # type: ignore[no-any-return]
        if not np.any(near):
            return of_far(self)  # type: ignore[no-any-return]
        parts = [(near, of_near(self.take(near))), (~near, of_far(self.take(~near)))]
        return self.gather(len(near), parts)


def _growth(error: Array) -> Array:
    """Relative change of exp(x) when x is off by so much."""
    return np.where(error < 0.1, 1.1 * error, np.inf)


def _odd_series(x: Array, coefficients: tuple[Any, ...]) -> Array:
    """Sum the terms from x**3 on of an odd function."""
    square = x * x
    total = np.zeros_like(x)
    for coefficient in reversed(coefficients):
        total = total * square + coefficient
    return x * (square * total)


@lru_cache
def _exp_coefficients(dtype: np.dtype[Any]) -> tuple[Any, ...]:
    """1/2!, 1/3!, ..."""
    terms = (Fraction(1, math.factorial(n)) for n in range(2, 2 + _EXP_TERMS))
    return tuple(Pair.of_fraction(term, dtype).hi for term in terms)


@lru_cache
def _tanh_coefficients(dtype: np.dtype[Any]) -> tuple[Any, ...]:
    """Coefficients of x**3, x**5, ... by tanh' = 1 - tanh**2."""
    terms = [Fraction(1)]
    for n in range(1, _TANH_TERMS):
        terms.append(-sum((terms[k] * terms[n - 1 - k] for k in range(n)), Fraction(0)) / (2 * n + 1))
    return tuple(Pair.of_fraction(term, dtype).hi for term in terms[1:])


@lru_cache
def _sine_coefficients(dtype: np.dtype[Any]) -> tuple[Any, ...]:
    terms = [Fraction(1)]
    for n in range(1, _SINE_TERMS):
        terms.append(-terms[-1] / (2 * n * (2 * n + 1)))
    return tuple(Pair.of_fraction(term, dtype).hi for term in terms[1:])
