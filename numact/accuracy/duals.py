"""Derivatives of the textbook formula: a value and its tangent over any kind of number.

These are the oracle's own rules, written from calculus for exact numbers; nothing is shared with the dual
numbers that kernels are compiled from.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, Protocol, Self, TypeVar


class Number(Protocol):
    """What a kind of number needs to be differentiated over."""

    def __neg__(self) -> Self: ...
    def __add__(self, other: Self) -> Self: ...
    def __sub__(self, other: Self) -> Self: ...
    def __mul__(self, other: Self) -> Self: ...
    def __truediv__(self, other: Self) -> Self: ...

    def constant(self, value: float) -> Self:
        """Make an exact number of this kind."""

    def pi(self) -> Self:
        """Make pi of this kind."""

    def order(self, other: Self) -> Any:
        """Sign of self - other, NaN where unknown."""

    def select(self, mask: Any, other: Self) -> Self:
        """Take self where the mask holds, else other."""

    def take(self, mask: Any) -> Self:
        """Only the elements where the mask holds."""

    def undefined(self, mask: Any) -> Self:
        """Have no value where the mask holds."""

    @classmethod
    def gather(cls, size: int, parts: Sequence[tuple[Any, Any]]) -> Self:
        """Put parts back to where they were taken from."""

    def exp(self) -> Self: ...  # noqa: D102
    def expm1(self) -> Self: ...  # noqa: D102
    def log(self) -> Self: ...  # noqa: D102
    def log1p(self) -> Self: ...  # noqa: D102
    def sqrt(self) -> Self: ...  # noqa: D102
    def sin(self) -> Self: ...  # noqa: D102
    def cos(self) -> Self: ...  # noqa: D102
    def tanh(self) -> Self: ...  # noqa: D102
    def tanh_slope(self) -> Self: ...  # noqa: D102
    def erf(self) -> Self: ...  # noqa: D102
    def erfc(self) -> Self: ...  # noqa: D102
    def pow(self, other: Self) -> Self: ...  # noqa: D102


N = TypeVar("N", bound=Number)


class Dual(Generic[N]):
    """A value and its derivative by one variable; a tangent of None is exactly 0."""

    __slots__ = ("tangent", "value")

    def __init__(self, value: N, tangent: N | None = None) -> None:
        self.value = value
        self.tangent = tangent

    def derivative(self) -> N:
        """Give the tangent as a number."""
        return self.value.constant(0) if self.tangent is None else self.tangent

    def _chain(self, value: N, slope: N) -> Dual[N]:
        return Dual(value, None if self.tangent is None else slope * self.tangent)

    def _one(self) -> N:
        return self.value.constant(1)

    def __neg__(self) -> Dual[N]:
        return Dual(-self.value, None if self.tangent is None else -self.tangent)

    def __add__(self, other: Dual[N]) -> Dual[N]:
        return Dual(self.value + other.value, _sum(self.tangent, other.tangent))

    def __sub__(self, other: Dual[N]) -> Dual[N]:
        return self + -other

    def __mul__(self, other: Dual[N]) -> Dual[N]:
        of_self = None if self.tangent is None else self.tangent * other.value
        of_other = None if other.tangent is None else self.value * other.tangent
        return Dual(self.value * other.value, _sum(of_self, of_other))

    def __truediv__(self, other: Dual[N]) -> Dual[N]:
        quotient = self.value / other.value
        of_other = None if other.tangent is None else -(quotient * other.tangent)
        numerator = _sum(self.tangent, of_other)
        return Dual(quotient, None if numerator is None else numerator / other.value)

    def pow(self, other: Dual[N]) -> Dual[N]:
        """Power, by a constant or a variable exponent."""
        value = self.value.pow(other.value)
        of_self = of_other = None
        if self.tangent is not None:
            of_self = other.value * self.value.pow(other.value - self._one()) * self.tangent
        if other.tangent is not None:
            of_other = value * self.value.log() * other.tangent
        return Dual(value, _sum(of_self, of_other))

    __pow__ = pow

    def exp(self) -> Dual[N]:
        """Exponential function."""
        value = self.value.exp()
        return self._chain(value, value)

    def expm1(self) -> Dual[N]:
        """exp(x) - 1."""
        return self._chain(self.value.expm1(), self.value.exp())

    def log(self) -> Dual[N]:
        """Natural logarithm."""
        return Dual(self.value.log(), None if self.tangent is None else self.tangent / self.value)

    def log1p(self) -> Dual[N]:
        """log(1 + x)."""
        slope = None if self.tangent is None else self.tangent / (self._one() + self.value)
        return Dual(self.value.log1p(), slope)

    def sqrt(self) -> Dual[N]:
        """Square root."""
        root = self.value.sqrt()
        return Dual(root, None if self.tangent is None else self.tangent / (root + root))

    def sin(self) -> Dual[N]:
        """Sine."""
        return self._chain(self.value.sin(), self.value.cos())

    def cos(self) -> Dual[N]:
        """Cosine."""
        return self._chain(self.value.cos(), -self.value.sin())

    def tanh(self) -> Dual[N]:
        """Hyperbolic tangent."""
        slope = None if self.tangent is None else self.value.tanh_slope() * self.tangent
        return Dual(self.value.tanh(), slope)

    def erf(self) -> Dual[N]:
        """Error function."""
        return self._chain(self.value.erf(), self._bell())

    def erfc(self) -> Dual[N]:
        """Complement of the error function."""
        return self._chain(self.value.erfc(), -self._bell())

    def _bell(self) -> N:
        """2/sqrt(pi) * exp(-x*x)."""
        factor = self.value.constant(2) / self.value.pi().sqrt()
        return factor * (-(self.value * self.value)).exp()

    def abs(self) -> Dual[N]:
        """Absolute value; no derivative at 0."""
        return self.maximum(-self)

    def minimum(self, other: Dual[N]) -> Dual[N]:
        """Return the least; no derivative where two of different slope meet."""
        return self._extreme(other, other.order(self))

    def maximum(self, other: Dual[N]) -> Dual[N]:
        """Return the greatest; no derivative where two of different slope meet."""
        return self._extreme(other, self.order(other))

    def _extreme(self, other: Dual[N], order: Any) -> Dual[N]:
        chosen = self.select(order > 0, other)
        if chosen.tangent is None:
            return chosen
        unknown = order != order
        if (order == 0).any() if hasattr(order, "any") else order == 0:
            unknown = unknown | ((order == 0) & (self.derivative().order(other.derivative()) != 0))
        return Dual(chosen.value, chosen.tangent.undefined(unknown))

    def order(self, other: Dual[N]) -> Any:
        """Sign of the difference of the values."""
        return self.value.order(other.value)

    def __lt__(self, other: Dual[N]) -> bool:
        return bool(self.order(other) < 0)

    def __le__(self, other: Dual[N]) -> bool:
        return bool(self.order(other) <= 0)

    def __gt__(self, other: Dual[N]) -> bool:
        return bool(self.order(other) > 0)

    def __ge__(self, other: Dual[N]) -> bool:
        return bool(self.order(other) >= 0)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Dual) and bool(self.order(other) == 0)

    __hash__ = None  # type: ignore[assignment]

    def select(self, mask: Any, other: Dual[N]) -> Dual[N]:
        """Take self where the mask holds, else other."""
        value = self.value.select(mask, other.value)
        if self.tangent is None and other.tangent is None:
            return Dual(value)
        return Dual(value, self.derivative().select(mask, other.derivative()))

    def take(self, mask: Any) -> Dual[N]:
        """Only the elements where the mask holds."""
        return Dual(self.value.take(mask), None if self.tangent is None else self.tangent.take(mask))

    @classmethod
    def gather(cls, size: int, parts: Sequence[tuple[Any, Dual[N]]]) -> Dual[N]:
        """Put parts back to where their masks took them from."""
        kind = type(parts[0][1].value)
        value = kind.gather(size, [(mask, part.value) for mask, part in parts])
        return Dual(value, kind.gather(size, [(mask, part.derivative()) for mask, part in parts]))


def _sum(a: N | None, b: N | None) -> N | None:
    if a is None:
        return b
    return a if b is None else a + b
