"""Edges of silu, mish, the hard gates and the squares: tails, kinks, overflow, and the peers' values."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import numact

FLOATS = [np.float32, np.float64]
every_float = pytest.mark.parametrize("dtype", FLOATS)
SOFT_GATES = ["silu", "quick_gelu", "mish"]


@every_float
@pytest.mark.parametrize("name", SOFT_GATES)
def test_a_gate_closes_at_minus_infinity(name: str, dtype: Any) -> None:
    """Where the peers multiply infinity by 0."""
    x = np.array([-math.inf, np.finfo(dtype).min, -1e6], dtype)
    assert numact.apply(name, x).tolist() == [0.0] * 3
    assert np.signbit(numact.apply(name, x)).all()
    assert numact.derivative(name, x).tolist() == [0.0] * 3


@every_float
@pytest.mark.parametrize("name", SOFT_GATES)
def test_an_open_gate_is_the_identity(name: str, dtype: Any) -> None:
    x = np.array([50.0, 1e6, np.finfo(dtype).max, math.inf], dtype)
    assert numact.apply(name, x).tolist() == x.tolist()
    assert numact.derivative(name, x).tolist() == [1.0] * 4


def test_the_tail_of_silu_is_not_flushed() -> None:
    """PyTorch gives -0 at -89, for exp(89) is no float32."""
    assert numact.silu(np.float32(-89)) == np.float32(-89 * math.exp(-89))
    assert numact.silu(-740.0) == pytest.approx(-740 * math.exp(-740), rel=0.1)
    assert numact.silu(-740.0) < 0


@every_float
def test_a_negative_beta_mirrors_silu(dtype: Any) -> None:
    x = np.linspace(-30, 30, 1001).astype(dtype)
    assert np.array_equal(numact.silu(x, beta=-1.7), -numact.silu(-x, beta=1.7))
    assert np.array_equal(numact.derivative("silu", x, beta=-1.7), numact.derivative("silu", -x, beta=1.7))


@every_float
def test_beta_0_halves(dtype: Any) -> None:
    x = np.array([-math.inf, -3.0, -0.0, 0.0, 5.0, math.inf], dtype)
    assert numact.silu(x, beta=0.0).tolist() == (x / 2).tolist()
    assert numact.derivative("silu", x, beta=0.0).tolist() == [0.5] * 6
    assert numact.derivative("silu", x, wrt="beta", beta=0.0).tolist() == (x * x / 4).tolist()


def test_silu_with_a_tiny_beta_neither_overflows_nor_stops_early() -> None:
    assert numact.silu(-1e300, beta=1e-298) == pytest.approx(-1e300 * math.exp(-100), rel=1e-13)
    assert numact.silu(-1.5e308, beta=1e-300) == 0
    expected = 1e160 * math.exp(-100) * 1e160
    assert numact.derivative("silu", 1e160, wrt="beta", beta=1e-158) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("name", "x", "slopes"),
    [
        ("hardswish", [-3.0, -1.5, 3.0], [0.0, 0.0, 1.0]),
        ("hardsigmoid", [-3.0, 0.0, 3.0], [0.0, 1 / 6, 0.0]),
        ("hard_mish", [-2.0, -1.0, 0.0], [-1.0, 0.0, 1.0]),
        ("relu2", [-0.0, 0.0, 1.5], [0.0, 0.0, 3.0]),
        ("star_relu", [-0.0, 0.0, 1.0], [0.0, 0.0, 1.7888]),
    ],
)
def test_slopes_at_kinks_and_roots(name: str, x: list[float], slopes: list[float]) -> None:
    assert numact.derivative(name, np.array(x)).tolist() == slopes


@every_float
@pytest.mark.parametrize("name", ["hardswish", "hard_mish", "relu2", "hardsigmoid"])
def test_dead_zones_are_plus_0(name: str, dtype: Any) -> None:
    got = numact.apply(name, np.array([-math.inf, -1e30, -5.0, -3.0], dtype))
    assert got.tolist() == [0.0] * 4
    assert not np.signbit(got).any()


@every_float
@pytest.mark.parametrize("name", ["hardswish", "hard_mish"])
def test_hard_gates_do_not_overflow(name: str, dtype: Any) -> None:
    """PyTorch's hardswish(1e38) is infinite in float32: it multiplies by 6 first."""
    x = np.array([3.0, np.finfo(dtype).max], dtype)
    assert numact.apply(name, x).tolist() == x.tolist()


def test_squareplus_keeps_its_digits_far_left() -> None:
    x = -(10.0 ** np.arange(2, 300, 7))
    assert numact.squareplus(x) == pytest.approx(-1 / x, rel=2e-4)
    far = x < -1e9
    assert np.array_equal(numact.squareplus(x[far]), -1 / x[far])
    assert numact.squareplus(-1e308) == 1e-308


@pytest.mark.parametrize("b", [5e-324, 1e-300, 1e308])
def test_squareplus_with_extreme_parameters_scales(b: float) -> None:
    """Of x and b it is homogeneous: f(kx; k*k*b) = k f(x; b), here for x = -+sqrt(b) 3/4."""
    size = 0.75 * math.sqrt(b)
    got = numact.squareplus(np.array([-size, size]), b=b)
    assert got == pytest.approx([size / 3, 4 * size / 3], rel=1e-15 if b > 1e-310 else 1e-12)
    assert numact.derivative("squareplus", -size, b=b) == pytest.approx(0.2, rel=1e-12)


@pytest.mark.parametrize("scale", [0.8944, 0.3, 2.7])
def test_star_relu_keeps_its_digits_next_to_its_root(scale: float) -> None:
    """scale*x*x - scale*r*r for x next to r, where a plain evaluation has none right."""
    root = 0.7
    bias = -scale * root * root
    for x in (np.nextafter(root, 0), np.nextafter(root, 1)):
        exact = Fraction(scale) * Fraction(float(x)) ** 2 + Fraction(bias)
        assert numact.star_relu(x, scale=scale, bias=bias) == pytest.approx(float(exact), rel=3e-16, abs=0)


@every_float
def test_the_sparse_pair_bends_between_minus_1_and_1(dtype: Any) -> None:
    x = np.array([-math.inf, -1.0, -0.5, 0.0, 0.5, 1.0, math.inf], dtype)
    assert numact.sparse_plus(x).tolist() == [0.0, 0.0, 0.0625, 0.25, 0.5625, 1.0, math.inf]
    assert np.array_equal(numact.derivative("sparse_plus", x), numact.sparse_sigmoid(x))
    assert numact.derivative("sparse_sigmoid", x).tolist() == [0.0, 0.0, 0.5, 0.5, 0.5, 0.0, 0.0]


@every_float
def test_what_equals_the_threshold_becomes_0(dtype: Any) -> None:
    x = np.array([-3.0, 0.7, 1.0, np.nextafter(dtype(1), dtype(2)), math.inf], dtype)
    assert numact.thresholded_relu(x).tolist() == [0.0, 0.0, 0.0, x[3], math.inf]
    assert numact.derivative("thresholded_relu", x).tolist() == [0.0, 0.0, 0.0, 1.0, 1.0]
    assert numact.thresholded_relu(x, alpha=-1.0).tolist() == [0.0, *x[1:].tolist()]


@every_float
def test_exponential_reaches_its_ends(dtype: Any) -> None:
    x = np.array([-math.inf, -1e6, 0.0, 1.0, 1e6, math.inf], dtype)
    assert numact.exponential(x).tolist() == [0.0, 0.0, 1.0, dtype(math.e), math.inf, math.inf]
    assert np.array_equal(numact.derivative("exponential", x), numact.exponential(x))
