"""Compiling ahead of the first use."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from numact import registry
from numact.arrays import result_dtype
from numact.calls.kernels import elementwise_loop, row_loop
from numact.spec import Activation


def warmup(names: str | Iterable[str] | None = None, dtypes: Iterable[Any] = ("float32", "float64")) -> None:
    """
    Compile kernels now, or load them from the cache, so that no later call waits for it.

    Parameters
    ----------
    names : str or iterable of str, optional
        The activations; all of them if left out.
    dtypes : iterable of dtype
        The dtypes of the arrays to come.

    Raises
    ------
    UnknownActivationError
        If a name is no activation's.
    DTypeError
        If a dtype has no kernels.
    """
    asked = (names,) if isinstance(names, str) else registry.names() if names is None else tuple(names)
    specs = [registry.get_spec(name) for name in asked]
    kinds = [result_dtype("warmup", np.dtype(dtype)) for dtype in dtypes]
    for spec in specs:
        for dtype in kinds:
            _compile(spec, dtype)


def _compile(spec: Activation, dtype: np.dtype[Any]) -> None:
    """Compile the forward and backward kernels of an activation."""
    if spec.kind == "axis":
        for role in ("forward", "vjp"):
            row_loop(spec, role, dtype)
        return
    elementwise_loop(spec, "forward", "x", dtype)
    for wrt in ("x", "gate") if spec.kind == "gated" else ("x",):
        elementwise_loop(spec, "derivative", wrt, dtype)
        elementwise_loop(spec, "vjp", wrt, dtype)
