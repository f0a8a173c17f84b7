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
    x, *gradients = inputs
    out: Array | None = outs[0]
    length = x.shape[-1] if type(x) is np.ndarray and x.ndim else 1
    if length % 2 or not x.size or role not in ("forward", "vjp"):
        return None
    kernels = [find(role, wrt, x.dtype) for wrt in (("x", "gate") if gradients else ("x",))]
    halves = split_in_halves(x, x.ndim - 1)
    if None in kernels or any(not is_plain(each, x.dtype, halves[0].shape) for each in gradients):
        return None
    like = x if gradients else halves[0]
    if out is None:
        out = empty_like(like)
    elif not (is_plain(out, x.dtype, like.shape) and out.flags.writeable):
        return None
    elif gradients and any(np.may_share_memory(out, each) for each in inputs):
        return None  # one kernel would overwrite what the other reads
    results = split_in_halves(out, x.ndim - 1) if gradients else (out,)
    for kernel, result in zip(kernels, results, strict=True):
        kernel.compute((*halves, *gradients), (result,))
    return out
