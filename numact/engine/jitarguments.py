"""The types of a call's arguments inside compiled code: what they hold, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba.core import types
from numba.core.errors import TypingError

NONE = types.none


def written(kind: Any) -> Any:
    """Give the number or text that an argument's type holds where it is written out, else None."""
    if isinstance(kind, types.Omitted):
        return kind.value
    return kind.literal_value if isinstance(kind, types.Literal) else None


def absent(kind: Any) -> Any:
    """Give the type of None for None left out or written out, any other type as it is."""
    return NONE if isinstance(kind, types.NoneType) or kind == types.Omitted(None) else kind


def is_integer(kind: Any) -> bool:
    """Tell whether a type is one of integers, of which bools are none."""
    return isinstance(kind, types.Integer) and not isinstance(kind, types.Boolean)


def operand(activation: str, name: str, kind: Any, arrays: bool) -> Any:
    """Give the type in which a number, or an array where there may be one, is handed in by keyword."""
    element = kind.dtype if arrays and isinstance(kind, types.Array) else kind
    if element == types.float16 or not (isinstance(element, types.Float) or is_integer(element)):
        allowed = "a number or an array of numbers" if arrays else "one number"
        raise TypingError(f"{name!r} of {activation} must be {allowed} inside compiled code, got {kind}")
    if isinstance(kind, types.Array) and not kind.ndim:
        raise TypingError(f"{name!r} of {activation} is an array of no dimensions: pass {name}={name}[()]")
    return types.unliteral(kind)


def result_dtype(activation: str, x: Any) -> Any:
    """Check the type of x, and give the dtype of the result."""
    element = x.dtype if isinstance(x, types.Array) else x
    if element == types.float16:
        raise TypingError(
            f"{activation} inside compiled code does not take float16: convert x to float32, or call "
            f"numact.{activation} outside, which does"
        )
    if not isinstance(element, types.Integer | types.Boolean) and element not in (
        types.float32,
        types.float64,
    ):
        raise TypingError(
            f"{activation} inside compiled code takes float32, float64, integers and arrays of them, got {x}"
        )
    return np.float32 if element == types.float32 else np.float64


def check_out(activation: str, out: Any, dtype: Any, ndim: int | None) -> None:
    """Refuse an out that cannot take a result of a dtype and some axes, as far as its type tells."""
    if ndim is None or not isinstance(out, types.Array):
        problem = (
            f"goes with arrays, got {out}" if ndim is not None else "goes with arrays, and x is a number"
        )
    elif out.dtype is not (types.float32 if dtype is np.float32 else types.float64):
        problem = f"must be of the result's dtype {dtype.__name__}, got {out.dtype}"
    elif out.ndim != ndim:
        problem = f"must have the shape of the result, which has {ndim} axes, got {out.ndim}"
    elif not out.mutable:
        problem = "is read-only"
    else:
        return
    raise TypingError(f"out of {activation} {problem}")


def check_companion(activation: str, name: str, x: Any, kind: Any, dtype: Any) -> None:
    """Refuse a gate, or a gradient, that is not as x is; it may be of the result's dtype as well."""
    if isinstance(x, types.Array) and isinstance(kind, types.Array):
        result = types.float32 if dtype is np.float32 else types.float64
        if x.ndim == kind.ndim and kind.dtype in (x.dtype, result):
            return
    raise TypingError(f"{name} of {activation} must be as x is, {x}, inside compiled code, got {kind}")
