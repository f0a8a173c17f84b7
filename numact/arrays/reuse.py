"""Memory of large results, kept when a result is no longer in use and handed out for the next of its size.

The operating system hands fresh memory over page by page, which takes longer than most activations.
"""

from __future__ import annotations

import os
import warnings
from functools import cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from numact.errors import NumactWarning

VARIABLE = "NUMACT_KEPT_MEMORY"
"""Environment variable: the most bytes that are kept; 0 for none."""

MOST = 1 << 28
LEAST = 1 << 22
"""Bytes of a result from which on its memory is kept; what is smaller the allocator keeps."""

_kept: dict[int, NDArray[np.uint8]] = {}  # by address, the longest unused first


class _Loan:
    """A block of memory that is in use: the base of a result, gone when the result and its views are.

    No array itself, for NumPy would make the block the base in place of that.
    """

    __slots__ = ("__array_interface__", "_block")

    def __init__(self, block: NDArray[np.uint8]) -> None:
        self._block = block
        self.__array_interface__ = block.__array_interface__

    def __del__(self) -> None:
        _keep(self._block)


def empty_like(array: NDArray[Any], dtype: np.dtype[Any] | None = None) -> NDArray[Any]:
    """
    Return an array to be overwritten, as `numpy.empty_like` does.

    Parameters
    ----------
    array : numpy.ndarray
        Gives shape and layout.
    dtype : numpy.dtype, optional
        The dtype, where it is another one.

    Returns
    -------
    numpy.ndarray
        If it is large, of kept memory, which is another object's: not the array's own.
    """
    size = array.nbytes if dtype is None else array.size * dtype.itemsize
    order = _order(array) if LEAST <= size <= most() else None
    if order is None:
        return np.empty_like(array, dtype, subok=False)
    block = np.asarray(_Loan(_block(size))).view(array.dtype if dtype is None else dtype)
    return block.reshape(array.shape, order=order)


def _order(array: NDArray[Any]) -> Literal["C", "F"] | None:
    """Tell in which order an array lies, be it with gaps; None where it is another."""
    if array.flags.forc:
        return "F" if array.flags.fnc else "C"
    strides = array.strides
    if min(strides) <= 0:
        return None
    descending = sorted(strides, reverse=True)
    return "C" if list(strides) == descending else "F" if list(strides[::-1]) == descending else None


def _block(size: int) -> NDArray[np.uint8]:
    for address, block in tuple(_kept.items()):
        # Another thread may have been faster: only one takes it out.
        if block.nbytes == size and _kept.pop(address, None) is not None:
            return block
    return np.empty(size, np.uint8)


def _keep(block: NDArray[np.uint8]) -> None:
    _kept[block.ctypes.data] = block
    while sum(each.nbytes for each in tuple(_kept.values())) > most():
        _kept.pop(next(iter(tuple(_kept)), 0), None)


@cache
def most() -> int:
    """
    Return the most bytes that are kept.

    Returns
    -------
    int
        What the environment variable says, else a quarter of a gibibyte.
    """
    given = os.environ.get(VARIABLE)
    if given is None:
        return MOST
    try:
        return max(0, int(given))
    except ValueError:
        warnings.warn(f"{VARIABLE} must be a number of bytes, got {given!r}", NumactWarning, stacklevel=2)
        return MOST
