"""erf and erfc for arrays of any carrier, which NumPy lacks: Taylor series of erfcx around many points.

With y(x) = erfcx(x) = exp(x*x) * erfc(x), y' = 2*x*y - 2/sqrt(pi) gives all further derivatives. Ball
arithmetic computes the coefficients once.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from numact.accuracy.pairs import Array, Carrier, two_product

# Points of expansion are multiples of a step up to the end of the table; beyond it a continued fraction.
_STEPS_PER_UNIT = 8
_TABLE_END = 8
_DEGREE = 15
_FRACTION_TERMS = 24
# Terms of the Maclaurin series of erf for |x| <= 1/2.
_SERIES_TERMS = 18
_BITS = 400


def erfc_of_positive(a: Array, carrier: Carrier) -> Array:
    """Compute erfc(a) for a from 0 to about `far_argument`, within `Carrier.function_unit`, relative."""
    return erfcx_of_positive(a, carrier.dtype) * gaussian(a, carrier)


def gaussian(a: Array, carrier: Carrier) -> Array:
    """exp(-a*a), the rounding of the square made good."""
    square, rest = two_product(a, a, carrier)
    return np.exp(-square) * (1 - rest)


def far_argument(carrier: Carrier) -> Any:
    """Where erfc has long become 0 in results of every format."""
    return carrier.dtype.type(carrier.far) ** carrier.dtype.type(0.5)


def erf_of_small(x: Array, carrier: Carrier) -> Array:
    """Compute erf(x) for |x| <= 1/2, within `Carrier.function_unit`, relative."""
    square = x * x
    total = np.zeros_like(x)
    for coefficient in reversed(_maclaurin(carrier.dtype)):
        total = total * square + coefficient
    return x * total


@lru_cache
def two_over_root_pi(dtype: np.dtype[Any]) -> Any:
    """2/sqrt(pi), rounded."""
    return _maclaurin(dtype)[0]


def erfcx_of_positive(a: Array, dtype: np.dtype[Any]) -> Array:
    """exp(a*a) * erfc(a) for a >= 0, within `Carrier.function_unit`, relative."""
    a = np.asarray(a)
    result = np.empty_like(a)
    near = a < _TABLE_END
    result[near] = _by_table(a[near], dtype)
    result[~near] = _by_fraction(a[~near], dtype)
    return result


def _by_table(a: Array, dtype: np.dtype[Any]) -> Array:
    index = np.rint(a * _STEPS_PER_UNIT).astype(np.intp)
    step = a - index.astype(dtype) / _STEPS_PER_UNIT
    rows = _table(dtype)
    total = rows[_DEGREE][index]
    for degree in range(_DEGREE - 1, -1, -1):
        total = total * step + rows[degree][index]
    return total


def _by_fraction(a: Array, dtype: np.dtype[Any]) -> Array:
    """1/sqrt(pi) / (a + (1/2)/(a + (2/2)/(a + ...))), from the innermost out."""
    tail = a
    for k in range(_FRACTION_TERMS, 0, -1):
        tail = a + 0.5 * k / tail
    return two_over_root_pi(dtype) / (2 * tail)


@lru_cache
def _table(dtype: np.dtype[Any]) -> Array:
    """Taylor coefficients: one row for each degree, one column for each point."""
    from flint import arb, ctx

    count = _TABLE_END * _STEPS_PER_UNIT + 1
    table = np.empty((_DEGREE + 1, count), dtype)
    before, ctx.prec = ctx.prec, _BITS
    try:
        slope = 2 / arb.pi().sqrt()
        for index in range(count):
            x = arb(index) / _STEPS_PER_UNIT
            terms = [(x * x).exp() * x.erfc()]
            terms.append(2 * x * terms[0] - slope)
            for n in range(1, _DEGREE):
                terms.append((2 * x * terms[n] + 2 * terms[n - 1]) / (n + 1))
            table[:, index] = [_rounded(term, dtype) for term in terms]
    finally:
        ctx.prec = before
    return table


@lru_cache
def _maclaurin(dtype: np.dtype[Any]) -> tuple[Any, ...]:
    """Coefficients of erf(x)/x in powers of x*x."""
    from flint import arb, ctx

    before, ctx.prec = ctx.prec, _BITS
    try:
        term, terms = 2 / arb.pi().sqrt(), []
        for n in range(_SERIES_TERMS):
            terms.append(_rounded(term / (2 * n + 1), dtype))
            term = -term / (n + 1)
        return tuple(terms)
    finally:
        ctx.prec = before


def _rounded(ball: Any, dtype: np.dtype[Any]) -> Any:
    """Middle of a ball as a number of the dtype."""
    high = float(ball.mid())
    return dtype.type(high) + dtype.type(float((ball - high).mid()))
