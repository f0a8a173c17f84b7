"""Rows that are few and long: the author's function runs in Python, each of its steps on many threads.

The same function that is compiled for short rows is called once for each long row, with rows and numbers of
another kind: a function of `numact.rows` launches a compiled loop over the row's blocks, and a function of
`numact.scalar` runs the compiled function on one element. Blocks and order of summation are those of the
compiled function, so the bits are the same.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils

from numact import scalar
from numact.engine import bodies
from numact.engine.arithmetic import DOUBLE, Lowering, Real
from numact.engine.authors import Rebound, as_written, rebind
from numact.engine.cache import CompiledLoop, compile_cached, fingerprint_of
from numact.engine.drivers import driver, words
from numact.engine.loops import LOOP_SIGNATURE, as_loop, start_of
from numact.engine.memory import STORAGES, WORD, FloatingPointStatus
from numact.engine.rowtypes import RowCode, RowOperation, maximum_of
from numact.engine.spellings import known_function
from numact.engine.threads import ParallelRegion
from numact.engine.totals import BLOCK, RunningSum

Array = np.ndarray[Any, Any]
Term = Callable[..., Any]

LONG = 1 << 18  # elements from which on a row is worth several launches
BLOCKS_PER_THREAD = 16

_kernels: dict[tuple[Any, ...], CompiledLoop] = {}
_rebound: dict[Term, Rebound] = {}


def run_long_rows(
    activation: str, function: Term, tables: Sequence[Array], parameters: Sequence[Array]
) -> None:
    """Call an author's function for each row of some tables, the last of them the output."""
    with np.errstate(all="ignore"):
        for index in range(len(tables[-1])):
            rows = [LongRow(activation, table[index]) for table in tables]
            numbers = [LongNumber(activation, rows[0].storage, float(each)) for each in parameters]
            function(*rows, *numbers)


class LongRow:
    """A long row, as an author's function sees it.

    Parameters
    ----------
    activation : str
        For error sentences and kernels' names.
    array : ndarray
        The elements, contiguous.
    """

    def __init__(self, activation: str, array: Array) -> None:
        self.activation = activation
        self.array = array
        self.storage = array.dtype.name

    def __len__(self) -> int:
        return len(self.array)

    def __getitem__(self, index: int) -> LongNumber:
        return self._number(float(self.array[index]))

    def __setitem__(self, index: int, value: Any) -> None:
        self.array[index] = float(value)

    def _number(self, value: float) -> LongNumber:
        return LongNumber(self.activation, self.storage, value)

    def row_maximum(self) -> LongNumber:
        """Give the largest element."""
        return self._number(_combine("maximum", self.storage, _run(self, "maximum", None, None, (self,))))

    def row_total(self, term: Term, *operands: Any) -> LongNumber:
        """Give the sum of a term."""
        return self._number(_combine("total", self.storage, _run(self, "total", term, None, operands)))

    def row_apply(self, term: Term, *operands: Any) -> None:
        """Write a term to each element."""
        _run(self, "apply", term, self, operands)

    def row_apply_total(self, term: Term, *operands: Any) -> LongNumber:
        """Write a term to each element and give the sum."""
        return self._number(_combine("total", self.storage, _run(self, "total", term, self, operands)))


class LongNumber:
    """A float64 between two steps of an author's function; its functions are the compiled ones."""

    def __init__(self, activation: str, storage: str, value: float) -> None:
        self.activation = activation
        self.storage = storage
        self.value = np.float64(value)

    def __float__(self) -> float:
        return float(self.value)

    def __bool__(self) -> bool:
        return bool(self.value)

    def __abs__(self) -> LongNumber:
        return self._of(abs(self.value))

    def __neg__(self) -> LongNumber:
        return self._of(-self.value)

    def _of(self, value: Any) -> LongNumber:
        return LongNumber(self.activation, self.storage, value)

    def call(self, function: Term, *others: Any) -> LongNumber:
        """Apply a function of `numact.scalar` as the kernels do."""
        row, out = (LongRow(self.activation, np.full(1, self.value)) for _ in range(2))
        term = as_written(function, 1 + len(others))
        _run(out, "apply", term, out, (row, *others), width=STORAGES[self.storage].width)
        return self._of(out.array[0])


def _operator(
    operation: Callable[[Any, Any], Any], swapped: bool = False
) -> Callable[[LongNumber, Any], Any]:
    def method(self: LongNumber, other: Any) -> Any:
        operands = (self.value, np.float64(float(other)))
        result = operation(*(operands[::-1] if swapped else operands))
        return bool(result) if isinstance(result, np.bool_) else self._of(result)

    return method


def _function(function: Term) -> Callable[..., LongNumber]:
    return lambda self, *others: self.call(function, *others)


for _name in ("add", "sub", "mul", "truediv", "lt", "le", "gt", "ge", "eq", "ne"):
    setattr(LongNumber, f"__{_name}__", _operator(getattr(operator, _name)))
for _name in ("add", "sub", "mul", "truediv"):
    setattr(LongNumber, f"__r{_name}__", _operator(getattr(operator, _name), swapped=True))
for _name, _known in scalar.FUNCTIONS.items():
    if _name != "where":
        setattr(LongNumber, _name, _function(_known))


def _run(
    row: LongRow, step: str, term: Term | None, out: LongRow | None, operands: Sequence[Any], width: int = 0
) -> Array:
    """Launch one step over the blocks of rows; gives a number for each block."""
    kinds = "".join("r" if isinstance(operand, LongRow) else "n" for operand in operands)
    known = known_function(term)
    if known is not None:
        term = as_written(known, len(operands))
    kernel = _kernel(row.activation, step, term, out is not None, kinds, row.storage, width)
    length = len(next(operand for operand in operands if isinstance(operand, LongRow)))
    blocks = -(-length // BLOCK)
    results = np.empty(blocks)
    arrays = [
        operand.array if isinstance(operand, LongRow) else np.full(1, float(operand)) for operand in operands
    ]
    arrays += [out.array] if out is not None else []
    steps = [BLOCK * array.itemsize if len(array) == length else 0 for array in arrays]
    addresses = [array.ctypes.data for array in arrays]
    # The number of elements left stands in for an address: it falls by a block with each block.
    operand_words = words([length, results.ctypes.data, *addresses])
    step_words = words([-BLOCK, results.itemsize, *steps])
    with ParallelRegion(max(1, blocks // BLOCKS_PER_THREAD)) as threads:
        chunk = -(-blocks // threads)
        driver(threads > 1)(kernel.address, operand_words, step_words, blocks, chunk, 0, 0)
    return results


def _kernel(
    activation: str, step: str, term: Term | None, has_out: bool, kinds: str, storage: str, width: int
) -> CompiledLoop:
    key = (step, term, has_out, kinds, storage, width)
    kernel = _kernels.get(key)
    if kernel is None:
        rebound = _rebind(activation, term)
        parts = rebound.parts if rebound else []
        name = f"{activation}_{step}_{int(has_out)}{kinds}_{storage}_{width}"
        writer = StepWriter(step, rebound, has_out, kinds, storage, width)
        kernel = compile_cached(
            lambda: as_loop(writer.write), LOOP_SIGNATURE, fingerprint_of(name, *parts), name=name
        )
        _kernels[key] = kernel
    return kernel


def _rebind(activation: str, term: Term | None) -> Rebound | None:
    if term is None:
        return None
    if term not in _rebound:
        _rebound[term] = rebind(activation, term)
    return _rebound[term]


class StepWriter:
    """Writes the loop of one step over some blocks of a row."""

    def __init__(
        self, step: str, rebound: Rebound | None, has_out: bool, kinds: str, storage: str, width: int
    ) -> None:
        self.step = step
        self.rebound = rebound
        self.has_out = has_out
        self.kinds = kinds
        self.storage = STORAGES[storage]
        self.width = width or self.storage.width

    def write(self, context: Any, builder: Any, args: Any) -> None:
        """Write the loop over blocks; the operands begin with the number of elements left and the results."""
        bases, dims, steps, _ = args
        status = FloatingPointStatus(builder)
        with cgutils.for_range(builder, builder.load(dims)) as loop:
            left, result, *starts = (
                start_of(builder, bases, steps, operand, loop.index)
                for operand in range(2 + len(self.kinds) + self.has_out)
            )
            count = builder.select(builder.icmp_signed("<", left, WORD(BLOCK)), left, WORD(BLOCK))
            value = self._block(context, builder, starts, count)
            builder.store(value, builder.inttoptr(result, DOUBLE.as_pointer()))
        status.restore()

    def _block(self, context: Any, builder: Any, starts: list[ir.Value], count: ir.Value) -> ir.Value:
        lowering = Lowering(context, builder, self.width)
        operands: list[Any] = []
        for kind, start in zip(self.kinds, starts, strict=False):
            if kind == "r":
                operands.append(RowCode(builder, self.storage, start, count))
            else:
                number = builder.load(builder.inttoptr(start, DOUBLE.as_pointer()))
                operands.append(Real(lowering, number))
        if self.rebound is None:
            return maximum_of(builder, operands[0])
        out = RowCode(builder, self.storage, starts[-1], count) if self.has_out else None
        body, summed = bodies.value(self.rebound.dispatcher), self.step != "apply"
        return RowOperation(lowering, body, out, operands, summed).block(WORD(0), count)


def _combine(step: str, storage: str, results: Array) -> float:
    """Combine the blocks' results in their order, as the compiled function does."""
    key = (step, "combine")
    kernel = _kernels.get(key)
    if kernel is None:
        name = f"combine_{step}"
        kernel = compile_cached(
            lambda: as_loop(_write_maximum if step == "maximum" else _write_sum),
            LOOP_SIGNATURE,
            fingerprint_of(name),
            name=name,
        )
        _kernels[key] = kernel
    combined = np.empty(1)
    addresses = words([results.ctypes.data, combined.ctypes.data])
    driver(False)(kernel.address, addresses, words([0]), len(results), len(results), 0, 0)
    return float(combined[0])


def _write_sum(context: Any, builder: Any, args: Any) -> None:
    source, target = (builder.load(builder.gep(args[0], [WORD(index)])) for index in range(2))
    row = RowCode(builder, STORAGES["float64"], source, builder.load(args[1]))
    total = RunningSum(builder)
    with cgutils.for_range(builder, row.length) as loop:
        total.add(row.element(loop.index))
    builder.store(total.value(), builder.inttoptr(target, DOUBLE.as_pointer()))


def _write_maximum(context: Any, builder: Any, args: Any) -> None:
    source, target = (builder.load(builder.gep(args[0], [WORD(index)])) for index in range(2))
    row = RowCode(builder, STORAGES["float64"], source, builder.load(args[1]))
    builder.store(maximum_of(builder, row), builder.inttoptr(target, DOUBLE.as_pointer()))
