"""Bound parameters as the operands of a kernel: rounded to its dtype, and shaped beside its input."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from numact.arrays import normalize_axes, parameter_dtype
from numact.calls.binding import Binding, check_together
from numact.errors import ParameterError, ShapeError
from numact.parameters import Param


def kernel_parameters(
    binding: Binding, dtype: np.dtype[Any], shape: tuple[int, ...]
) -> tuple[NDArray[Any], ...]:
    """
    Return the numeric parameters, in order, as arrays that broadcast against the input.

    Parameters
    ----------
    binding : Binding
        The activation and its parameters.
    dtype : numpy.dtype
        The dtype of the input.
    shape : tuple of int
        The shape of the input.

    Returns
    -------
    tuple of numpy.ndarray
        Arrays of the parameters' dtype; 0-d where the parameter is one number.

    Raises
    ------
    ParameterError
        If a parameter leaves its bounds when rounded to the dtype.
    ShapeError
        If a parameter does not fit the input.
    """
    rounded = rounded_parameters(binding, parameter_dtype(dtype))
    return tuple(_beside(binding, param, rounded[param.name], shape) for param in binding.spec.numeric_params)


def rounded_parameters(binding: Binding, dtype: np.dtype[Any]) -> dict[str, NDArray[Any]]:
    """
    Return the numeric parameters by name, rounded and validated again.

    Parameters
    ----------
    binding : Binding
        The activation and its parameters.
    dtype : numpy.dtype
        The parameters' dtype: float32 or float64.

    Returns
    -------
    dict
        Arrays of the dtype, in their own shapes. The same object every time, made once for each dtype.

    Raises
    ------
    ParameterError
        If a parameter leaves its bounds when rounded.
    """
    known = binding.rounded.get(dtype)
    if known is not None:
        return known
    spec = binding.spec
    rounded = {
        param.name: _round(spec.name, param, binding.values[param.name], dtype)
        for param in spec.numeric_params
    }
    check_together(spec, {**binding.values, **rounded})
    binding.rounded[dtype] = rounded
    return rounded


def _round(name: str, param: Param, value: Any, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return one parameter in a dtype; bounds hold for the rounded value too."""
    with np.errstate(over="ignore", under="ignore"):
        rounded = np.array(value, dtype=dtype)
    if np.array_equal(rounded, value):
        return rounded
    try:
        param.validate(name, rounded if rounded.ndim else float(rounded))
    except ParameterError as error:
        raise ParameterError(f"{error} (rounded to {dtype} from {value!r})") from None
    return rounded


def _beside(binding: Binding, param: Param, value: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    """Return one parameter shaped so that it broadcasts against the input."""
    if value.ndim == 0:
        return value
    name = binding.spec.name
    if param.kind == "channel":
        return _along_channels(binding, param, value, shape)
    try:
        np.broadcast_shapes(value.shape, shape)
    except ValueError:
        raise ShapeError(
            f"{param.name!r} of {name} has shape {value.shape}, which does not broadcast against x, {shape}"
        ) from None
    return value


def _along_channels(
    binding: Binding, param: Param, value: NDArray[Any], shape: tuple[int, ...]
) -> NDArray[Any]:
    """Return one value per channel, shaped to lie along the input's channel axis."""
    name, ndim = binding.spec.name, len(shape)
    if value.size == 1:
        return value.reshape(())
    axis = binding.values.get("axis", 1)
    if ndim == 0:
        raise ShapeError(f"{param.name!r} of {name} must be one number beside a 0-d x, got {value.size}")
    if isinstance(axis, tuple) or axis is None:
        raise ParameterError(f"'axis' of {name} must be one integer, got {axis!r}")
    if ndim == 1 and axis not in (0, -1):
        raise ShapeError(
            f"{param.name!r} of {name} has {value.size} values, but x has one dimension and "
            f"axis={axis!r}: pass axis=0 for one value per element, or one number"
        )
    (axis,) = normalize_axes(name, axis, ndim)
    if shape[axis] != value.size:
        raise ShapeError(
            f"{param.name!r} of {name} has {value.size} values, but axis {axis} of x has length {shape[axis]}"
        )
    return value.reshape([-1 if each == axis else 1 for each in range(ndim)])


def result_shape(parameters: tuple[NDArray[Any], ...], shape: tuple[int, ...], name: str) -> tuple[int, ...]:
    """
    Return the shape to which an input and its parameters broadcast.

    Parameters
    ----------
    parameters : tuple of numpy.ndarray
        What `kernel_parameters` returned.
    shape : tuple of int
        The shape of the input.
    name : str
        The activation, for the error's sentence.

    Returns
    -------
    tuple of int
        The result's shape.

    Raises
    ------
    ShapeError
        If two parameters do not broadcast against each other.
    """
    try:
        return np.broadcast_shapes(shape, *(each.shape for each in parameters))
    except ValueError:
        shapes = ", ".join(str(each.shape) for each in parameters)
        raise ShapeError(f"the parameters of {name} do not broadcast together: {shapes}") from None
