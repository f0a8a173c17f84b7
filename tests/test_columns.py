"""Rows that lie side by side, or are short: computed many at a time, with the bits of one after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from numpy.typing import NDArray
from sample_calls import assert_same_bits, of_kinds, ordinary

import numact
from numact import Activation, rows, scalar
from numact.engine import rowkernels
from numact.engine.columns import as_tables, column_loop, run_columns
from numact.engine.launch import launch_rows
from numact.engine.launch import rows as compiled_rows
from numact.engine.steps import steps_of
from numact.scalar import exp, log1p, sqrt

Array = NDArray[Any]
Author = Callable[..., None]

along_axis = of_kinds("axis")
ROLES = {"forward": 1, "vjp": 2, "vjp_from_output": 2}


def product(x: Any, factor: Any) -> Any:
    return x * factor


def by_numbers(row: Any, out: Any) -> None:
    """Do everything that numbers between steps can."""
    largest = rows.maximum(row)
    total = rows.total(exp, row)
    rows.apply(product, out, row, 1.0 / (scalar.abs(-largest) + 2.0 * sqrt(total) - log1p(total) / 3.0))


def by_ways(row: Any, out: Any) -> None:
    """Go different ways, of which one goes on to choose."""
    total = rows.total(product, row, 1.0)
    if total > 1.0:
        rows.apply(product, out, row, 0.5 if rows.maximum(row) >= 2.0 else total)
    else:
        rows.apply(product, out, row, rows.total(exp, row))


def in_place(row: Any, out: Any) -> None:
    """Write more than once, and read what was written."""
    rows.apply(exp, out, row)
    total = rows.apply_total(product, out, out, 0.25)
    rows.apply(product, out, out, total)


def by_sum(row: Any, out: Any) -> None:
    rows.apply(product, out, row, rows.total(product, row, 1.0))


AUTHORS = [by_numbers, by_ways, in_place]


def by_length(row: Any, out: Any) -> None:
    rows.apply(product, out, row, 1.0 / len(row))


def by_first(row: Any, out: Any) -> None:
    rows.apply(product, out, row, row[0])


def by_many_ways(row: Any, out: Any) -> None:
    total = rows.total(exp, row)
    for bound in (1.0, 2.0, 3.0, 4.0):
        if total < bound:
            total = total * bound
    rows.apply(product, out, row, total)


def probe(forward: Author) -> Activation:
    return Activation(forward.__name__, "A probe.", "x_i", (), kind="axis", forward=forward)


def row_by_row(spec: Activation, role: str, inputs: list[Array]) -> Array:
    """Compute each row by itself."""
    loop = compiled_rows(spec, role, inputs[0].dtype)
    out = np.empty(inputs[0].shape, loop.dtype)
    for index in np.ndindex(out.shape[:-1]):
        own = [np.ascontiguousarray(each[index]).astype(loop.dtype) for each in inputs]
        loop.ufunc(*own, out[index])
    return out.astype(inputs[0].dtype)


def together(spec: Activation, role: str, inputs: list[Array], out: Array) -> Array:
    launch_rows(compiled_rows(spec, role, out.dtype), inputs, (), [out])
    return out


def beside(*shape: int, dtype: Any = np.float32, seed: int = 1) -> Array:
    """Make numbers whose rows lie side by side: some sums are small, some large, one NaN."""
    x = ordinary(shape, dtype, seed)
    x[..., ::3, :] /= 64
    x[..., -1, 0] = np.nan
    return np.moveaxis(np.moveaxis(x, -1, -2).copy(), -2, -1)


# Whole blocks of columns and what is left of them; rows of whole groups, several blocks, a few elements.
SHAPES = [(64, 64), (200, 3), (70, 45), (16, 2100), (5, 20, 33), (3, 2, 129, 10)]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("author", AUTHORS, ids=lambda author: author.__name__)
def test_what_an_author_writes_is_computed_for_many_rows_at_once(
    author: Author, shape: tuple[int, ...], dtype: Any
) -> None:
    spec, x = probe(author), beside(*shape, dtype=dtype)
    assert compiled_rows(spec, "forward", dtype).columns is not None
    assert as_tables([x, x]) is not None
    assert_same_bits(together(spec, "forward", [x], np.empty_like(x)), row_by_row(spec, "forward", [x]))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("length", [7, 31, 64, 100, 1024, 2100])
def test_sums_are_put_together_in_the_same_order(length: int, dtype: Any) -> None:
    """Large numbers cancel, so what is left shows where each rounding was."""
    spec = probe(by_sum)
    half = ordinary((64, length // 2)) * np.float32(2) ** np.arange(length // 2, dtype=np.float32).clip(0, 60)
    x = np.concatenate([half, -half, ordinary((64, length % 2 + 1))], axis=1)
    x = np.random.default_rng(0).permuted(x, axis=1).astype(dtype)
    x = np.asfortranarray(x)
    assert_same_bits(together(spec, "forward", [x], np.empty_like(x)), row_by_row(spec, "forward", [x]))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("role", ROLES)
@along_axis
def test_registered_activations(spec: Activation, role: str, shape: tuple[int, ...]) -> None:
    if getattr(spec, role) is None or spec.numeric_params:
        pytest.skip("it has no such function, or parameters")
    inputs = [beside(*shape, seed=seed) for seed in range(ROLES[role])]
    expected = row_by_row(spec, role, inputs)
    assert_same_bits(together(spec, role, inputs, np.empty_like(inputs[0])), expected)
    assert_same_bits(together(spec, role, inputs, inputs[0]), expected)


def shifted(x: Any) -> Any:
    return x + 1.0


def tripled(x: Any) -> Any:
    return x * 3.0


def author_of(first: Any, second: Any) -> Author:
    """Make an author of what to do where the sum is small, and elsewhere: functions, one after the other."""

    def forward(row: Any, out: Any) -> None:
        rows.apply(shifted, out, row)
        for term in first if rows.total(tripled, out) < 0.0 else second:
            rows.apply(term, out, out)

    return forward


def test_what_differs_in_order_or_way_alone_is_another_kernel() -> None:
    x = beside(64, 5)
    both = (
        [(shifted, tripled), ()],
        [(shifted,), (tripled,)],
        [(shifted, shifted), ()],
        [(), (shifted, tripled)],
    )
    for first, second in both:
        author = author_of(first, second)
        loop = column_loop("probe", author, 2, 0, np.dtype(np.float32))
        tables, out = as_tables([x, x]), np.empty_like(x)
        assert loop is not None and tables is not None
        run_columns(loop, tables, [x, out], ())
        expected = np.array([by_hand(row, first, second) for row in x])
        assert_same_bits(out, expected)


def by_hand(row: Array, first: Any, second: Any) -> Array:
    result = row + np.float32(1)
    for term in first if 3 * result.astype(np.float64).sum() < 0 else second:
        result = term(result.astype(np.float64)).astype(np.float32)
    return result


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16, np.float32, np.float64])
@pytest.mark.parametrize("length", [1, 2, 11, 24, 25])
def test_many_short_rows(length: int, dtype: Any) -> None:
    x = ordinary((3 * rowkernels.MANY, length), dtype)
    expected = row_by_row(numact.get("softmax").spec, "forward", [x])
    assert_same_bits(numact.apply("softmax", x), expected)
    apart = np.repeat(x, 2, axis=0)[::2]
    assert_same_bits(numact.apply("softmax", apart), expected)
    assert_same_bits(numact.apply("softmax", x, out=x), expected)


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16])
def test_halves_side_by_side(dtype: Any) -> None:
    x = ordinary((300, 200), dtype)
    expected = row_by_row(numact.get("log_softmax").spec, "forward", [x.T]).T
    assert_same_bits(numact.apply("log_softmax", x, axis=0), expected)


@pytest.mark.parametrize("author", [by_length, by_first, by_many_ways], ids=lambda author: author.__name__)
def test_what_has_no_steps_known_beforehand_is_computed_row_by_row(author: Author) -> None:
    spec, x = probe(author), beside(40, 50)
    assert steps_of(author, 2, 0) is None
    assert compiled_rows(spec, "forward", np.float32).columns is None
    assert_same_bits(together(spec, "forward", [x], np.empty_like(x)), row_by_row(spec, "forward", [x]))


def test_no_more_memory_is_taken_than_the_arrays_are_worth() -> None:
    few = np.lib.stride_tricks.as_strided(np.zeros(1, np.float32), (20, 10**7), (4, 80))
    assert as_tables([few, few]) is None
    full = np.lib.stride_tricks.as_strided(np.zeros(1, np.float32), (64, 10**7), (4, 256))
    assert as_tables([full, full]) is not None


@along_axis
def test_a_few_long_rows_side_by_side(spec: Activation) -> None:
    # So long that columns of them would take much more room than the arrays.
    x, g = (ordinary((6001, 20), np.float32, seed) for seed in (1, 2))
    expected = numact.vjp(spec.name, x.T.copy(), g.T.copy())
    assert_same_bits(numact.vjp(spec.name, x, g, axis=0), expected.T)
