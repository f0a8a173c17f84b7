"""JAX's arrays: read where they lie, handed back by DLPack where JAX takes the memory as it is."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from numact.errors import ArrayLibraryError
from numact.interop.request import Request


def call(request: Request) -> Any:
    """
    Compute on the memory of arrays.

    Parameters
    ----------
    request : Request
        The call.

    Returns
    -------
    jax.Array or tuple of them
        The results, of the dtypes that JAX has at the moment: float32 for float64 unless that is enabled.
    """
    if request.out is not None:
        raise ArrayLibraryError(f"out of {request.name} cannot be given for JAX's arrays, which never change")

    def convert(value: Any) -> Any:
        return _as_array(request.name, value) if isinstance(value, jax.Array) else value

    return request.wrapped(request.converted(convert).run(), lambda array, name: _as_jax(array))


def _as_array(name: str, array: jax.Array) -> np.ndarray[Any, Any]:
    """Return an array's memory, to be read only."""
    if isinstance(array, jax.core.Tracer):
        raise ArrayLibraryError(
            f"{name} computes numbers and cannot be traced by jax.jit, jax.grad or jax.vmap: "
            "call it outside, or through jax.pure_callback"
        )
    platforms = {device.platform for device in array.devices()}
    if platforms != {"cpu"}:
        raise ArrayLibraryError(
            f"{name} computes on CPUs, and the array is on {' and '.join(sorted(platforms))}: "
            "pass jax.device_get(x)"
        )
    return np.asarray(array)


def _as_jax(array: Any) -> jax.Array:
    """Return a result that nobody else holds as one of JAX's arrays."""
    array = np.asarray(array)
    config: Any = jax.config
    is_known = array.dtype != np.float64 or config.jax_enable_x64
    if array.dtype.kind == "f" and is_known:
        return jax.dlpack.from_dlpack(array)
    # DLPack of NumPy knows no bfloat16, and float64 would get past JAX's own limit.
    return jax.numpy.asarray(array)
