"""Calls of every built-in activation, for the tests of arrays, errors and derivatives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from built_in import SPECS
from numpy.typing import NDArray

import numact
from numact import Activation
from numact.examples import example_parameters

DTYPES = ("float16", "float32", "float64")


def of_kinds(*kinds: str) -> Any:
    """Parametrize a test over the built-ins of some kinds."""
    return pytest.mark.parametrize(
        "spec", [spec for spec in SPECS if spec.kind in kinds], ids=lambda spec: spec.name
    )


every_activation = pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
every_pointwise = of_kinds("elementwise", "random")
every_along_axis = of_kinds("axis")


def function(spec: Activation) -> numact.function.Function:
    """Return the activation with values for what it requires."""
    return numact.get(spec.name, **example_parameters(spec))


def sample(shape: tuple[int, ...], dtype: Any = np.float32, seed: int = 1) -> NDArray[Any]:
    """Return normal numbers, and a NaN, infinities and zeros where there is room for them."""
    values = np.random.default_rng(seed).normal(0, 2, shape)
    special = [np.nan, np.inf, -np.inf, 0.0, -0.0]
    if values.size > 4 * len(special):
        values.reshape(-1)[3 : 3 + len(special)] = special
    return values.astype(dtype)


def ordinary(shape: tuple[int, ...], dtype: Any = np.float32, seed: int = 1) -> NDArray[Any]:
    """Return normal numbers, all finite."""
    return np.random.default_rng(seed).normal(0, 2, shape).astype(dtype)


def assert_same_bits(actual: Any, expected: Any) -> None:
    """Compare dtype, shape and bits; any NaN equals any other."""
    actual, expected = np.asarray(actual), np.asarray(expected)
    assert actual.dtype == expected.dtype
    assert actual.shape == expected.shape
    width = f"u{actual.dtype.itemsize}"
    same = np.ascontiguousarray(actual).view(width) == np.ascontiguousarray(expected).view(width)
    assert np.all(same | (np.isnan(actual) & np.isnan(expected)))
