"""Plain calls of gated activations: an ndarray whose last axis is split in halves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numact.arrays import empty_like, is_plain, split_in_halves

Array = NDArray[Any]
Find = Callable[[str, str, np.dtype[Any]], Any]


def run_gated(find: Find, role: str, inputs: tuple[Any, ...], outs: tuple[Any, ...]) -> Array | None:
    """
    Compute, if the call is plain.

    Parameters
    ----------
    find : callable
        Gives the kernel of a role, an argument and a dtype.
    role : str
        "forward", or "vjp" for the gradient of both halves.
    inputs : tuple
        x, and the gradient of the output for the latter.
    outs : tuple of numpy.ndarray or None
        Where the result goes.

    Returns
    -------
    numpy.ndarray or None
        The result; None if the call is not plain, and nothing has been done.
    """
    x = inputs[0]
    if type(x) is not np.ndarray or not x.ndim or not x.size or x.shape[-1] % 2:
        return None
    if role == "forward":
        return _value(find, x, outs[0])
    return _gradients(find, x, inputs[1], outs[0]) if role == "vjp" else None


def _value(find: Find, x: Array, out: Array | None) -> Array | None:
    """Compute the value."""
    kernel = find("forward", "x", x.dtype)
    halves = split_in_halves(x, x.ndim - 1)
    if kernel is None or not (out is None or _can_take(out, halves[0])):
        return None
    result: Array = kernel.compute(halves, (out,))[0]
    return result


def _gradients(find: Find, x: Array, g: Array, out: Array | None) -> Array | None:
    """Compute the gradient of both halves."""
    kernels = [find("vjp", wrt, x.dtype) for wrt in ("x", "gate")]
    halves = split_in_halves(x, x.ndim - 1)
    if None in kernels or not is_plain(g, x.dtype, halves[0].shape):
        return None
    if out is None:
        out = empty_like(x)
    elif not _can_take(out, x) or any(np.may_share_memory(out, each) for each in (x, g)):
        return None  # one kernel would overwrite what the other reads
    for kernel, result in zip(kernels, split_in_halves(out, x.ndim - 1), strict=True):
        kernel.compute((*halves, g), (result,))
    return out


def _can_take(out: Array, like: Array) -> bool:
    return is_plain(out, like.dtype, like.shape) and out.flags.writeable
