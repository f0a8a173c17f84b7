"""What holds for arrays of all other libraries: masks, what is refused, and what is imported when."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import scipy.sparse
from sample_calls import assert_same_bits

import numact
from numact.errors import ArrayLibraryError

X = np.linspace(-2, 2, 24, dtype=np.float32).reshape(4, 6)
MASKED = np.ma.array(X, mask=(np.arange(24) % 5 == 0).reshape(4, 6))


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "softmin"])
@pytest.mark.parametrize("axis", [0, 1, None])
def test_masked_elements_take_no_part_in_rows(name: str, axis: int | None) -> None:
    result = numact.apply(name, MASKED, axis=axis)
    assert isinstance(result, np.ma.MaskedArray)
    np.testing.assert_array_equal(np.ma.getmaskarray(result), MASKED.mask)
    expected = numact.apply(name, X, axis=axis, where=~MASKED.mask)
    assert_same_bits(result.data, expected)


def test_gradients_of_masked_rows() -> None:
    g = np.ma.array(np.cos(X), mask=X > 1.5)
    both = MASKED.mask | g.mask
    result = numact.vjp("softmax", MASKED, g, where=X > -1)
    np.testing.assert_array_equal(np.ma.getmaskarray(result), both)
    assert_same_bits(result.data, numact.vjp("softmax", X, g.data, where=~both & (X > -1)))
    y = numact.softmax(MASKED)
    assert isinstance(numact.vjp("softmax", None, g, y=y), np.ma.MaskedArray)


def foreign(module: str, name: str) -> Any:
    """An object of a class that says it is another library's."""
    return type(name, (), {"__module__": module})()


@pytest.mark.parametrize(
    ("x", "remedy"),
    [
        (scipy.sparse.eye_array(3), "toarray"),
        (foreign("cupy", "ndarray"), "cupy.asnumpy"),
        (foreign("polars.series.series", "Series"), "to_numpy"),
        (foreign("tensorflow.python.framework.ops", "EagerTensor"), "x.numpy"),
        (foreign("sparse.numba_backend._coo.core", "COO"), "todense"),
        (foreign("dask.dataframe.dask_expr._collection", "DataFrame"), "to_dask_array"),
    ],
)
def test_what_is_not_taken_is_named_with_what_to_do(x: Any, remedy: str) -> None:
    kind = f"{type(x).__module__}.{type(x).__qualname__}"
    for make in (
        lambda: numact.selu(x),
        lambda: numact.derivative("selu", x),
        lambda: numact.vjp("softmax", X, x),
        lambda: numact.get("softmax").value_and_vjp(x, x),
    ):
        with pytest.raises(ArrayLibraryError, match=remedy) as error:
            make()
        assert kind in str(error.value)


def test_numpy_arrays_import_no_library() -> None:
    libraries = ("dask", "distributed", "xarray", "pandas", "torch", "jax")
    code = (
        "import sys, numact, numpy as np\n"
        "x = np.ones((2, 3)); numact.selu(x); numact.softmax([1.0, 2.0]); numact.vjp('selu', x, x)\n"
        f"print([name for name in {libraries!r} if name in sys.modules])\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
