"""What authors may write: every spelling and statement compiles to what plain Python computes."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.special
from numpy.typing import NDArray

import numact
from numact import Activation, scalar
from numact.engine.authors import rebind
from numact.engine.kernels import Recipe
from numact.scalar import exp, where

Function = Callable[..., Any]

# Binary fractions, exact in float32 too, away from the kinks of the functions below.
POINTS = np.array([-2.625, -1.40625, -0.40625, 0.28125, 0.71875, 1.71875, 3.3125])
TOLERANCE = {"float64": 1e-14, "float32": 1e-7}
OF_ESTIMATES = 2.0**-37


def kernel(function: Function, role: str, dtype: str) -> Any:
    spec = Activation("written", "Written by a test.", "x", ("https://example.org",), forward=function)
    return Recipe(spec, role, "x", dtype).compile().ufunc


def differences(function: Function) -> list[float]:
    """Differentiate the plain function by central differences, which are good to about 9 digits here."""
    step = 2.0**-18
    return [(float(function(x + step)) - float(function(x - step))) / (2 * step) for x in POINTS.tolist()]


def check_value(function: Function, value: NDArray[Any], error: float = 0.0) -> None:
    plain = [float(function(x)) for x in POINTS.tolist()]
    tolerance = max(TOLERANCE[value.dtype.name], error)
    np.testing.assert_allclose(value, plain, rtol=tolerance, atol=tolerance)


def check(function: Function, dtype: str = "float64") -> None:
    """Compare the compiled value and derivative with the function's own."""
    x = POINTS.astype(dtype)
    value, derivative = kernel(function, "value_and_vjp", dtype)(x, np.ones_like(x))
    check_value(function, value)
    np.testing.assert_allclose(derivative, differences(function), rtol=1e-6, atol=1e-7)


# Functions -------------------------------------------------------------------------------------------------

SPELLINGS = {
    "exp": (math.exp, np.exp),
    "expm1": (math.expm1, np.expm1),
    "log": (math.log, np.log),
    "log1p": (math.log1p, np.log1p),
    "pow": (math.pow, np.power, pow),
    "sqrt": (math.sqrt, np.sqrt),
    "sin": (math.sin, np.sin),
    "cos": (math.cos, np.cos),
    "tanh": (math.tanh, np.tanh),
    "erf": (math.erf, scipy.special.erf),
    "erfc": (math.erfc, scipy.special.erfc),
    "erfcx": (scipy.special.erfcx,),
    "abs": (abs, math.fabs, np.abs, np.absolute, np.fabs),
    "minimum": (min, np.minimum, np.fmin),
    "maximum": (max, np.maximum, np.fmax),
    "where": (np.where,),
}


def call_of(function: Function, name: str) -> Function:
    """Write a call with arguments in the function's domain, closed over the function."""
    parameters = inspect.signature(scalar.FUNCTIONS[name]).parameters.values()
    count = sum(parameter.kind is not parameter.VAR_POSITIONAL for parameter in parameters)
    if name == "where":
        return lambda x: function(x > 0.5, x, -x)
    if name.endswith("log1p_unit"):
        return lambda x: function(x * x / 16)
    if name.endswith("below_0"):
        return lambda x: function(-0.125 - x * x / 4, 2.0**-60)
    if name.endswith("by_inverse"):
        return lambda x: function(x, 4.0, 0.25)
    if name.endswith("exp_of_sum"):
        return lambda x: function(x, 2.0**-60)
    if count == 1:
        return lambda x: function(0.125 + x * x / 4)
    if count == 2:
        return lambda x: function(0.125 + x * x / 4, 0.7)
    return lambda x: function(x, 0.75, 0.3)


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("name", [name for name in scalar.FUNCTIONS if not name.endswith("_error")])
def test_every_function(name: str, dtype: str) -> None:
    function = call_of(scalar.FUNCTIONS[name], name)
    error = OF_ESTIMATES if name.endswith("_estimate") else 0.0
    check_value(function, kernel(function, "forward", dtype)(POINTS.astype(dtype)), error)


@pytest.mark.parametrize("name", [name for name in scalar.FUNCTIONS if name.endswith("_error")])
def test_every_rounding_error_is_exact_and_constant(name: str) -> None:
    function = call_of(scalar.FUNCTIONS[name], name)
    value, derivative = kernel(function, "value_and_vjp", "float64")(POINTS, np.ones_like(POINTS))
    assert value.any()
    assert not derivative.any()
    np.testing.assert_array_equal(value, [function(x) for x in POINTS.tolist()])


@pytest.mark.parametrize("name", SPELLINGS)
def test_every_spelling_is_the_same_function(name: str) -> None:
    for spelling in SPELLINGS[name]:
        assert rebind("written", call_of(spelling, name)).parts[1:] == [f"function:{name}"]


def test_spellings_by_modules() -> None:
    check(lambda x: math.exp(x) - np.exp(x / 2) + scalar.exp(x / 4) + numact.scalar.exp(x / 8) + exp(x / 16))


# Statements ------------------------------------------------------------------------------------------------

SINGLE, DOUBLE, WHOLE, COUNT = np.float32(0.125), np.float64(0.1), 3, np.int64(2)
COEFFICIENTS = (1, 0.5, 0.25)
LANGUAGE: list[Function] = []


def written(function: Function) -> Function:
    LANGUAGE.append(function)
    return function


@written
def constants_of_the_module(x: Any) -> Any:
    return x * SINGLE + DOUBLE - WHOLE * x + COUNT


@written
def constants_of_libraries(x: Any) -> Any:
    return x * math.pi + np.pi - math.tau * np.e + scipy.special.erf(x)


@written
def infinity(x: Any) -> Any:
    return x if -math.inf < x < np.inf else 0


@written
def functions_of_constants(x: Any) -> Any:
    return math.sqrt(2 / math.pi) * x + np.exp(-1) + abs(-2) * min(1, 2)


@written
def whole_constant_result(x: Any) -> Any:
    return 1


@written
def constant_result(x: Any) -> Any:
    return 1.0


@written
def early_returns(x: Any) -> Any:
    if x < -1:
        return 0
    if x > 1:
        return 1
    return x


@written
def whole_number_in_a_branch(x: Any) -> Any:
    if x > 0:
        y = 1
    elif x < -2:
        y = x
    else:
        y = 0.5
    return y * x


@written
def nested_branches(x: Any) -> Any:
    result = 0
    if x > 0:
        if x > 1:
            result = x * x
        if x < 0.5:
            result = x
    return result


@written
def conditional_expressions(x: Any) -> Any:
    return x if x > 1 else x * x if x > 0 else 0


@written
def chained_comparison(x: Any) -> Any:
    return x if -1 < x <= 1 else 0


@written
def conditions(x: Any) -> Any:
    return (x if x > -1 and x < 1 else 0) + (x * x if x < -1 or x > 1 else 0) + (1 if not x > 1 else x)


@written
def conditions_of_numbers(x: Any) -> Any:
    return (x if x else 1) + (not x) + (x and 1.0) + (x * 0 or x)


@written
def conditions_as_numbers(x: Any) -> Any:
    return (x > 0) * x + (x > 1) + where((x > 0) & (x < 1) | (x < -2), x, 0)


@written
def a_flag(x: Any) -> Any:
    is_negative = False
    if x < 0:
        is_negative = True
    return -x if is_negative else x


@written
def equality(x: Any) -> Any:
    return x if x == x else 0.0


@written
def whole_accumulator(x: Any) -> Any:
    s = 0
    for k in range(1, 5):
        s = s + x / k
    return s


@written
def augmented_assignments(x: Any) -> Any:
    y = 1
    y += x
    y *= x
    y -= 1
    y /= 2
    y **= 3
    return y


@written
def a_counted_while_loop(x: Any) -> Any:
    k = 0
    y = x
    while k < 3:
        y = y * 0.5 + k
        k += 1
    return y


@written
def a_loop_with_a_way_out(x: Any) -> Any:
    y = x
    for _ in range(10):
        if y * y < 0.01:
            break
        y = y / 2
    return y


@written
def horner_over_a_tuple(x: Any) -> Any:
    s = 0
    for c in COEFFICIENTS:
        s = s * x + c
    for c in (1, 2.5):
        s = s * x + c
    return s * COEFFICIENTS[1]


@written
def several_names_at_once(x: Any) -> Any:
    a, b = x, 2 * x
    a, b = b, a
    c = d = a
    return a * b - c / 3 + d


@written
def unary_operators(x: Any) -> Any:
    return +x - (-x)


@written
def whole_numbers_among_themselves(x: Any) -> Any:
    return x * (7 // 2) + 7 % 3 + 1 / 3 + 2**10


@written
def least_and_greatest_of_many(x: Any) -> Any:
    return min(max(x, -1), 1) + min(x, 1, x * x) + max(x, 1, x * x, 2.5, -x, 3 * x)


@written
def whole_powers(x: Any) -> Any:
    return x**2 + x**0 - x**3 / 3 + x**-1 + x**-3 + x**2.0


@written
def broken_powers(x: Any) -> Any:
    y = abs(x)
    return y**0.5 + y**-0.5 + y**1.7 + pow(y, 0.3)


@written
def powers_of_constants(x: Any) -> Any:
    return 2**x + 2.7**x + math.e**x


@written
def a_power_of_itself(x: Any) -> Any:
    return abs(x) ** x


@written
def powers_with_variable_whole_exponents(x: Any) -> Any:
    s = 0
    for k in range(4):
        s = s + x**k
    return s + x**WHOLE


@written
def conversions(x: Any) -> Any:
    return float(x) if bool(x) else int(2.5)


def square_plus_one(x: Any) -> Any:
    return x * x + 1


def even_part(x: Any) -> Any:
    return square_plus_one(x) + square_plus_one(-x)


def scaled(x: Any, factor: Any = 2) -> Any:
    return factor * x


@written
def helpers(x: Any) -> Any:
    """A helper of a helper, one with a default, one called with a name."""
    return even_part(x) + scaled(x) + scaled(x, factor=0.5)


def closed_over(number: float, helper: Function) -> Function:
    return lambda x: helper(number * x) + number


LANGUAGE += [closed_over(0.3, even_part), closed_over(0.3, closed_over(2.5, math.tanh))]


@pytest.mark.parametrize("function", LANGUAGE, ids=lambda function: function.__name__)
def test_every_statement(function: Function) -> None:
    check(function)


def test_every_statement_for_float32() -> None:
    check(whole_accumulator, "float32")
    check(least_and_greatest_of_many, "float32")
    check(closed_over(0.3, helpers), "float32")


def test_a_constant_keeps_its_own_precision() -> None:
    tenth = np.float32(0.1)
    assert kernel(lambda x: tenth, "forward", "float64")(1.0) == float(tenth)


def test_a_default_is_part_of_the_fingerprint() -> None:
    before = rebind("written", helpers).fingerprint
    scaled.__defaults__ = (3,)
    try:
        assert rebind("written", helpers).fingerprint != before
    finally:
        scaled.__defaults__ = (2,)
    assert rebind("written", helpers).fingerprint == before
