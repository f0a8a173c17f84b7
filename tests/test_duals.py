"""Derivatives by dual numbers: of every function and operator, of branches, in the tails, and twice."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
from numpy.typing import NDArray
from sample_calls import of_kinds

from numact import Activation, Param, scalar
from numact.engine.kernels import Recipe
from numact.examples import example_value
from numact.scalar import exp, log, log1p, maximum, minimum, sqrt, tanh, where

Function = Callable[..., Any]
Array = NDArray[Any]

DTYPES = ("float64", "float32")
DIGITS = 60
RANDOM = np.random.default_rng(5)


def powers_of_ten(low: float, high: float, count: int = 60) -> Array:
    return 10.0 ** RANDOM.uniform(low, high, count)


NEAR = RANDOM.uniform(-30, 30, 150)
ANYWHERE = np.concatenate([NEAR, powers_of_ten(-20, 3), -powers_of_ten(-20, 3)])
POSITIVE = np.concatenate([np.abs(NEAR), powers_of_ten(-30, 30)])
ABOVE_MINUS_ONE = np.concatenate([POSITIVE, RANDOM.uniform(-1, 0, 50)])
NOT_NEGATIVE = np.concatenate([np.abs(NEAR), powers_of_ten(-20, 4)])


def erfcx(x: Any) -> Any:
    return mpmath.exp(x * x) * mpmath.erfc(x)


def gaussian(x: Any) -> Any:
    return 2 * mpmath.exp(-x * x) / mpmath.sqrt(mpmath.pi)


# Of functions of one argument: where to try them, and the derivative that calculus gives.
RULES: dict[str, tuple[Array, Function]] = {
    "exp": (ANYWHERE, mpmath.exp),
    "expm1": (ANYWHERE, mpmath.exp),
    "log": (POSITIVE, lambda x: 1 / x),
    "log1p": (ABOVE_MINUS_ONE, lambda x: 1 / (1 + x)),
    "sqrt": (POSITIVE, lambda x: 1 / (2 * mpmath.sqrt(x))),
    "rsqrt": (POSITIVE, lambda x: -1 / (2 * x * mpmath.sqrt(x))),
    "sin": (ANYWHERE, mpmath.cos),
    "cos": (ANYWHERE, lambda x: -mpmath.sin(x)),
    "tanh": (ANYWHERE, lambda x: mpmath.sech(x) ** 2),
    "erf": (ANYWHERE, gaussian),
    "erfc": (ANYWHERE, lambda x: -gaussian(x)),
    "erfcx": (NOT_NEGATIVE, lambda x: 2 * x * erfcx(x) - 2 / mpmath.sqrt(mpmath.pi)),
    "normal_tail": (NOT_NEGATIVE, lambda x: -mpmath.npdf(x)),
    "log1p_unit": (RANDOM.uniform(0, 1, 150), lambda x: 1 / (1 + x)),
    "abs": (ANYWHERE, mpmath.sign),
}
# Of functions of several: what exact numbers make of them.
EXACT: dict[str, Function] = {
    "pow": mpmath.power,
    "exp_product": lambda x, factor: factor * mpmath.exp(x),
    "exp_of_sum": lambda x, error: mpmath.exp(x) * (1 + error),
    "logistic_product": lambda x, factor: factor / (1 + mpmath.exp(-x)),
    "quotient": lambda a, b: a / b,
    "quotient_by_inverse": lambda a, b: a / b,
    "fma": lambda a, b: a * b + a,
    "where": lambda a, b: a * b if a > b else b,
    "minimum": min,
    "maximum": max,
}


def kernel(function: Function, dtype: str, *, role: str = "derivative", wrt: str = "x", **fields: Any) -> Any:
    arguments = function.__code__.co_varnames[: function.__code__.co_argcount]
    spec = Activation(
        "written",
        "Written by a test.",
        " + ".join(arguments),
        ("https://example.org",),
        forward=function,
        params=tuple(Param(name) for name in arguments[1:]),
        **fields,
    )
    return Recipe(spec, role, wrt, dtype).compile().ufunc


def assert_close(got: Array, exact: list[Any], ulp: float, absolute: float = 0.0) -> None:
    """Compare with exact numbers, in units of the last place of float64, or half units of float32's."""
    info = np.finfo(got.dtype)
    bound = ulp * float(info.eps) if got.dtype == np.float64 else 0.51 * float(info.eps)
    for value, reference in zip(got.tolist(), exact, strict=True):
        if abs(reference) > float(info.max):
            continue
        size = max(abs(reference), float(info.tiny))
        assert abs(mpmath.mpf(value) - reference) <= bound * size + absolute, (value, float(reference))


def single(name: str) -> Function:
    function = scalar.FUNCTIONS[name]

    def call(x: Any) -> Any:
        return function(x)

    return call


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", RULES)
def test_functions_of_one_argument(name: str, dtype: str) -> None:
    points, rule = RULES[name]
    x = points.astype(dtype)
    with mpmath.workdps(DIGITS):
        exact = [rule(mpmath.mpf(value)) for value in x.tolist()]
        # Up to x = 16 the derivative of erfcx is a difference of terms up to 500 times as large.
        assert_close(kernel(single(name), dtype)(x), exact, ulp=600 if name == "erfcx" else 2)


def test_short_functions_have_the_same_derivatives() -> None:
    for name in scalar.FUNCTIONS:
        full = re.sub("^(short|rounded)_|_estimate$", "", name)
        if full != name and full in RULES:
            x = RULES[full][0].astype(np.float32)
            short, long = (kernel(single(each), "float32")(x) for each in (name, full))
            np.testing.assert_allclose(short, long, rtol=1.3e-7)


def pair(name: str) -> Function:
    function = scalar.FUNCTIONS[name]
    if name == "fma":
        return lambda x, c: function(x, c, x)
    if name == "quotient_by_inverse":
        return lambda x, c: function(x, c, 1 / c)
    if name == "where":
        return lambda x, c: function(x > c, x * c, c)

    def call(x: Any, c: Any) -> Any:
        return function(x, c)

    return call


@pytest.mark.parametrize("wrt", ["x", "c"])
@pytest.mark.parametrize("name", EXACT)
def test_functions_of_several_arguments(name: str, wrt: str) -> None:
    x, c = np.abs(RANDOM.normal(0, 2, (2, 60)))
    got = kernel(pair(name), "float64", wrt=wrt)(x, c)
    order = (1, 0) if wrt == "x" else (0, 1)
    with mpmath.workdps(DIGITS):
        pairs = zip(map(mpmath.mpf, x), map(mpmath.mpf, c), strict=True)
        exact = [mpmath.diff(EXACT[name], numbers, order) for numbers in pairs]
        assert_close(got, exact, ulp=4, absolute=1e-16)


def test_no_function_is_left_out() -> None:
    written = [name for name in scalar.FUNCTIONS if not name.endswith("_error")]
    names = {re.sub("^(short|rounded)_|_estimate$|_below_0$", "", name) for name in written}
    assert names == {*RULES, *EXACT}


OPERATORS: list[Function] = [
    lambda x: (x + 2) * (2 + x) + (x - 3) * (3 - x),
    lambda x: 4 * x - x * 0.25 + x / 3 - 3 / x,
    lambda x: x * x / (1 + x) + -x * (+x),
    lambda x: (1 - x) / (x * x + 1),
    lambda x: x**3 - x**-2 + x**0.5 + x**2.5,
    lambda x: 2**x + x**x,
]


@pytest.mark.parametrize("function", OPERATORS)
def test_operators(function: Function) -> None:
    x = np.concatenate([powers_of_ten(-5, 0), RANDOM.uniform(1, 5, 40)])
    with mpmath.workdps(DIGITS):
        exact = [mpmath.diff(function, mpmath.mpf(value)) for value in x.tolist()]
        assert_close(kernel(function, "float64")(x), exact, ulp=8, absolute=1e-15)


# Branches --------------------------------------------------------------------------------------------------


def branches(x: Any) -> Any:
    if x > 1:
        return x * x
    if x == 0:
        y = 7 * x
    elif x < 0:
        y = -x
    else:
        y = 1
    return y


def test_a_branch_has_the_derivative_of_the_branch_taken() -> None:
    x = np.array([-2.0, -0.0, 0.0, 0.5, 1.0, 3.0])
    assert kernel(branches, "float64")(x).tolist() == [-1, 7, 7, 0, 0, 6]


def test_an_unselected_infinity_does_no_harm() -> None:
    x = np.array([-1.0, 0.0, 4.0])
    for function in (
        lambda x: where(x > 0, sqrt(x), 0),
        lambda x: where(x > 0, x**0.5, 0 * x),
        lambda x: sqrt(x) if x > 0 else 0,
    ):
        assert kernel(function, "float64")(x).tolist() == [0, 0, 0.25]
    assert kernel(lambda x: where(x > 0, log(x), x), "float64")(x).tolist() == [1, 1, 0.25]
    large = np.array([1e4])
    assert kernel(lambda x: where(x > 0, x, exp(x * x)), "float64")(large).tolist() == [1]


def test_ties_take_the_first_argument() -> None:
    tie = np.array([1.0])
    assert kernel(lambda x: minimum(x, 1) + 2 * maximum(x, 1), "float64")(tie) == 3
    assert kernel(lambda x: minimum(1, x) + 2 * maximum(1, x), "float64")(tie) == 0
    assert kernel(lambda x: min(3 * x - 2, x, x * x) + max(5 * x - 4, x, x * x), "float64")(tie) == 8


def test_the_derivative_of_the_absolute_value_at_0_is_0() -> None:
    assert kernel(single("abs"), "float64")(np.array([0.0, -0.0])).tolist() == [0, 0]


def test_a_power_at_0() -> None:
    zero = np.zeros(1)
    by_base, by_exponent = (kernel(lambda x, c: x**c, "float64", wrt=wrt) for wrt in ("x", "c"))
    assert [by_base(zero, exponent).item() for exponent in (0.0, 1.0, 2.0, 3.0)] == [0, 1, 0, 0]
    assert by_exponent(zero, 2.0) == 0  # log(0) notwithstanding
    assert kernel(lambda x: scalar.pow(0.0, x) + x, "float64")(np.array([0.5])) == 1


# Tails -----------------------------------------------------------------------------------------------------

# As one would type them, with the limits of their derivatives.
NAIVE: dict[str, tuple[Function, tuple[float, float]]] = {
    "sigmoid": (lambda x: 1 / (1 + exp(-x)), (0, 0)),
    "silu": (lambda x: x / (1 + exp(-x)), (0, 1)),
    "mish": (lambda x: x * tanh(log1p(exp(x))), (0, 1)),
    "gelu": (lambda x: x * 0.5 * scalar.erfc(-x / math.sqrt(2)), (0, 1)),
    "softsign": (lambda x: x / (1 + abs(x)), (0, 0)),
    "elu": (lambda x: x if x > 0 else exp(x) - 1, (0, 1)),
    "bump": (lambda x: exp(-x * x), (0, 0)),
    "tanh": (lambda x: (exp(x) - exp(-x)) / (exp(x) + exp(-x)) if abs(x) < 20 else 1.0, (0, 0)),
}


@pytest.mark.parametrize("name", NAIVE)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_naive_formulas_have_tails(name: str, dtype: str) -> None:
    function, limits = NAIVE[name]
    derivative = kernel(function, dtype, derivative_limits=limits)
    far = np.array([1e4, 6e4, np.inf] if dtype == "float16" else [1e4, 1e6, 1e30, np.inf], dtype)
    tolerance = 2e-4 if name == "softsign" else 0
    np.testing.assert_allclose(derivative(-far).astype(float), limits[0], atol=tolerance)
    np.testing.assert_allclose(derivative(far).astype(float), limits[1], atol=tolerance)
    assert np.isnan(derivative(np.array([np.nan], dtype))).all()


# Registered activations ------------------------------------------------------------------------------------


def parameters_of(spec: Activation, dtype: Any = np.float64) -> list[Any]:
    drawn = [np.asarray(0.5, dtype)] if spec.kind == "random" else []
    return [*drawn, *(np.asarray(example_value(param), dtype) for param in spec.numeric_params)]


@of_kinds("elementwise", "random")
def test_nan_stays_and_infinities_give_no_nan(spec: Activation) -> None:
    x = np.array([-np.inf, -3e38, -1e4, -1, 0, 1, 1e4, 3e38, np.inf, np.nan], np.float32)
    for wrt in spec.differentiable:
        result = (
            Recipe(spec, "derivative", wrt, "float32").compile().ufunc(x, *parameters_of(spec, np.float32))
        )
        assert np.isnan(result).tolist() == [False] * 9 + [True], wrt


def exact_function(spec: Activation, parameters: list[Any]) -> Function:
    """Read the formula by mpmath."""
    names = ("exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tanh", "erf", "erfc")
    namespace = {name: getattr(mpmath, name) for name in names}
    namespace |= {"abs": abs, "pow": mpmath.power, "minimum": min, "maximum": max}
    namespace |= {"pi": +mpmath.pi, "e": +mpmath.e, "inf": mpmath.inf}
    numbers = map(mpmath.mpf, map(float, parameters))
    namespace |= dict(zip(spec.arguments[1:], numbers, strict=True))
    formula = spec.parsed_formula()
    return lambda x: formula.evaluate({**namespace, spec.arguments[0]: x}, mpmath.mpf)


@of_kinds("elementwise")
def test_second_derivatives(spec: Activation) -> None:
    parameters = parameters_of(spec)
    numbers = dict(zip((param.name for param in spec.numeric_params), map(float, parameters), strict=True))
    kinks = [0.0, *(spec.parsed_bound(kink).value(**numbers) for kink in spec.kinks)]
    x = RANDOM.uniform(-8, 8, 40)
    x = x[np.min(np.abs(np.subtract.outer(x, kinks)), axis=1) > 0.05]
    got = Recipe(spec, "second_derivative", "x", "float64").compile().ufunc(x, *parameters)
    with mpmath.workdps(DIGITS):
        function = exact_function(spec, parameters)
        exact = [mpmath.diff(function, mpmath.mpf(value), 2) for value in x.tolist()]
        assert_close(got, exact, ulp=64, absolute=1e-12)


def test_second_derivatives_of_functions() -> None:
    x = RANDOM.uniform(0.1, 3, 20)
    for function in OPERATORS:
        got = kernel(function, "float64", role="second_derivative")(x)
        with mpmath.workdps(DIGITS):
            assert_close(got, [mpmath.diff(function, mpmath.mpf(value), 2) for value in x], 64, 1e-13)
