"""Edges of snake, the self-gated rectifiers, the algebraic and the even functions: where other forms fail."""

from __future__ import annotations

import math
from typing import Any

import mpmath
import numpy as np
import pytest
from numact_modern import laplace

import numact
from numact.errors import ParameterError

every_float = pytest.mark.parametrize("dtype", [np.float32, np.float64])
GATED = ["serf", "tanhexp"]


def snake_slope(x: float, a: float) -> float:
    with mpmath.workdps(60):
        return float(1 + mpmath.sin(2 * mpmath.mpf(a) * mpmath.mpf(x)))


@pytest.mark.parametrize("a", [1.0, 1.7, -0.3])
def test_snakes_slope_keeps_its_digits_at_its_double_roots(a: float) -> None:
    for multiple in (0, 1, -1, 1_000, -166_000):
        x = (multiple - 0.25) * math.pi / a
        for each in (x, math.nextafter(x, math.inf), x * (1 + 1e-9)):
            assert (
                0 <= numact.derivative("snake", each, a=a) == pytest.approx(snake_slope(each, a), rel=4e-16)
            )


def test_snake_beyond_all_angles_is_the_identity() -> None:
    x = np.array([-1e300, -1e18, 1e18, 1e300])
    assert numact.snake(x).tolist() == x.tolist()
    assert numact.snake(x, a=1e-308).tolist()[1:3] == x.tolist()[1:3]
    assert numact.snake(np.float32(-3e38), a=1e30) == np.float32(-3e38)
    assert numact.snake(1.5, a=5e-324) == 1.5


def test_snake_may_have_a_frequency_for_each_channel() -> None:
    x, a = np.linspace(-3, 3, 12).reshape(2, 2, 3), np.array([[0.5], [2.0]])
    assert np.array_equal(numact.snake(x, a=a)[:, 1], numact.snake(x[:, 1], a=2.0))
    _, by_a = numact.vjp("snake", x, np.ones_like(x), wrt=("x", "a"), a=a)
    assert by_a.shape == a.shape


def test_snake_needs_a_frequency() -> None:
    with pytest.raises(ParameterError, match=r"'a' of snake must be .*nonzero, got 0"):
        numact.snake(1.0, a=0.0)


@every_float
@pytest.mark.parametrize("name", GATED)
def test_a_gate_closes_on_the_left_and_opens_on_the_right(name: str, dtype: Any) -> None:
    least = np.finfo(dtype).min
    x = np.array([-math.inf, least, -1e4], dtype)
    assert numact.apply(name, x).tolist() == [0.0] * 3
    assert np.signbit(numact.apply(name, x)).all()
    assert numact.derivative(name, x).tolist() == [0.0] * 3
    x = np.array([40.0, -least, math.inf], dtype)
    assert numact.apply(name, x).tolist() == x.tolist()
    assert numact.derivative(name, x).tolist() == [1.0] * 3


@pytest.mark.parametrize(("name", "factor"), [("serf", 2 / math.sqrt(math.pi)), ("tanhexp", 1.0)])
def test_tails_are_normal_where_the_exponential_is_not(name: str, factor: float) -> None:
    for x in (-712.5, -710.0, -60.3):
        with mpmath.workdps(40):
            exact = factor * x * mpmath.exp(mpmath.mpf(x))
        assert numact.apply(name, x) == pytest.approx(float(exact), rel=1e-15)
    assert numact.apply(name, -745.0) < 0


@every_float
def test_even_functions_do_not_overflow_before_their_value(dtype: Any) -> None:
    large = np.finfo(dtype).max
    x = np.array([-large, large], dtype)
    assert numact.logcosh(x).tolist() == numact.lisht(x).tolist() == [large, large]
    assert numact.derivative("logcosh", x).tolist() == numact.derivative("lisht", x).tolist() == [-1.0, 1.0]


@every_float
def test_logcosh_near_0_is_half_the_square(dtype: Any) -> None:
    x = np.array([1e-3, 1e-8, 1e-15], dtype)
    assert numact.logcosh(x) == pytest.approx(x.astype(np.float64) ** 2 / 2, rel=1e-6)
    assert numact.logcosh(dtype(0)) == 0


@every_float
def test_bent_identity_neither_cancels_nor_overflows(dtype: Any) -> None:
    large = np.finfo(dtype).max
    assert numact.bent_identity(np.array([-large, -1e10, 1e-10, large / 2], dtype)) == pytest.approx(
        np.array([-large / 2, -5e9 - 0.5, 1e-10, large / 4 * 3])
    )
    assert numact.derivative("bent_identity", np.array([-large, large], dtype)).tolist() == [0.5, 1.5]


@every_float
@pytest.mark.parametrize("name", ["isru", "isrlu"])
def test_inverse_square_roots_reach_their_end(name: str, dtype: Any) -> None:
    x = np.array([-np.finfo(dtype).max, -math.inf], dtype)
    assert numact.apply(name, x, alpha=4.0).tolist() == [-0.5, -0.5]
    assert numact.derivative(name, x, alpha=4.0).tolist() == [0.0, 0.0]
    assert numact.derivative(name, x, wrt="alpha", alpha=4.0).tolist() == [1 / 16, 1 / 16]


def test_isrlu_is_the_identity_on_the_right() -> None:
    x = np.array([-0.0, 0.0, 1e-300, 3.7, 1e300])
    assert numact.isrlu(x, alpha=3.0).tolist() == x.tolist()
    assert numact.derivative("isrlu", x, alpha=3.0).tolist() == [1.0] * 5


@pytest.mark.parametrize("alpha", [0.0, -1.0, math.inf, math.nan])
@pytest.mark.parametrize("name", ["isru", "isrlu"])
def test_inverse_square_roots_refuse_what_has_no_root(name: str, alpha: float) -> None:
    with pytest.raises(ParameterError, match="alpha"):
        numact.apply(name, 1.0, alpha=alpha)


def test_laplace_far_left_is_no_difference() -> None:
    """1 + erf would be 0 there."""
    x = np.array([-1.0, -5.0, -9.5])
    with mpmath.workdps(60):
        mu, sigma = map(
            mpmath.mpf, (laplace.laplace.param("mu").default, laplace.laplace.param("sigma").default)
        )
        exact = [float(mpmath.erfc((mu - mpmath.mpf(each)) / (sigma * mpmath.sqrt(2))) / 2) for each in x]
    assert numact.laplace(x) == pytest.approx(exact, rel=4e-16)
    assert numact.laplace(np.float32(0.70710677)) == pytest.approx(0.5, abs=1e-6)


def test_laplace_is_close_to_the_square_of_relu() -> None:
    """Value and slope agree where the square is 1/2, as the paper asks."""
    at = math.sqrt(0.5)
    assert numact.laplace(at) == pytest.approx(at * at)
    assert numact.derivative("laplace", at) == pytest.approx(2 * at)


@every_float
def test_shrink_is_soft_or_hard(dtype: Any) -> None:
    x = np.linspace(-3, 3, 101).astype(dtype)
    assert np.array_equal(numact.shrink(x, bias=0.75, lambd=0.75), numact.softshrink(x, lambd=0.75))
    assert np.array_equal(numact.shrink(x), numact.hardshrink(x))


def test_shrink_keeps_nan_and_its_zero_band_is_closed() -> None:
    x = np.array([-0.5, -0.0, 0.5, math.nan])
    assert numact.shrink(x, bias=0.1).tolist()[:3] == [0.0, 0.0, 0.0]
    assert np.isnan(numact.shrink(x)[3])
    assert numact.derivative("shrink", x).tolist()[:3] == [0.0, 0.0, 0.0]
