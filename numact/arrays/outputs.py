"""Where results go: a fresh array, or the one that the caller gave as ``out=``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numact.arrays.inputs import Operand
from numact.arrays.reuse import empty_like
from numact.errors import OutputError


@dataclass(frozen=True, slots=True)
class Output:
    """
    The place of one result.

    Parameters
    ----------
    array : numpy.ndarray
        What the kernel writes: the result itself, or a buffer for it.
    result : numpy.ndarray
        What the caller gets.
    mask : numpy.ndarray of bool or None
        Where the result takes the buffer's values; None for everywhere.
    """

    array: NDArray[Any]
    result: NDArray[Any]
    mask: NDArray[np.bool_] | None = None

    def finish(self) -> None:
        """Bring the kernel's values to the caller, if it wrote a buffer."""
        if self.array is not self.result:
            np.copyto(self.result, self.array, where=True if self.mask is None else self.mask)


def prepare_output(
    name: str,
    out: Any,
    shape: tuple[int, ...],
    dtype: np.dtype[Any],
    operand: Operand,
    mask: NDArray[np.bool_] | None = None,
) -> Output:
    """
    Check the caller's ``out``, or make a new array.

    Parameters
    ----------
    name : str
        The activation, for the errors' sentences.
    out : numpy.ndarray or None
        What the caller gave.
    shape, dtype : tuple of int, numpy.dtype
        Those of the result.
    operand : Operand
        The input, whose order in memory a new array takes over, or whose memory where it is a copy.
    mask : numpy.ndarray of bool, optional
        Where a value is wanted; elsewhere a new array is 0, and the caller's array keeps its values.

    Returns
    -------
    Output
        The place to write to, and the result that comes of it.

    Raises
    ------
    OutputError
        If `out` is no array, or is read-only, or of another shape or dtype.
    """
    if out is None:
        fresh = _allocate(shape, dtype, operand)
        if mask is None:
            return Output(fresh, fresh)
        return Output(fresh, np.zeros_like(fresh), mask)
    check_output(name, out, shape, dtype)
    target = out.view(np.ndarray)
    if mask is None and target.flags.aligned:
        return Output(target, target)
    return Output(_allocate(shape, dtype, operand), target, mask)


def check_output(name: str, out: Any, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    """
    Refuse an ``out`` that the result does not fit, before anything is written.

    Parameters
    ----------
    name : str
        The activation, for the errors' sentences.
    out : object
        What the caller gave.
    shape, dtype : tuple of int, numpy.dtype
        Those of the result.

    Raises
    ------
    OutputError
        If `out` is no array, or is read-only, or of another shape or dtype.
    """
    if not isinstance(out, np.ndarray):
        raise OutputError(f"out of {name} must be a NumPy array, got {type(out).__name__}")
    if out.shape != shape:
        raise OutputError(f"out of {name} must have the result's shape {shape}, got {out.shape}")
    if out.dtype != dtype:
        raise OutputError(f"out of {name} must be of the result's dtype {dtype}, got {out.dtype}")
    if not out.flags.writeable:
        raise OutputError(f"out of {name} is read-only")


def _allocate(shape: tuple[int, ...], dtype: np.dtype[Any], operand: Operand) -> NDArray[Any]:
    """Return an array to be overwritten, whose axes lie in memory as the input's do."""
    like = operand.array
    if like.shape != shape:
        return np.empty(shape, dtype, order="F" if like.flags.fnc else "C")
    return like if operand.converted and like.dtype == dtype else empty_like(like, dtype)
