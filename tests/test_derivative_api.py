"""Derivatives and vector-Jacobian products: their arguments, shapes, dtypes, outputs and errors."""

from __future__ import annotations

from typing import Any

import built_in
import numpy as np
import pytest
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

import numact
from numact import Activation
from numact.errors import DTypeError, OutputError, ParameterError, ShapeError


def _parameters(spec: Activation) -> list[str]:
    """Return the parameters that have a gradient."""
    return [param.name for param in spec.params if param.kind in ("real", "channel")]


@every_pointwise
@pytest.mark.parametrize("dtype", DTYPES)
def test_vjp_is_g_times_the_derivative(spec: Activation, dtype: str) -> None:
    x, g = ordinary((6, 8), dtype), ordinary((6, 8), dtype, seed=2)
    expected = g.astype(np.float64) * function(spec).derivative(x)
    tolerance = 3 * np.finfo(dtype).eps
    np.testing.assert_allclose(function(spec).vjp(x, g), expected, rtol=tolerance, atol=tolerance * 1e-2)


@every_activation
@pytest.mark.parametrize("dtype", DTYPES)
def test_value_and_vjp_are_the_two(spec: Activation, dtype: str) -> None:
    x, g = ordinary((6, 8), dtype), ordinary((6, 8), dtype, seed=2)
    value, product = function(spec).value_and_vjp(x, g)
    assert value.dtype == product.dtype == x.dtype
    np.testing.assert_array_max_ulp(value, function(spec)(x), 1)
    eps = np.finfo(dtype).eps
    np.testing.assert_allclose(product, function(spec).vjp(x, g), rtol=8 * eps, atol=8 * eps)


@every_pointwise
def test_derivative_by_a_parameter_is_a_difference_quotient(spec: Activation) -> None:
    x, call, step = ordinary((6, 8), np.float64), function(spec), 1e-6
    for name in _parameters(spec):
        value = call.parameters[name]
        around = [call(x, **{name: value + each}) for each in (-step, step)]
        expected = (around[1] - around[0]) / (2 * step)
        np.testing.assert_allclose(call.derivative(x, wrt=name), expected, rtol=1e-6, atol=1e-8)


@every_pointwise
@pytest.mark.parametrize("dtype", DTYPES)
def test_gradient_of_a_parameter_is_summed_to_its_shape(spec: Activation, dtype: str) -> None:
    x, g, call = ordinary((4, 6), dtype), ordinary((4, 6), dtype, seed=2), function(spec)
    for name in _parameters(spec):
        products = g.astype(np.float64) * call.derivative(x.astype(np.float64), wrt=name)
        gradient = call.vjp(x, g, wrt=name)
        assert isinstance(gradient, np.generic)
        assert gradient.dtype == ("float64" if dtype == "float64" else "float32")
        np.testing.assert_allclose(gradient, products.sum(), rtol=1e-5, atol=1e-5)


@every_pointwise
def test_gradient_of_an_array_has_its_shape(spec: Activation) -> None:
    x, call = ordinary((4, 6), np.float64), function(spec)
    for param in spec.params:
        if param.kind != "real":
            continue
        value = call.parameters[param.name]
        products = call.derivative(x, wrt=param.name)
        for shape, axes in {(6,): (0,), (1, 6): (0,), (4, 1): (1,), (4, 6): (), (1, 1): (0, 1)}.items():
            given = {param.name: np.full(shape, value)}
            gradient = call.vjp(x, np.ones_like(x), wrt=param.name, **given)
            assert gradient.shape == shape
            np.testing.assert_allclose(gradient, products.sum(axes).reshape(shape), rtol=1e-12, atol=1e-14)


@every_pointwise
def test_an_array_that_enlarges_x_is_summed_over_for_x(spec: Activation) -> None:
    x, call = ordinary((6,), np.float64), function(spec)
    for param in spec.params:
        if param.kind == "real":
            given = {param.name: np.full((5, 1), call.parameters[param.name])}
            gradient = call.vjp(x, np.ones((5, 6)), **given)
            assert gradient.shape == x.shape
            np.testing.assert_allclose(gradient, 5 * call.derivative(x), rtol=1e-12)


@every_pointwise
def test_gradient_by_channel(spec: Activation) -> None:
    x, g, call = ordinary((3, 4, 5), np.float64), ordinary((3, 4, 5), np.float64, seed=2), function(spec)
    for param in spec.params:
        if param.kind != "channel":
            continue
        products = g * call.derivative(x, wrt=param.name)
        for axis in (0, 1, 2, -1):
            given = {param.name: np.full(x.shape[axis], call.parameters[param.name]), "axis": axis}
            others = tuple({0, 1, 2} - {axis % 3})
            gradient = call.vjp(x, g, wrt=param.name, **given)
            np.testing.assert_allclose(gradient, products.sum(others), rtol=1e-12, atol=1e-14)
        one = call.vjp(x, g, wrt=param.name, **{param.name: [0.5]})
        assert one.shape == (1,)


@every_pointwise
def test_gradients_do_not_depend_on_the_layout(spec: Activation) -> None:
    x, g = ordinary((7, 300)), ordinary((7, 300), seed=2)
    for name in ("x", *_parameters(spec)):
        expected = function(spec).vjp(x, g, wrt=name)
        fortran = function(spec).vjp(np.asfortranarray(x), g, wrt=name)
        strided = function(spec).vjp(np.repeat(x, 2, axis=1)[:, ::2], g[::-1][::-1], wrt=name)
        assert_same_bits(fortran, expected)
        assert_same_bits(strided, expected)


@every_pointwise
def test_several_gradients_at_once(spec: Activation) -> None:
    x, g, call = ordinary((6, 8)), ordinary((6, 8), seed=2), function(spec)
    names = ("x", *_parameters(spec))
    gradients = call.vjp(x, g, wrt=names)
    assert isinstance(gradients, tuple) and len(gradients) == len(names)
    for name, gradient in zip(names, gradients, strict=True):
        assert_same_bits(gradient, call.vjp(x, g, wrt=name))
    value, again = call.value_and_vjp(x, g, wrt=names)
    np.testing.assert_array_max_ulp(value, call(x), 1)
    for gradient, other in zip(gradients, again, strict=True):
        np.testing.assert_allclose(gradient, other, rtol=1e-6)


@every_pointwise
def test_outputs_may_be_the_inputs(spec: Activation) -> None:
    call, names = function(spec), ("x", *_parameters(spec))
    expected = call.vjp(ordinary((6, 8)), ordinary((6, 8), seed=2), wrt=names)
    for place in (0, 1):
        arrays = [ordinary((6, 8)), ordinary((6, 8), seed=2)]
        outs = (arrays[place], *(np.empty((), np.float32) for _ in names[1:]))
        gradients = call.vjp(*arrays, wrt=names, out=outs)
        for gradient, out, value in zip(gradients, outs, expected, strict=True):
            assert gradient is out
            assert_same_bits(out, value)


@every_pointwise
def test_derivative_into_an_output(spec: Activation) -> None:
    x, call = sample((6, 8)), function(spec)
    for name in ("x", *_parameters(spec)):
        expected = call.derivative(x, wrt=name)
        memory = np.full((6, 16), 7, np.float32)
        assert_same_bits(call.derivative(x, name, out=memory[:, ::2]), expected)
        assert np.all(memory[:, 1::2] == 7)


@every_activation
def test_integers_are_differentiated_in_float64(spec: Activation) -> None:
    x, g = np.arange(-6, 6).reshape(3, 4), ordinary((3, 4), np.float64)
    before = x.copy()
    names = ("x", *_parameters(spec)) if spec.kind != "axis" else ("x",)
    gradients = function(spec).vjp(x, g, wrt=names)
    for gradient, expected in zip(gradients, function(spec).vjp(x.astype(float), g, wrt=names), strict=True):
        assert_same_bits(gradient, expected)
    assert np.array_equal(x, before)


@every_activation
@pytest.mark.parametrize("shape", [(), (0,), (3, 0)])
def test_no_dimensions_and_empty_arrays(spec: Activation, shape: tuple[int, ...]) -> None:
    x = np.full(shape, 0.5, np.float32)
    names = ("x", *_parameters(spec)) if spec.kind != "axis" else ("x",)
    gradients = function(spec).vjp(x, np.ones_like(x), wrt=names)
    assert gradients[0].shape == shape
    assert all(gradient.shape == () for gradient in gradients[1:])
    if x.size == 0:
        assert all(gradient == 0 for gradient in gradients[1:])


@every_pointwise
def test_where_leaves_elements_out_of_gradients(spec: Activation) -> None:
    x, g, call = ordinary((6, 8), np.float64), ordinary((6, 8), np.float64, seed=2), function(spec)
    mask = np.arange(8) % 3 == 0
    assert_same_bits(call.derivative(x, where=mask), np.where(mask, call.derivative(x), 0.0))
    assert_same_bits(call.vjp(x, g, where=mask), np.where(mask, call.vjp(x, g), 0.0))
    for name in _parameters(spec):
        expected = (g * call.derivative(x, wrt=name))[:, mask].sum()
        np.testing.assert_allclose(call.vjp(x, g, wrt=name, where=mask), expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", built_in.names("random"))
def test_random_backward_needs_the_seed_and_regenerates_the_draw(name: str) -> None:
    x, g = ordinary((40, 50), np.float64), ordinary((40, 50), np.float64, seed=2)
    call = numact.get(name, training=True)
    for backward in (lambda: call.vjp(x, g), lambda: call.derivative(x), lambda: call.value_and_vjp(x, g)):
        with pytest.raises(ParameterError, match="seed"):
            backward()
    seeded = numact.get(name, training=True, seed=5)
    step = 1e-6
    quotient = (seeded(x + step) - seeded(x - step)) / (2 * step)
    np.testing.assert_allclose(seeded.derivative(x), quotient, rtol=1e-6)
    np.testing.assert_allclose(seeded.vjp(x, g), g * quotient, rtol=1e-6)
    value, product = seeded.value_and_vjp(x, g)
    assert_same_bits(value, seeded(x))
    assert_same_bits(product, seeded.vjp(x, g))
    for parameter in _parameters(seeded.spec):
        expected = (g * seeded.derivative(x, wrt=parameter)).sum()
        np.testing.assert_allclose(seeded.vjp(x, g, wrt=parameter), expected, rtol=1e-10)


@every_along_axis
def test_rows_have_a_vjp_alone(spec: Activation) -> None:
    with pytest.raises(ParameterError, match=f"numact.vjp.'{spec.name}'"):
        numact.derivative(spec.name, [1.0, 2.0])


@every_along_axis
@pytest.mark.parametrize("axis", [0, 1, (0, 1), None, (0, 2)])
def test_vjp_of_rows_is_the_jacobian_transposed(spec: Activation, axis: Any) -> None:
    x, g, call = ordinary((2, 3, 2), np.float64), ordinary((2, 3, 2), np.float64, seed=2), function(spec)
    expected, step = np.empty_like(x), 1e-6
    for index in np.ndindex(x.shape):
        shift = np.zeros_like(x)
        shift[index] = step
        expected[index] = (g * (call(x + shift, axis=axis) - call(x - shift, axis=axis))).sum() / (2 * step)
    np.testing.assert_allclose(call.vjp(x, g, axis=axis), expected, rtol=1e-6, atol=1e-8)
    if spec.vjp_from_output is not None:
        y = call(x, axis=axis)
        np.testing.assert_allclose(call.vjp(None, g, y=y, axis=axis), expected, rtol=1e-6, atol=1e-8)


@every_along_axis
def test_vjp_of_masked_rows(spec: Activation) -> None:
    x, g, call = ordinary((4, 6), np.float64), ordinary((4, 6), np.float64, seed=2), function(spec)
    mask = np.arange(6) % 3 != 0
    x[:, ~mask], g[:, ~mask] = np.nan, np.nan
    kept = np.ascontiguousarray(x[:, mask]), np.ascontiguousarray(g[:, mask])
    expected = np.zeros_like(x)
    expected[:, mask] = call.vjp(*kept)
    np.testing.assert_allclose(call.vjp(x, g, where=mask), expected, rtol=1e-12, atol=1e-15)
    value, product = call.value_and_vjp(x, g, where=mask)
    assert_same_bits(value, call(x, where=mask))
    np.testing.assert_allclose(product, expected, rtol=1e-12, atol=1e-15)


@every_along_axis
def test_vjp_of_rows_in_place(spec: Activation) -> None:
    expected = function(spec).vjp(ordinary((6, 8)), ordinary((6, 8), seed=2))
    for place in (0, 1):
        arrays = [ordinary((6, 8)), ordinary((6, 8), seed=2)]
        assert_same_bits(function(spec).vjp(*arrays, out=arrays[place]), expected)


@every_activation
def test_g_that_does_not_fit(spec: Activation) -> None:
    x, call = ordinary((3, 4)), function(spec)
    out = np.full_like(x, 7)
    for g in (ordinary((4,)), ordinary((3, 4, 1)), np.float32(1), 1.0):
        with pytest.raises(ShapeError, match=f"g of {spec.name} must have the output's shape"):
            call.vjp(x, g, out=out)
    for dtype in ("float64", "float16"):
        with pytest.raises(DTypeError, match=f"g of {spec.name} must be of the dtype of x"):
            call.vjp(x, ordinary((3, 4), dtype), out=out)
    with pytest.raises(DTypeError, match="complex64"):
        call.vjp(x, x.astype("c8"), out=out)
    assert np.all(out == 7)


@every_activation
def test_wrt_names_an_argument(spec: Activation) -> None:
    x, call = ordinary((3, 4)), function(spec)
    for wrt in ("no_such_thing", ("x", "no_such_thing"), (), ("x", "x"), None, "axis", "training"):
        with pytest.raises(ParameterError, match=f"'wrt' of {spec.name}"):
            call.vjp(x, x, wrt=wrt)


@every_pointwise
def test_a_derivative_is_by_one_argument(spec: Activation) -> None:
    for wrt in ("no_such_thing", ("x",)):
        with pytest.raises(ParameterError, match=f"'wrt' of .*{spec.name}"):
            function(spec).derivative([1.0], wrt=wrt)


@every_pointwise
def test_y_is_for_rows(spec: Activation) -> None:
    with pytest.raises(ParameterError, match="'y'"):
        function(spec).vjp([1.0], [1.0], y=[1.0])


@every_activation
def test_outputs_that_do_not_fit(spec: Activation) -> None:
    x, call = ordinary((3, 4)), function(spec)
    for out in (np.empty(4, np.float32), np.empty((3, 4)), np.broadcast_to(x[0], (3, 4)), [0.0]):
        with pytest.raises(OutputError, match=f"out of {spec.name}"):
            call.vjp(x, x, out=out)
    with pytest.raises(OutputError, match="tuple"):
        call.vjp(x, x, wrt=("x",), out=x)


@every_pointwise
def test_no_output_is_written_when_another_does_not_fit(spec: Activation) -> None:
    x, names = ordinary((3, 4)), ("x", *_parameters(spec))
    if len(names) > 1:
        good = np.full_like(x, 7)
        with pytest.raises(OutputError):
            function(spec).vjp(x, x, wrt=names, out=(good, *(np.empty(2, np.float32) for _ in names[1:])))
        assert np.all(good == 7)
