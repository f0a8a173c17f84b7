"""The numbers and the sums of two numbers that the package computes with, against what they stand for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import mpmath
import numpy as np
import pytest
from mpmath import mpf
from numact_modern import laplace, logcosh, serf, snake, tanhexp
from numact_modern._circle import cosine, reduced, sine, sine_and_cosine

Number = Any
ANGLES = np.random.default_rng(0).uniform(-0.79, 0.79, 400)


@pytest.fixture(autouse=True)
def digits() -> Iterator[None]:
    with mpmath.workdps(60):
        yield


def tanhexp_slope(x: Number) -> Number:
    w = mpmath.exp(x)
    return mpmath.tanh(w) + x * w * mpmath.sech(w) ** 2


def serf_slope(x: Number) -> Number:
    p = mpmath.log1p(mpmath.exp(x))
    bell = 2 / mpmath.sqrt(mpmath.pi) * mpmath.exp(-p * p)
    return mpmath.erf(p) + x * bell / (1 + mpmath.exp(-x))


def bracket(t: Number) -> Number:
    return 2 * t * mpmath.cos(t) - mpmath.sin(t)


def logcosh_whole(s: Number) -> Number:
    return 2 * mpmath.log(mpmath.cosh(mpmath.sqrt(s))) / s


def squared_sine(s: Number) -> Number:
    return mpmath.sin(mpmath.sqrt(s)) ** 2 / s


def polynomial(coefficients: Sequence[float], x: Number) -> Number:
    value = mpf(0)
    for each in reversed(coefficients):
        value = value * x + each
    return value


def few_terms(module: Any) -> tuple[Sequence[float], float, float]:
    return module.SERIES[: module.NARROW_TERMS], -module.NARROW_NEAR_ROOT, module.NARROW_NEAR_ROOT


ROOTS = {
    "tanhexp": (tanhexp_slope, tanhexp, (tanhexp.SERIES, tanhexp.LEFT, tanhexp.RIGHT)),
    "tanhexp, float32": (tanhexp_slope, tanhexp, few_terms(tanhexp)),
    "serf": (serf_slope, serf, (serf.SERIES, serf.LEFT, serf.RIGHT)),
    "serf, float32": (serf_slope, serf, few_terms(serf)),
    "snake by a": (bracket, snake, (snake.ROOT_SERIES, -snake.NEAR_ROOT, snake.NEAR_ROOT)),
}


@pytest.mark.parametrize("case", ROOTS)
def test_series_at_roots(case: str) -> None:
    function, module, (series, left, right) = ROOTS[case]
    root = mpmath.findroot(function, module.ROOT)
    assert abs(module.ROOT + mpf(module.ROOT_REST) - root) < 2.0**-105
    bound = 2.0**-29 if "float32" in case else 2.0**-52
    for distance in map(mpf, np.linspace(left, right, 38).tolist()):
        exact = function(root + distance)
        assert abs(distance * polynomial(series, distance) / exact - 1) < bound


@pytest.mark.parametrize(
    ("function", "series", "end", "bound"),
    [
        (
            logcosh_whole,
            (1, *(-each for each in logcosh.SERIES)),
            logcosh.END**2,
            2.0**-54,
        ),
        (squared_sine, snake.SQUARED_SINE, (np.pi / 2) ** 2, 2.0**-32),
    ],
)
def test_polynomials(
    function: Callable[[Number], Number], series: Sequence[float], end: float, bound: float
) -> None:
    for part in np.linspace(0.01, 1, 100):
        s = mpf(float(part) * end)
        assert abs(polynomial(series, s) / function(s) - 1) < bound


def test_numbers_in_two_parts() -> None:
    assert abs(logcosh.LN2 + mpf(logcosh.LN2_REST) - mpmath.log(2)) < 2.0**-107
    factor = 2 / mpmath.sqrt(mpmath.pi)
    assert abs(serf.TWO_OVER_SQRT_PI + mpf(serf.TWO_OVER_SQRT_PI_REST) - factor) < 2.0**-107


def test_laplaces_polynomial_is_the_scaled_tail() -> None:
    leading = zip(laplace.LEADING, laplace.LEADING_RESTS, strict=True)
    coefficients = [value + mpf(rest) for value, rest in leading] + list(laplace.FOLLOWING)
    for size in np.linspace(0, laplace.SATURATION, 100):
        a = mpf(float(size))
        t = 1 / (1 + a / 4)
        exact = mpmath.exp(a * a / 2) * mpmath.erfc(a / mpmath.sqrt(2)) / 2
        assert abs(t * polynomial(coefficients, 1 - 2 * t) / exact - 1) < 2.0**-57


def test_pi_in_parts_whose_products_are_exact() -> None:
    first, second, third = snake.PI_FIRST, snake.PI_SECOND, snake.PI_THIRD
    assert abs(mpf(first) + second + third - mpmath.pi) < 2.0**-118
    for part in (first, second):
        assert part.as_integer_ratio()[0].bit_length() <= 33


@pytest.mark.parametrize(("computed", "exact"), [(sine, mpmath.sin), (cosine, mpmath.cos)])
def test_sine_and_cosine_hold_more_than_float64(computed: Any, exact: Any) -> None:
    for angle in map(float, ANGLES):
        rest = angle * 2.0**-54
        value, value_rest = computed(angle, rest)
        assert value == value + value_rest
        assert abs(value + mpf(value_rest) - exact(angle + mpf(rest))) < 2.0**-56


@pytest.mark.parametrize("offset", [0.0, 0.25])
def test_angles_are_reduced_next_to_multiples_of_pi(offset: float) -> None:
    """The nearer the multiple, the more of the angle's digits go; what is left is right all the same."""
    for multiple in (*range(-20, 20), 1_234, -60_001, 166_000):
        t = float((multiple - mpf(offset)) * mpmath.pi)
        for rest in (0.0, t * 2.0**-54):
            r, r_rest = reduced(t, rest, offset)
            exact = t + mpf(rest) - (multiple - mpf(offset)) * mpmath.pi
            assert abs(r + mpf(r_rest) - exact) <= 2.0**-52 * abs(exact)


def test_reflected_angles() -> None:
    for angle in (*np.linspace(-1.57, 1.57, 50), np.pi / 2, -np.pi / 2):
        parts = sine_and_cosine(float(angle), 0.0)
        assert abs(parts[0] + mpf(parts[1]) - abs(mpmath.sin(angle))) < 2.0**-56
        assert abs(parts[2] + mpf(parts[3]) - mpmath.cos(angle)) < 2.0**-56
