"""Gated activations: a gate of its own, or x split in halves."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from sample_calls import assert_same_bits, ordinary

import numact
from numact import Activation, Param
from numact.errors import DTypeError, OutputError, ParameterError, ShapeError, UnknownParameterError
from numact.function import Function

GATED = Activation(
    name="gated_of_tests",
    summary="A gated linear unit of given scale.",
    formula="scale * a / (1 + exp(-b))",
    references=(),
    kind="gated",
    params=(Param("scale", 2.0),),
)


@pytest.fixture
def call() -> Iterator[Function]:
    numact.register(GATED)
    yield numact.get(GATED.name)
    numact.unregister(GATED)


def test_halves_are_value_and_gate(call: Function) -> None:
    x = ordinary((3, 8), np.float64)
    expected = 2 * x[:, :4] / (1 + np.exp(-x[:, 4:]))
    np.testing.assert_allclose(call(x), expected, rtol=1e-14)
    assert_same_bits(call(x[:, :4], gate=x[:, 4:]), call(x))
    assert_same_bits(call(np.roll(x, 4, axis=1), gate_first=True), call(x))
    assert_same_bits(call(np.ascontiguousarray(x.T), axis=0), call(x).T)
    out = np.empty((3, 8))[:, ::2]
    assert call(x, out=out) is out
    assert_same_bits(out, call(x))


def test_dim_is_another_spelling_of_axis(call: Function) -> None:
    x, g = ordinary((4, 6)), ordinary((2, 6), seed=2)
    assert_same_bits(call(x, dim=0), call(x, axis=0))
    assert_same_bits(call.vjp(x, g, dim=0), call.vjp(x, g, axis=0))


def test_derivatives_keep_nan_of_both_inputs(call: Function) -> None:
    # The derivative by the value does not depend on it.
    for wrt in ("x", "gate"):
        for value, gate in ((np.nan, 1.0), (1.0, np.nan)):
            assert np.isnan(call.derivative(value, wrt, gate=gate))


def test_a_half_of_x_may_be_the_output(call: Function) -> None:
    x = ordinary((3, 8))
    expected = call(x)
    call(x, out=x[:, 4:])
    assert_same_bits(x[:, 4:], expected)


@pytest.mark.parametrize("gate_first", [False, True])
def test_gradients(call: Function, gate_first: bool) -> None:
    x, g, step = ordinary((3, 8), np.float64), ordinary((3, 4), np.float64, seed=2), 1e-6
    gradient, by_scale = call.vjp(x, g, wrt=("x", "scale"), gate_first=gate_first)
    expected = np.empty_like(x)
    for index in np.ndindex(x.shape):
        shift = np.zeros_like(x)
        shift[index] = step
        difference = call(x + shift, gate_first=gate_first) - call(x - shift, gate_first=gate_first)
        expected[index] = (g * difference).sum() / (2 * step)
    np.testing.assert_allclose(gradient, expected, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(by_scale, (g * call(x, gate_first=gate_first)).sum() / 2, rtol=1e-12)
    value, product = call.value_and_vjp(x, g, gate_first=gate_first)
    assert_same_bits(value, call(x, gate_first=gate_first))
    assert_same_bits(product, gradient)


def test_gradients_of_two_inputs(call: Function) -> None:
    x, g = ordinary((3, 8)), ordinary((3, 4), seed=2)
    both = call.vjp(x, g)
    first, second = call.vjp(x[:, :4], g, wrt=("x", "gate"), gate=x[:, 4:])
    assert_same_bits(np.hstack([first, second]), both)
    assert_same_bits(call.vjp(x, g, out=x), both)


def test_masks(call: Function) -> None:
    x, mask = ordinary((3, 8)), np.arange(4) % 2 == 0
    assert_same_bits(call(x, where=mask), np.where(mask, call(x), np.float32(0)))


def test_errors(call: Function) -> None:
    x, g = ordinary((3, 8)), ordinary((3, 4))
    for error, match, bad in [
        (ShapeError, "odd length 7", lambda: call(x[:, :7])),
        (ShapeError, "gate", lambda: call(1.0)),
        (ShapeError, "'axis'", lambda: call(x, axis=2)),
        (ParameterError, "'axis'", lambda: call(x, axis=(0, 1))),
        (ShapeError, "gate of", lambda: call(x, gate=x[:2])),
        (DTypeError, "gate of", lambda: call(x, gate=x.astype(np.float64))),
        (OutputError, "shape", lambda: call(x, out=x)),
        (ShapeError, "g of", lambda: call.vjp(x, x)),
        (ParameterError, "half of x", lambda: call.vjp(x, g, wrt="gate")),
        (ParameterError, "True or False, got 'yes'", lambda: call(x, gate_first="yes")),
        (ParameterError, "'gate_first' of", lambda: call(g, gate=g, gate_first=True)),
        (ParameterError, "'dim' of", lambda: call(x, dim=1, axis=1)),
        (ParameterError, "axis=-1 for the last one$", lambda: call(x, dim=None)),
        (ParameterError, "did you mean 'gate_first'", lambda: call(x, gate_frist=True)),
        (UnknownParameterError, r"\(x, gate=...\)$", lambda: call(g, g)),
    ]:
        with pytest.raises(error, match=match):
            bad()
