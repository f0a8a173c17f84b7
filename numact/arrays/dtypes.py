"""Which dtype an activation computes and answers in."""

from __future__ import annotations

from typing import Any

import numpy as np

from numact.errors import DTypeError

_DOUBLE = np.dtype(np.float64)
_SINGLE = np.dtype(np.float32)
_WIDEST_ITEMSIZE = _DOUBLE.itemsize

FLOATING = ("float16", "bfloat16", "float32", "float64")
"""The dtypes that have kernels, and come back as they went in."""

_ACCEPTED = f"{', '.join(FLOATING)}, integers and bools"

# What to do about a dtype that is refused, by NumPy's letter for its kind.
_REMEDIES = {
    "c": "take x.real and x.imag apart first",
    "f": "convert it first, for example x.astype(np.float64)",
    "O": "convert it first, for example x.astype(np.float64)",
    "S": "convert it first, for example x.astype(np.float64)",
    "U": "convert it first, for example x.astype(np.float64)",
    "T": "convert it first, for example x.astype(np.float64)",
    "M": "subtract a date and divide by a unit first, for example (x - x[0]) / np.timedelta64(1, 's')",
    "m": "divide it by a unit first, for example x / np.timedelta64(1, 's')",
    "V": "pass one field of it, or convert it, for example x.astype(np.float32)",
}


def result_dtype(name: str, dtype: np.dtype[Any], what: str = "x") -> np.dtype[Any]:
    """
    Return the native dtype in which an activation answers an array of the given dtype.

    Parameters
    ----------
    name : str
        The activation, for the error's sentence.
    dtype : numpy.dtype
        The dtype of the array that was passed.
    what : str
        Which argument that was, for the error's sentence.

    Returns
    -------
    numpy.dtype
        The dtype itself for float16, bfloat16, float32 and float64, in native byte order;
        float64 for integers and bools.

    Raises
    ------
    DTypeError
        For any other dtype; the sentence says what to do instead.
    """
    if dtype.kind in "biu":
        return _DOUBLE
    if dtype.kind == "f" and dtype.itemsize <= _WIDEST_ITEMSIZE:
        return np.dtype(f"f{dtype.itemsize}")
    if dtype.name == "bfloat16":
        return dtype
    remedy = _REMEDIES.get(dtype.kind, _REMEDIES["V"])
    raise DTypeError(f"{name} takes {_ACCEPTED}; {what} is of dtype {dtype}: {remedy}")


def parameter_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """
    Return the dtype to which parameters are rounded beside arrays of the given dtype.

    Parameters
    ----------
    dtype : numpy.dtype
        A dtype that `result_dtype` returned.

    Returns
    -------
    numpy.dtype
        float64 for float64, float32 for anything narrower.
    """
    return _DOUBLE if dtype == _DOUBLE else _SINGLE
