"""The numbers that built-in activations compute with, against what they stand for."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import mpmath
import numpy as np
import pytest
from mpmath import mpf


def module(name: str) -> Any:
    return importlib.import_module(f"numact.activations.{name}")


@pytest.fixture(autouse=True)
def digits() -> Iterator[None]:
    with mpmath.workdps(50):
        yield


def scaled_difference(a: Any) -> Any:
    """Compute erfcx(a/sqrt(2))/2 - a/sqrt(2 pi): the derivative of gelu at -a by exp(-a*a/2)."""
    return mpmath.exp(a * a / 2) * mpmath.erfc(a / mpmath.sqrt(2)) / 2 - a / mpmath.sqrt(2 * mpmath.pi)


def approximation_sum(x: Any) -> Any:
    """Compute 1 + exp(p) + x p' for gelu_tanh."""
    linear = 2 * mpmath.sqrt(2 / mpmath.pi)
    cubic = linear * mpf("0.044715")
    return 1 + mpmath.exp(linear * x + cubic * x**3) + x * (linear + 3 * cubic * x * x)


def assert_series(terms: tuple[float, ...], function: Any, root: float) -> None:
    exact = mpmath.taylor(function, mpmath.findroot(function, root), len(terms))
    assert terms == tuple(float(term) for term in exact[1:])


def assert_parts(high: float, low: float, exact: Any) -> None:
    assert high == float(exact)
    assert low == float(exact - mpf(high))


def test_root_and_series_of_gelu() -> None:
    gelu = module("gelu")
    assert_parts(gelu.ROOT, gelu.ROOT_REST, mpmath.findroot(scaled_difference, 0.75))
    terms = gelu.TERMS_1_TO_4 + gelu.TERMS_5_TO_8 + gelu.TERMS_9_TO_12 + gelu.TERMS_13_TO_16
    terms += gelu.TERMS_17_TO_20
    assert_series(terms, scaled_difference, 0.75)
    assert_parts(gelu.SQRT_HALF, gelu.SQRT_HALF_REST, mpmath.sqrt(mpf(1) / 2))
    assert float(2 / mpmath.sqrt(mpmath.pi)) == gelu.TWO_OVER_SQRT_PI
    assert_parts(gelu.ONE_OVER_SQRT_2PI, gelu.ONE_OVER_SQRT_2PI_REST, 1 / mpmath.sqrt(2 * mpmath.pi))


def test_root_and_series_of_gelu_tanh() -> None:
    gelu_tanh = module("gelu_tanh")
    assert float(mpmath.findroot(approximation_sum, -0.75)) == gelu_tanh.ROOT
    assert_series(gelu_tanh.ROOT_SERIES, approximation_sum, -0.75)
    linear = 2 * mpmath.sqrt(2 / mpmath.pi)
    assert_parts(gelu_tanh.LINEAR, gelu_tanh.LINEAR_REST, linear)
    assert_parts(gelu_tanh.CUBIC, gelu_tanh.CUBIC_REST, linear * mpf("0.044715"))


def quotient(x: Any, numerator: tuple[float, ...], denominator: tuple[float, ...]) -> Any:
    """Evaluate a rational function, lowest powers first."""
    upper, lower = (
        mpmath.fsum(mpf(c) * x**power for power, c in enumerate(coefficients))
        for coefficients in (numerator, denominator)
    )
    return upper / lower


def test_rational_function_of_gelu() -> None:
    gelu = module("gelu")
    root = mpmath.findroot(scaled_difference, 0.75)
    for a in map(mpf, np.linspace(0, 20, 200)):
        exact = scaled_difference(a) / (root - a)
        assert abs(quotient(a, gelu.SLOPE_NUMERATOR, gelu.SLOPE_DENOMINATOR) / exact - 1) < mpf(2) ** -26


def test_rational_function_of_tanhshrink() -> None:
    tanhshrink = module("tanhshrink")
    for x in map(mpf, np.linspace(0.05, tanhshrink.END, 200)):
        exact = (x - mpmath.tanh(x)) / x**3
        approximate = quotient(x * x, tanhshrink.NUMERATOR, tanhshrink.DENOMINATOR)
        assert abs(approximate / exact - 1) < mpf(2) ** -30
    assert 1 - mpmath.tanh(mpf(tanhshrink.END)) < mpf(2) ** -25


def test_scale_of_selu() -> None:
    selu = module("selu")
    scale, alpha = mpf("1.0507009873554804934193349852946"), mpf("1.6732632423543772848170429916717")
    assert float(scale) == selu.SCALE
    assert float(scale * alpha) == selu.SCALE_TIMES_ALPHA
