"""Gradients summed back to the shape of what was broadcast."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray


def kept_axes(shape: tuple[int, ...], full: tuple[int, ...]) -> tuple[int, ...]:
    """
    Return the axes of a broadcast result over which an operand was not repeated.

    Parameters
    ----------
    shape : tuple of int
        The operand's shape.
    full : tuple of int
        The shape that it was broadcast to.

    Returns
    -------
    tuple of int
        Axes of the full shape.
    """
    missing = len(full) - len(shape)
    return tuple(missing + axis for axis, length in enumerate(shape) if length != 1)


def rows_to_sum(array: NDArray[Any], full: tuple[int, ...], kept: tuple[int, ...]) -> NDArray[Any]:
    """
    Arrange an operand of a sum: the kept axes first, the summed ones after them, in rows.

    Which axes make up a row depends on the shapes alone, never on the layout in memory, so that
    the sum has the same bits for every layout.

    Parameters
    ----------
    array : numpy.ndarray
        The operand.
    full : tuple of int
        The shape to broadcast it to.
    kept : tuple of int
        The axes that are not summed over.

    Returns
    -------
    numpy.ndarray
        A view where the memory allows it, else a copy.
    """
    array = np.broadcast_to(array, full)
    summed = [axis for axis in range(len(full)) if axis not in kept]
    trailing = [axis for axis in summed if axis > max(kept, default=-1)] or summed[-1:]
    leading = [axis for axis in summed if axis not in trailing]
    length = math.prod(full[axis] for axis in trailing)
    arranged = array.transpose(*kept, *leading, *trailing)
    return arranged.reshape(*(full[axis] for axis in (*kept, *leading)), length)


def sum_to_shape(values: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    """
    Sum an array over the axes along which an operand of the given shape was repeated.

    Parameters
    ----------
    values : numpy.ndarray
        What to sum; in float64, whatever its dtype.
    shape : tuple of int
        The operand's shape.

    Returns
    -------
    numpy.ndarray of float64
        The sums, of that shape.
    """
    kept = kept_axes(shape, values.shape)
    summed = tuple(axis for axis in range(values.ndim) if axis not in kept)
    # A copy in C order makes NumPy add in an order that depends on the shape alone.
    ordered = np.ascontiguousarray(values, dtype=np.float64)
    sums: NDArray[np.float64] = ordered.sum(axis=summed).reshape(shape)
    return sums
