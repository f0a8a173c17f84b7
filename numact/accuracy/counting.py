"""Errors of many results at once, compiled: what most slices of a sweep, in which nothing fails, need.

Plain arithmetic that shares nothing with the kernels; `numact.accuracy.tally` counts whatever is not plain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numba
import numpy as np

Array = np.ndarray[Any, Any]

COEFFICIENTS = 9
"""Of a polynomial, the lowest power first; zeros fill up."""

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    _F = TypeVar("_F", bound=Callable[..., Any])

    def _compiled(function: _F) -> _F: ...
else:
    # Without fastmath: products and sums are rounded one by one, as in NumPy.
    _compiled = numba.njit(cache=True, nogil=True, error_model="numpy")


@_compiled
def errors_at(
    coefficients: Array, first: float, step: float, got: Array, scale: float, exact: Array, errors: Array
) -> None:
    """Fill in the exact values, a polynomial at t = first + i * step, and the errors times a scale."""
    c0, c1, c2, c3, c4, c5, c6, c7, c8 = (
        coefficients[0],
        coefficients[1],
        coefficients[2],
        coefficients[3],
        coefficients[4],
        coefficients[5],
        coefficients[6],
        coefficients[7],
        coefficients[8],
    )
    for i in range(len(got)):
        t = first + i * step
        value = (((((((c8 * t + c7) * t + c6) * t + c5) * t + c4) * t + c3) * t + c2) * t + c1) * t + c0
        exact[i] = value
        errors[i] = abs(np.float64(got[i]) - value) * scale


@_compiled
def scale_each(exact: Array, errors: Array, lowest: int, precision: int) -> None:
    """Divide errors by the spacing of a format's numbers around the exact values."""
    bits = exact.view(np.int64)
    factors = np.empty(1, np.int64)
    for i in range(len(errors)):
        exponent = max((bits[i] >> 52) & 0x7FF, lowest + precision - 1 + 1023)
        factors[0] = (2 * 1023 + precision - 1 - exponent) << 52
        errors[i] *= factors.view(np.float64)[0]


@_compiled
def greatest(errors: Array) -> int:
    """Bit pattern of the greatest error; a NaN is greater than all numbers."""
    bits = errors.view(np.int64)
    found = 0
    for i in range(len(bits)):
        found = max(found, bits[i])
    return found


@_compiled
def count_above(errors: Array, edge: float) -> int:
    """How many errors are greater than an edge."""
    found = 0
    for i in range(len(errors)):
        found += errors[i] > edge
    return found


@_compiled
def wrong_signs(got: Array, exact: Array, error: float, sign: int) -> int:
    """How many results have not the sign given; for sign 0, not that of exact values known up to an error."""
    bits = got.view(np.int32)
    found = 0
    if sign:
        for i in range(len(bits)):
            found += (bits[i] < 0) != (sign < 0)
        return found
    for i in range(len(bits)):
        found += (abs(exact[i]) > error) & ((bits[i] < 0) != (exact[i] < 0))
    return found


@_compiled
def wrong_order(got: Array, slope: int) -> int:
    """How many neighbours fall where they should rise, rise where they should fall, or differ at all."""
    found = 0
    for i in range(len(got) - 1):
        if slope > 0:
            found += got[i + 1] < got[i]
        elif slope < 0:
            found += got[i + 1] > got[i]
        else:
            found += got[i + 1] != got[i]
    return found
