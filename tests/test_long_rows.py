"""Long rows of axis activations whose authors write plain loops, powers, and functions of other modules."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from sample_calls import assert_same_bits, ordinary

import numact
from numact import Activation, registry, rows
from numact.engine.launch import rows as compiled_rows
from numact.scalar import exp

LONG = 300_000


def square(x: Any) -> Any:
    return x**2


def exponential(x: Any) -> Any:
    return np.exp(x)


def scaled(x: Any, factor: Any) -> Any:
    return x * factor


def last_root(row: Any) -> Any:
    return abs(row[len(row) - 1]) ** 0.5


def by_plain_loops(row: Any, out: Any) -> None:
    total = 0.0
    for i in range(len(row)):
        total += row[i] ** 2
    for i in range(len(row)):
        out[i] = row[i] / total


def by_power_of_a_sum(row: Any, out: Any) -> None:
    rows.apply(scaled, out, row, rows.total(square, row) ** -0.5)


def by_function_of_another_module(row: Any, out: Any) -> None:
    rows.apply(scaled, out, row, math.log(rows.total(exponential, row)))


def by_helper_that_indexes(row: Any, out: Any) -> None:
    rows.apply(scaled, out, row, last_root(row))


def by_steps(row: Any, out: Any) -> None:
    total = rows.total(scaled, row, 0.5)
    rows.apply(scaled, out, row, exp(-total * total) if total > 0.0 else max_like(total))


def max_like(total: Any) -> Any:
    return 1.0 / (1.0 - total)


AUTHORS = [by_plain_loops, by_power_of_a_sum, by_function_of_another_module, by_helper_that_indexes, by_steps]


@contextmanager
def registered(forward: Callable[..., Any]) -> Iterator[Activation]:
    activation = Activation("probe", "A probe.", "x_i", (), kind="axis", forward=forward)
    registry.register(activation)
    try:
        yield activation
    finally:
        registry.unregister(activation)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("forward", AUTHORS, ids=lambda forward: forward.__name__)
def test_one_long_row_is_computed_as_many(forward: Callable[..., Any], dtype: Any) -> None:
    row = ordinary((LONG,), dtype)
    with registered(forward):
        many = numact.apply("probe", np.tile(row, (5, 1)))
        assert_same_bits(numact.apply("probe", row), many[0])
        in_place = row.copy()
        assert_same_bits(numact.apply("probe", in_place, out=in_place), many[0])


@pytest.mark.parametrize("forward", AUTHORS, ids=lambda forward: forward.__name__)
def test_only_steps_over_whole_rows_are_run_apart(forward: Callable[..., Any]) -> None:
    with registered(forward) as activation:
        loop = compiled_rows(activation, "forward", np.float32)
        assert (loop.steps is not None) == (forward is by_steps)
