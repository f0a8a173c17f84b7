"""The softmax family by its definition, over pairs of floats with error bounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from numact.accuracy.estimates import Estimate
from numact.accuracy.oracle import Exact
from numact.accuracy.pairs import Array, long_double
from numact.accuracy.ulp import Format


def softmax(x: Estimate) -> Estimate:
    """exp(x_i) / sum_j exp(x_j), both divided by the exponential of the largest."""
    powers = _shifted(x).exp()
    return powers / _total(powers)


def softmin(x: Estimate) -> Estimate:
    """exp(-x_i) / sum_j exp(-x_j)."""
    return softmax(-x)


def log_softmax(x: Estimate) -> Estimate:
    """x_i - log(sum_j exp(x_j)), both relative to the largest; the logarithm of 1 + r keeps all of r."""
    shifted = _shifted(x)
    return shifted - _total(shifted.exp()).log()


ROWS: Mapping[str, Callable[[Estimate], Estimate]] = MappingProxyType(
    {"softmax": softmax, "softmin": softmin, "log_softmax": log_softmax}
)
"""Definitions of activations of kind ``axis``, whose formulas are not parsed, by name."""


def exact_row(name: str, row: Array, form: Format) -> Exact:
    """Find the exact values of an activation of a row of finite numbers.

    Raises
    ------
    KeyError
        If `ROWS` has no definition of that name.
    NotImplementedError
        For float64 where there is no longer float to judge it by.
    """
    dtype = long_double() or np.dtype(np.float64)
    if form.name == "float64" and dtype == np.float64:
        raise NotImplementedError("there is no float longer than float64 here")
    with np.errstate(all="ignore"):
        result = ROWS[name](Estimate(row.astype(dtype)))
        hi, lo, error = (
            np.broadcast_to(part, row.shape) for part in (result.hi, result.low(), result.bound())
        )
        return Exact(hi, lo, error, np.sign(hi))


def _shifted(x: Estimate) -> Estimate:
    """Subtract the largest: the pairs hold the differences exactly."""
    return x - Estimate(np.max(x.hi))


def _total(terms: Estimate) -> Estimate:
    """Add by halves: so the errors of a million terms stay small, and small terms are not lost."""
    places = np.arange(2 ** (len(terms.hi) - 1).bit_length())
    given = places < len(terms.hi)
    zeros = Estimate(np.zeros(np.count_nonzero(~given), terms.hi.dtype))
    total = Estimate.gather(len(places), [(given, terms), (~given, zeros)])
    while len(total.hi) > 1:
        first = np.arange(len(total.hi)) < len(total.hi) // 2
        total = total.take(first) + total.take(~first)
    return total
