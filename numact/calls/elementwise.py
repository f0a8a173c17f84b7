"""Calls of elementwise and random activations: the forward pass and the derivative."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numact.arrays import Operand, as_mask, as_operand, has_own_protocol, prepare_output, wrap
from numact.calls.binding import Binding
from numact.calls.kernels import elementwise_loop
from numact.calls.options import Options
from numact.calls.parameters import kernel_parameters, result_shape
from numact.calls.protocol import call_ufunc
from numact.calls.randomness import Draw, draw_for
from numact.errors import ShapeError


@dataclass(frozen=True, slots=True)
class Call:
    """
    An elementwise call whose arguments have all been checked.

    Parameters
    ----------
    binding : Binding
        The activation and its parameters.
    operands : tuple of Operand
        The input; for backward calls also the gradient of the output.
    parameters : tuple of numpy.ndarray
        The numeric parameters.
    shape : tuple of int
        To what the input and the parameters broadcast.
    draw : Draw
        Where uniform numbers come from.
    mask : numpy.ndarray of bool or None
        Where a value is wanted.
    """

    binding: Binding
    operands: tuple[Operand, ...]
    parameters: tuple[NDArray[Any], ...]
    shape: tuple[int, ...]
    draw: Draw
    mask: NDArray[np.bool_] | None

    @property
    def name(self) -> str:
        """Name of the activation."""
        return self.binding.spec.name

    @property
    def dtype(self) -> np.dtype[Any]:
        """Dtype of the inputs and outputs."""
        return self.operands[0].array.dtype

    @property
    def originals(self) -> tuple[Any, ...]:
        """The arguments as they were passed."""
        return tuple(each.original for each in self.operands)


def prepare(
    binding: Binding,
    inputs: tuple[Operand, ...],
    options: Options,
    gradients: tuple[Any, ...] = (),
    backward: bool = False,
) -> Call:
    """
    Check the arguments of a call.

    Parameters
    ----------
    binding : Binding
        The activation and its parameters.
    inputs : tuple of Operand
        x; the two inputs of a gated activation.
    options : Options
        The call's options.
    gradients : tuple
        The gradient g of the output, for backward calls.
    backward : bool
        Whether uniform numbers must be those of an earlier call.

    Returns
    -------
    Call
        What the kernel needs.
    """
    name = binding.spec.name
    x = inputs[0].array
    dtype = x.dtype
    parameters = kernel_parameters(binding, dtype, x.shape)
    shape = result_shape(parameters, x.shape, name)
    operands = (*inputs, *(as_gradient(name, each, shape, dtype) for each in gradients))
    draw = draw_for(binding, dtype, options, backward)
    mask = None if options.where is None else as_mask(name, options.where, shape)
    return Call(binding, operands, parameters, shape, draw, mask)


def as_gradient(name: str, g: Any, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Operand:
    """
    Convert the gradient of an output, which must have the output's shape and dtype.

    Parameters
    ----------
    name : str
        The activation, for the errors' sentences.
    g : array_like
        What the caller passed.
    shape, dtype : tuple of int, numpy.dtype
        Those of the output.

    Returns
    -------
    Operand
        The gradient.

    Raises
    ------
    DTypeError, ShapeError
        If it does not fit.
    """
    operand = as_operand(name, g, "g", dtype)
    if operand.array.shape != shape:
        raise ShapeError(f"g of {name} must have the output's shape {shape}, got {operand.array.shape}")
    return operand


def run(call: Call, role: str, wrt: str, outputs: tuple[NDArray[Any], ...]) -> np.ufunc | None:
    """
    Compute.

    Parameters
    ----------
    call : Call
        The arguments.
    role, wrt : str
        Which kernel.
    outputs : tuple of numpy.ndarray
        Where it writes.

    Returns
    -------
    numpy.ufunc or None
        What was computed, as a ufunc; None where there was nothing to compute.
    """
    if outputs[0].size == 0:
        return None
    from numact.engine import launch

    loop = elementwise_loop(call.binding.spec, role + call.draw.suffix, wrt, call.dtype)
    launch.launch(
        loop,
        [each.array for each in call.operands],
        [*call.draw.leading, *call.parameters],
        outputs,
        seed=call.draw.seed,
        offset=call.draw.offset,
    )
    ufunc: np.ufunc = loop.ufunc
    return ufunc


def compute(call: Call, role: str, wrt: str, out: NDArray[Any] | None) -> Any:
    """
    Compute one result and hand it to the caller.

    Parameters
    ----------
    call : Call
        The arguments.
    role, wrt : str
        Which kernel.
    out : numpy.ndarray or None
        What the caller gave.

    Returns
    -------
    numpy.ndarray or scalar
        `out`, or a fresh result as ufuncs return it.
    """
    output = prepare_output(call.name, out, call.shape, call.dtype, call.operands[0], call.mask)
    ufunc = run(call, role, wrt, (output.array,))
    output.finish()
    return wrap(output.result, call.originals, ufunc) if out is None else out


def forward(binding: Binding, x: Any, out: Any, options: Options) -> Any:
    """
    Apply an activation.

    Parameters
    ----------
    binding : Binding
        The activation and its parameters.
    x : array_like
        The input.
    out : numpy.ndarray or None
        Where the result goes.
    options : Options
        The call's options.

    Returns
    -------
    numpy.ndarray or scalar
        The value, in x's shape and dtype (float64 for integers).
    """
    if has_own_protocol(x):
        return call_ufunc(binding, "forward", "x", (x,), out, options)
    return compute(prepare(binding, (as_operand(binding.spec.name, x),), options), "forward", "x", out)


def derivative(binding: Binding, x: Any, wrt: str, out: Any, options: Options) -> Any:
    """
    Differentiate an activation.

    Parameters
    ----------
    binding : Binding
        The activation and its parameters.
    x : array_like
        The input.
    wrt : str
        "x" or a numeric parameter's name.
    out : numpy.ndarray or None
        Where the result goes.
    options : Options
        The call's options.

    Returns
    -------
    numpy.ndarray or scalar
        The derivative at every element.
    """
    if has_own_protocol(x):
        return call_ufunc(binding, "derivative", wrt, (x,), out, options)
    call = prepare(binding, (as_operand(binding.spec.name, x),), options, backward=True)
    return compute(call, "derivative", wrt, out)
