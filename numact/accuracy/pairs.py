"""Arrays of unevaluated sums of two floats, each with a bound of its error.

A pair stands for ``hi + lo``, give or take ``error``. The two parts may lie far apart, so that -1 + 1e-300 is
a pair, and adding 1 to it leaves 1e-300 with all its digits: that is what a textbook formula needs in the
tails. Every operation adds its rounding to the bound; the bound turns infinite or NaN where it gives up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any, Self

import numpy as np

PI = Fraction("3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803")
E = Fraction("2.71828182845904523536028747135266249775724709369995957496696762772407663035354759457138")

Array = Any  # NumPy arrays and scalars of a carrier's dtype: 0-d results are scalars


@dataclass(frozen=True)
class Carrier:
    """A float type that pairs are made of, and what is known of its arithmetic.

    Parameters
    ----------
    dtype : numpy.dtype
        float64, or a longer long double.
    unit : float
        Largest relative error of one rounding.
    splitter : float
        Factor that splits a number in two halves whose products are exact.
    least : numpy scalar
        The least subnormal number.
    safe : numpy scalar
        Products from here on have an exact rounding error.
    function_unit : float
        Relative error granted to NumPy's elementary functions: four to eight units in the last place.
    far : float
        exp(-far) is far below every result's last place, and exp(2 * far) does not overflow.
    """

    dtype: np.dtype[Any]
    unit: float
    splitter: float
    least: Any
    safe: Any
    function_unit: float
    far: float


@lru_cache
def carrier_of(dtype: np.dtype[Any]) -> Carrier:
    """Describe the arithmetic of a dtype."""
    info = np.finfo(dtype)
    digits = info.nmant + 1
    one = np.ones((), dtype)[()]
    # Long doubles of more than 64 bits exist, but our own series end there.
    function_unit = 8 * 2.0 ** -min(digits, 64)
    far = 300.0 if dtype == np.float64 else 5000.0
    safe = np.ldexp(one, int(info.minexp) + 2 * digits + 2)
    least = np.ldexp(one, int(info.minexp) - info.nmant)
    return Carrier(dtype, 2.0**-digits, 2.0 ** -(-digits // 2) + 1, least, safe, function_unit, far)


def long_double() -> np.dtype[Any] | None:
    """Give the long double dtype, if it is longer than float64 and rounds like IEEE's formats."""
    dtype = np.dtype(np.longdouble)
    return dtype if np.finfo(dtype).nmant in (63, 112) else None


class Pair:
    """Numbers hi + lo with error bounds; None stands for an exact zero in either."""

    __slots__ = ("error", "hi", "lo")

    def __init__(self, hi: Array, lo: Array | None = None, error: Array | None = None) -> None:
        self.hi = hi
        self.lo = lo
        self.error = error

    @classmethod
    def of_fraction(cls, value: Fraction, dtype: np.dtype[Any]) -> Self:
        """Round an exact number to a pair."""
        hi = _nearest(value, dtype)
        rest = value - Fraction(*hi.as_integer_ratio())
        if not rest:
            return cls(hi)
        lo = _nearest(rest, dtype)
        left = rest - Fraction(*lo.as_integer_ratio())
        return cls(hi, lo, dtype.type(abs(float(left))) if left else None)

    @property
    def carrier(self) -> Carrier:
        """The arithmetic of the parts."""
        return carrier_of(self.hi.dtype)

    def constant(self, value: float) -> Self:
        """Make an exact number of the same carrier."""
        return type(self)(self.hi.dtype.type(value))

    def pi(self) -> Self:
        """Make pi of the same carrier."""
        return self.of_fraction(PI, self.hi.dtype)

    def bound(self) -> Array:
        """Error bound as a number."""
        return self.hi.dtype.type(0) if self.error is None else self.error

    def low(self) -> Array:
        """Low part as a number."""
        return self.hi.dtype.type(0) if self.lo is None else self.lo

    def parts(self) -> tuple[Array, Array, Array]:
        """Give hi, lo and error as numbers."""
        return self.hi, self.low(), self.bound()

    def __neg__(self) -> Self:
        return type(self)(-self.hi, None if self.lo is None else -self.lo, self.error)

    def __add__(self, other: Self) -> Self:
        total, rest = two_sum(self.hi, other.hi)
        low, error = _plus(self.lo, other.lo), _plus(self.error, other.error)
        if low is not None:
            rest = rest + low
            error = _plus(error, self.carrier.unit * (np.abs(low) + np.abs(rest)))
            total, rest = two_sum(total, rest)
        return type(self)(total, rest, error)

    def __sub__(self, other: Self) -> Self:
        return self + -other

    def __mul__(self, other: Self) -> Self:
        carrier = self.carrier
        product, rest = two_product(self.hi, other.hi, carrier)
        error = _plus(_underflow(product, (self.hi != 0) & (other.hi != 0), carrier), _crossed(self, other))
        cross = _plus(_times(self.hi, other.lo), _times(self.lo, other.hi))
        if cross is not None:
            both = _times(self.lo, other.lo)
            error = _plus(error, None if both is None else np.abs(both))
            rest = rest + cross
            error = _plus(error, carrier.unit * (3 * np.abs(cross) + np.abs(rest)))
            product, rest = two_sum(product, rest)
        return type(self)(product, rest, error)

    def __truediv__(self, other: Self) -> Self:
        carrier = self.carrier
        quotient = self.hi / other.hi
        product, wrong = two_product(quotient, other.hi, carrier)
        rest = (self.hi - product) - wrong
        size = np.abs(rest)
        for part in (self.lo, None if other.lo is None else -quotient * other.lo):
            if part is not None:
                rest = rest + part
                size = size + np.abs(part)
        low = rest / other.hi
        error = carrier.unit * (2 * size / np.abs(other.hi) + np.abs(low))
        if other.lo is not None:
            error = error + np.abs(low * (other.lo / other.hi))
        error = _plus(error, _underflow(quotient, self.hi != 0, carrier))
        if self.error is not None or other.error is not None:
            room = np.abs(other.hi) * (1 - 4 * carrier.unit) - other.bound()
            passed_on = (self.bound() + np.abs(quotient) * 1.001 * other.bound()) / room
            error = np.where(room > 0, error + passed_on, np.inf)
        return type(self)(*two_sum(quotient, low), error)

    def order(self, other: Self) -> Array:
        """Sign of self - other: -1, 0 or 1, and NaN where the bounds do not tell."""
        difference = self - other
        sign = np.sign(difference.hi)
        if difference.error is not None:
            size = np.abs(difference.hi) * (1 - 4 * self.carrier.unit)
            sign = np.where((size > difference.error) | (difference.error == 0), sign, np.nan)
        infinite = np.isinf(self.hi) | np.isinf(other.hi)
        return np.where(infinite, _order_with_infinity(self, other), sign) if np.any(infinite) else sign

    def select(self, mask: Array, other: Self) -> Self:
        """Take self where the mask holds, else other."""
        lo = None if self.lo is None and other.lo is None else np.where(mask, self.low(), other.low())
        if self.error is None and other.error is None:
            return type(self)(np.where(mask, self.hi, other.hi), lo)
        return type(self)(np.where(mask, self.hi, other.hi), lo, np.where(mask, self.bound(), other.bound()))

    def take(self, mask: Array) -> Self:
        """Only the elements where the mask holds; a constant stays as it is."""
        parts = [None if part is None else _taken(part, mask) for part in (self.hi, self.lo, self.error)]
        return type(self)(*parts)

    def undefined(self, mask: Array) -> Self:
        """Have no value where the mask holds."""
        return type(self)(np.where(mask, np.nan, self.hi), self.lo, self.error) if np.any(mask) else self

    @classmethod
    def gather(cls, size: int, parts: Sequence[tuple[Array, Self]]) -> Self:
        """Put parts back to where their masks took them from; elements of no part are undecided."""
        dtype = parts[0][1].hi.dtype
        hi, lo = np.full(size, np.nan, dtype), np.zeros(size, dtype)
        error = np.full(size, np.nan, dtype)
        for mask, part in parts:
            hi[mask], lo[mask], error[mask] = part.hi, part.low(), part.bound()
        return cls(hi, lo, error)


def two_sum(a: Array, b: Array) -> tuple[Array, Array]:
    """Round a + b, and the error of it."""
    total = a + b
    from_b = total - a
    return total, (a - (total - from_b)) + (b - from_b)


def two_product(a: Array, b: Array, carrier: Carrier) -> tuple[Array, Array]:
    """Round a * b, and the error of it where nothing over- or underflows."""
    product = a * b
    a_high, a_low = _split(a, carrier)
    b_high, b_low = _split(b, carrier)
    return product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low


def _split(a: Array, carrier: Carrier) -> tuple[Array, Array]:
    scaled = a * carrier.splitter
    high = scaled - (scaled - a)
    return high, a - high


def _plus(a: Array | None, b: Array | None) -> Array | None:
    if a is None:
        return b
    return a if b is None else a + b


def _times(a: Array | None, b: Array | None) -> Array | None:
    return None if a is None or b is None else a * b


def _crossed(a: Pair, b: Pair) -> Array | None:
    """Bound of what the factors' errors do to a product."""
    of_a = None if a.error is None else a.error * (np.abs(b.hi) * 1.001 + b.bound())
    of_b = None if b.error is None else b.error * np.abs(a.hi) * 1.001
    return _plus(of_a, of_b)


def _underflow(result: Array, is_nonzero: Array, carrier: Carrier) -> Array | None:
    """Bound of what is lost where a product is so small that its rounding error is not exact."""
    small = (np.abs(result) < carrier.safe) & is_nonzero
    return np.where(small, 8 * carrier.least, carrier.dtype.type(0)) if np.any(small) else None


def _order_with_infinity(a: Pair, b: Pair) -> Array:
    """Order where one side is an infinite constant: no difference can be formed."""
    a_infinite, b_infinite = (np.isinf(each.hi) & (each.bound() == 0) for each in (a, b))
    a_finite, b_finite = (np.isfinite(each.hi) & np.isfinite(each.bound()) for each in (a, b))
    both = np.where(a_infinite & b_infinite, (np.sign(a.hi) - np.sign(b.hi)) / 2, np.nan)
    by_b = np.where(b_infinite & a_finite, -np.sign(b.hi), both)
    return np.where(a_infinite & b_finite, np.sign(a.hi), by_b)


def _taken(part: Array, mask: Array) -> Array:
    return part[mask] if np.ndim(part) else part


def _nearest(value: Fraction, dtype: np.dtype[Any]) -> Any:
    """Round a fraction to a long double, by its three leading float64 parts."""
    total = dtype.type(0)
    parts = []
    for _ in range(1 if dtype == np.float64 else 3):
        parts.append(float(value))
        value -= Fraction(parts[-1])
    for part in reversed(parts):
        total = dtype.type(part) + total
    return total
