"""Calls of gated activations: two inputs, or one that is split in halves."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from numact.arrays import (
    Operand,
    as_operand,
    check_output,
    normalize_axes,
    parameter_dtype,
    prepare_output,
    split_in_halves,
    wrap,
)
from numact.calls.binding import Binding
from numact.calls.elementwise import Call, compute, prepare, run
from numact.calls.gradients import parameter_gradient
from numact.calls.options import Options
from numact.calls.parameters import rounded_parameters
from numact.calls.protocol import refuse
from numact.errors import ParameterError, ShapeError


def forward(binding: Binding, x: Any, out: Any, options: Options) -> Any:
    """
    Apply a gated activation.

    Parameters
    ----------
    binding : Binding
        The activation and its parameters.
    x : array_like
        The input, or both inputs side by side.
    out : numpy.ndarray or None
        Where the result goes.
    options : Options
        The gate, or how to split x.

    Returns
    -------
    numpy.ndarray or scalar
        The value; half as long as x along the axis where x was split.
    """
    return compute(prepare(binding, _inputs(binding, x, options), options), "forward", "x", out)


def derivative(binding: Binding, x: Any, wrt: str, out: Any, options: Options) -> Any:
    """
    Differentiate a gated activation.

    Parameters
    ----------
    binding : Binding
        The activation and its parameters.
    x : array_like
        The input, or both inputs side by side.
    wrt : str
        "x" (where x is split: its half that is no gate), "gate", or a numeric parameter's name.
    out : numpy.ndarray or None
        Where the result goes.
    options : Options
        The gate, or how to split x.

    Returns
    -------
    numpy.ndarray or scalar
        The derivative, in the shape of the value.
    """
    return compute(prepare(binding, _inputs(binding, x, options), options), "derivative", wrt, out)


def vjp(
    binding: Binding, x: Any, g: Any, wrt: tuple[str, ...], outs: tuple[Any, ...], options: Options
) -> tuple[Any, ...]:
    """
    Multiply the gradient of the output by derivatives.

    Parameters
    ----------
    binding : Binding
        The activation and its parameters.
    x, g : array_like
        The input (or both side by side), and the gradient of the output.
    wrt : tuple of str
        "x", "gate" and numeric parameters' names.
    outs : tuple of numpy.ndarray or None
        Where each gradient goes.
    options : Options
        The gate, or how to split x.

    Returns
    -------
    tuple
        One gradient for each name; x's has both halves where x was split.
    """
    name = binding.spec.name
    if "gate" in wrt and options.gate is None:
        raise ParameterError(f"the gate of {name} is a half of x: the gradient for 'x' holds both halves")
    call = prepare(binding, _inputs(binding, x, options), options, (g,))
    whole = np.shape(x)
    for each, out in zip(wrt, outs, strict=True):
        if out is not None:
            check_output(name, out, *_shape_and_dtype(call, each, whole))
    gradients = [_gradient(call, each, whole, options) for each in wrt]
    for out, gradient in zip(outs, gradients, strict=True):
        if out is not None:
            np.copyto(out, gradient)
    return tuple(gradient if out is None else out for out, gradient in zip(outs, gradients, strict=True))


def value_and_vjp(
    binding: Binding, x: Any, g: Any, wrt: tuple[str, ...], options: Options
) -> tuple[Any, tuple[Any, ...]]:
    """
    Apply a gated activation and multiply the gradient of its output by derivatives.

    Parameters
    ----------
    binding : Binding
        The activation and its parameters.
    x, g : array_like
        The input (or both side by side), and the gradient of the output.
    wrt : tuple of str
        "x", "gate" and numeric parameters' names.
    options : Options
        The gate, or how to split x.

    Returns
    -------
    value : numpy.ndarray or scalar
        What `forward` returns.
    gradients : tuple
        What `vjp` returns.
    """
    gradients = vjp(binding, x, g, wrt, (None,) * len(wrt), options)
    return forward(binding, x, None, options), gradients


def _inputs(binding: Binding, x: Any, options: Options) -> tuple[Operand, Operand]:
    """Return the two inputs of the kernel."""
    name = binding.spec.name
    refuse(name, (x, options.gate))
    whole = as_operand(name, x)
    if options.gate is not None:
        gate = as_operand(name, options.gate, "gate", whole.array.dtype)
        if gate.array.shape != whole.array.shape:
            raise ShapeError(
                f"gate of {name} must have x's shape {whole.array.shape}, got {gate.array.shape}"
            )
        return whole.borrowed(), gate
    first, second = halves(name, whole.array, options)
    return Operand(first, x, converted=False), Operand(second, x, converted=False)


def halves(name: str, array: NDArray[Any], options: Options) -> tuple[NDArray[Any], NDArray[Any]]:
    """
    Split an array as a call does.

    Parameters
    ----------
    name : str
        The activation, for the errors' sentences.
    array : numpy.ndarray
        Both inputs side by side.
    options : Options
        Along which axis, and which half is the gate.

    Returns
    -------
    tuple of two numpy.ndarray
        Views of the value's half and the gate's half.

    Raises
    ------
    ShapeError
        If the axis is missing or of odd length.
    """
    if array.ndim == 0:
        raise ShapeError(f"x of {name} has no dimensions to split: pass gate=...")
    axes = normalize_axes(name, options.axis, array.ndim)
    if len(axes) != 1:
        raise ParameterError(f"'axis' of {name} must be one integer, got {options.axis!r}")
    (axis,) = axes
    length = array.shape[axis]
    if length % 2:
        raise ShapeError(f"{name} splits x in halves, but axis {axis} has odd length {length}")
    first, second = split_in_halves(array, axis)
    return (second, first) if options.gate_first else (first, second)


def _shape_and_dtype(call: Call, name: str, whole: tuple[int, ...]) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Return the shape and dtype of the gradient by one argument."""
    if name in ("x", "gate"):
        return whole, call.dtype
    dtype = parameter_dtype(call.dtype)
    return rounded_parameters(call.binding, dtype)[name].shape, dtype


def _gradient(call: Call, name: str, whole: tuple[int, ...], options: Options) -> Any:
    """Return a fresh gradient by one argument."""
    if name not in ("x", "gate"):
        return parameter_gradient(call, name)
    if options.gate is not None:
        return compute(call, "vjp", name, None)
    gradient = np.zeros(whole, call.dtype)
    for each, half in zip(("x", "gate"), halves(call.name, gradient, options), strict=True):
        output = prepare_output(call.name, half, call.shape, call.dtype, call.operands[0], call.mask)
        run(call, "vjp", each, (output.array,))
        output.finish()
    return wrap(gradient, call.originals[:1])
