"""Series and data frames of pandas: index, columns and names stay."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import numact
from numact.errors import ArrayLibraryError, DTypeError, OutputError, ShapeError

VALUES = np.linspace(-2, 2, 12, dtype=np.float32).reshape(4, 3)
FRAME = pd.DataFrame(VALUES, index=list("wxyz"), columns=["a", "b", "c"])
SERIES = pd.Series(VALUES[:, 0], index=list("wxyz"), name="a")


@pytest.mark.parametrize(
    "x", [SERIES, FRAME, SERIES.astype("int64"), FRAME.astype({"a": "float64", "b": "bool"})]
)
def test_labels_stay(x: Any) -> None:
    bare = x.to_numpy(dtype=np.result_type(*np.atleast_1d(np.asarray(x.dtypes, object))))
    for result, expected in (
        (numact.selu(x), numact.selu(bare)),
        (numact.derivative("selu", x), numact.derivative("selu", bare)),
        (numact.vjp("selu", x, numact.selu(x)), numact.vjp("selu", bare, numact.selu(bare))),
    ):
        assert type(result) is type(x)
        assert all(mine.equals(theirs) for mine, theirs in zip(result.axes, x.axes, strict=True))
        assert getattr(result, "name", None) == getattr(x, "name", None)
        np.testing.assert_array_equal(result.to_numpy(), expected, strict=True)


def test_rows_and_columns_by_name() -> None:
    for axis, number in (("columns", 1), ("index", 0), (-1, -1)):
        result = numact.softmax(FRAME, axis=axis)
        assert list(result.columns) == list(FRAME.columns)
        np.testing.assert_array_equal(result.to_numpy(), numact.softmax(VALUES, axis=number))
    with pytest.raises(ShapeError, match="column"):
        numact.softmax(FRAME, axis="column")


def test_missing_values_stay_missing() -> None:
    x = pd.Series([1.0, None, -1.0], dtype="Float32")
    result = numact.relu(x)
    assert result.dtype == x.dtype
    assert list(result.isna()) == [False, True, False]
    assert result[0] == 1 and result[2] == 0
    assert numact.relu(pd.Series([1, None], dtype="Int64")).dtype == "Float64"


def test_several_gradients_come_labelled_where_they_are_of_x() -> None:
    by_alpha, by_x = numact.vjp("celu", FRAME, FRAME, wrt=("alpha", "x"))
    assert np.ndim(by_alpha) == 0 and list(by_x.columns) == list(FRAME.columns)
    value, gradient = numact.get("celu").value_and_vjp(FRAME, FRAME)
    assert value.equals(numact.celu(FRAME)) and gradient.equals(by_x)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ShapeError, match="different labels"):
        numact.vjp("selu", SERIES, SERIES[::-1])
    with pytest.raises(OutputError, match="assign the result"):
        numact.selu(SERIES, out=SERIES.copy())
    with pytest.raises(DTypeError, match="string"):
        numact.selu(pd.Series(["a"], dtype="string"))
    with pytest.raises(DTypeError, match="object"):
        numact.selu(pd.DataFrame({"a": [1.0], "b": [object()]}))
    spec = numact.Activation(
        name="probe_gate", summary="A probe.", formula="a * b", references=(), kind="gated"
    )
    numact.register(spec)
    try:
        with pytest.raises(ArrayLibraryError, match="no labels"):
            numact.apply("probe_gate", FRAME[["a", "b"]])
    finally:
        numact.unregister(spec)


def test_an_array_may_take_the_result() -> None:
    out = np.empty_like(VALUES)
    assert numact.selu(FRAME, out=out) is out
    np.testing.assert_array_equal(out, numact.selu(VALUES))
