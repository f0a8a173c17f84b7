"""Axes: named by the caller, moved to where a row kernel wants them."""

from __future__ import annotations

import math
import operator
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numact.errors import ParameterError, ShapeError


def normalize_axes(name: str, axis: Any, ndim: int, parameter: str = "axis") -> tuple[int, ...]:
    """
    Return the axes that a caller named, counted from 0, in the order given.

    Parameters
    ----------
    name : str
        The activation, for the errors' sentences.
    axis : int, tuple of int or None
        What the caller gave; None stands for all axes.
    ndim : int
        The number of dimensions of the array; 0 is treated as 1.
    parameter : str
        The parameter's name, for the errors' sentences.

    Returns
    -------
    tuple of int
        The axes, each at least 0 and below `ndim`.

    Raises
    ------
    ParameterError
        If an axis is no integer, or is named twice.
    ShapeError
        If the array has no such axis.
    """
    ndim = max(ndim, 1)
    if axis is None:
        return tuple(range(ndim))
    given = axis if isinstance(axis, (tuple, list)) else (axis,)
    axes = tuple(_normalize_axis(name, each, ndim, parameter) for each in given)
    if len(set(axes)) < len(axes):
        raise ParameterError(f"{parameter!r} of {name} names an axis twice: {axis!r}")
    return axes


def _normalize_axis(name: str, axis: Any, ndim: int, parameter: str) -> int:
    """Return one axis counted from 0."""
    try:
        if isinstance(axis, (bool, np.bool_)):
            raise TypeError
        index = operator.index(axis)
    except TypeError:
        raise ParameterError(
            f"{parameter!r} of {name} must be an integer, a tuple of integers or None, got {axis!r}"
        ) from None
    if not -ndim <= index < ndim:
        raise ShapeError(
            f"{parameter!r} of {name} must be from {-ndim} to {ndim - 1}, as x has {ndim} axes, got {index}"
            if ndim > 1
            else f"{parameter!r} of {name} must be -1 or 0, as x has one axis, got {index}"
        )
    return index % ndim


def split_in_halves(array: NDArray[Any], axis: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """
    Cut an array of even length along an axis in two.

    Parameters
    ----------
    array : numpy.ndarray
        The array.
    axis : int
        The axis, counted from the first.

    Returns
    -------
    tuple of two numpy.ndarray
        Views.
    """
    middle = array.shape[axis] // 2
    if axis == array.ndim - 1:  # the usual one, in half the time
        return array[..., :middle], array[..., middle:]
    before = (slice(None),) * axis
    return array[(*before, slice(middle))], array[(*before, slice(middle, None))]


def rows_last(array: NDArray[Any], axes: tuple[int, ...]) -> NDArray[Any]:
    """
    Return an array whose last axis runs over the given axes of another.

    Parameters
    ----------
    array : numpy.ndarray
        Any array; one of 0 dimensions counts as a row of one.
    axes : tuple of int
        The axes that make up a row, as `normalize_axes` returns them.

    Returns
    -------
    numpy.ndarray
        A view where the memory allows it (always for one axis), else a copy.
    """
    if array.ndim == 0:
        array = array.reshape(1)
    if axes == (array.ndim - 1,):
        return array
    moved = _axes_last(array, axes)
    if len(axes) == 1:
        return moved
    kept = array.ndim - len(axes)
    return moved.reshape(*moved.shape[:kept], math.prod(moved.shape[kept:]))


def write_rows(rows: NDArray[Any], array: NDArray[Any], axes: tuple[int, ...]) -> None:
    """
    Write rows back to the array that `rows_last` copied them from.

    Parameters
    ----------
    rows : numpy.ndarray
        The rows, along the last axis.
    array : numpy.ndarray
        Where their elements belong.
    axes : tuple of int
        The axes that make up a row.
    """
    moved = _axes_last(array, axes)
    np.copyto(moved, rows.reshape(moved.shape))


def _axes_last(array: NDArray[Any], axes: tuple[int, ...]) -> NDArray[Any]:
    """Return a view with the given axes last, in the array's order, whichever order they were named in."""
    return array.transpose(_order(array.ndim, axes))


@lru_cache(maxsize=64)
def _order(ndim: int, axes: tuple[int, ...]) -> tuple[int, ...]:
    """Return the order of an array's axes that has some of them last."""
    return (*(axis for axis in range(ndim) if axis not in axes), *sorted(axes))
