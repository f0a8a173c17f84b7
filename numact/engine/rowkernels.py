"""Kernels of axis activations: a compiled loop over rows, and its runs over arrays of any layout."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import FunctionType
from typing import Any, cast

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types

from numact.engine.arithmetic import Lowering, Real
from numact.engine.authors import rebind
from numact.engine.cache import CompiledLoop, compile_cached, fingerprint_of
from numact.engine.columns import (
    ELEMENTS_PER_THREAD,
    NARROWEST,
    ColumnLoop,
    are_short,
    as_tables,
    column_loop,
    run_columns,
)
from numact.engine.drivers import driver, parallel_ufunc, words
from numact.engine.explain import explained
from numact.engine.longrows import LONG, run_long_rows
from numact.engine.loops import LOOP_SIGNATURE, as_loop, start_of
from numact.engine.memory import WORD, FloatingPointStatus, pointer_to, read
from numact.engine.numbers import NumberType, pack
from numact.engine.rowtypes import RowType
from numact.engine.threads import ParallelRegion, current_threads
from numact.engine.ufuncs import make_ufunc
from numact.spec import Activation

Array = np.ndarray[Any, Any]

SINGLE, DOUBLE = np.dtype(np.float32), np.dtype(np.float64)

ROLES = {"forward": 1, "vjp": 2, "vjp_from_output": 2}  # and how many arrays each reads
TILE_BYTES = 1 << 19  # of rows gathered at a time: with the results they fit the second-level cache
WORTH_COPYING = 8192  # elements up to which a copy costs less than finding out that it need not be
MANY = 512  # short rows from which on gathering them to columns is worth while


@dataclass(frozen=True)
class RowLoop:
    """A compiled loop over rows.

    Parameters
    ----------
    name : str
        Activation, role and dtype.
    inputs, parameters : int
        How many arrays and numbers the author's function takes.
    dtype : numpy.dtype
        Of the rows: float32, also for arrays of half precision, or float64.
    compiled : CompiledLoop
        The machine code.
    activation : str
        The activation's name.
    steps : function or None
        The author's function, for long rows; None where it is no sequence of steps over whole rows.
    """

    name: str
    inputs: int
    parameters: int
    dtype: np.dtype[Any]
    compiled: CompiledLoop
    activation: str
    steps: Callable[..., Any] | None

    @cached_property
    def ufunc(self) -> np.ufunc:
        """The loop as a generalised ufunc, for rows that are contiguous."""
        return make_ufunc(self.name, self.compiled.address, self._dtypes, 1, self.compiled, self._signature)

    @cached_property
    def parallel_ufunc(self) -> np.ufunc:
        """The same, run by Numba's threads."""
        least = ELEMENTS_PER_THREAD
        return parallel_ufunc(
            self.name, self.compiled, self._dtypes, 1, multiple=1, least=least, signature=self._signature
        )

    @property
    def _dtypes(self) -> list[np.dtype[Any]]:
        return [self.dtype] * (self.inputs + self.parameters + 1)

    @property
    def _signature(self) -> str:
        return ",".join(["(n)"] * self.inputs + ["()"] * self.parameters) + "->(n)"

    @cached_property
    def columns(self) -> ColumnLoop | None:
        """The loop over rows that lie side by side; None where the author's function is not in steps."""
        if self.steps is None:
            return None
        return column_loop(self.activation, self.steps, self.inputs + 1, self.parameters, self.dtype)


_loops: dict[tuple[Activation, str, np.dtype[Any]], RowLoop] = {}


def rows(spec: Activation, role: str, dtype: Any) -> RowLoop:
    """Give the compiled loop over rows of an axis activation.

    Parameters
    ----------
    spec : Activation
        Of kind ``axis``.
    role : str
        ``forward``, ``vjp`` (from x and g) or ``vjp_from_output`` (from the result and g).
    dtype
        The arrays' dtype. Half precision is computed in float32 and rounded once.

    Returns
    -------
    RowLoop

    Raises
    ------
    FormulaError
        Where the author's function does not compile, or the activation has no function for that role.
    """
    row_dtype = DOUBLE if np.dtype(dtype) == DOUBLE else SINGLE
    key = (spec, role, row_dtype)
    loop = _loops.get(key)
    if loop is None:
        loop = _loops.setdefault(key, _compile(spec, role, row_dtype))
    return loop


def _compile(spec: Activation, role: str, dtype: np.dtype[Any]) -> RowLoop:
    function = getattr(spec, role)
    inputs, parameters = ROLES[role], len(spec.numeric_params)
    name = f"{spec.name}_{role}_{dtype.name}"
    with explained(spec.name):
        rebound = rebind(spec.name, function)
        compiled = compile_cached(
            lambda: _row_loop(rebound.dispatcher, inputs, parameters, dtype.name),
            LOOP_SIGNATURE,
            fingerprint_of(role, *rebound.parts),
            name=name,
        )
    steps = function if rebound.is_in_steps else None
    return RowLoop(name, inputs, parameters, dtype, compiled, spec.name, steps)


def _row_loop(dispatcher: Any, inputs: int, parameters: int, storage: str) -> FunctionType:
    """Make the function that calls the author's function for each row."""
    row_type = RowType(storage)

    def write(context: Any, builder: Any, args: Any) -> None:
        bases, dims, steps, _ = args
        lowering = Lowering(context, builder, row_type.storage.width)
        count, length = (builder.load(builder.gep(dims, [WORD(index)])) for index in range(2))
        number = NumberType(row_type.storage.width, 0)
        kinds = (*[row_type] * (inputs + 1), *[number] * parameters)
        function = types.Dispatcher(dispatcher)
        called = function.get_call_type(context.typing_context, kinds, {})
        implementation = context.get_function(function, called)
        status = FloatingPointStatus(builder)
        with cgutils.for_range(builder, count) as loop:
            starts = [
                start_of(builder, bases, steps, index, loop.index) for index in range(inputs + parameters + 1)
            ]
            arrays = [
                _row(context, builder, row_type, start, length) for start in (*starts[:inputs], starts[-1])
            ]
            constants = [
                read(builder, row_type.storage, pointer_to(builder, row_type.storage, start), WORD(0))
                for start in starts[inputs:-1]
            ]
            packed = [pack(context, builder, number, Real(lowering, each)) for each in constants]
            implementation(builder, [*arrays, *packed])
        status.restore()

    return as_loop(write)


def _row(context: Any, builder: Any, row_type: RowType, address: ir.Value, length: ir.Value) -> ir.Value:
    value = ir.Constant(context.get_value_type(row_type), ir.Undefined)
    return builder.insert_value(builder.insert_value(value, address, 0), length, 1)


def launch_rows(
    loop: RowLoop, inputs: Sequence[Array], parameters: Sequence[Array], outputs: Sequence[Array]
) -> None:
    """Run a row loop over arrays whose rows lie along the last axis.

    Parameters
    ----------
    loop : RowLoop
        From `rows`.
    inputs : sequence of ndarray
        One or two arrays of one shape, any strides.
    parameters : sequence of ndarray
        0-d.
    outputs : sequence of ndarray
        One array of that shape, any strides; it may be an input itself or overlap it.
    """
    (out,) = outputs
    if not out.size:
        return
    arrays = [*inputs, out]
    are_contiguous = all(_has_contiguous_rows(array, loop.dtype) for array in arrays)
    are_short_and_many = are_short(out) and out.size >= MANY * out.shape[-1]
    if (are_short_and_many or not are_contiguous) and _run_columns(loop, arrays, parameters):
        return
    if not are_contiguous:
        _run_tiles(loop, arrays, parameters)
        return
    number = current_threads()
    if loop.steps and out.shape[-1] >= LONG and out.size // out.shape[-1] < number:
        long = [array.reshape(-1, out.shape[-1]) for array in _apart(arrays)]
        run_long_rows(loop.activation, loop.steps, long, parameters)
    elif not _run_in_place(loop, arrays, parameters):
        wanted = out.size // ELEMENTS_PER_THREAD if number > 1 else 1
        with ParallelRegion(max(1, wanted)) as threads:
            (loop.parallel_ufunc if threads > 1 else loop.ufunc)(*inputs, *parameters, out)


def _run_in_place(loop: RowLoop, arrays: list[Array], parameters: Sequence[Array]) -> bool:
    """Run over an input that is the output, which a generalised ufunc would copy; tells whether it has."""
    source, out = arrays[0], arrays[-1]
    if len(arrays) > 2 or out.size < WORTH_COPYING or not np.may_share_memory(source, out):
        return False
    tables = [_table(array) for array in arrays]
    if any(table is None for table in tables) or _clash(source, arrays):
        return False
    wanted = min(out.size // out.shape[-1], out.size // ELEMENTS_PER_THREAD)
    with ParallelRegion(max(1, wanted)) as threads:
        _drive(loop, cast(list[Array], tables), parameters, threads)
    return True


def _run_columns(loop: RowLoop, arrays: list[Array], parameters: Sequence[Array]) -> bool:
    """Run over rows that lie side by side, if they do; tells whether it has."""
    if not all(each.dtype == loop.dtype and each.flags.aligned for each in arrays):
        return False
    arrays = _apart(arrays)
    tables = as_tables(arrays)
    if tables is None or loop.columns is None:
        return False
    run_columns(loop.columns, tables, arrays, parameters)
    return True


def _has_contiguous_rows(array: Array, dtype: np.dtype[Any]) -> bool:
    contiguous = array.strides[-1] == array.itemsize or array.shape[-1] == 1
    return array.dtype == dtype and contiguous and array.flags.aligned


def _apart(arrays: list[Array]) -> list[Array]:
    """Copy inputs that would be overwritten before they are read."""
    return [*(each.copy() if _clash(each, arrays) else each for each in arrays[:-1]), arrays[-1]]


def _clash(source: Array, arrays: list[Array]) -> bool:
    """Tell whether an input shares memory with the output, other than by being it, and alone."""
    out = arrays[-1]
    if not np.may_share_memory(source, out):
        return False
    same = source.ctypes.data == out.ctypes.data and source.strides == out.strides
    return not (same and len(arrays) == 2)


def _table(array: Array) -> Array | None:
    """View an array as a table of rows, None where that takes a copy."""
    if array.ndim == 2:
        return array
    if not array.flags.c_contiguous:
        return None
    return array.reshape(-1, array.shape[-1])


def _drive(loop: RowLoop, tables: list[Array], parameters: Sequence[Array], threads: int) -> None:
    count, length = tables[-1].shape
    constants = [np.asarray(each, loop.dtype) for each in parameters]
    operands = [*tables[:-1], *constants, tables[-1]]
    addresses = words([array.ctypes.data for array in operands])
    steps = words([array.strides[0] if array.ndim else 0 for array in operands])
    chunk = -(-count // threads)
    driver(threads > 1)(loop.compiled.address, addresses, steps, count, chunk, length, 0)


def _run_tiles(loop: RowLoop, arrays: list[Array], parameters: Sequence[Array]) -> None:
    """Copy some rows at a time to a tile of the loop's dtype, laid out as they are, and the results back."""
    length = arrays[-1].shape[-1]
    height = max(16, TILE_BYTES // (length * loop.dtype.itemsize))
    arrays = _apart(arrays)
    tiles: list[Array] | None = None
    for views in _slabs(arrays, height):
        rows_here = views[-1].shape[:-1]
        count = int(np.prod(rows_here))
        if tiles is None or len(tiles[0]) != count:
            tiles = _tiles(loop, count, views)
        for tile, view in zip(tiles[:-1], views[:-1], strict=True):
            np.copyto(tile.reshape(view.shape), view, casting="unsafe")
        launch_rows(loop, tiles[:-1], parameters, tiles[-1:])
        np.copyto(views[-1], tiles[-1].reshape(views[-1].shape), casting="unsafe")


def _tiles(loop: RowLoop, count: int, views: list[Array]) -> list[Array]:
    """Make room for rows, side by side where they are so in the output and that is of use."""
    like = views[-1]
    length = like.shape[-1]
    beside = min(map(abs, like.strides[:-1]), default=0)
    if count >= NARROWEST and beside < abs(like.strides[-1]) and loop.columns is not None:
        tiles = [np.empty((length, count), loop.dtype).T for _ in views]
        if as_tables(tiles) is not None:
            return tiles
    return [np.empty((count, length), loop.dtype) for _ in views]


def _slabs(arrays: list[Array], height: int) -> Any:
    """Yield views of at most about `height` rows, cut along the axes before the last."""
    shape = arrays[-1].shape[:-1]
    if int(np.prod(shape)) <= height or not shape:
        yield arrays
        return
    inner = int(np.prod(shape[1:]))
    if inner >= height:
        for index in range(shape[0]):
            yield from _slabs([array[index] for array in arrays], height)
        return
    step = max(1, height // inner)
    for start in range(0, shape[0], step):
        yield [array[start : start + step] for array in arrays]
