"""Backward calls of elementwise and random activations: vector-Jacobian products."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numact.arrays import as_operand, check_output, has_own_protocol, parameter_dtype, prepare_output, wrap
from numact.calls.binding import Binding
from numact.calls.elementwise import Call, compute, prepare, run
from numact.calls.kernels import sum_loop
from numact.calls.options import Options
from numact.calls.parameters import rounded_parameters
from numact.calls.protocol import call_ufunc, refuse
from numact.calls.sums import kept_axes, rows_to_sum, sum_to_shape


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
        The input, and the gradient of the output.
    wrt : tuple of str
        "x" and numeric parameters' names.
    outs : tuple of numpy.ndarray or None
        Where each gradient goes.
    options : Options
        The call's options.

    Returns
    -------
    tuple
        One gradient for each name: x's in its shape and dtype, a parameter's in the parameter's shape,
        of dtype float32, or float64 beside float64.
    """
    if has_own_protocol(x) or has_own_protocol(g):
        if wrt != ("x",):
            refuse(binding.spec.name, (x, g))
        return (call_ufunc(binding, "vjp", "x", (x, g), outs[0], options),)
    call = prepare(binding, (as_operand(binding.spec.name, x),), options, (g,), backward=True)
    for name, out in zip(wrt, outs, strict=True):
        if out is not None:
            check_output(call.name, out, *_shape_and_dtype(call, name))
    gradients = {name: parameter_gradient(call, name) for name in wrt if name != "x"}
    # x's comes last, as its out may be x or g themselves; the others are kept apart until then.
    if "x" in wrt:
        gradients["x"] = _input_gradient(call, outs[wrt.index("x")])
    for name, out in zip(wrt, outs, strict=True):
        if name != "x" and out is not None:
            np.copyto(out, gradients[name])
            gradients[name] = out
    return tuple(gradients[name] for name in wrt)


def value_and_vjp(
    binding: Binding, x: Any, g: Any, wrt: tuple[str, ...], options: Options
) -> tuple[Any, tuple[Any, ...]]:
    """
    Apply an activation and multiply the gradient of its output by derivatives.

    Parameters
    ----------
    binding : Binding
        The activation and its parameters.
    x, g : array_like
        The input, and the gradient of the output.
    wrt : tuple of str
        "x" and numeric parameters' names.
    options : Options
        The call's options.

    Returns
    -------
    value : numpy.ndarray or scalar
        What `forward` returns.
    gradients : tuple
        What `vjp` returns.
    """
    refuse(binding.spec.name, (x, g))
    call = prepare(binding, (as_operand(binding.spec.name, x),), options, (g,), backward=True)
    # Neither output may take over a converted input's memory: the other one still needs it.
    value = prepare_output(call.name, None, call.shape, call.dtype, call.operands[0].borrowed(), call.mask)
    product = prepare_output(call.name, None, call.shape, call.dtype, call.operands[0].borrowed(), call.mask)
    ufunc = run(call, "value_and_vjp", "x", (value.array, product.array))
    value.finish()
    product.finish()
    gradients = tuple(
        _hand_over(call, product.result, None, ufunc) if name == "x" else parameter_gradient(call, name)
        for name in wrt
    )
    return wrap(value.result, call.originals[:1], ufunc), gradients


def _shape_and_dtype(call: Call, name: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Return the shape and dtype of the gradient by one argument."""
    if name == "x":
        return call.operands[0].array.shape, call.dtype
    dtype = parameter_dtype(call.dtype)
    return rounded_parameters(call.binding, dtype)[name].shape, dtype


def _input_gradient(call: Call, out: NDArray[Any] | None) -> Any:
    """Return the gradient by x."""
    if call.operands[0].array.shape == call.shape:
        return compute(call, "vjp", "x", out)
    product = prepare_output(call.name, None, call.shape, call.dtype, call.operands[1].borrowed(), call.mask)
    ufunc = run(call, "vjp", "x", (product.array,))
    product.finish()
    return _hand_over(call, product.result, out, ufunc)


def _hand_over(call: Call, product: NDArray[Any], out: NDArray[Any] | None, ufunc: np.ufunc | None) -> Any:
    """Return a product, summed to the shape of x where parameters made x larger."""
    shape, dtype = _shape_and_dtype(call, "x")
    if product.shape != shape:
        product = sum_to_shape(product, shape).astype(dtype)
    if out is None:
        return wrap(product, call.originals, ufunc)
    np.copyto(out, product)
    return out


def parameter_gradient(call: Call, name: str) -> Any:
    """
    Sum the products of g and the derivative by a parameter over all elements that share its value.

    Parameters
    ----------
    call : Call
        The arguments, the gradient of the output last.
    name : str
        The parameter.

    Returns
    -------
    numpy.ndarray or scalar
        The gradient, in the parameter's shape.
    """
    shape, dtype = _shape_and_dtype(call, name)
    index = [param.name for param in call.binding.spec.numeric_params].index(name)
    beside = call.parameters[index].shape
    if 0 in call.shape:
        total = np.zeros(beside)
    elif call.draw.seed is not None:
        total = sum_to_shape(_masked(call, _drawn_products(call, name, dtype)), beside)
    else:
        total = _summed_products(call, name, beside)
    with np.errstate(over="ignore"):
        gradient = total.reshape(shape).astype(dtype)
    return gradient[()] if gradient.ndim == 0 else gradient


def _drawn_products(call: Call, name: str, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return the products in training, where x keeps its order so that the same numbers are drawn."""
    operands = tuple(replace(each, array=each.array.astype(dtype, copy=False)) for each in call.operands)
    products = np.empty(call.shape, dtype)
    run(replace(call, operands=operands), "vjp", name, (products,))
    return products


def _masked(call: Call, g: NDArray[Any]) -> NDArray[Any]:
    """Return an array with 0 where no value is wanted."""
    return g if call.mask is None else np.where(call.mask, g, g.dtype.type(0))


def _summed_products(call: Call, name: str, beside: tuple[int, ...]) -> NDArray[np.float64]:
    """Return the sums of g times the derivative by a parameter, in the shape of that parameter beside x."""
    from numact.engine import launch

    kept = kept_axes(beside, call.shape)
    *arrays, g = (each.array for each in call.operands)
    inputs = [rows_to_sum(each, call.shape, kept) for each in (*arrays, _masked(call, g))]
    parameters = [
        each if each.ndim == 0 else rows_to_sum(each, call.shape, kept)
        for each in (*call.draw.leading, *call.parameters)
    ]
    partial = np.empty(inputs[0].shape[:-1])
    loop = sum_loop(call.binding.spec, name, call.dtype)
    launch.launch_sum(loop, inputs, parameters, partial)
    by_channel = partial.reshape(*(call.shape[axis] for axis in kept), -1)
    sums: NDArray[np.float64] = by_channel.sum(axis=-1).reshape(beside)
    return sums
