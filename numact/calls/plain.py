"""Plain calls, the common ones: ndarrays of one shape and dtype, parameters that are numbers, no options.

Nothing is converted, broadcast or masked there, so the kernel is found by one look-up and launched.
Whatever is not plain takes the general way, which also finds the words for what is wrong.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from numact.arrays import parameter_dtype, rows_last
from numact.calls.binding import Binding
from numact.calls.kernels import elementwise_loop, row_loop
from numact.calls.parameters import rounded_parameters
from numact.calls.randomness import is_training, leading_operands

Operands = tuple[NDArray[Any], ...]
Kernel = tuple[Any, Operands]
"""A loop of the engine, and the operands that follow its inputs."""

_WIDEST_ITEMSIZE = np.dtype(np.float64).itemsize


class PlainCalls:
    """
    The kernels of one binding, kept for plain calls.

    Parameters
    ----------
    binding : Binding
        The activation and its parameters.
    """

    def __init__(self, binding: Binding) -> None:
        self._binding = binding
        self._kernels: dict[tuple[str, str, np.dtype[Any]], Kernel | None] = {}

    def kernel(self, role: str, wrt: str, dtype: np.dtype[Any]) -> Kernel | None:
        """
        Return a kernel and the operands that follow its inputs.

        Parameters
        ----------
        role, wrt : str
            Which kernel.
        dtype : numpy.dtype
            The dtype of the arrays.

        Returns
        -------
        tuple or None
            None where no call of this binding on this dtype is plain.
        """
        key = (role, wrt, dtype)
        try:
            return self._kernels[key]
        except KeyError:
            return self._kernels.setdefault(key, self._find(role, wrt, dtype))

    def run(
        self, role: str, wrt: str, inputs: tuple[Any, ...], outs: tuple[Any, ...]
    ) -> tuple[NDArray[Any], ...] | None:
        """
        Compute, if the call is plain.

        Parameters
        ----------
        role, wrt : str
            Which kernel.
        inputs : tuple
            x, and the gradient of the output where the kernel takes it.
        outs : tuple of numpy.ndarray or None
            Where the results go.

        Returns
        -------
        tuple of numpy.ndarray or None
            The results; None if the call is not plain, and nothing has been done.
        """
        x = inputs[0]
        if type(x) is not np.ndarray or not x.size or not x.ndim:
            return None
        given = (*inputs, *(out for out in outs if out is not None))
        if not all(_is_like(x, each) for each in given) or not all(
            out is None or out.flags.writeable for out in outs
        ):
            return None
        found = self.kernel(role, wrt, x.dtype)
        if found is None or not self._fits(x.ndim):
            return None
        results = tuple(np.empty_like(x) if out is None else out for out in outs)
        self._launch(found, inputs, results)
        return results

    def _launch(self, found: Kernel, inputs: Operands, outputs: Operands) -> None:
        """Run a kernel; one of rows on views that have the rows last."""
        from numact.engine import launch

        loop, operands = found
        if self._binding.spec.kind == "axis":
            axes = (self._binding.values.get("axis", -1) % inputs[0].ndim,)
            sources, targets = ([rows_last(each, axes) for each in group] for group in (inputs, outputs))
            launch.launch_rows(loop, sources, operands, targets)
        else:
            launch.launch(loop, inputs, operands, outputs)

    def _fits(self, ndim: int) -> bool:
        """Tell whether x has the axis, one of its own, along which rows are to run."""
        if self._binding.spec.kind != "axis":
            return True
        axis = self._binding.values.get("axis", -1)
        return isinstance(axis, int) and -ndim <= axis < ndim

    def _find(self, role: str, wrt: str, dtype: np.dtype[Any]) -> Kernel | None:
        """Look a kernel up, where the binding and the dtype allow plain calls."""
        binding = self._binding
        spec = binding.spec
        if spec.kind == "gated" or binding.missing or is_training(binding):
            return None
        if dtype.kind != "f" or not dtype.isnative or dtype.itemsize > _WIDEST_ITEMSIZE:
            return None
        rounded = rounded_parameters(binding, parameter_dtype(dtype)).values()
        operands = (*leading_operands(spec, dtype), *rounded)
        if any(each.ndim for each in operands):
            return None
        if spec.kind != "axis":
            return elementwise_loop(spec, role, wrt, dtype), operands
        return (row_loop(spec, role, dtype), operands) if getattr(spec, role, None) else None


def _is_like(x: NDArray[Any], other: Any) -> bool:
    """Tell whether something is a plain array beside x: aligned, of its shape and dtype."""
    return (
        type(other) is np.ndarray
        and other.dtype == x.dtype
        and other.shape == x.shape
        and bool(other.flags.aligned)
    )
