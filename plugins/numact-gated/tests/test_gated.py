"""What the gated linear units compute: definitions, infinities, the order of the halves, gradients."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numact_gated
import numpy as np
import pytest

import numact
from numact.spec import Activation

ACTIVATIONS = list(numact_gated.numact_activations())
each = pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda activation: activation.name)
INF, NAN = math.inf, math.nan


def normal_distribution(b: float) -> float:
    return math.erfc(-b / math.sqrt(2)) / 2


# The function of the gate, for ordinary gates.
GATES = {
    "bilinear": lambda b: b,
    "reglu": lambda b: max(b, 0.0),
    "glu": lambda b: 1 / (1 + math.exp(-b)),
    "swiglu": lambda b: b / (1 + math.exp(-b)),
    "geglu": lambda b: b * normal_distribution(b),
    "geglu_tanh": lambda b: b * (1 + math.tanh(math.sqrt(2 / math.pi) * (b + 0.044715 * b**3))) / 2,
}


def ordinary(*shape: int) -> Any:
    return np.random.default_rng(0).normal(0, 2, shape)


@each
def test_values_are_those_of_the_definition(activation: Activation) -> None:
    a, b = ordinary(2, 300)
    expected = a * np.vectorize(GATES[activation.name])(b)
    np.testing.assert_allclose(numact.apply(activation.name, a, gate=b), expected, rtol=1e-13, atol=1e-15)


@each
def test_the_first_half_is_the_value(activation: Activation) -> None:
    x = ordinary(3, 8).astype(np.float32)
    values, gates = x[:, :4], x[:, 4:]
    split = numact.apply(activation.name, x)
    assert np.array_equal(split, numact.apply(activation.name, values, gate=gates))
    swapped = np.concatenate([gates, values], axis=1)
    assert np.array_equal(numact.apply(activation.name, swapped, gate_first=True), split)
    assert np.array_equal(numact.apply(activation.name, x.T, axis=0), split.T)


@each
def test_gradients_are_differences(activation: Activation) -> None:
    x, g, step = ordinary(2, 10), ordinary(2, 5), 1e-6
    gradient = numact.vjp(activation.name, x, g)
    for place in np.ndindex(x.shape):
        shift = np.zeros_like(x)
        shift[place] = step
        difference = numact.apply(activation.name, x + shift) - numact.apply(activation.name, x - shift)
        assert gradient[place] == pytest.approx(np.vdot(g, difference) / (2 * step), rel=1e-6, abs=1e-8)
    of_value, of_gate = numact.vjp(activation.name, x[:, :5], g, gate=x[:, 5:], wrt=("x", "gate"))
    assert np.array_equal(np.concatenate([of_value, of_gate], axis=1), gradient)


@each
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_only_an_infinity_times_a_gate_of_0_has_no_value(activation: Activation, dtype: Any) -> None:
    largest = float(np.finfo(dtype).max)
    numbers = [-INF, -largest, -50.0, -1.0, -0.0, 0.0, 1.0, 50.0, largest, INF]
    for a, b in itertools.product(numbers, numbers):
        gate = float(numact.apply(activation.name, dtype(1.0), gate=dtype(b)))
        # A gate that underflows is none; left of 0 the relu is 0 on both sides of any value.
        is_zero = (b == 0 and activation.name != "glu") or (b == -INF and gate == 0)
        is_shut = activation.name == "reglu" and b < 0
        expected_nan = (math.isinf(a) and is_zero and not is_shut) or (a == 0 and math.isinf(gate))
        result = numact.apply(activation.name, dtype(a), gate=dtype(b))
        assert bool(np.isnan(result)) == expected_nan, (a, b, result)


@pytest.mark.parametrize(
    ("name", "a", "b", "expected"),
    [
        ("glu", 2.0, -INF, 0.0),
        ("glu", -2.0, -INF, -0.0),
        ("glu", 2.0, INF, 2.0),
        ("glu", INF, -1e30, INF),
        ("swiglu", 2.0, -INF, -0.0),
        ("swiglu", -2.0, INF, -INF),
        ("swiglu", INF, -1e30, -INF),
        ("geglu", 2.0, -INF, -0.0),
        ("geglu", INF, -1e30, -INF),
        ("geglu_tanh", 2.0, -INF, -0.0),
        ("geglu_tanh", INF, -1e30, -INF),
        ("reglu", INF, -1.0, 0.0),
        ("bilinear", -2.0, INF, -INF),
    ],
)
def test_infinities_give_the_limit(name: str, a: float, b: float, expected: float) -> None:
    for dtype in (np.float16, np.float32, np.float64):
        with np.errstate(over="ignore"):
            result = float(numact.apply(name, dtype(a), gate=dtype(b)))
        if dtype is np.float16 and b == -1e30:
            continue  # is -inf there
        assert result == expected
        assert math.copysign(1.0, result) == math.copysign(1.0, expected)


@each
def test_nan_stays_nan(activation: Activation) -> None:
    for wrt in (None, "x", "gate"):
        for a, b in ((NAN, 1.0), (NAN, -1.0), (1.0, NAN), (NAN, NAN)):
            if wrt is None:
                result = numact.apply(activation.name, a, gate=b)
            else:
                result = numact.derivative(activation.name, a, gate=b, wrt=wrt)
            assert np.isnan(result), (wrt, a, b)


def test_a_product_of_a_huge_value_and_a_vanishing_gate_is_kept() -> None:
    # Each gate alone is less than the least float64.
    for name, gate in (("glu", -760.0), ("swiglu", -760.0), ("geglu", -39.5), ("geglu_tanh", -22.0)):
        assert numact.apply(name, 1.0, gate=gate) == 0.0
        assert numact.apply(name, 1e300, gate=gate) != 0.0
        assert numact.derivative(name, 1e300, gate=gate, wrt="gate") != 0.0


def test_slope_of_a_relu_gate_at_0_is_that_of_relu() -> None:
    assert numact.derivative("reglu", 3.0, gate=0.0, wrt="gate") == 0.0


def test_approximate_chooses_the_form_of_gelu() -> None:
    x = ordinary(2, 8)
    assert np.array_equal(numact.geglu(x, approximate="tanh"), numact.geglu_tanh(x))
    assert not np.array_equal(numact.geglu(x), numact.geglu_tanh(x))


def test_values_are_those_of_pytorch() -> None:
    torch = pytest.importorskip("torch")
    x = torch.from_numpy(ordinary(3, 8)).requires_grad_()
    value = torch.nn.functional.glu(x)
    value.sum().backward()
    given = x.detach().numpy()
    np.testing.assert_allclose(numact.glu(given), value.detach().numpy(), rtol=1e-13)
    np.testing.assert_allclose(numact.vjp("glu", given, np.ones((3, 4))), x.grad.numpy(), rtol=1e-12)


@pytest.mark.parametrize("name", ["glu", "swiglu", "geglu", "geglu_tanh"])
@pytest.mark.parametrize("gate", [-300.0, -1e9, -3e38])
def test_a_closed_gate_leaves_nothing_of_the_largest_value(name: str, gate: float) -> None:
    x = np.array([3.4e38, -3.4e38], np.float32)
    np.testing.assert_array_equal(numact.apply(name, x, gate=np.full(2, gate, np.float32)), 0)
