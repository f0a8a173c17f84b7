"""Dask's arrays: lazy, by blocks; along an axis, cut anew so that every row lies in one block."""

from __future__ import annotations

import math
import secrets
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import dask.array as da
import numpy as np

from numact import registry
from numact.arrays import normalize_axes, parameter_dtype, result_dtype
from numact.calls.arguments import wrt_names
from numact.calls.bound import BoundCall
from numact.calls.gated import halves
from numact.calls.parameters import kernel_parameters, result_shape, rounded_parameters
from numact.calls.randomness import is_training
from numact.calls.rows import takes_gradient_from_value
from numact.errors import DTypeError, OutputError, ParameterError, ShapeError
from numact.interop.dask_blocks import Task, compute, compute_random
from numact.interop.request import FORWARD, Request

_SEED_BITS = 64
_SMALL_BLOCK = 1 << 20
"""Bytes below which a block is not cut to make room for whole rows."""


def call(request: Request) -> Any:
    """
    Describe the computation, block by block.

    Parameters
    ----------
    request : Request
        The call.

    Returns
    -------
    dask.array.Array or tuple of them
        The results, nothing of which has been computed.

    Raises
    ------
    NumactError
        As for NumPy's arrays, of what can be told without computing.
    """
    if request.out is not None:
        raise OutputError(
            f"out of {request.name} cannot be given for Dask's arrays, which are computed later"
        )
    bound = request.bindings.call(_with_seed(request))
    spec = bound.binding.spec
    names = None if request.wrt is None else wrt_names(spec, request.wrt)
    if spec.kind == "axis" and request.method == "derivative":
        # The general way has the sentence for it.
        return request.function.derivative(np.zeros(1))
    arrays = _arrays(request, bound)
    if spec.kind == "gated" and "gate" not in arrays:
        return _call_halves(request, bound, arrays["x"])
    if request.method == FORWARD:
        return _lazy(bound, FORWARD, arrays, None)
    if request.method == "derivative":
        assert names is not None
        return _lazy(bound, "derivative", arrays, names[0])
    value = None
    if request.method == "value_and_vjp":
        value = _lazy(bound, FORWARD, {key: each for key, each in arrays.items() if key != "g"}, None)
        if spec.kind == "axis" and takes_gradient_from_value(spec, value.dtype):
            arrays = {"y": value, **{key: each for key, each in arrays.items() if key != "x"}}
    gradients = tuple(_lazy(bound, "vjp", arrays, each) for each in names or ())
    products = gradients[0] if isinstance(request.wrt, str) else gradients
    return products if value is None else (value, products)


def _with_seed(request: Request) -> dict[str, Any]:
    """Return the keywords, with a seed drawn here where every block would draw its own."""
    keywords = dict(request.keywords)
    binding = request.bindings.call(keywords).binding
    if is_training(binding) and request.method == FORWARD:
        for param in binding.spec.params:
            if param.kind == "seed" and binding.values[param.name] is None:
                keywords[param.name] = secrets.randbits(_SEED_BITS)
    return keywords


def _arrays(request: Request, bound: BoundCall) -> dict[str, Any]:
    """Return the arrays of a call by name, all cut as the computation needs it."""
    name = bound.binding.spec.name
    given = dict(zip(("x", "g"), request.arrays, strict=False))
    given.update(y=request.y, gate=bound.options.gate, where=bound.options.where)
    if request.y is not None:
        del given["x"]
    given = {key: each for key, each in given.items() if each is not None}
    source = "x" if request.y is None else "y"
    lazy = next(each for each in given.values() if isinstance(each, da.Array))
    first = given[source]
    first = first if isinstance(first, da.Array) else da.from_array(np.asarray(first), chunks=lazy.chunks)
    dtype = result_dtype(name, first.dtype, source)
    first = _cut(first, _whole_axes(bound, first, dtype))
    if bound.binding.spec.kind == "gated" and "gate" not in given:
        return {**given, source: first}
    others = {key: _alike(name, key, each, first, dtype) for key, each in given.items() if key != source}
    return {source: first, **others}


def _whole_axes(bound: BoundCall, x: da.Array, dtype: np.dtype[Any]) -> set[int]:
    """Return the axes that may not be cut: those of a row, of drawn numbers, and of array parameters."""
    binding = bound.binding
    if binding.spec.kind == "axis":
        return (
            set(normalize_axes(binding.spec.name, binding.values.get("axis", -1), x.ndim))
            if x.ndim
            else set()
        )
    rounded = rounded_parameters(binding, parameter_dtype(dtype))
    whole = set(range(1, x.ndim)) if is_training(binding) else set()
    if any(each.ndim for each in rounded.values()):
        beside = kernel_parameters(binding, dtype, x.shape)
        if result_shape(beside, x.shape, binding.spec.name) != x.shape:
            raise ShapeError(
                f"the parameters of {binding.spec.name} would enlarge a Dask array: broadcast x first"
            )
        for each in beside:
            whole.update(x.ndim - each.ndim + axis for axis, length in enumerate(each.shape) if length > 1)
    return whole


def _cut(x: da.Array, whole: Iterable[int]) -> da.Array:
    """Return an array that is not cut along some axes, in blocks about as large as before."""
    whole = [axis for axis in whole if x.numblocks[axis] > 1]
    if not whole:
        return x
    if any(math.isnan(length) for length in x.shape):
        raise ShapeError(
            "a Dask array of unknown chunk sizes is cut along a row: call x.compute_chunk_sizes()"
        )
    largest = math.prod(max(lengths) for lengths in x.chunks) * x.dtype.itemsize
    chunks = {axis: -1 if axis in whole else "auto" for axis in range(x.ndim)}
    return x.rechunk(chunks, block_size_limit=max(largest, _SMALL_BLOCK))


def _alike(name: str, key: str, value: Any, x: da.Array, dtype: np.dtype[Any]) -> da.Array:
    """Return another array of the call, cut as x is."""
    array = value if isinstance(value, da.Array) else da.from_array(np.asarray(value))
    if key == "where":
        if array.dtype != np.bool_:
            raise DTypeError(f"where of {name} must be an array of bools, got dtype {array.dtype}")
        array = da.broadcast_to(array, x.shape)
    elif result_dtype(name, array.dtype, key) != dtype:
        raise DTypeError(f"{key} of {name} must be of the dtype of x, {dtype}, got {array.dtype}")
    # A length that is not known yet is NaN, which equals nothing.
    if array.ndim != x.ndim or not np.array_equal(array.shape, x.shape, equal_nan=True):
        raise ShapeError(f"{key} of {name} must have the shape of x {x.shape}, got {array.shape}")
    return (
        array
        if np.array_equal(array.numblocks, x.numblocks) and _same_chunks(array, x)
        else array.rechunk(x.chunks)
    )


def _same_chunks(one: da.Array, other: da.Array) -> bool:
    return all(
        np.array_equal(mine, theirs, equal_nan=True)
        for mine, theirs in zip(one.chunks, other.chunks, strict=True)
    )


def _lazy(bound: BoundCall, method: str, arrays: dict[str, Any], wrt: str | None) -> da.Array:
    """Describe one result."""
    spec, source = bound.binding.spec, next(iter(arrays.values()))
    dtype = result_dtype(spec.name, source.dtype)
    is_random = is_training(bound.binding)
    if is_random and method != FORWARD and bound.binding.values.get("seed", 0) is None:
        raise ParameterError(
            f"{spec.name} in training needs the seed of the forward pass here: pass seed=..."
        )
    task = Task(
        registry.name_of(spec),
        str(registry.provider(spec)),
        tuple(bound.binding.values.items()),
        method,
        tuple(arrays),
        wrt,
        source.shape,
        bound.options.offset if is_random else None,
        is_sum=wrt not in (None, "x", "gate") and method == "vjp",
    )
    run = compute_random if is_random else compute
    if not task.is_sum:
        meta = np.empty((0,) * source.ndim, dtype)
        return da.map_blocks(run, *arrays.values(), task=task, dtype=dtype, meta=meta, name=None)
    return _summed(run, arrays, task, bound, parameter_dtype(dtype))


def _summed(run: Any, arrays: dict[str, Any], task: Task, bound: BoundCall, dtype: np.dtype[Any]) -> da.Array:
    """Describe the gradient by a parameter: the sum of the blocks' gradients, in double precision."""
    source = next(iter(arrays.values()))
    shape = rounded_parameters(bound.binding, dtype)[str(task.wrt)].shape
    chunks = (*((1,) * blocks for blocks in source.numblocks), *((length,) for length in shape))
    partial = da.map_blocks(
        run,
        *arrays.values(),
        task=task,
        dtype=dtype,
        chunks=chunks,
        new_axis=list(range(source.ndim, source.ndim + len(shape))) or None,
        meta=np.empty((0,) * (source.ndim + len(shape)), dtype),
    )
    return partial.sum(axis=tuple(range(source.ndim)), dtype=np.float64).astype(dtype)


def _call_halves(request: Request, bound: BoundCall, x: da.Array) -> Any:
    """Split x, and make the call with both halves."""
    options = bound.options
    value, gate = halves(bound.binding.spec.name, x, options)
    kept = {key: each for key, each in request.keywords.items() if key not in ("axis", "dim", "gate_first")}
    whole = replace(request, arrays=(value, *request.arrays[1:]), keywords={**kept, "gate": gate})
    if request.method in (FORWARD, "derivative"):
        return whole.run()
    wrt = (request.wrt,) if isinstance(request.wrt, str) else tuple(request.wrt)
    if "gate" in wrt:
        raise ParameterError(
            f"the gate of {request.name} is a half of x: the gradient for 'x' holds both halves"
        )
    asked = tuple(dict.fromkeys(part for each in wrt for part in (("x", "gate") if each == "x" else (each,))))
    result = replace(whole, wrt=asked).run()
    parts = dict(zip(asked, result[1] if request.method == "value_and_vjp" else result, strict=True))
    if "x" in parts:
        both = (parts["gate"], parts["x"]) if options.gate_first else (parts["x"], parts["gate"])
        parts["x"] = da.concatenate(both, axis=options.axis)
    gradients = tuple(parts[each] for each in wrt)
    products = gradients[0] if isinstance(request.wrt, str) else gradients
    return (result[0], products) if request.method == "value_and_vjp" else products
