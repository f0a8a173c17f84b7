"""Plain calls of gated activations: an ndarray whose last axis is split in halves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numact.arrays import empty_like

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
    x, *gradients = inputs
    out: Array | None = outs[0]
    length = x.shape[-1] if type(x) is np.ndarray and x.ndim else 1
    if length % 2 or not x.size or role not in ("forward", "vjp"):
        return None
    first, second = x[..., : length // 2], x[..., length // 2 :]
    if any(not _is_like(each, first.shape, x.dtype) for each in gradients):
        return None
    like = x if gradients else first
    if out is None:
        out = empty_like(like)
    elif not (_is_like(out, like.shape, x.dtype) and out.flags.writeable):
        return None
    elif gradients and any(np.may_share_memory(out, each) for each in inputs):
        return None  # one kernel would overwrite what the other reads
    results = (out[..., : length // 2], out[..., length // 2 :]) if gradients else (out,)
    for wrt, result in zip(("x", "gate"), results, strict=False):
        kernel = find(role, wrt, x.dtype)
        if kernel is None:
            return None
        kernel.launch(kernel.loop, (first, second, *gradients), kernel.operands, (result,))
    return out


def _is_like(array: Any, shape: tuple[int, ...], dtype: np.dtype[Any]) -> bool:
    """Tell whether something is a plain array of a shape and dtype."""
    return type(array) is np.ndarray and array.shape == shape and array.dtype == dtype
