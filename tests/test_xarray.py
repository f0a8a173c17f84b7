"""Labelled arrays of xarray: dimensions, coordinates and attributes stay, axes are named."""

from __future__ import annotations

from typing import Any

import dask.array as da
import numpy as np
import pytest
import xarray as xr

import numact
from numact.errors import ArrayLibraryError, ShapeError

VALUES = np.linspace(-2, 2, 24, dtype=np.float32).reshape(4, 6)
X = xr.DataArray(
    VALUES,
    dims=("time", "channel"),
    coords={"channel": np.arange(6), "half": ("channel", np.arange(6) // 3)},
    attrs={"units": "mV"},
    name="signal",
)


def check_like(result: Any, values: Any, like: xr.DataArray = X) -> None:
    xr.testing.assert_identical(result, like.copy(data=values))


def test_labels_and_attributes_stay() -> None:
    check_like(numact.selu(X), numact.selu(VALUES))
    check_like(numact.derivative("selu", X), numact.derivative("selu", VALUES))
    check_like(numact.vjp("selu", X, X), numact.vjp("selu", VALUES, VALUES))
    value, gradient = numact.get("selu").value_and_vjp(X, X)
    check_like(value, numact.selu(VALUES))
    check_like(gradient, numact.vjp("selu", VALUES, VALUES))
    check_like(numact.selu(X[0, 0]), numact.selu(VALUES[0, 0]), X[0, 0])


@pytest.mark.parametrize("keywords", [{"axis": "time"}, {"dim": "time"}, {"axis": 0}])
def test_axes_are_named(keywords: dict[str, Any]) -> None:
    check_like(numact.softmax(X, **keywords), numact.softmax(VALUES, axis=0))
    check_like(numact.vjp("softmax", X, X, **keywords), numact.vjp("softmax", VALUES, VALUES, axis=0))


def test_several_axes_and_masks() -> None:
    where = X.isel(time=0, drop=True) > -1.9
    check_like(numact.softmax(X, axis=("time", "channel")), numact.softmax(VALUES, axis=None))
    check_like(numact.softmax(X, where=where), numact.softmax(VALUES, where=where.data))


def test_parameters_meet_x_by_their_dimensions() -> None:
    alpha = xr.DataArray([0.5, 1.0, 1.5, 2.0], dims="time")
    check_like(numact.elu(X, alpha=alpha), numact.elu(VALUES, alpha=alpha.data[:, None]))
    weight = xr.DataArray(np.arange(6.0), dims="channel")
    check_like(numact.prelu(X, weight=weight, axis="channel"), numact.prelu(VALUES, weight=weight.data))


def test_arguments_meet_x_by_their_labels() -> None:
    check_like(numact.vjp("selu", X, X.transpose()), numact.vjp("selu", VALUES, VALUES))
    with pytest.raises(ShapeError, match="different labels"):
        numact.vjp("selu", X, X.assign_coords(channel=np.arange(1, 7)))
    with pytest.raises(ShapeError, match="different dimensions"):
        numact.vjp("selu", X, X.rename(time="place"))
    with pytest.raises(ShapeError, match="no dimension 'place', but 'time', 'channel'"):
        numact.softmax(X, dim="place")
    with pytest.raises(ShapeError, match="no dimension 'place'"):
        numact.elu(X, alpha=xr.DataArray([1.0, 2.0], dims="place"))


def test_lazy_data_stay_lazy() -> None:
    lazy = X.chunk({"time": 2, "channel": 3})
    result = numact.softmax(numact.selu(lazy), dim="channel")
    assert isinstance(result.data, da.Array)
    check_like(result.compute(), numact.softmax(numact.selu(VALUES)))


def test_split_arrays_lose_the_labels_of_the_axis() -> None:
    spec = numact.Activation(
        name="probe_gate", summary="A probe.", formula="a * b", references=(), kind="gated"
    )
    numact.register(spec)
    try:
        result = numact.apply("probe_gate", X, axis="channel")
        assert result.dims == X.dims and not result.coords and result.attrs == X.attrs
        np.testing.assert_array_equal(result.data, VALUES[:, :3] * VALUES[:, 3:])
    finally:
        numact.unregister(spec)


def test_every_variable_of_a_dataset() -> None:
    dataset = xr.Dataset({"a": X, "b": X[0] * 2}, attrs={"source": "here"})
    result = numact.softmax(dataset, dim="channel")
    check_like(result["a"], numact.softmax(VALUES), X.rename("a"))
    assert result.attrs == dataset.attrs
    np.testing.assert_array_equal(
        numact.derivative("selu", dataset)["b"], numact.derivative("selu", VALUES[0] * 2)
    )
    with pytest.raises(ArrayLibraryError, match="Dataset"):
        numact.vjp("selu", dataset, dataset)


def test_an_array_takes_the_result_in_its_memory() -> None:
    out = xr.zeros_like(X)
    assert numact.selu(X, out=out) is out
    np.testing.assert_array_equal(out.data, numact.selu(VALUES))
