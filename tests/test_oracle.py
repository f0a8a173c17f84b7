"""The oracle against MPFR, which computes the same functions by their careful forms to hundreds of bits."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import gmpy2
import numpy as np
import pytest
from gmpy2 import mpfr

from numact.accuracy import oracle, points
from numact.accuracy.oracle import Exact, exact, exact_by_balls
from numact.accuracy.pairs import Carrier, Pair, carrier_of, long_double, two_product
from numact.accuracy.ulp import BFLOAT16, FLOAT16, FLOAT32, FLOAT64, FORMATS, Format
from numact.formula import parse

BITS = 300
COUNT = 6_000

Number = Any
Function = Callable[[Number], Number]


def sigmoid(x: Number) -> Number:
    e = gmpy2.exp(-abs(x))
    return (1 if x >= 0 else e) / (1 + e)


def sigmoid_slope(x: Number) -> Number:
    e = gmpy2.exp(-abs(x))
    return e / (1 + e) ** 2


def softplus(x: Number) -> Number:
    return max(x, 0) + gmpy2.log1p(gmpy2.exp(-abs(x)))


def tanhshrink(x: Number) -> Number:
    """The first term of the series tells how many bits the difference loses."""
    if abs(x) > 1:
        return x - gmpy2.tanh(x)
    with gmpy2.context(gmpy2.get_context(), precision=BITS + 2 * abs(int(gmpy2.frexp(x)[0]))):
        return x - gmpy2.tanh(x)


def normal_tail(x: Number) -> Number:
    return gmpy2.erfc(-x / gmpy2.sqrt(mpfr(2))) / 2


def gelu_slope(x: Number) -> Number:
    return normal_tail(x) + x * gmpy2.exp(-x * x / 2) / gmpy2.sqrt(2 * gmpy2.const_pi())


def tanh_form(x: Number) -> tuple[Number, Number]:
    """2z and its slope, where the formula has tanh(z)."""
    factor = gmpy2.sqrt(8 / gmpy2.const_pi())
    cubic = decimal("0.044715")
    return factor * (x + cubic * x**3), factor * (1 + 3 * cubic * x * x)


def gelu_tanh_slope(x: Number) -> Number:
    z, slope = tanh_form(x)
    return sigmoid(z) + x * sigmoid_slope(z) * slope


def selu(x: Number) -> Number:
    return decimal(SCALE) * (x if x > 0 else decimal(ALPHA) * gmpy2.expm1(x))


def selu_slope(x: Number) -> Number:
    return decimal(SCALE) * (1 if x > 0 else decimal(ALPHA) * gmpy2.exp(x))


def decimal(text: str) -> Number:
    return mpfr(gmpy2.mpq(str(Fraction(text))))


def silu_slope(x: Number) -> Number:
    return sigmoid(x) + x * sigmoid_slope(x)


def mish(x: Number) -> Number:
    return x * gmpy2.tanh(softplus(x))


def mish_slope(x: Number) -> Number:
    return gmpy2.tanh(softplus(x)) + x * gmpy2.sech(softplus(x)) ** 2 * sigmoid(x)


def tanhexp(x: Number) -> Number:
    return x * gmpy2.tanh(gmpy2.exp(x)) if x < 10 else x


def tanhexp_slope(x: Number) -> Number:
    e = gmpy2.exp(x)
    return gmpy2.tanh(e) + x * e * gmpy2.sech(e) ** 2 if x < 10 else mpfr(1)


def squareplus_slope(x: Number) -> Number:
    root = gmpy2.sqrt(x * x + 4)
    return (1 + x / root) / 2 if x > 0 else 2 / (root * (root - x))


SCALE, ALPHA = "1.0507009873554804934193349852946", "1.6732632423543772848170429916717"

# Textbook formulas that lose all digits somewhere, and what they and their derivatives ought to give.
CASES: dict[str, tuple[str, Function, Function]] = {
    "sigmoid": ("1 / (1 + exp(-x))", sigmoid, sigmoid_slope),
    "logsigmoid": ("log(1 / (1 + exp(-x)))", lambda x: -softplus(-x), lambda x: sigmoid(-x)),
    "softplus": ("log(1 + exp(x))", softplus, sigmoid),
    "tanhshrink": ("x - tanh(x)", tanhshrink, lambda x: gmpy2.tanh(x) ** 2),
    "gelu": ("x * (1 + erf(x / sqrt(2))) / 2", lambda x: x * normal_tail(x), gelu_slope),
    "gelu_by_erfc": ("x * erfc(-x / sqrt(2)) / 2", lambda x: x * normal_tail(x), gelu_slope),
    "gelu_tanh": (
        "x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x**3))) / 2",
        lambda x: x * sigmoid(tanh_form(x)[0]),
        gelu_tanh_slope,
    ),
    "selu": (f"{SCALE} * (max(0, x) + min(0, {ALPHA} * (exp(x) - 1)))", selu, selu_slope),
    "silu": ("x / (1 + exp(-x))", lambda x: x * sigmoid(x), silu_slope),
    "mish": ("x * tanh(log(1 + exp(x)))", mish, mish_slope),
    "tanhexp": ("x * tanh(exp(x))", tanhexp, tanhexp_slope),
    "cosine": ("1 - cos(x)", lambda x: 2 * gmpy2.sin(x / 2) ** 2, gmpy2.sin),
    "sine": (
        "x - sin(x) if abs(x) > 1 else sin(x)",
        lambda x: x - gmpy2.sin(x) if abs(x) > 1 else gmpy2.sin(x),
        lambda x: 2 * gmpy2.sin(x / 2) ** 2 if abs(x) > 1 else gmpy2.cos(x),
    ),
    "algebraic": ("x / sqrt(1 + x**2)", lambda x: x / gmpy2.sqrt(1 + x * x), lambda x: (1 + x * x) ** -1.5),
    "squareplus": (
        "(x + sqrt(x**2 + 4)) / 2",
        lambda x: (x + gmpy2.sqrt(x * x + 4)) / 2 if x > 0 else 2 / (gmpy2.sqrt(x * x + 4) - x),
        squareplus_slope,
    ),
}


def sample(form: Format) -> np.ndarray[Any, Any]:
    x = np.concatenate([points.stratified(form, COUNT), points.windows(points.edges(form), form, 16)])
    return x[(x != 0) & np.isfinite(x)].astype(np.float64)


def mpfr_context() -> Any:
    return gmpy2.context(precision=BITS, emin=gmpy2.get_emin_min(), emax=gmpy2.get_emax_max())


def exactly(value: Any) -> Number:
    return mpfr(gmpy2.mpq(*value.as_integer_ratio()))


def distances(found: Exact, function: Function, x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Distance of the oracle's values from MPFR's."""
    with mpfr_context():
        rows = zip(found.hi, found.lo, x, strict=True)
        return np.array([float(abs(exactly(hi) + exactly(lo) - function(mpfr(at)))) for hi, lo, at in rows])


def of_mpfr(found: Exact) -> np.ndarray[Any, Any]:
    """How far MPFR itself may be off."""
    return 2.0 ** (20 - BITS) * np.abs(found.hi) + 5e-324


@pytest.mark.parametrize("form", [FLOAT32, FLOAT64], ids=lambda form: form.name)
@pytest.mark.parametrize("wrt", [None, "x"], ids=["value", "derivative"])
@pytest.mark.parametrize("name", CASES)
def test_values_are_within_their_bound_and_the_bound_is_small(
    name: str, wrt: str | None, form: Format
) -> None:
    text, *functions = CASES[name]
    x = sample(form)
    found = exact(parse(text, ("x",)), {"x": x}, form, wrt)
    assert found.is_known.all()
    away = distances(found, functions[wrt is not None], x)
    assert (away <= found.error + of_mpfr(found)).all()
    share = 2.0**-5 if form is FLOAT64 else 2.0**-12
    assert (away <= share * form.spacing(found.hi, found.lo)).all()


@pytest.mark.parametrize("form", [FLOAT32, FLOAT64], ids=lambda form: form.name)
@pytest.mark.parametrize("wrt", [None, "x"], ids=["value", "derivative"])
@pytest.mark.parametrize("name", CASES)
def test_balls_alone_agree(name: str, wrt: str | None, form: Format) -> None:
    formula = parse(CASES[name][0], ("x",))
    x = sample(form)[::60]
    fast, slow = exact(formula, {"x": x}, form, wrt), exact_by_balls(formula, {"x": x}, form, wrt)
    away = np.abs((fast.hi - slow.hi) + (fast.lo - slow.lo))
    assert slow.is_known.all()
    assert (away <= fast.error + slow.error).all()


@pytest.mark.parametrize("form", [FLOAT32, FLOAT64], ids=lambda form: form.name)
def test_derivatives_by_parameters(form: Format) -> None:
    """Of the softplus of sharpness beta: (x * sigmoid(beta*x) - softplus(beta*x)/beta) / beta."""

    def by_beta(x: Number) -> Number:
        beta = mpfr(1.7)
        with gmpy2.context(gmpy2.get_context(), precision=3 * BITS):
            return -(abs(beta * x) * sigmoid(-abs(beta * x)) + softplus(-abs(beta * x))) / beta**2

    x = sample(form)[::4]
    found = exact(parse("log(1 + exp(beta * x)) / beta", ("x", "beta")), {"x": x, "beta": 1.7}, form, "beta")
    assert found.is_known.all()
    assert (distances(found, by_beta, x) <= found.error + of_mpfr(found)).all()


# Values that a fixed precision, or a comparison of two, gets wrong.
TRAPS = {
    "log(1 + exp(x))": (-100.0, 3.720075976020836e-44),
    "x - tanh(x)": (1e-100, 1e-300 / 3),
    "x * (1 + erf(x / sqrt(2))) / 2": (-38.0, -38 * math.erfc(38 / math.sqrt(2)) / 2),
    "exp(x) - 1": (5e-324, 5e-324),
    "log(exp(x))": (-1e300, -1e300),
    "x if x > 0 else log(x) * 0": (3.0, 3.0),
}


@pytest.mark.parametrize("text", TRAPS)
@pytest.mark.parametrize("read", [exact, exact_by_balls])
def test_traps(text: str, read: Callable[..., Exact]) -> None:
    at, expected = TRAPS[text]
    found = read(parse(text, ("x",)), {"x": np.array([at])}, FLOAT64)
    assert float(found.hi[0]) == pytest.approx(expected, rel=1e-12)


def test_a_zero_is_exact_or_told_apart_from_an_underflow() -> None:
    x = np.array([-3.0, -0.0, 1e-3])
    assert exact(parse("max(0, x)", ("x",)), {"x": x}, FLOAT32).sign.tolist() == [0, 0, 1]
    vanishing = exact(parse("1 / (1 + exp(-x))", ("x",)), {"x": np.array([-1e4, -1e30])}, FLOAT32)
    assert vanishing.is_known.all()
    assert vanishing.sign.tolist() == [1, 1]
    assert (FLOAT32.error(np.float32([0, 0]), vanishing.hi, vanishing.lo) < 1e-6).all()


def test_no_value_and_no_derivative_are_told() -> None:
    x = np.array([-1.0, 0.0, 1.0])
    root = exact(parse("sqrt(x)", ("x",)), {"x": x}, FLOAT32)
    assert root.is_undefined.tolist() == [True, False, False]
    size = exact(parse("abs(x)", ("x",)), {"x": x}, FLOAT32, "x")
    assert size.is_undefined.tolist() == [False, True, False]
    assert size.hi[[0, 2]].tolist() == [-1, 1]


@pytest.mark.parametrize("form", [FLOAT32, FLOAT64], ids=lambda form: form.name)
def test_an_overflow_is_known(form: Format) -> None:
    """However far beyond the range, and by whichever reading."""
    x = -np.geomspace(5e3, 3e38 if form is FLOAT32 else 1e308, 200)
    for text in ("-exp(-x)", "exp(-x) * (1 + x)", "-7 * exp(-x / 7)"):
        found = exact(parse(text, ("x",)), {"x": x}, form)
        assert found.is_known.all()
        assert (found.sign == -1).all()
        infinite = np.full(x.shape, -np.inf).astype(form.dtype)
        assert (form.error(infinite, found.hi, found.lo) == 0).all()


@pytest.mark.parametrize("wrt", [None, "x"], ids=["value", "derivative"])
@pytest.mark.parametrize("text", ["x * tanh(exp(x))", "x * erf(exp(x))", "x * tanh(log(1 + exp(x)))"])
def test_far_ends_of_gates_need_no_balls(text: str, wrt: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large share of all numbers is there, and balls are slow."""

    def refuse(*arguments: Any) -> Any:
        raise AssertionError("read by balls")

    monkeypatch.setattr(oracle.balls, "enclosure", refuse)
    x = np.geomspace(30, 3e38, 500).astype(np.float32).astype(np.float64)
    found = exact(parse(text, ("x",)), {"x": np.concatenate([x, -x])}, FLOAT32, wrt)
    assert found.is_known.all()
    assert FLOAT32.error(x if wrt is None else np.ones(500), found.hi[:500], found.lo[:500]).max() < 1e-3


def test_only_the_chosen_arm_counts() -> None:
    text = "where(x > 1 and not x > 2 or x == -1, sqrt(x - 1), 1 / x)"
    x = np.array([-1.0, 0.5, 1.5, 4.0])
    for wrt, expected in ((None, [math.nan, 2, 0.5**0.5, 0.25]), ("x", [math.nan, -4, 0.5**0.5, -1 / 16])):
        found = exact(parse(text, ("x",)), {"x": x}, FLOAT64, wrt)
        np.testing.assert_allclose(np.where(found.is_known, found.hi, np.nan).astype(float), expected)


def test_infinite_parameters_compare() -> None:
    formula = parse("x if beta * x > threshold else -x", ("x", "beta", "threshold"))
    x = np.array([-2.0, 3.0, 1e300])
    for threshold, expected in ((math.inf, -x), (-math.inf, x)):
        found = exact(formula, {"x": x, "beta": 1.7, "threshold": threshold}, FLOAT64)
        assert found.hi.tolist() == expected.tolist()


@pytest.mark.parametrize("dtype", [np.dtype(np.float64), *filter(None, [long_double()])], ids=str)
def test_pairs_know_products_and_literals_exactly(dtype: np.dtype[Any]) -> None:
    carrier: Carrier = carrier_of(dtype)
    a, b = dtype.type(1) / 3, dtype.type(1) / 7
    product, rest = two_product(a, b, carrier)
    assert Fraction(*product.as_integer_ratio()) + Fraction(*rest.as_integer_ratio()) == Fraction(
        *a.as_integer_ratio()
    ) * Fraction(*b.as_integer_ratio())
    tenth = Pair.of_fraction(Fraction("0.1"), dtype)
    found = sum((Fraction(*part.as_integer_ratio()) for part in (tenth.hi, tenth.lo)), Fraction(0))
    assert abs(found - Fraction("0.1")) < Fraction(1, 2**100)


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_units_in_the_last_place(form: Format) -> None:
    one = np.array([1.0])
    above = np.nextafter(np.ones(1, form.dtype), np.array([2], form.dtype))
    below = np.nextafter(np.ones(1, form.dtype), np.array([0], form.dtype))
    assert form.error(above, one)[0] == 1
    # Below a power of two the numbers lie twice as dense.
    assert form.error(below, one)[0] == 0.5
    assert form.error(below, one, np.array([-1e-30]))[0] == pytest.approx(1)
    least = np.array([form.lowest], np.int64)
    assert form.error(np.zeros(1, form.dtype), np.ldexp(np.ones(1, np.longdouble), least))[0] == 1
    assert form.error(np.array([np.inf], form.dtype), np.array([form.largest]))[0] == 1


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_units_of_the_largest_numbers(form: Format) -> None:
    largest, lo = np.array([form.largest]), np.array([-1e-30])
    below = np.nextafter(largest.astype(form.dtype), np.zeros(1, form.dtype))
    for rest in (None, lo, -lo):
        assert form.error(below, largest, rest)[0] == 1


def test_overflow_is_right_where_the_exact_value_rounds_to_infinity() -> None:
    got = np.float32([np.inf, np.inf, -np.inf, 3e38])
    hi = np.array([3.4028236e38, 1e300, 1e300, 1e39])
    errors = FLOAT32.error(got, hi)
    assert errors[:2].tolist() == [0, 0]
    assert errors[2] > 1e7
    assert errors[3] > 1e6


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_windows_hold_neighbours_on_both_sides(form: Format) -> None:
    found = points.window(0.0, form, 8).astype(np.float64)
    assert found.tolist() == sorted(found.tolist())
    np.testing.assert_array_equal(found, np.arange(-4, 5) * np.ldexp(1.0, form.lowest))
    edge = points.window(form.largest, form, 8)
    assert len(edge) == 5
    assert np.isfinite(edge).all()


def test_patterns_are_all_there() -> None:
    for form in (FLOAT16, BFLOAT16):
        every = points.patterns(form)
        assert len(np.unique(every.view(np.uint16))) == 2**16
    assert len(points.patterns(FLOAT32, 1021)) == -(-(2**32) // 1021)


def test_without_long_doubles_balls_step_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oracle, "long_double", lambda: None)
    text, value, slope = CASES["gelu"]
    x = points.stratified(FLOAT64, 300)
    x = x[(np.abs(x) < 37) & (np.abs(x) > 1e-300)]
    for wrt, function in ((None, value), ("x", slope)):
        found = exact(parse(text, ("x",)), {"x": x}, FLOAT64, wrt)
        assert found.hi.dtype == np.float64
        assert (distances(found, function, x) <= found.error + of_mpfr(found)).all()
        assert (found.error <= 2.0**-5 * FLOAT64.spacing(found.hi, found.lo)).all()
