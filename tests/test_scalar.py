"""The authors' functions on floats, on NumPy's scalars and on other kinds of number."""

from __future__ import annotations

import inspect
import math
import re
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numact import scalar

SPECIAL = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    -2.5,
    710.0,
    -746.0,
    1e308,
    -1e308,
    5e-324,
    math.inf,
    -math.inf,
    math.nan,
]


def arity(name: str) -> int:
    parameters = inspect.signature(scalar.FUNCTIONS[name]).parameters.values()
    return sum(parameter.kind is not parameter.VAR_POSITIONAL for parameter in parameters)


PREFIX = re.compile("^(short|rounded)_")
numeric_functions = [name for name in scalar.FUNCTIONS if name != "where"]


@pytest.mark.parametrize("name", numeric_functions)
def test_floats_never_raise_and_give_floats(name: str) -> None:
    grid = np.array(np.meshgrid(*[SPECIAL] * min(arity(name), 2))).reshape(min(arity(name), 2), -1).T.tolist()
    for arguments in grid:
        arguments += [0.75] * (arity(name) - len(arguments))
        assert type(scalar.FUNCTIONS[name](*arguments)) is float, arguments


@pytest.mark.parametrize("name", numeric_functions)
def test_nan_in_nan_out(name: str) -> None:
    for position in range(arity(name)):
        arguments = [0.75] * arity(name)
        arguments[position] = math.nan
        assert math.isnan(scalar.FUNCTIONS[name](*arguments)), position


@pytest.mark.parametrize("name", numeric_functions)
@pytest.mark.parametrize("kind", [np.float64, np.float32, np.float16, int, np.int8, Fraction])
def test_other_numbers_are_read_as_floats(name: str, kind: Any) -> None:
    result = scalar.FUNCTIONS[name](*[kind(1)] * arity(name))
    assert type(result) is float
    assert result == scalar.FUNCTIONS[name](*[1.0] * arity(name))


@pytest.mark.parametrize(
    ("call", "value"),
    [
        (lambda: scalar.exp(1000.0), math.inf),
        (lambda: scalar.expm1(1000.0), math.inf),
        (lambda: scalar.exp(-math.inf), 0.0),
        (lambda: scalar.log(0.0), -math.inf),
        (lambda: scalar.log(-1.0), math.nan),
        (lambda: scalar.log1p(-1.0), -math.inf),
        (lambda: scalar.log1p(-2.0), math.nan),
        (lambda: scalar.sqrt(-1.0), math.nan),
        (lambda: scalar.sqrt(-0.0), -0.0),
        (lambda: scalar.sin(math.inf), math.nan),
        (lambda: scalar.cos(-math.inf), math.nan),
        (lambda: scalar.pow(-8.0, 1 / 3), math.nan),
        (lambda: scalar.pow(0.0, -2.0), math.inf),
        (lambda: scalar.pow(-0.0, -3.0), -math.inf),
        (lambda: scalar.pow(-1e200, 3.0), -math.inf),
        (lambda: scalar.pow(-1e200, 2.0), math.inf),
        (lambda: scalar.minimum(1, 2, -3), -3.0),
        (lambda: scalar.maximum(math.nan, 2, 3), math.nan),
        (lambda: scalar.abs(-0.0), 0.0),
        (lambda: scalar.erfcx(math.inf), 0.0),
        (lambda: scalar.erfcx(-30.0), math.inf),
        (lambda: scalar.exp_product(-math.inf, -2.0), -0.0),
        (lambda: scalar.exp_product(2000.0, -1.0), -math.inf),
        (lambda: scalar.exp_product(1e308, 0.0), 0.0),
        (lambda: scalar.fma(1e308, 10.0, -math.inf), -math.inf),
        (lambda: scalar.fma(-0.0, 1.0, 0.0), 0.0),
        (lambda: scalar.product_error(1e200, 1e200), math.nan),
        (lambda: scalar.where(True, 1, 2), 1.0),
        (lambda: scalar.where(np.bool_(False), 1, np.float32(2)), 2.0),
    ],
)
def test_edges(call: Any, value: float) -> None:
    result = call()
    assert type(result) is float
    assert (math.isnan(value) and math.isnan(result)) or (result, math.copysign(1, result)) == (
        value,
        math.copysign(1, value),
    )


def relative_error(result: float, exact: Any) -> float:
    return float(abs((mpmath.mpf(result) - exact) / exact))


@given(st.floats(0, 1e10))
def test_erfcx(x: float) -> None:
    with mpmath.workprec(4000 if x < 30 else 200):
        # Beyond 30 the first terms of the asymptotic series are exact to more than 60 digits' worth.
        square = mpmath.mpf(x) ** 2
        if x < 30:
            exact = mpmath.exp(square) * mpmath.erfc(x)
        else:
            exact, term = mpmath.mpf(1), mpmath.mpf(1)
            for k in range(1, 20):
                term *= -(2 * k - 1) / (2 * square)
                exact += term
            exact /= x * mpmath.sqrt(mpmath.pi)
        assert relative_error(scalar.erfcx(x), exact) < 1e-14


@given(st.floats(-1400, 1400), st.floats(-1e300, 1e300, allow_subnormal=False).filter(bool))
def test_exp_product(x: float, factor: float) -> None:
    with mpmath.workprec(200):
        exact = mpmath.mpf(factor) * mpmath.exp(x)
        result = scalar.exp_product(x, factor)
        if abs(exact) > mpmath.mpf(2) ** 1024:
            assert result == math.copysign(math.inf, factor)
        elif abs(exact) >= mpmath.mpf(2) ** -1022:
            assert relative_error(result, exact) < 1e-15


@given(st.floats(0, 37))
def test_normal_tail(x: float) -> None:
    with mpmath.workprec(200):
        exact = mpmath.erfc(mpmath.mpf(x) / mpmath.sqrt(2)) / 2
        assert relative_error(scalar.normal_tail(x), exact) < 1e-14


def test_exp_product_of_a_normal_result_keeps_all_its_digits() -> None:
    # exp(-740) alone is subnormal and has lost most of its digits.
    with mpmath.workprec(200):
        assert relative_error(scalar.exp_product(-740.0, 1e200), mpmath.mpf(1e200) * mpmath.exp(-740)) < 1e-15


moderate = st.floats(-1e100, 1e100).filter(lambda x: x == 0 or abs(x) > 1e-100)


@given(moderate, moderate, moderate)
def test_rounding_errors_are_exact(a: float, b: float, c: float) -> None:
    assert Fraction(a * b) + Fraction(scalar.product_error(a, b)) == Fraction(a) * Fraction(b)
    assert Fraction(a + b) + Fraction(scalar.sum_error(a, b)) == Fraction(a) + Fraction(b)
    assert scalar.fma(a, b, c) == float(Fraction(a) * Fraction(b) + Fraction(c))


class Symbol:
    """A kind of number that records what is asked of it."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __getattr__(self, name: str) -> Any:
        if name not in scalar.FUNCTIONS or PREFIX.match(name):
            raise AttributeError(name)
        return lambda *others: f"{self.text}.{name}({', '.join(map(str, others))})"

    def __rpow__(self, other: Any) -> str:
        return f"{other} ** {self.text}"

    def __str__(self) -> str:
        return self.text


@pytest.mark.parametrize("name", numeric_functions)
def test_other_kinds_of_number_get_their_own_method(name: str) -> None:
    others = ["2.0", "3.0"][: arity(name) - 1]
    result = scalar.FUNCTIONS[name](Symbol("s"), *map(float, others))
    full = PREFIX.sub("", name).removesuffix("_below_0")
    assert result == f"s.{full}({', '.join(others)})"


def test_the_first_argument_with_a_method_decides() -> None:
    assert scalar.minimum(2.0, Symbol("s")) == "s.minimum(2.0)"
    assert scalar.fma(2.0, Symbol("s"), 3.0) == "s.fma(2.0, 3.0)"
    assert scalar.pow(2.0, Symbol("s")) == "2.0 ** s"
    assert scalar.where(Symbol("c"), 1.0, 2.0) == "c.where(1.0, 2.0)"
    assert str(scalar.where(False, 1.0, Symbol("s"))) == "s"


class Textbook:
    """A kind of number that knows arithmetic and the textbook functions, as text."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __mul__(self, other: Any) -> Textbook:
        return Textbook(f"{self.text}*{other}")

    def __rmul__(self, other: Any) -> Textbook:
        return Textbook(f"{other}*{self.text}")

    def __truediv__(self, other: Any) -> Textbook:
        return Textbook(f"{self.text}/{other}")

    def __rtruediv__(self, other: Any) -> Textbook:
        return Textbook(f"{other}/{self.text}")

    def __add__(self, other: Any) -> Textbook:
        return Textbook(f"({self.text}+{other})")

    def __radd__(self, other: Any) -> Textbook:
        return Textbook(f"({other}+{self.text})")

    def __neg__(self) -> Textbook:
        return Textbook(f"-{self.text}")

    def __abs__(self) -> Textbook:
        return Textbook(f"|{self.text}|")

    def exp(self) -> Textbook:
        return Textbook(f"exp({self.text})")

    def erfc(self) -> Textbook:
        return Textbook(f"erfc({self.text})")

    def __str__(self) -> str:
        return self.text


@pytest.mark.parametrize(
    ("name", "others", "text"),
    [
        ("erfcx", (), "exp(s*s)*erfc(s)"),
        ("short_erfcx", (), "exp(s*s)*erfc(s)"),
        ("normal_tail", (), "0.5*erfc(s*0.7071067811865476)"),
        ("exp_product", (5.0,), "5.0*exp(s)"),
        ("short_exp_product", (5.0,), "5.0*exp(s)"),
        ("logistic_product", (5.0,), "5.0/(1+exp(-s))"),
        ("short_quotient", (5.0,), "s/5.0"),
        ("short_quotient_by_inverse", (5.0, 0.2), "s/5.0"),
        ("exp_of_sum", (2.0,), "exp((s+2.0))"),
        ("short_exp_of_sum_below_0", (2.0,), "exp((s+2.0))"),
        ("fma", (2.0, 3.0), "(s*2.0+3.0)"),
        ("abs", (), "|s|"),
    ],
)
def test_careful_forms_fall_back_on_the_textbook(name: str, others: tuple[float, ...], text: str) -> None:
    assert str(scalar.FUNCTIONS[name](Textbook("s"), *others)) == text


def test_the_tables_agree() -> None:
    assert all(scalar.FUNCTIONS[function.__name__] is function for function in scalar.TEXTBOOK.values())
    assert {name for name, function in scalar.TEXTBOOK.items() if function.__name__ != name} == {"min", "max"}
    assert all(getattr(scalar, name) is function for name, function in scalar.FUNCTIONS.items())
    assert all(function.__doc__ for function in scalar.FUNCTIONS.values())
