"""The roots of xielu, which move with its parameters, and its edges."""

from __future__ import annotations

import math
from typing import Any

import mpmath
import numpy as np
import pytest

import numact
from numact import registry
from numact.accuracy import points, settings
from numact.accuracy.measure import Question, measure
from numact.accuracy.ulp import FLOAT32, FLOAT64, Format

every_form = pytest.mark.parametrize("form", [FLOAT32, FLOAT64], ids=lambda form: form.name)


def root(function: Any, guess: float) -> float:
    with mpmath.workdps(40):
        return float(mpmath.findroot(function, guess))


def setting(form: Format, alpha_n: float, beta: float) -> dict[str, float]:
    asked = {"alpha_p": 0.8, "alpha_n": alpha_n, "beta": beta}
    return settings.rounded(registry.get_spec("xielu"), asked, form)


@every_form
@pytest.mark.parametrize(("alpha_n", "beta", "guess"), [(0.8, 0.5, -2.4), (5.3, 0.5, -0.2), (0.8, 0.7, -7.0)])
def test_digits_near_the_roots(form: Format, alpha_n: float, beta: float, guess: float) -> None:
    """Of value and slope; alpha_n (exp(x) - 1) + (beta - alpha_n) x alone has none there."""
    given = setting(form, alpha_n, beta)
    a, b = given["alpha_n"], given["beta"]
    value_root = root(lambda x: a * mpmath.expm1(x) + (b - a) * x, guess)
    for wrt, place in ((None, value_root), ("x", math.log1p(-b / a))):
        far = place * (1 + np.logspace(-9 if form is FLOAT64 else -7, -1, 500))
        report = measure(Question(registry.get_spec("xielu"), form, given, wrt), far.astype(form.dtype))
        assert report.worst <= 1.5, str(report)
        # The numbers next to a float64 root would need three times its digits.
        next_to_it = points.window(place, form, 200)
        report = measure(Question(registry.get_spec("xielu"), form, given, wrt), next_to_it)
        assert report.worst <= (100 if form is FLOAT64 else 0.51), str(report)


@every_form
@pytest.mark.parametrize("beta", [0.0, 1e-9, -1e-12])
def test_digits_near_0(form: Format, beta: float) -> None:
    x = -np.logspace(-30, 0, 2000).astype(form.dtype)
    for wrt in (None, "x", "alpha_n"):
        report = measure(Question(registry.get_spec("xielu"), form, setting(form, 0.8, beta), wrt), x)
        assert report.worst <= 1.5, str(report)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_both_sides_meet_at_0(dtype: Any) -> None:
    x = np.array([-0.0, 0.0], dtype)
    assert np.signbit(numact.xielu(x)).tolist() == [True, False]
    assert numact.derivative("xielu", x).tolist() == [0.5, 0.5]
    assert numact.derivative("xielu", x, wrt="alpha_p").tolist() == [0.0, 0.0]
    assert numact.derivative("xielu", x, wrt="alpha_n").tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("alpha_n", "beta", "limit"), [(0.8, 0.5, math.inf), (0.5, 0.8, -math.inf), (0.5, 0.5, -0.5)]
)
def test_the_limit_far_left(alpha_n: float, beta: float, limit: float) -> None:
    got = numact.xielu(np.array([-math.inf, -1e308]), alpha_n=alpha_n, beta=beta)
    assert got[0] == limit
    assert math.copysign(1, got[1]) == math.copysign(1, limit)
    assert numact.derivative("xielu", -math.inf, alpha_n=alpha_n, beta=beta) == beta - alpha_n
