"""Plain calls, the common ones: ndarrays of one shape and dtype, parameters that are numbers, no options.

Nothing is converted, broadcast or masked there, so the kernel is found by one look-up and launched.
Whatever is not plain takes the general way, which also finds the words for what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from numact.arrays import empty_like, is_plain, parameter_dtype, rows_last
from numact.calls.binding import Binding
from numact.calls.kernels import elementwise_loop, row_loop
from numact.calls.parameters import rounded_parameters
from numact.calls.plain_gated import run_gated
from numact.calls.randomness import is_training, leading_operands
from numact.calls.rows import takes_gradient_from_value

Operands = tuple[NDArray[Any], ...]
Launch = Callable[[Any, Sequence[Any], Operands, Sequence[Any]], None]


SMALL = 4096
"""Elements up to which a call goes straight to the ufunc: threads gain nothing there."""


class Kernel(NamedTuple):
    """
    What a plain call runs.

    Parameters
    ----------
    loop : Loop or RowLoop
        The compiled loop of the engine.
    operands : tuple of numpy.ndarray
        What follows its inputs.
    launch : callable
        Runs it: ``launch(loop, inputs, operands, outputs)``.
    most : int
        Up to how many elements the loop's ufunc serves instead; none of rows, whose ufunc wants a layout.
    most_in_rows : int
        Up to how many it does so where the arrays are contiguous, with the rows along the last axis.
    """

    loop: Any
    operands: Operands
    launch: Launch
    most: int
    most_in_rows: int

    def compute(self, inputs: tuple[Any, ...], outs: tuple[Any, ...]) -> tuple[NDArray[Any], ...]:
        """
        Run it over arrays of one shape.

        Parameters
        ----------
        inputs : tuple of numpy.ndarray
            What it reads.
        outs : tuple of numpy.ndarray or None
            Where the results go; None for a fresh array.

        Returns
        -------
        tuple of numpy.ndarray
            The results.
        """
        x = inputs[0]
        if x.size <= self.most or (x.size <= self.most_in_rows and _are_contiguous(*inputs, *outs)):
            small = self.loop.ufunc(*inputs, *self.operands, *outs)
            return small if type(small) is tuple else (small,)
        results = tuple([empty_like(x) if out is None else out for out in outs])
        self.launch(self.loop, inputs, self.operands, results)
        return results


def _are_contiguous(*arrays: NDArray[Any] | None) -> bool:
    """Tell whether no array has gaps, nor another order than C's; None stands for a fresh one."""
    return all([each is None or each.flags.c_contiguous for each in arrays])


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
        if self._binding.spec.kind == "gated":
            result = run_gated(self.kernel, role, inputs, outs)
            return None if result is None else (result,)
        # Written out, without generators: on a small array the checks cost more than the kernel.
        x = inputs[0]
        if type(x) is not np.ndarray or not x.ndim or not x.size:
            return None
        dtype, shape = x.dtype, x.shape
        for each in inputs:
            if each is not x and not is_plain(each, dtype, shape):
                return None
        for out in outs:
            if out is not None and not (is_plain(out, dtype, shape) and out.flags.writeable):
                return None
        found = self.kernel(role, wrt, dtype)
        if found is None or not self._fits(x):
            return None
        return found.compute(inputs, outs)

    def product(self, x: Any, g: Any) -> NDArray[Any] | None:
        """
        Compute the gradient of x, if both are plain arrays of one shape and the activation has one input.

        Parameters
        ----------
        x, g : array_like
            The input, and the gradient of the output.

        Returns
        -------
        numpy.ndarray or None
            The gradient; None if nothing has been done.
        """
        kind = self._binding.spec.kind
        if not are_alike(x, g) or kind == "gated" or (kind == "axis" and not (x.size and self._fits(x))):
            return None
        found = self.kernel("vjp", "x", x.dtype)
        return None if found is None else found.compute((x, g), (None,))[0]

    def value_and_product(self, x: Any, g: Any) -> tuple[NDArray[Any], ...] | None:
        """
        Compute the value and the gradient of x, if the call is plain.

        Parameters
        ----------
        x, g : array_like
            The input, and the gradient of the output.

        Returns
        -------
        tuple of numpy.ndarray or None
            Both; None if the call is not plain, and nothing has been done.
        """
        spec = self._binding.spec
        if spec.kind in ("elementwise", "random"):
            return self.run("value_and_vjp", "x", (x, g), (None, None))
        if type(x) is not np.ndarray or type(g) is not np.ndarray or x.dtype != g.dtype:
            return None
        value = self.run("forward", "x", (x,), (None,))
        if value is None or value[0].shape != g.shape:
            return None
        from_value = takes_gradient_from_value(spec, x.dtype)
        role, source = ("vjp_from_output", value[0]) if from_value else ("vjp", x)
        product = self.run(role, "x", (source, g), (None,))
        return None if product is None else (*value, *product)

    def _launch_rows(
        self, loop: Any, inputs: Sequence[Any], operands: Operands, outputs: Sequence[Any]
    ) -> None:
        """Run a kernel of rows on views that have the rows last."""
        axis, (out,) = self._binding.values.get("axis", -1), outputs
        if axis not in (-1, out.ndim - 1):
            axes = (axis % out.ndim,)
            inputs, out = [rows_last(each, axes) for each in inputs], rows_last(out, axes)
        if out.size > SMALL or out.dtype != loop.dtype:
            # Not sooner: a small call would notice the statement.
            from numact.engine.launch import launch_rows

            launch_rows(loop, inputs, operands, (out,))
        elif _are_contiguous(*inputs, out):
            loop.ufunc(*inputs, *operands, out)
        else:
            # To lay out so few elements anew takes less time than to think about it.
            out[...] = loop.ufunc(*map(np.ascontiguousarray, inputs), *operands)

    def _fits(self, x: NDArray[Any]) -> bool:
        """Tell whether x has the axis, one of its own, along which rows are to run."""
        if self._binding.spec.kind != "axis":
            return True
        axis = self._binding.values.get("axis", -1)
        return isinstance(axis, int) and -x.ndim <= axis < x.ndim

    def _find(self, role: str, wrt: str, dtype: np.dtype[Any]) -> Kernel | None:
        """Look a kernel up, where the binding and the dtype allow plain calls."""
        binding = self._binding
        spec = binding.spec
        if binding.missing or is_training(binding):
            return None
        if dtype.kind != "f" or not dtype.isnative or dtype.itemsize > _WIDEST_ITEMSIZE:
            return None
        rounded = rounded_parameters(binding, parameter_dtype(dtype)).values()
        operands = (*leading_operands(spec, dtype), *rounded)
        if any(each.ndim for each in operands):
            return None
        if spec.kind == "axis":
            loop = row_loop(spec, role, dtype) if getattr(spec, role, None) else None
            if loop is None:
                return None
            is_direct = binding.values.get("axis", -1) == -1 and loop.dtype == dtype
            return Kernel(loop, operands, self._launch_rows, -1, SMALL if is_direct else -1)
        from numact.engine.launch import launch

        return Kernel(elementwise_loop(spec, role, wrt, dtype), operands, launch, SMALL, -1)


def are_alike(x: Any, other: Any) -> bool:
    """
    Tell whether both are plain arrays of one dtype and shape, which is not that of one number.

    Parameters
    ----------
    x, other : array_like
        What was passed.

    Returns
    -------
    bool
    """
    return (
        type(x) is np.ndarray is type(other)
        and x.dtype is other.dtype
        and x.shape == other.shape
        and x.ndim > 0
    )
