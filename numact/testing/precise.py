"""Numbers of many digits, with which an author's function over rows is read in plain Python."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import mpmath

from numact.spec import Activation

BITS = 400
_STEP = mpmath.ldexp(1, -100)


class Precise:
    """A number of `BITS` bits, with the methods that `numact.scalar` looks for; it never turns to float."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value: Any = value.value if isinstance(value, Precise) else mpmath.mpf(value)

    def __repr__(self) -> str:
        return f"Precise({mpmath.nstr(self.value, 20)})"

    def pow(self, other: Any) -> Precise:
        """Power."""
        return Precise(mpmath.power(self.value, Precise(other).value))

    def minimum(self, other: Any) -> Precise:
        """Return the lesser."""
        return Precise(min(self.value, Precise(other).value))

    def maximum(self, other: Any) -> Precise:
        """Return the greater."""
        return Precise(max(self.value, Precise(other).value))

    def product_error(self, other: Any) -> Precise:
        """Nothing: products are not rounded here."""
        return Precise(0)

    def sum_error(self, other: Any) -> Precise:
        """Nothing: sums are not rounded here."""
        return Precise(0)


def _unary(function: Callable[[Any], Any]) -> Callable[[Precise], Precise]:
    return lambda self: Precise(function(self.value))


def _binary(name: str) -> Callable[[Precise, Any], Precise]:
    def method(self: Precise, other: Any) -> Precise:
        return Precise(getattr(self.value, name)(Precise(other).value))

    return method


def _comparison(name: str) -> Callable[[Precise, Any], bool]:
    def method(self: Precise, other: Any) -> bool:
        return bool(getattr(self.value, name)(Precise(other).value))

    return method


_FUNCTIONS = ("exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tanh", "erf", "erfc")
_ARITHMETIC = ("add", "sub", "mul", "truediv", "pow")

for _name in _FUNCTIONS:
    setattr(Precise, _name, _unary(getattr(mpmath, _name)))
for _name in ("__abs__", "__neg__", "__pos__"):
    setattr(Precise, _name, _unary(getattr(mpmath.mpf, _name)))
for _name in (*(f"__{name}__" for name in _ARITHMETIC), *(f"__r{name}__" for name in _ARITHMETIC)):
    setattr(Precise, _name, _binary(_name))
for _name in ("__lt__", "__le__", "__gt__", "__ge__", "__eq__", "__ne__"):
    setattr(Precise, _name, _comparison(_name))


class PreciseRow(list[Any]):
    """A row of such numbers, with the methods that `numact.rows` looks for."""

    def row_maximum(self) -> Any:
        """Return the largest element."""
        return max(self)

    def row_total(self, term: Callable[..., Any], *operands: Any) -> Any:
        """Sum `term` over rows and numbers."""
        return _total(self._terms(term, operands))

    def row_apply(self, term: Callable[..., Any], *operands: Any) -> None:
        """Write `term` of rows and numbers to this row."""
        self[:] = self._terms(term, operands)

    def row_apply_total(self, term: Callable[..., Any], *operands: Any) -> Any:
        """Do both."""
        self.row_apply(term, *operands)
        return _total(self)

    def _terms(self, term: Callable[..., Any], operands: Sequence[Any]) -> list[Any]:
        length = next(len(each) for each in operands if isinstance(each, list))
        chosen = ([each[i] if isinstance(each, list) else each for each in operands] for i in range(length))
        return [Precise(term(*each)) for each in chosen]


def _total(terms: Sequence[Precise]) -> Precise:
    return Precise(mpmath.fsum(term.value for term in terms))


def row_of(spec: Activation, row: Sequence[Any], parameters: Sequence[float]) -> list[Any]:
    """Read an axis activation's own function over one row.

    Returns
    -------
    list of mpmath.mpf
        What it writes.

    Raises
    ------
    TypeError, AttributeError
        If it calls what takes floats alone.
    """
    assert spec.forward is not None
    with mpmath.workprec(BITS):
        given = PreciseRow(Precise(each) for each in row)
        out = PreciseRow(Precise(0) for _ in row)
        spec.forward(given, out, *parameters)
        return [Precise(each).value for each in out]


def vjp_of(
    spec: Activation, row: Sequence[float], g: Sequence[float], parameters: Sequence[float]
) -> list[tuple[Any, Any]]:
    """Give the gradient of a row by difference quotients, and for each element the size of its terms."""
    found = []
    with mpmath.workprec(BITS):
        for place in range(len(row)):
            ends = []
            for step in (-_STEP, _STEP):
                moved = [mpmath.mpf(each) for each in row]
                moved[place] += step
                ends.append(row_of(spec, moved, parameters))
            pairs = zip(*ends, g, strict=True)
            terms = [mpmath.mpf(weight) * (high - low) / (2 * _STEP) for low, high, weight in pairs]
            found.append((mpmath.fsum(terms), mpmath.fsum(map(abs, terms))))
    return found
