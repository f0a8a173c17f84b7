"""Activations from nothing but a formula's text: what numact makes of it."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np
import pytest

from numact import Activation
from numact.function import Function

DTYPES = (np.float16, ml_dtypes.bfloat16, np.float32, np.float64)

every_dtype = pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: np.dtype(dtype).name)


def make(formula: str, **fields: Any) -> Activation:
    return Activation("probe", "A probe.", formula, ("https://example.org",), **fields)


@every_dtype
@pytest.mark.parametrize("formula", ["x if x > 0 else 2", "where(x < 1, 3, x)", "x**0", "0*x + 5"])
def test_nan_stays_nan(formula: str, dtype: Any) -> None:
    function = Function(make(formula), {})
    x = np.array([np.nan, -1, 2, np.nan], dtype)
    assert np.isnan(function(x)).tolist() == [True, False, False, True]
    assert np.isnan(function.derivative(x)).tolist() == [True, False, False, True]


@every_dtype
@pytest.mark.parametrize("wrt", ["x", "gate", None])
def test_nan_of_either_input_stays_nan(wrt: str | None, dtype: Any) -> None:
    function = Function(make("a if b > 0 else b", kind="gated"), {})
    a, b = np.array([np.nan, 1, 1, 1], dtype), np.array([1, np.nan, -1, 1], dtype)
    result = function(a, gate=b) if wrt is None else function.derivative(a, wrt, gate=b)
    assert np.isnan(result).tolist() == [True, True, False, False]
