"""Calls of activations along an axis: a row to a row, as softmax does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numact.arrays import (
    Operand,
    as_mask,
    as_operand,
    normalize_axes,
    parameter_dtype,
    prepare_output,
    rows_last,
    wrap,
    write_rows,
)
from numact.calls.binding import Binding
from numact.calls.elementwise import as_gradient
from numact.calls.kernels import row_loop
from numact.calls.masks import MaskRule, find_mask_rule
from numact.calls.options import Options
from numact.calls.parameters import rounded_parameters
from numact.calls.protocol import refuse
from numact.errors import ParameterError, ShapeError
from numact.spec import Activation

_LAST_AXIS = -1
_ACCURATE_OUTPUT = np.dtype(np.float32).itemsize
"""Bytes of the narrowest dtype in which the output tells the gradient as well as the input does."""


@dataclass(frozen=True, slots=True)
class RowCall:
    """
    A call along axes whose arguments have all been checked.

    Parameters
    ----------
    binding : Binding
        The activation and its parameters.
    operands : tuple of Operand
        The input (or the output); for backward calls also the gradient of the output.
    parameters : tuple of numpy.ndarray
        The numeric parameters, 0-d.
    axes : tuple of int
        The axes that make up a row.
    mask : numpy.ndarray of bool or None
        What takes part in its row.
    rule : MaskRule or None
        How the rest is left out.
    """

    binding: Binding
    operands: tuple[Operand, ...]
    parameters: tuple[NDArray[Any], ...]
    axes: tuple[int, ...]
    mask: NDArray[np.bool_] | None
    rule: MaskRule | None

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the input and of the result."""
        return self.operands[0].array.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """Dtype of the inputs and outputs."""
        return self.operands[0].array.dtype

    def with_output(self, y: NDArray[Any]) -> RowCall:
        """Return the call with the output in place of the input."""
        first, *rest = self.operands
        return replace(self, operands=(Operand(y, first.original, converted=False), *rest))


def forward(binding: Binding, x: Any, out: Any, options: Options) -> Any:
    """
    Apply an activation along its axes.

    Parameters
    ----------
    binding : Binding
        The activation and its parameters.
    x : array_like
        The input; of 0 dimensions, it is a row of one.
    out : numpy.ndarray or None
        Where the result goes.
    options : Options
        The call's options.

    Returns
    -------
    numpy.ndarray or scalar
        The value, in x's shape and dtype (float64 for integers).
    """
    call = _prepare(binding, x, (), options)
    return _answer(call, _forward(call, out), out)


def vjp(
    binding: Binding, x: Any, g: Any, wrt: tuple[str, ...], outs: tuple[Any, ...], options: Options
) -> tuple[Any, ...]:
    """
    Multiply the gradient of the output by the Jacobian, row by row.

    Parameters
    ----------
    binding : Binding
        The activation and its parameters.
    x : array_like or None
        The input; not looked at where the options hold the output.
    g : array_like
        The gradient of the output.
    wrt : tuple of str
        ("x",), the only argument with a gradient.
    outs : tuple of numpy.ndarray or None
        Where the gradient goes.
    options : Options
        The call's options.

    Returns
    -------
    tuple
        The gradient of the input, alone.
    """
    (out,) = outs
    if options.y is None:
        return (_vjp_from_input(_prepare(binding, x, (g,), options), out),)
    if binding.spec.vjp_from_output is None:
        raise ParameterError(f"{binding.spec.name} has no gradient from its output: pass x, not y")
    call = _prepare(binding, options.y, (g,), options, what="y")
    return (_vjp_from_output(call, out),)


def value_and_vjp(
    binding: Binding, x: Any, g: Any, wrt: tuple[str, ...], options: Options
) -> tuple[Any, tuple[Any, ...]]:
    """
    Apply an activation along its axes and multiply the gradient of its output by the Jacobian.

    Parameters
    ----------
    binding : Binding
        The activation and its parameters.
    x, g : array_like
        The input, and the gradient of the output.
    wrt : tuple of str
        ("x",), the only argument with a gradient.
    options : Options
        The call's options.

    Returns
    -------
    value : numpy.ndarray or scalar
        What `forward` returns.
    gradients : tuple
        What `vjp` returns.
    """
    call = _prepare(binding, x, (g,), options)
    value = _forward(call, None)
    if not takes_gradient_from_value(binding.spec, call.dtype):
        return _answer(call, value, None), (_vjp_from_input(call, None),)
    return _answer(call, value, None), (_vjp_from_output(call.with_output(value), None),)


def takes_gradient_from_value(spec: Activation, dtype: np.dtype[Any]) -> bool:
    """
    Tell whether value and gradient together are computed as the value, and from it the gradient.

    Parameters
    ----------
    spec : Activation
        The activation.
    dtype : numpy.dtype
        The dtype of the value.

    Returns
    -------
    bool
        False where the gradient is computed from the input.
    """
    return spec.vjp_from_output is not None and dtype.itemsize >= _ACCURATE_OUTPUT


def _forward(call: RowCall, out: NDArray[Any] | None) -> NDArray[Any]:
    """Compute the value; only the first operand is looked at."""
    absent = 0.0 if call.rule is None else call.rule.value
    return _compute(call, "forward", (_fill(call),), absent, out)


def _vjp_from_input(call: RowCall, out: NDArray[Any] | None) -> Any:
    """Compute the gradient from x and g."""
    spec = call.binding.spec
    if spec.vjp is not None:
        return _answer(call, _compute(call, "vjp", (_fill(call), 0.0), 0.0, out), out)
    if spec.vjp_from_output is None:
        raise ParameterError(f"{spec.name} has no vjp")
    return _vjp_from_output(call.with_output(_forward(call, None)), out)


def _vjp_from_output(call: RowCall, out: NDArray[Any] | None) -> Any:
    """Compute the gradient from y and g; y already says what took no part."""
    absent = 0.0 if call.rule is None else call.rule.value
    return _answer(call, _compute(call, "vjp_from_output", (absent, 0.0), 0.0, out), out)


def _answer(call: RowCall, result: NDArray[Any], out: NDArray[Any] | None) -> Any:
    """Return a result as ufuncs do."""
    return wrap(result, tuple(each.original for each in call.operands)) if out is None else out


def _fill(call: RowCall) -> float:
    """Return what stands for the inputs that take no part."""
    return 0.0 if call.rule is None else call.rule.fill


def _prepare(
    binding: Binding, x: Any, gradients: tuple[Any, ...], options: Options, what: str = "x"
) -> RowCall:
    """Check the arguments of a call."""
    spec = binding.spec
    refuse(spec.name, (x, *gradients))
    first = as_operand(spec.name, x, what)
    shape, dtype = first.array.shape, first.array.dtype
    axes = normalize_axes(spec.name, binding.values.get("axis", _LAST_AXIS), len(shape))
    rounded = rounded_parameters(binding, parameter_dtype(dtype))
    for name, value in rounded.items():
        if value.ndim:
            raise ShapeError(f"{name!r} of {spec.name} must be one number, got shape {value.shape}")
    parameters = tuple(rounded.values())
    operands = (first, *(as_gradient(spec.name, each, shape, dtype) for each in gradients))
    if options.where is None:
        return RowCall(binding, operands, parameters, axes, None, None)
    mask = as_mask(spec.name, options.where, shape)
    return RowCall(binding, operands, parameters, axes, mask, find_mask_rule(spec, dtype, parameters))


def _compute(
    call: RowCall, role: str, fills: Sequence[float], absent: float, out: NDArray[Any] | None
) -> NDArray[Any]:
    """Compute the rows; what takes no part is filled on the way in and on the way out."""
    # The operands stay as they are: another kernel may read them yet.
    output = prepare_output(call.binding.spec.name, out, call.shape, call.dtype, call.operands[0].borrowed())
    if output.array.size:
        arrays = [each.array for each in call.operands[: len(fills)]]
        inputs = [_filled(call, each, fill) for each, fill in zip(arrays, fills, strict=True)]
        _run(call, role, inputs, output.array)
        if call.mask is not None:
            np.copyto(output.array, absent, where=~call.mask)
    output.finish()
    return output.result


def _filled(call: RowCall, array: NDArray[Any], fill: float) -> NDArray[Any]:
    """Return an input with what takes no part replaced."""
    return array if call.mask is None else np.where(call.mask, array, array.dtype.type(fill))


def _run(call: RowCall, role: str, inputs: Sequence[NDArray[Any]], output: NDArray[Any]) -> None:
    """Compute into an array of any layout."""
    from numact.engine import launch

    loop = row_loop(call.binding.spec, role, call.dtype)
    rows = rows_last(output, call.axes)
    launch.launch_rows(loop, [rows_last(each, call.axes) for each in inputs], call.parameters, [rows])
    if not np.may_share_memory(rows, output):
        # The row runs over axes that are no single axis in memory: the kernel wrote a copy.
        write_rows(rows, output, call.axes)
