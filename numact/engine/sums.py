"""Gradients of parameters: g times the derivative, summed along rows while it is computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any

import numpy as np
from numba.core import cgutils

from numact.engine.arithmetic import DOUBLE, Lowering, Real
from numact.engine.bodies import Body
from numact.engine.cache import CompiledLoop, compile_cached, fingerprint_of
from numact.engine.drivers import driver, words
from numact.engine.explain import explained
from numact.engine.kernels import Recipe
from numact.engine.loops import LOOP_SIGNATURE, Layout, as_loop, start_of
from numact.engine.memory import WORD, FloatingPointStatus
from numact.engine.rowtypes import RowCode, RowOperation
from numact.engine.threads import ParallelRegion
from numact.spec import Activation

Array = np.ndarray[Any, Any]

SEGMENT = 65536  # elements of a row that are summed by one call; fixed, so that threads do not matter
ELEMENTS_PER_THREAD = 16384


@dataclass(frozen=True)
class SumLoop:
    """A compiled loop that sums g times a derivative along rows.

    Parameters
    ----------
    spec : Activation
        Of kind elementwise, random (in evaluation) or gated.
    wrt : str
        The parameter.
    storage : str
        float32, also for arrays of half precision, or float64.
    """

    spec: Activation
    wrt: str
    storage: str

    @property
    def recipe(self) -> Recipe:
        """The body: g times the derivative, and its operands."""
        return Recipe(self.spec, "vjp", self.wrt, self.storage)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype that is summed; half precision is widened a segment at a time."""
        return np.dtype(self.storage)

    @property
    def parameter_dtype(self) -> np.dtype[Any]:
        """The dtype of the parameters."""
        return np.dtype(self.recipe.layout.parameter_storage.name)

    def compiled(self, varying: bool) -> CompiledLoop:
        """Compile for parameters constant in a row, or varying with the element."""
        key = (self.spec, self.wrt, self.storage, varying)
        if key not in _loops:
            recipe = self.recipe
            with explained(self.spec.name):
                body, parts = recipe.body()
                _loops[key] = compile_cached(
                    lambda: _summing(body, recipe.layout, varying),
                    LOOP_SIGNATURE,
                    fingerprint_of("sum", self.wrt, *parts),
                    name=f"{self.spec.name}_sum_{self.wrt}_{self.storage}_{int(varying)}",
                )
        return _loops[key]


_loops: dict[tuple[Activation, str, str, bool], CompiledLoop] = {}


def sum_loop(spec: Activation, wrt: str, dtype: Any) -> SumLoop:
    """Give the loop that sums g*df/dparameter along rows.

    Parameters
    ----------
    spec : Activation
    wrt : str
        The parameter.
    dtype
        The arrays' dtype.

    Returns
    -------
    SumLoop

    Raises
    ------
    FormulaError
        Where the author's function does not compile.
    """
    loop = SumLoop(spec, wrt, "float64" if np.dtype(dtype) == np.float64 else "float32")
    loop.compiled(False)
    return loop


def launch_sum(loop: SumLoop, inputs: Sequence[Array], parameters: Sequence[Array], out: Array) -> None:
    """Sum g*df/dparameter over the last axis.

    Parameters
    ----------
    loop : SumLoop
        From `sum_loop`.
    inputs : sequence of ndarray
        x (gated: two arrays) and g, of one shape.
    parameters : sequence of ndarray
        0-d, or of that shape.
    out : ndarray of float64
        Of that shape without its last axis, contiguous.
    """
    length = inputs[0].shape[-1]
    tables = [_table(array) for array in inputs]
    constants = [each if each.ndim == 0 else _table(each) for each in parameters]
    segments = [(start, min(start + SEGMENT, length)) for start in range(0, length, SEGMENT)]
    partial = np.zeros((len(tables[0]), len(segments)))
    for index, (start, stop) in enumerate(segments):
        parts = [table[:, start:stop].astype(loop.dtype, copy=False) for table in tables]
        cut = [each if each.ndim == 0 else each[:, start:stop] for each in constants]
        partial[:, index] = _row_sums(loop, parts, cut)
    out[...] = partial.sum(axis=-1).reshape(out.shape)


def _table(array: Array) -> Array:
    """Give rows as a table, its elements contiguous or all at one place."""
    table = array.reshape(-1, array.shape[-1])
    return table if table.strides[-1] in (0, table.itemsize) else np.ascontiguousarray(table)


def _row_sums(loop: SumLoop, tables: list[Array], parameters: list[Array]) -> Array:
    count, length = tables[0].shape
    varying = any(each.ndim and each.strides[-1] for each in parameters)
    if varying:
        parameters = [np.ascontiguousarray(np.broadcast_to(each, (count, length))) for each in parameters]
    tables = [table if table.strides[-1] else np.ascontiguousarray(table) for table in tables]
    sums = np.empty(count)
    operands = [*tables, *parameters, sums]
    addresses = words([array.ctypes.data for array in operands])
    steps = words([array.strides[0] if array.ndim else 0 for array in operands])
    wanted = max(1, count * length // ELEMENTS_PER_THREAD)
    with ParallelRegion(min(count, wanted)) as threads:
        chunk = -(-count // threads)
        address = loop.compiled(varying).address
        driver(threads > 1)(address, addresses, steps, count, chunk, length, 0)
    return sums


def _summing(body: Body, layout: Layout, varying: bool) -> FunctionType:
    """Make the loop over rows; its output is one float64 for each."""

    def write(context: Any, builder: Any, args: Any) -> None:
        bases, dims, steps, _ = args
        count, length = (builder.load(builder.gep(dims, [WORD(index)])) for index in range(2))
        lowering = Lowering(context, builder, layout.storage.width)
        status = FloatingPointStatus(builder)
        with cgutils.for_range(builder, count) as loop:
            starts = [
                start_of(builder, bases, steps, operand, loop.index)
                for operand in range(layout.first_output + 1)
            ]
            operands: list[Any] = [
                RowCode(builder, layout.storage, start, length) for start in starts[: layout.inputs]
            ]
            for start in starts[layout.inputs : -1]:
                row = RowCode(builder, layout.parameter_storage, start, length)
                operands.append(row if varying else Real(lowering, row.element(WORD(0))))
            total = RowOperation(lowering, body, None, operands, summed=True).run()
            builder.store(total.value, builder.inttoptr(starts[-1], DOUBLE.as_pointer()))
        status.restore()

    return as_loop(write)
