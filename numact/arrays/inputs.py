"""What a caller passed, as an array that a kernel can read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numact.arrays.dtypes import result_dtype
from numact.errors import DTypeError, ShapeError


@dataclass(frozen=True, slots=True)
class Operand:
    """
    One argument of a kernel.

    Parameters
    ----------
    array : numpy.ndarray
        The values: a plain, aligned ndarray in native byte order, of the dtype that the kernel reads.
    original : object
        What the caller passed.
    converted : bool
        Whether `array` is a copy made here, which may be overwritten.
    """

    array: NDArray[Any]
    original: Any
    converted: bool

    def borrowed(self) -> Operand:
        """Return the same values, not to be overwritten."""
        return Operand(self.array, self.original, converted=False)


def is_plain(array: Any, dtype: np.dtype[Any], shape: tuple[int, ...]) -> bool:
    """
    Tell whether something is an ndarray, and no subclass, of a dtype and shape.

    Parameters
    ----------
    array : object
        Anything.
    dtype, shape : numpy.dtype, tuple of int
        What it is to have.

    Returns
    -------
    bool
    """
    return type(array) is np.ndarray and array.dtype == dtype and array.shape == shape


def has_own_protocol(value: Any) -> bool:
    """
    Tell whether a value brings its own answer to NumPy's ufuncs.

    Parameters
    ----------
    value : object
        Anything.

    Returns
    -------
    bool
        True where the value's class defines ``__array_ufunc__`` other than ndarray's own.
    """
    protocol = getattr(type(value), "__array_ufunc__", np.ndarray.__array_ufunc__)
    return protocol is not np.ndarray.__array_ufunc__


def as_operand(name: str, value: Any, what: str = "x", dtype: np.dtype[Any] | None = None) -> Operand:
    """
    Convert what a caller passed, copying only where the kernel could not read it.

    Parameters
    ----------
    name : str
        The activation, for the errors' sentences.
    value : array_like
        Array, number or nested list.
    what : str
        Which argument this is, for the errors' sentences.
    dtype : numpy.dtype, optional
        The dtype that the kernel reads where another argument decides it; an array of another
        floating dtype is then refused, everything else converted.

    Returns
    -------
    Operand
        The values and where they came from.

    Raises
    ------
    DTypeError
        If the values are of an unsupported dtype.
    ShapeError
        If nested lists have no regular shape.
    """
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ShapeError(f"{what} of {name} has no regular shape: {error}") from None
    wanted = result_dtype(name, array.dtype, what)
    if dtype is not None:
        # A plain number or list has no dtype of its own and takes the array's.
        if isinstance(value, (np.ndarray, np.generic)) and wanted != dtype:
            raise DTypeError(
                f"{what} of {name} must be of the dtype of x, {dtype}, got {array.dtype}: "
                f"pass {what}.astype({dtype.name!r})"
            )
        wanted = dtype
    if array.dtype == wanted and array.flags.aligned:
        return Operand(array, value, converted=False)
    # astype reads any layout and byte order, and keeps the order of the axes in memory.
    return Operand(array.astype(wanted), value, converted=True)


def as_mask(name: str, where: Any, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """
    Convert the mask given as ``where=``.

    Parameters
    ----------
    name : str
        The activation, for the errors' sentences.
    where : array_like of bool
        True where a value is wanted.
    shape : tuple of int
        The shape of the result.

    Returns
    -------
    numpy.ndarray of bool
        The mask, of the given shape (a read-only view of it where it had to be broadcast).

    Raises
    ------
    DTypeError
        If the mask is not made of bools.
    ShapeError
        If it does not broadcast to the shape.
    """
    mask = np.asarray(where)
    if mask.dtype != np.bool_:
        raise DTypeError(f"where of {name} must be an array of bools, got dtype {mask.dtype}")
    try:
        return np.broadcast_to(mask, shape)
    except ValueError:
        raise ShapeError(
            f"where of {name} has shape {mask.shape}, which does not broadcast to the result's {shape}"
        ) from None
