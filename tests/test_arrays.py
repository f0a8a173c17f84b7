"""What comes in and what goes out: dtypes, layouts, ``out=``, masks and array subclasses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from built_in import SPECS
from sample_calls import (
    DTYPES,
    assert_same_bits,
    every_activation,
    every_along_axis,
    every_pointwise,
    function,
    ordinary,
    sample,
)

from numact import Activation
from numact.arrays import normalize_axes, parameter_dtype, result_dtype, rows_last, write_rows
from numact.errors import DTypeError, ParameterError, ShapeError


def _unaligned(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    memory = np.empty(x.nbytes + 1, np.uint8)[1:]
    array = memory.view(x.dtype).reshape(x.shape)
    array[...] = x
    return array


LAYOUTS = {
    "contiguous": lambda x: x.copy(),
    "fortran": np.asfortranarray,
    "strided": lambda x: np.repeat(np.repeat(x, 3, axis=0), 2, axis=1)[::3, ::2],
    "reversed": lambda x: x[::-1, ::-1].copy()[::-1, ::-1],
    "transposed": lambda x: np.ascontiguousarray(x.T).T,
    "read-only": lambda x: np.lib.stride_tricks.as_strided(x, writeable=False),
    "other byte order": lambda x: x.astype(x.dtype.newbyteorder()),
    "unaligned": _unaligned,
    "subarray": lambda x: np.pad(x, 2)[2:-2, 2:-2],
}

NO_OUTPUTS = ("read-only", "other byte order")

every_layout = pytest.mark.parametrize("layout", LAYOUTS)
every_writable_layout = pytest.mark.parametrize(
    "layout", [each for each in LAYOUTS if each not in NO_OUTPUTS]
)


@every_activation
@pytest.mark.parametrize("dtype", DTYPES)
def test_dtype_comes_back_as_it_went_in(spec: Activation, dtype: str) -> None:
    x = ordinary((3, 4), dtype)
    assert function(spec)(x).dtype == x.dtype


@every_activation
def test_bfloat16_is_the_rounded_float32_result(spec: Activation) -> None:
    bfloat16 = pytest.importorskip("ml_dtypes").bfloat16
    x = sample((6, 8), bfloat16)
    call = function(spec)
    result = call(x)
    assert result.dtype == bfloat16
    wide = call(x.astype(np.float32))
    np.testing.assert_allclose(result.astype(np.float32), wide, rtol=2**-8, atol=1e-38)


@every_activation
@pytest.mark.parametrize("dtype", ["bool", "int8", "uint8", "int32", "uint64"])
def test_integers_and_bools_become_float64(spec: Activation, dtype: str) -> None:
    x = np.arange(12).reshape(3, 4).astype(dtype)
    assert_same_bits(function(spec)(x), function(spec)(x.astype(np.float64)))


@every_activation
@every_layout
def test_layout_of_the_input_does_not_matter(spec: Activation, layout: str) -> None:
    x = sample((6, 8))
    laid = LAYOUTS[layout](x)
    before = laid.tobytes()
    assert_same_bits(function(spec)(laid), function(spec)(x))
    assert laid.tobytes() == before


@every_activation
@every_writable_layout
def test_layout_of_the_output_does_not_matter(spec: Activation, layout: str) -> None:
    x = sample((6, 8))
    out = LAYOUTS[layout](np.zeros_like(x))
    assert function(spec)(x, out=out) is out
    assert_same_bits(out, function(spec)(x))


@every_activation
def test_writing_to_a_view_leaves_its_neighbours_alone(spec: Activation) -> None:
    x = sample((6, 8))
    memory = np.full((12, 16), 7, x.dtype)
    function(spec)(x, out=memory[::2, ::2])
    assert_same_bits(memory[::2, ::2], function(spec)(x))
    assert np.all(memory[1::2] == 7) and np.all(memory[:, 1::2] == 7)


@every_activation
def test_in_place(spec: Activation) -> None:
    x = sample((6, 8))
    expected = function(spec)(x)
    assert function(spec)(x, out=x) is x
    assert_same_bits(x, expected)


@every_activation
@pytest.mark.parametrize("shift", [-9, -1, 1, 9])
def test_overlapping_output(spec: Activation, shift: int) -> None:
    memory = sample((100,))
    low, high = max(0, -shift), 100 - max(0, shift)
    x, out = memory[low:high], memory[low + shift : high + shift]
    expected = function(spec)(x.copy(), **_channels(spec))
    function(spec)(x, out=out, **_channels(spec))
    assert_same_bits(out, expected)


@every_activation
def test_overlapping_output_in_reverse(spec: Activation) -> None:
    x = sample((6, 8))
    expected = function(spec)(x)
    out = x[::-1, ::-1]
    function(spec)(x, out=out)
    assert_same_bits(out, expected)


def _channels(spec: Activation) -> dict[str, Any]:
    """Return the axis that a one-dimensional input has."""
    return {param.name: 0 for param in spec.params if param.kind == "axis"}


@every_activation
def test_order_in_memory_is_kept(spec: Activation) -> None:
    x = np.asfortranarray(ordinary((3, 4)))
    assert function(spec)(x).flags.f_contiguous
    assert function(spec)(x.T).flags.c_contiguous


@every_activation
@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0), (2, 0, 3)])
def test_empty_arrays(spec: Activation, shape: tuple[int, ...]) -> None:
    x = np.empty(shape, np.float32)
    result = function(spec)(x)
    assert result.shape == shape and result.dtype == x.dtype
    out = np.empty_like(x)
    assert function(spec)(x, out=out) is out


@every_activation
@pytest.mark.parametrize("x", [0.5, 2, True, np.float32(0.5), np.array(0.5), np.array(0.5, "f2")], ids=repr)
def test_no_dimensions_give_a_scalar(spec: Activation, x: Any) -> None:
    result = function(spec)(x)
    assert isinstance(result, np.generic) and result.shape == ()
    expected = function(spec)(np.atleast_1d(x), **_channels(spec))[0]
    assert_same_bits(result, expected)


@every_activation
def test_no_dimensions_with_an_output(spec: Activation) -> None:
    out = np.empty((), np.float64)
    assert function(spec)(0.5, out=out) is out
    assert out == function(spec)(0.5)


@every_activation
def test_lists(spec: Activation) -> None:
    values = [[1.0, -2.0], [0.5, 3.0]]
    assert_same_bits(function(spec)(values), function(spec)(np.array(values)))
    assert_same_bits(function(spec)(tuple(values)), function(spec)(np.array(values)))


class Labelled(np.ndarray):
    """A subclass that carries nothing of its own."""


@every_activation
def test_subclasses_come_back(spec: Activation) -> None:
    x = sample((6, 8))
    result = function(spec)(x.view(Labelled))
    assert type(result) is Labelled
    assert_same_bits(result.view(np.ndarray), function(spec)(x))


@every_pointwise
def test_masked_arrays_keep_their_mask(spec: Activation) -> None:
    x = np.ma.array(ordinary((3, 4)), mask=np.arange(12).reshape(3, 4) % 2 == 0)
    result = function(spec)(x)
    assert isinstance(result, np.ma.MaskedArray)
    assert np.array_equal(np.ma.getmaskarray(result), x.mask)
    assert_same_bits(result.compressed(), function(spec)(x.data)[~x.mask])


class Wrapper:
    """An array of another library: it answers ufuncs itself."""

    def __init__(self, values: np.ndarray[Any, Any]) -> None:
        self.values = values
        self.dtype = values.dtype

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        bare = [each.values if isinstance(each, Wrapper) else each for each in inputs]
        return Wrapper(getattr(ufunc, method)(*bare, **kwargs))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        raise AssertionError("converted behind its back")


@every_pointwise
def test_other_libraries_answer_the_ufunc(spec: Activation) -> None:
    x = sample((6, 8))
    call = function(spec)
    assert_same_bits(call(Wrapper(x)).values, call(x))
    assert_same_bits(call.derivative(Wrapper(x)).values, call.derivative(x))
    assert_same_bits(call.vjp(Wrapper(x), Wrapper(x)).values, call.vjp(x, x))
    assert call(Wrapper(np.arange(4))).values.dtype == np.float64


@every_along_axis
def test_other_libraries_without_a_ufunc_are_refused(spec: Activation) -> None:
    with pytest.raises(DTypeError, match="Wrapper"):
        function(spec)(Wrapper(sample((6, 8))))


@every_pointwise
def test_where_keeps_the_rest_of_the_output(spec: Activation) -> None:
    x = sample((6, 8))
    mask = np.arange(48).reshape(6, 8) % 3 == 0
    out = np.full_like(x, 7)
    expected = np.where(mask, function(spec)(x), np.float32(7))
    assert function(spec)(x, where=mask, out=out) is out
    assert_same_bits(out, expected)


@every_pointwise
def test_where_without_an_output_gives_zeros(spec: Activation) -> None:
    x = sample((6, 8))
    mask = np.arange(8) % 3 == 0
    expected = np.where(mask, function(spec)(x), np.float32(0))
    assert_same_bits(function(spec)(x, where=mask), expected)
    assert_same_bits(function(spec)(x, where=False), np.zeros_like(x))


@every_pointwise
def test_where_in_place(spec: Activation) -> None:
    x = sample((6, 8))
    mask = np.arange(8) % 3 == 0
    expected = np.where(mask, function(spec)(x), x)
    function(spec)(x, where=mask, out=x)
    assert_same_bits(x, expected)


@every_along_axis
def test_what_is_masked_takes_no_part_in_its_row(spec: Activation) -> None:
    x = ordinary((5, 9))
    x[:, 4] = np.nan
    mask = np.ones((5, 9), bool)
    mask[:, [1, 4]] = False
    result = function(spec)(x, where=mask)
    kept = np.ascontiguousarray(x[:, [0, 2, 3, 5, 6, 7, 8]])
    np.testing.assert_allclose(result[:, [0, 2, 3, 5, 6, 7, 8]], function(spec)(kept), rtol=1e-6)
    absent = np.unique(result[:, [1, 4]])
    assert absent.size == 1 and absent[0] in (0, -np.inf)


@every_along_axis
def test_a_row_with_nothing_left(spec: Activation) -> None:
    x = ordinary((2, 3))
    result = function(spec)(x, where=[[False] * 3, [True, False, True]])
    assert np.all(result[0] == result[1, 1])


@every_along_axis
def test_the_value_of_absence_agrees_with_the_range(spec: Activation) -> None:
    # Probabilities end at 0, their logarithms at -inf.
    absent = function(spec)([1.0, 2.0], where=[True, False])[1]
    assert spec.range is not None and absent == spec.range[0]


@every_along_axis
@pytest.mark.parametrize("axis", [0, 1, -1, (0,), (0, 1), (2, 0), (1, 2), (-1, 0, 1), None, ()])
@pytest.mark.parametrize("order", ["C", "F"])
def test_rows_over_any_axes(spec: Activation, axis: Any, order: Any) -> None:
    x = np.array(ordinary((3, 4, 5)), order=order)
    axes = tuple(range(3)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    axes = tuple(sorted(each % 3 for each in axes))
    kept = tuple(each for each in range(3) if each not in axes)
    moved = np.ascontiguousarray(x.transpose(*kept, *axes))
    rows = moved.reshape(*(x.shape[each] for each in kept), -1)
    expected = function(spec)(rows).reshape(moved.shape).transpose(np.argsort((*kept, *axes)))
    assert_same_bits(function(spec)(x, axis=axis), expected)
    out = np.empty((5, 4, 3), x.dtype).T
    function(spec)(x, axis=axis, out=out)
    assert_same_bits(out, expected)
    assert_same_bits(function(spec)(x, dim=axis), expected) if axis is not None else None


@every_along_axis
def test_no_dimensions_are_a_row_of_one(spec: Activation) -> None:
    for axis in (-1, 0, None):
        assert function(spec)(3.0, axis=axis) == function(spec)([3.0])[0]


@pytest.mark.parametrize(("dtype", "expected"), [("f2", "f4"), ("f4", "f4"), ("f8", "f8")])
def test_parameters_are_rounded_to_single_or_double(dtype: str, expected: str) -> None:
    assert parameter_dtype(np.dtype(dtype)) == expected


@pytest.mark.parametrize("dtype", [">f2", "<f4", ">f8", "i1", "?", "u8"])
def test_results_are_native(dtype: str) -> None:
    assert result_dtype("any", np.dtype(dtype)).isnative


def test_axes_count_from_the_start() -> None:
    assert normalize_axes("any", -1, 3) == (2,)
    assert normalize_axes("any", (0, -1), 3) == (0, 2)
    assert normalize_axes("any", None, 3) == (0, 1, 2)
    assert normalize_axes("any", None, 0) == (0,)
    assert normalize_axes("any", np.int64(1), 2) == (1,)


@pytest.mark.parametrize(("axis", "error"), [(2, ShapeError), (-3, ShapeError), (1.0, ParameterError)])
def test_axes_that_do_not_exist(axis: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="'axis' of any"):
        normalize_axes("any", axis, 2)


def test_axes_named_twice() -> None:
    with pytest.raises(ParameterError, match="twice"):
        normalize_axes("any", (0, -2), 2)


@pytest.mark.parametrize("axes", [(0,), (1,), (2,), (0, 1), (1, 2), (0, 2), (2, 1, 0), ()])
def test_rows_go_back_where_they_came_from(axes: tuple[int, ...]) -> None:
    array = np.arange(24.0).reshape(2, 3, 4)
    rows = rows_last(array, axes).copy()
    assert rows.shape[-1] == np.prod([array.shape[axis] for axis in axes], dtype=int)
    target = np.zeros((4, 3, 2)).T
    write_rows(rows, target, axes)
    assert np.array_equal(target, array)


def test_one_axis_is_never_copied() -> None:
    array = np.arange(24.0).reshape(2, 3, 4)[:, ::-1]
    assert all(np.shares_memory(rows_last(array, (axis,)), array) for axis in range(3))


@every_pointwise
def test_a_parameter_that_is_an_array_broadcasts(spec: Activation) -> None:
    x = sample((4, 6))
    for param in spec.params:
        if param.kind != "real":
            continue
        base = function(spec)
        value = base.parameters[param.name]
        column = np.full((4, 1), value)
        assert_same_bits(base(x, **{param.name: column}), base(x))
        stacked = base(x, **{param.name: np.full((2, 1, 1), value)})
        assert_same_bits(stacked, np.stack([base(x)] * 2))


def test_every_mask_is_checked_for_its_dtype() -> None:
    for spec in SPECS:
        with pytest.raises(DTypeError, match=f"where of {spec.name} must be an array of bools"):
            function(spec)([1.0], where=[1])
