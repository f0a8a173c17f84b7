"""Labelled arrays of xarray: axes by name, and results with the dims, coordinates and attributes of x."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from numact.errors import ArrayLibraryError, ShapeError
from numact.interop.request import FORWARD, Request

_AXES = ("axis", "dim")


def call(request: Request) -> Any:
    """
    Compute on the data of a DataArray, or of every variable of a Dataset.

    Parameters
    ----------
    request : Request
        The call.

    Returns
    -------
    xarray.DataArray, xarray.Dataset or tuple of them
        The results; lazy where the data are Dask's.
    """
    if any(isinstance(each, xr.Dataset) for each in (*request.arrays, request.y)):
        return _call_dataset(request)
    like = next(each for each in (*request.arrays, request.y) if isinstance(each, xr.DataArray))
    keywords = _keywords(request, like)

    def convert(value: Any) -> Any:
        return _beside(request.name, value, like) if isinstance(value, xr.DataArray) else value

    def wrap(array: Any, name: str) -> Any:
        return _like(like, array) if name in ("x", "y", "gate") else array

    return request.wrapped(replace(request, keywords=keywords).converted(convert).run(), wrap)


def _call_dataset(request: Request) -> xr.Dataset:
    """Apply an activation, or its derivative, to every variable."""
    dataset = request.arrays[0]
    if request.method not in (FORWARD, "derivative") or request.out is not None:
        raise ArrayLibraryError(
            f"{request.name} of a Dataset has no vjp and takes no out: pass its variables"
        )
    return dataset.map(lambda each: replace(request, arrays=(each,)).run(), keep_attrs=True)


def _keywords(request: Request, like: xr.DataArray) -> dict[str, Any]:
    """Return the keywords with axes by number, and labelled parameters shaped to broadcast beside x."""
    spec = request.bindings.base.binding.spec
    keywords = {
        key: _axis(request.name, value, like) if key in _AXES else value
        for key, value in request.keywords.items()
    }
    for key in spec.parameter_names:
        value = keywords.get(key)
        if isinstance(value, xr.DataArray):
            # A parameter that has an axis of its own is a plain row of numbers.
            has_axis = "axis" in spec.parameter_names
            keywords[key] = value.data if has_axis else _broadcast(spec.name, value, like)
    if isinstance(keywords.get("where"), xr.DataArray):
        keywords["where"] = _broadcast(spec.name, keywords["where"], like)
    return keywords


def _axis(name: str, axis: Any, like: xr.DataArray) -> Any:
    """Return the numbers of the axes that were named by dimension."""
    if isinstance(axis, (tuple, list)):
        return tuple(_axis(name, each, like) for each in axis)
    if not isinstance(axis, str):
        return axis
    if axis not in like.dims:
        raise ShapeError(f"x of {name} has no dimension {axis!r}, but {', '.join(map(repr, like.dims))}")
    return like.dims.index(axis)


def _beside(name: str, value: xr.DataArray, like: xr.DataArray) -> Any:
    """Return the data of an array whose labels are those of x, in the order of x's dimensions."""
    if set(value.dims) != set(like.dims):
        raise ShapeError(f"the arguments of {name} have different dimensions: {like.dims} and {value.dims}")
    try:
        xr.align(like, value, join="exact", copy=False)
    except ValueError as error:
        raise ShapeError(f"the arguments of {name} have different labels: {error}") from None
    return value.transpose(*like.dims).data


def _broadcast(name: str, value: xr.DataArray, like: xr.DataArray) -> Any:
    """Return the data of an array that has some of x's dimensions, shaped to broadcast against x."""
    foreign = [each for each in value.dims if each not in like.dims]
    if foreign:
        raise ShapeError(f"x of {name} has no dimension {foreign[0]!r}")
    ordered = value.transpose(*(each for each in like.dims if each in value.dims))
    sizes: Mapping[Hashable, int] = ordered.sizes
    return ordered.data.reshape([sizes.get(each, 1) for each in like.dims])


def _like(like: xr.DataArray, array: Any) -> xr.DataArray:
    """Return a result with the labels of x; none along an axis where x was split in halves."""
    array = array if hasattr(array, "shape") and np.ndim(array) else np.asarray(array)
    halved = {dim: n for dim, n in zip(like.dims, array.shape, strict=True) if n != like.sizes[dim]}
    if halved:
        like = like.isel({dim: slice(n) for dim, n in halved.items()})
        like = like.drop_vars([name for name, each in like.coords.items() if halved.keys() & set(each.dims)])
    return like.copy(data=array)
