"""Ties, edges, masks and axes."""

from __future__ import annotations

import math
from typing import Any

import ml_dtypes
import numpy as np
import pytest

import numact

SPARSE = ("sparsemax", "entmax15")
NAMES = (*SPARSE, "hardmax", "temperature_softmax")
DTYPES = (np.float16, ml_dtypes.bfloat16, np.float32, np.float64)
sparse = pytest.mark.parametrize("name", SPARSE)
every_name = pytest.mark.parametrize("name", NAMES)
every_dtype = pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: dtype.__name__)


@pytest.mark.parametrize("temperature", [5e-324, 1e-310, 1e-300, 1e-30, 1e30])
def test_extreme_temperatures(temperature: float) -> None:
    result = numact.temperature_softmax([0.0, 1.0, -1.0, -np.inf], temperature=temperature)
    expected = [0.0, 1.0, 0.0, 0.0] if temperature < 1 else [1 / 3, 1 / 3, 1 / 3, 0.0]
    assert result.tolist() == expected


def test_support_decided_by_the_last_bit() -> None:
    # With these two the threshold is 1/4 exactly; the third is at it, or just above.
    for dtype in (np.float32, np.float64):
        above = np.nextafter(dtype(0.25), dtype(1))
        assert numact.sparsemax(np.array([0.75, 0.75, 0.25], dtype)).tolist() == [0.5, 0.5, 0.0]
        third = numact.sparsemax(np.array([0.75, 0.75, above], dtype))[2]
        two_units = 2 * float(np.finfo(dtype).eps)
        assert third == pytest.approx((float(above) - 0.25) * 2 / 3, rel=two_units, abs=0)


@every_dtype
@sparse
@pytest.mark.parametrize("length", [1, 3, 8, 1000])
def test_equal_elements_share_equally(name: str, dtype: Any, length: int) -> None:
    for value in (0.0, -3.5, float(ml_dtypes.finfo(dtype).max)):
        assert (numact.apply(name, np.full(length, value, dtype)) == np.asarray(1 / length, dtype)).all()


@sparse
def test_large_magnitudes(name: str) -> None:
    for dtype in (np.float32, np.float64):
        top = np.finfo(dtype).max
        assert numact.apply(name, np.array([-top, top, 0.0, top], dtype)).tolist() == [0.0, 0.5, 0.0, 0.5]


@every_dtype
@every_name
def test_rows_without_a_value(name: str, dtype: Any) -> None:
    inf, nan = math.inf, math.nan
    for length in (4, 100):
        for special, filler in ((nan, 1.0), (-inf, -inf), (nan, -inf), (nan, inf)):
            row = np.full(length, filler, dtype)
            row[1] = special
            assert np.isnan(numact.apply(name, row)).all()
            assert np.isnan(numact.vjp(name, row, np.ones_like(row))).all()
    row = np.array([0.0, inf, 1.0, inf], dtype)
    result = numact.apply(name, row)
    assert result.tolist() == [0, 1, 0, 0] if name == "hardmax" else np.isnan(result).all()


@every_name
def test_minus_infinity_takes_no_part(name: str) -> None:
    x = np.array([0.5, 0.25, 0.75])
    with_absent = numact.apply(name, np.insert(x, 1, -np.inf))
    np.testing.assert_allclose(np.delete(with_absent, 1), numact.apply(name, x), rtol=1e-15)
    assert with_absent[1] == 0.0


@every_name
def test_masks(name: str) -> None:
    x = np.random.default_rng(2).normal(size=(6, 5))
    mask = np.random.default_rng(3).random((6, 5)) < 0.6
    mask[0] = False
    result = numact.apply(name, x, where=mask)
    gradient = numact.vjp(name, x, np.ones_like(x) * np.arange(5), where=mask)
    assert not result[~mask].any()
    assert not gradient[~mask].any()
    for row, kept, given, sloped in zip(x[1:], mask[1:], result[1:], gradient[1:], strict=True):
        np.testing.assert_allclose(given[kept], numact.apply(name, row[kept]), rtol=1e-14)
        alone = numact.vjp(name, row[kept], np.arange(5.0)[kept])
        np.testing.assert_allclose(sloped[kept], alone, rtol=1e-14, atol=1e-15)


@every_name
def test_axes(name: str) -> None:
    x = np.random.default_rng(4).normal(size=(3, 4, 5)).astype(np.float32)
    assert np.array_equal(
        numact.apply(name, x, axis=0), np.moveaxis(numact.apply(name, x.T), -1, 0).swapaxes(1, 2)
    )
    both = numact.apply(name, x, axis=(1, 2)).reshape(3, 20)
    assert np.array_equal(both, numact.apply(name, x.reshape(3, 20)))
    assert np.array_equal(numact.apply(name, x, axis=None).ravel(), numact.apply(name, x.ravel()))
    in_place = x.copy()
    assert numact.apply(name, in_place, out=in_place) is in_place
    assert np.array_equal(in_place, numact.apply(name, x))


def test_hardmax_takes_the_first_of_the_largest() -> None:
    assert numact.hardmax([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]]).tolist() == [[0, 1, 0], [1, 0, 0]]
    long = np.zeros(100_000, np.float32)
    long[[77_777, 88_888]] = 1.0
    assert np.flatnonzero(numact.hardmax(long)).tolist() == [77_777]
