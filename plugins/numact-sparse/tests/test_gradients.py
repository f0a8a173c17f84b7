"""Vector-Jacobian products: by definition, by differences, from the result."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import numact

NAMES = ("sparsemax", "entmax15", "temperature_softmax")
every_name = pytest.mark.parametrize("name", NAMES)


def inputs(*shape: int) -> tuple[Any, Any]:
    draw = np.random.default_rng(0)
    return draw.normal(0.0, 0.6, shape), draw.normal(size=shape)


@every_name
def test_gradients_are_differences(name: str) -> None:
    x, g = inputs(4, 6)
    step = 1e-6
    gradient = numact.vjp(name, x, g)
    for place in np.ndindex(x.shape):
        shift = np.zeros_like(x)
        shift[place] = step
        difference = numact.apply(name, x + shift) - numact.apply(name, x - shift)
        assert gradient[place] == pytest.approx(np.vdot(g, difference) / (2 * step), abs=1e-7)


@every_name
def test_the_result_tells_the_gradient(name: str) -> None:
    x, g = inputs(5, 40)
    from_x = numact.vjp(name, x, g)
    np.testing.assert_allclose(
        numact.vjp(name, None, g, y=numact.apply(name, x)), from_x, rtol=1e-12, atol=1e-15
    )
    value, product = numact.get(name).value_and_vjp(x, g)
    assert np.array_equal(value, numact.apply(name, x))
    np.testing.assert_allclose(product, from_x, rtol=1e-12, atol=1e-15)


def test_gradient_of_sparsemax_is_g_less_its_mean_over_the_support() -> None:
    x, g = np.float32([3.0, 2.75, 2.5, -4.0]), np.float32([1.0, 2.0, 6.0, 100.0])
    assert numact.vjp("sparsemax", x, g).tolist() == [-2.0, -1.0, 3.0, 0.0]
    assert not numact.vjp("sparsemax", x, np.full(4, 0.1, np.float32)).any()


def test_gradient_of_entmax15_is_weighted_by_square_roots() -> None:
    x, g = inputs(3, 8)
    weights = np.sqrt(numact.entmax15(x))
    mean = (weights * g).sum(-1, keepdims=True) / weights.sum(-1, keepdims=True)
    np.testing.assert_allclose(numact.vjp("entmax15", x, g), weights * (g - mean), rtol=1e-12, atol=1e-14)


def test_a_result_that_underflows_keeps_its_gradient() -> None:
    # The least element's share, 1e-50, is 0 as a float32.
    x = np.float32([0.0, -2.0 + 2e-7])
    result, gradient = numact.entmax15(x), numact.vjp("entmax15", x, np.float32([0.0, 1.0]))
    assert 0 <= result[1] < 1e-12
    assert gradient[1] == pytest.approx(np.sqrt(float(numact.entmax15(x.astype(np.float64))[1])), rel=1e-6)


def test_gradient_of_hardmax_is_0() -> None:
    x, g = inputs(3, 5)
    assert not numact.vjp("hardmax", x, g).any()
    assert not numact.vjp("hardmax", None, g, y=numact.hardmax(x)).any()


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@every_name
def test_narrow_gradients_are_those_of_float64_rounded(name: str, dtype: Any) -> None:
    x, g = (each.astype(dtype) for each in inputs(5, 40))
    expected = numact.vjp(name, x.astype(np.float64), g.astype(np.float64))
    tolerance = 2 * float(np.finfo(dtype).eps)
    np.testing.assert_allclose(numact.vjp(name, x, g), expected, rtol=tolerance, atol=tolerance / 16)
