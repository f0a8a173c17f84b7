"""Values against exact ones, found by sorting and rational arithmetic."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import ml_dtypes
import mpmath
import numpy as np
import pytest

import numact
from numact.accuracy.ulp import format_of

# Bits of square roots and exponentials.
PRECISION = 400


def exact_sparsemax(row: Sequence[float]) -> tuple[list[int], list[Fraction]]:
    """Give the places of the support and the values there."""
    order, numbers = _descending(row, 1)
    total, threshold = Fraction(0), Fraction(0)
    for count, number in enumerate(numbers, start=1):
        if 1 + count * number <= total + number:
            break
        total += number
        threshold = (total - 1) / count
    support = [place for place, number in zip(order, numbers, strict=True) if number > threshold]
    return support, [number - threshold for number in numbers if number > threshold]


def exact_entmax15(row: Sequence[float]) -> tuple[list[int], list[Any]]:
    """Give the places of the support and the values there."""
    order, doubled = _descending(row, 2)
    numbers = [number / 2 for number in doubled]
    total, squares = Fraction(0), Fraction(0)
    threshold = mpmath.mpf(0)
    with mpmath.workprec(PRECISION):
        for count, number in enumerate(numbers, start=1):
            total, squares = total + number, squares + number * number
            left = (1 - (squares - total * total / count)) / count
            if left < 0:
                break
            found = _real(total / count) - mpmath.sqrt(_real(left))
            if found > _real(number):
                break
            threshold = found
        above = [_real(number) - threshold for number in numbers]
        support = [place for place, size in zip(order, above, strict=True) if size > 0]
        return support, [size * size for size in above if size > 0]


def exact_temperature_softmax(row: Sequence[float], temperature: float) -> list[Any]:
    """Give all values."""
    with mpmath.workprec(PRECISION):
        powers = [mpmath.exp(_real(Fraction(x) / Fraction(temperature))) for x in row]
        total = mpmath.fsum(powers)
        return [power / total for power in powers]


def error(got: Any, expected: Any) -> float:
    """Error of one result in units in the last place of the exact value."""
    place = format_of(got.dtype.name).spacing(np.float64(float(expected)))
    with mpmath.workprec(PRECISION):
        return float(abs(_real(Fraction(float(got))) - _real(expected)) / _real(Fraction(float(place))))


def _descending(row: Sequence[float], width: float) -> tuple[list[int], list[Fraction]]:
    """Sort what is within the width of the largest; all else is outside the support."""
    largest = max(row)
    places = [place for place, x in enumerate(row) if x > largest - width or x == largest]
    places.sort(key=lambda place: -row[place])
    return places, [Fraction(row[place]) - Fraction(largest) for place in places]


def _real(number: Any) -> Any:
    if isinstance(number, Fraction):
        return mpmath.mpf(number.numerator) / number.denominator
    return mpmath.mpf(number)


EXACT = {"sparsemax": exact_sparsemax, "entmax15": exact_entmax15}
BOUNDS = {np.float16: 0.501, ml_dtypes.bfloat16: 0.501, np.float32: 0.501, np.float64: 1.0}
sparse = pytest.mark.parametrize("name", EXACT)
every_dtype = pytest.mark.parametrize("dtype", BOUNDS, ids=lambda dtype: dtype.__name__)


def rows_to_try(dtype: Any) -> list[np.ndarray[Any, Any]]:
    """Give rows of many lengths and spreads, far from 0, of few values, and of every size."""
    draw = np.random.default_rng(0)
    found = []
    for length in (1, 2, 3, 7, 40, 200):
        for spread in (1e-3, 0.1, 1.0, 20.0):
            row = draw.normal(0.0, spread, length)
            found += [row, row + 1e4, np.round(row * 4) / 4]
        found.append(draw.normal(size=length) * 10.0 ** draw.uniform(-30, 0, length))
    return [row.astype(dtype) for row in found]


@every_dtype
@sparse
def test_accuracy(name: str, dtype: Any) -> None:
    with np.errstate(under="ignore"):
        rows = rows_to_try(dtype)
        least = float(ml_dtypes.finfo(dtype).smallest_subnormal)
    for row in rows:
        result = numact.apply(name, row)
        support, values = EXACT[name](row.astype(np.float64).tolist())
        errors = [error(result[place], value) for place, value in zip(support, values, strict=True)]
        assert max(errors) <= BOUNDS[dtype], (max(errors), row[support])
        outside = np.ones(row.shape, bool)
        outside[support] = False
        assert not result[outside].any()
        assert all(result[place] for place, value in zip(support, values, strict=True) if value > least)


def test_accuracy_of_softmax_with_temperature() -> None:
    draw = np.random.default_rng(0)
    for dtype, bound in ((np.float16, 0.51), (np.float32, 2.0), (np.float64, 4.0)):
        for temperature in (0.0625, 0.75, 5.0, 300.0):
            row = draw.normal(0.0, 20.0, 60).astype(dtype)
            result = numact.temperature_softmax(row, temperature=temperature)
            exact = exact_temperature_softmax(row.astype(np.float64).tolist(), temperature)
            assert max(map(error, result, exact)) <= bound


@sparse
@pytest.mark.parametrize("spread", [0.0, 1e-7, 1e-3, 1.0])
def test_a_million_elements(name: str, spread: float) -> None:
    row = (np.random.default_rng(1).standard_normal(1_000_000) * spread).astype(np.float32)
    result = numact.apply(name, row)
    assert math.fsum(result.tolist()) == pytest.approx(1.0, abs=1e-6)
    # Few rows and long ones go another way than many.
    assert all(np.array_equal(again, result) for again in numact.apply(name, np.tile(row, (5, 1))))
    if spread == 1.0:
        support, values = EXACT[name](row.tolist())
        assert np.flatnonzero(result).tolist() == sorted(support)
        first = zip(support[:100], values, strict=False)
        assert max(error(result[place], value) for place, value in first) <= 0.501
