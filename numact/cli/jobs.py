"""An activation applied block by block to arrays that may be larger than memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numact.arrays import normalize_axes, result_dtype
from numact.calls.binding import Binding, bind
from numact.calls.gated import halves
from numact.calls.options import Options, split_options
from numact.calls.parameters import kernel_parameters
from numact.cli.blocks import Block, cut, first_index
from numact.errors import ParameterError, ShapeError
from numact.function import Function
from numact.spec import Activation

_LAST_AXIS = -1
_CHANNELS = 1


@dataclass(frozen=True)
class Job:
    """
    What is to be computed; made by `make_job`.

    Parameters
    ----------
    binding : Binding
        The activation and its parameters.
    inputs : tuple of numpy.ndarray
        x, and the gate of a gated activation, of one shape.
    dtype : numpy.dtype
        Dtype of the result.
    fortran_order : bool
        Whether the first axis of the result is the innermost in memory.
    blocks : list of tuple of slice
        The blocks in their order.
    """

    binding: Binding
    inputs: tuple[NDArray[Any], ...]
    dtype: np.dtype[Any]
    fortran_order: bool
    blocks: list[Block]

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the result."""
        return self.inputs[0].shape

    def compute(self, block: Block, out: NDArray[Any]) -> None:
        """
        Compute one block.

        Parameters
        ----------
        block : tuple of slice
            One of `blocks`.
        out : numpy.ndarray
            The result, of which the block is written.
        """
        spec = self.binding.spec
        function = Function(spec, self._parameters(block))
        place: tuple[Any, ...] = (*block, ...)  # An array even where there are no dimensions.
        x, *gates = (_contiguous(array[place]) for array in self.inputs)
        keywords: dict[str, Any] = {"gate": gates[0]} if gates else {}
        if spec.kind == "random":
            keywords["offset"] = first_index(block, self.shape)
        if out[place].flags.forc:
            function(x, out=out[place], **keywords)
        else:
            out[place] = function(x, **keywords)

    def _parameters(self, block: Block) -> dict[str, Any]:
        """Give the parameters of a block: of one value per channel, those of its channels."""
        values = dict(self.binding.values)
        for param in self.binding.spec.params:
            value = values[param.name]
            if param.kind == "channel" and np.size(value) > 1:
                (axis,) = normalize_axes("", values.get("axis", _CHANNELS), len(self.shape))
                values[param.name] = value[block[axis]]
        return values


def make_job(spec: Activation, given: Mapping[str, Any], inputs: Sequence[NDArray[Any]], memory: int) -> Job:
    """
    Check what is to be computed, and cut it into blocks.

    Parameters
    ----------
    spec : Activation
        The activation asked for.
    given : mapping
        Its parameters, and for a gated activation ``axis`` and ``gate_first``.
    inputs : sequence of numpy.ndarray
        x, and perhaps the gate of a gated activation.
    memory : int
        Bytes that a block's inputs and output may take together.

    Returns
    -------
    Job
        To be computed block by block.

    Raises
    ------
    NumactError
        As the activation's own call.
    """
    options, parameters = split_options(spec, given)
    binding = bind(spec, parameters)
    binding.require_complete()
    operands = _operands(binding.spec, inputs, options)
    x = operands[0]
    dtype = result_dtype(binding.spec.name, x.dtype)
    if binding.spec.kind != "axis":
        kernel_parameters(binding, dtype, x.shape)
    fortran_order = inputs[0].flags.f_contiguous and not inputs[0].flags.c_contiguous
    limit = memory // (dtype.itemsize + sum(array.itemsize for array in operands))
    # Random numbers are counted in C order, and so have to be the blocks.
    order = fortran_order and binding.spec.kind != "random"
    blocks = cut(x.shape, max(1, limit), _row_axes(binding, x.ndim), order)
    return Job(binding, operands, dtype, fortran_order, blocks)


def _operands(spec: Activation, inputs: Sequence[NDArray[Any]], options: Options) -> tuple[NDArray[Any], ...]:
    x, *gates = inputs
    if spec.kind == "gated" and not gates:
        return halves(spec.name, x, options)
    if gates and spec.kind != "gated":
        raise ParameterError(f"{spec.name} takes no gate: it is of kind {spec.kind}")
    for gate in gates:
        if gate.shape != x.shape:
            raise ShapeError(f"gate of {spec.name} must have x's shape {x.shape}, got {gate.shape}")
    return (x, *gates)


def _row_axes(binding: Binding, ndim: int) -> tuple[int, ...]:
    """Give the axes that a block has to hold whole."""
    if binding.spec.kind != "axis" or not ndim:
        return ()
    return normalize_axes(binding.spec.name, binding.values.get("axis", _LAST_AXIS), ndim)


def _contiguous(array: NDArray[Any]) -> NDArray[Any]:
    """Copy what lies apart: a file is then read once, in its own order, and not as a kernel looks at it."""
    return array if array.flags.forc else np.ascontiguousarray(array)
