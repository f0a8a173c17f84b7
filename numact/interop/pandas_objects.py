"""Series and data frames of pandas: computed as arrays, handed back with their index and columns."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from numact.errors import ArrayLibraryError, DTypeError, OutputError, ShapeError
from numact.interop.request import Request

_KINDS = (pd.Series, pd.DataFrame)
_AXES = ("axis", "dim")


def call(request: Request) -> Any:
    """
    Compute on the values of a Series or a DataFrame.

    Parameters
    ----------
    request : Request
        The call.

    Returns
    -------
    pandas.Series, pandas.DataFrame or tuple of them
        The results, with the index (and columns) of the argument.
    """
    if isinstance(request.out, _KINDS):
        raise OutputError(f"out of {request.name} cannot be a pandas object: assign the result")
    like = next(each for each in (*request.arrays, request.y) if isinstance(each, _KINDS))

    def convert(value: Any) -> Any:
        return _as_array(request.name, value, like) if isinstance(value, _KINDS) else value

    def wrap(array: Any, name: str) -> Any:
        return _like(like, array, request.name) if name in ("x", "y", "gate") else array

    keywords = {key: _number(like, key, value) for key, value in request.keywords.items()}
    return request.wrapped(replace(request, keywords=keywords).converted(convert).run(), wrap)


def _number(like: Any, key: str, value: Any) -> Any:
    """Return the number of an axis that was named as pandas names it."""
    if key not in _AXES or not isinstance(value, str):
        return value
    try:
        return like._get_axis_number(value)
    except ValueError as error:
        raise ShapeError(str(error)) from None


def _as_array(name: str, value: Any, like: Any) -> np.ndarray[Any, Any]:
    """Return the values, once they are known to lie beside those of another object."""
    if type(value) is not type(like) or not all(
        mine.equals(theirs) for mine, theirs in zip(value.axes, like.axes, strict=True)
    ):
        raise ShapeError(
            f"the arguments of {name} have different labels: align them first, as by reindex_like"
        )
    dtypes = [value.dtype] if isinstance(value, pd.Series) else list(value.dtypes)
    if all(isinstance(each, np.dtype) for each in dtypes):
        if all(each.kind in "biuf" for each in dtypes) and dtypes:
            return value.to_numpy(dtype=np.result_type(*dtypes))
        return value.to_numpy()
    if isinstance(value, pd.Series) and isinstance(getattr(value.dtype, "numpy_dtype", None), np.dtype):
        missing = _float_dtype(value.dtype.numpy_dtype)
        return value.to_numpy(dtype=missing, na_value=np.nan)
    unknown = next(each for each in dtypes if not isinstance(each, np.dtype))
    raise DTypeError(
        f"{name} does not take columns of dtype {unknown}: convert them, as by x.astype('float64')"
    )


def _float_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    return dtype if dtype.kind == "f" else np.dtype(np.float64)


def _like(like: Any, array: np.ndarray[Any, Any], name: str) -> Any:
    """Return a result with the labels of the argument."""
    if np.shape(array) != like.shape:
        raise ArrayLibraryError(
            f"{name} splits x in halves, which have no labels of their own: pass gate=..., or x.to_numpy()"
        )
    if isinstance(like, pd.DataFrame):
        result = pd.DataFrame(array, index=like.index, columns=like.columns, copy=False)
    else:
        result = pd.Series(array, index=like.index, name=like.name, copy=False)
        if not isinstance(like.dtype, np.dtype):
            result = result.astype(f"Float{array.dtype.itemsize * 8}").mask(like.isna())
    return result.__finalize__(like)
