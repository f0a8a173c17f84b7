"""Activations from nothing but a formula's text: what numact makes of it."""

from __future__ import annotations

import math
import platform
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from numact import Activation
from numact.engine.machine import assembly, hot_loops
from numact.function import Function

DTYPES = (np.float16, ml_dtypes.bfloat16, np.float32, np.float64)

every_dtype = pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: np.dtype(dtype).name)


def make(formula: str, **fields: Any) -> Activation:
    return Activation("probe", "A probe.", formula, ("https://example.org",), **fields)


@every_dtype
@pytest.mark.parametrize("formula", ["x if x > 0 else 2", "where(x < 1, 3, x)", "x**0", "0*x + 5"])
def test_nan_stays_nan(formula: str, dtype: Any) -> None:
    function = Function(make(formula), {})
    x = np.array([np.nan, -1, 2, np.nan], dtype)
    assert np.isnan(function(x)).tolist() == [True, False, False, True]
    assert np.isnan(function.derivative(x)).tolist() == [True, False, False, True]


@every_dtype
@pytest.mark.parametrize("wrt", ["x", "gate", None])
def test_nan_of_either_input_stays_nan(wrt: str | None, dtype: Any) -> None:
    function = Function(make("a if b > 0 else b", kind="gated"), {})
    a, b = np.array([np.nan, 1, 1, 1], dtype), np.array([1, np.nan, -1, 1], dtype)
    result = function(a, gate=b) if wrt is None else function.derivative(a, wrt, gate=b)
    assert np.isnan(result).tolist() == [True, True, False, False]


def test_what_is_made_of_one_function_is_told_apart() -> None:
    """The same text as formula, forward and derivative, under one name: three kernels, in the cache too."""
    x = np.array([0.5])
    formula = "exp(2*x)"
    by_dual = Function(make(formula), {}).derivative(x)
    by_hand = Function(make(formula, derivative=make(formula).parsed_formula().function()), {}).derivative(x)
    assert by_dual == pytest.approx(2 * math.e)
    assert by_hand == pytest.approx(math.e)


# Constants -------------------------------------------------------------------------------------------------

FACTOR, THIRDS = 2.0, 3
SAME = {
    "arithmetic of constants": ("x * (2 * pi / 3)", f"x * {2 * math.pi / 3!r}"),
    "a function of a constant": ("x / sqrt(2)", f"x / {math.sqrt(2)!r}"),
    "an integer": ("x * 3 + 1", "x * 3.0 + 1.0"),
    "a power": ("x**2", "x*x"),
    "a cube": ("x**3", "x*x*x"),
}

readable = pytest.mark.skipif(
    platform.machine() not in ("x86_64", "AMD64", "aarch64", "arm64"), reason="reads x86 and AArch64 assembly"
)


def instructions(spec: Activation, dtype: str) -> list[list[str]]:
    """Give the names of the instructions of each hot loop."""
    return [[line.split()[0] for line in loop] for loop in hot_loops(assembly(spec, "forward", "x", dtype))]


@readable
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("case", SAME)
def test_constants_cost_no_instruction(case: str, dtype: str) -> None:
    written, computed = (instructions(make(formula), dtype) for formula in SAME[case])
    assert written
    assert written == computed


def with_globals(x: Any) -> Any:
    return x * (FACTOR * math.pi / THIRDS)


@readable
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_constants_of_a_module_cost_no_instruction(dtype: str) -> None:
    (formula, _) = SAME["arithmetic of constants"]
    literal = make(formula, forward=lambda x: x * 2.0943951023931953)
    assert instructions(make(formula, forward=with_globals), dtype) == instructions(literal, dtype)


def test_constants_are_not_rounded_to_the_dtype() -> None:
    x = np.linspace(-3, 3, 1001).astype(np.float32)
    wide = x.astype(np.float64)
    for formula, expected in {
        "0.1 * x": 0.1 * wide,
        "x / 3": wide / 3,
        "1/3 + x": wide + 1 / 3,
        "x * pi": wide * math.pi,
        "x - 16777217": wide - 16777217,
    }.items():
        function = Function(make(formula), {})
        assert np.array_equal(function(x), expected.astype(np.float32)), formula
        assert np.array_equal(function(wide), expected), formula


# Forward and backward from a formula alone -----------------------------------------------------------------

FORMULAS = {
    "x / (1 + exp(-x))": lambda x: x / (1 + np.exp(-x)),
    "x if x > 0 else 0.2 * (exp(x) - 1)": lambda x: np.where(x > 0, x, 0.2 * np.expm1(x)),
    "tanh(x) + x**3 / 7": lambda x: np.tanh(x) + x**3 / 7,
    "log(1 + exp(x))": lambda x: np.logaddexp(0, x),
    "max(0, min(1, x / 6 + 0.5))": lambda x: np.clip(x / 6 + 0.5, 0, 1),
}
GATED = {
    "a / (1 + exp(-b))": lambda a, b: a / (1 + np.exp(-b)),
    "a * b / sqrt(2)": lambda a, b: a * b / math.sqrt(2),
    "a * (b if b > 0 else 0)": lambda a, b: a * np.maximum(b, 0),
}
STEP = 1e-6


def tolerance(dtype: Any) -> float:
    return 2 * max(float(ml_dtypes.finfo(dtype).eps), 1e-7)


@every_dtype
@pytest.mark.parametrize("formula", FORMULAS)
def test_elementwise(formula: str, dtype: Any) -> None:
    function, expected = Function(make(formula), {}), FORMULAS[formula]
    x = np.linspace(-2.95, 3.05, 100).astype(dtype)
    g, wide = np.linspace(1, 2, 100).astype(dtype), x.astype(np.float64)
    slopes = (expected(wide + STEP) - expected(wide - STEP)) / (2 * STEP)
    close = {"rtol": tolerance(dtype), "atol": tolerance(dtype)}
    np.testing.assert_allclose(function(x).astype(np.float64), expected(wide), **close)
    np.testing.assert_allclose(function.derivative(x).astype(np.float64), slopes, **close)
    np.testing.assert_allclose(function.vjp(x, g).astype(np.float64), g.astype(np.float64) * slopes, **close)


@every_dtype
@pytest.mark.parametrize("formula", GATED)
def test_gated(formula: str, dtype: Any) -> None:
    function, expected = Function(make(formula, kind="gated"), {}), GATED[formula]
    a, b = np.linspace(-2, 2, 100).astype(dtype), np.linspace(3.05, -2.95, 100).astype(dtype)
    g, x, y = (each.astype(np.float64) for each in (np.linspace(1, 2, 100).astype(dtype), a, b))
    by_value = (expected(x + STEP, y) - expected(x - STEP, y)) / (2 * STEP)
    by_gate = (expected(x, y + STEP) - expected(x, y - STEP)) / (2 * STEP)
    close = {"rtol": 2 * tolerance(dtype), "atol": 2 * tolerance(dtype)}
    np.testing.assert_allclose(function(a, gate=b).astype(np.float64), expected(x, y), **close)
    gradients = function.vjp(a, g.astype(dtype), wrt=("x", "gate"), gate=b)
    for gradient, slopes in zip(gradients, (by_value, by_gate), strict=True):
        np.testing.assert_allclose(gradient.astype(np.float64), g * slopes, **close)
    halves = np.concatenate([a, b])
    assert np.array_equal(function(halves), function(a, gate=b))
    assert np.array_equal(function.vjp(halves, g.astype(dtype)), np.concatenate(gradients))
