"""The formula language: what it accepts, what it says when it does not, and what formulas evaluate to."""

from __future__ import annotations

import dis
import math
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from numact import scalar
from numact.errors import FormulaError
from numact.formula import parse

NAMES = ("x", "alpha")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("x ^ 2", "formula 'x ^ 2', column 5: '^' is not allowed; write '**' for a power"),
        ("x // 2", "formula 'x // 2', column 6: '//' is not allowed"),
        ("np.exp(x)", "formula 'np.exp(x)', column 1: 'np.exp' is not allowed; write 'exp'"),
        ("esp(x)", "formula 'esp(x)', column 1: no function named 'esp'; did you mean 'exp'?"),
        ("x + alhpa", "formula 'x + alhpa', column 5: unknown name 'alhpa'; did you mean 'alpha'?"),
        ("x + q", "formula 'x + q', column 5: unknown name 'q'; known are x, alpha"),
        ("exp", "formula 'exp', column 1: 'exp' is a function; write 'exp(x)'"),
        ("exp(x=1)", "formula 'exp(x=1)', column 7: exp takes its arguments by position"),
        ("exp(*x)", "formula 'exp(*x)', column 5: '*x' is not allowed; write the arguments out"),
        ("pow(x)", "formula 'pow(x)', column 1: pow takes 2 arguments, got 1"),
        ("exp(x, x)", "formula 'exp(x, x)', column 1: exp takes 1 argument, got 2"),
        ("max(x)", "formula 'max(x)', column 1: max takes 2 or more arguments, got 1"),
        (
            "(x > 0)*x",
            "formula '(x > 0)*x', column 2: a condition is not a number; write '1 if condition else 0'",
        ),
        (
            "x if x else 0",
            "formula 'x if x else 0', column 6: 'x' is not a condition; compare, as in 'x > 0'",
        ),
        (
            "1 if x in x else 0",
            "formula '1 if x in x else 0', column 6: only < <= > >= == != compare numbers",
        ),
        ("2j", "formula '2j', column 1: '2j' is not a real number"),
        ("True", "formula 'True', column 1: 'True' is not a real number"),
        ("1e999", "formula '1e999', column 1: '1e999' is too large; write 'inf' for infinity"),
        ("ü + x", "formula 'ü + x', column 1: unknown name 'ü'; known are x, alpha"),
        ("exp(x) + 'ü' + x", "formula \"exp(x) + 'ü' + x\", column 10: \"'ü'\" is not a real number"),
        ("(x", "formula '(x', column 1: not an expression ('(' was never closed)"),
    ],
)
def test_what_is_not_allowed_gets_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(FormulaError) as caught:
        parse(text, NAMES)
    assert str(caught.value) == sentence


REFUSED = (
    *(
        "",
        " ",
        "x +",
        "x; x",
        "x = 1",
        "x\0",
        "+x",
        "~x",
        "x[0]",
        "x.real",
        "[x]",
        "(x,)",
        "lambda: x",
        "f'{x}'",
    ),
    *("(x := 3)", "[x for x in x]", "__import__('os')", "x is x", "x and x", "not x", "x > 0", "exp(x)(x)"),
    *("scalar.system(x)", "'x'", "None", "...", "await x"),
    *("-" * 1000 + "x", "(" * 500 + "x" + ")" * 500, "x+" * 3000 + "x"),
)


@pytest.mark.parametrize("text", REFUSED)
def test_nothing_else_of_python_gets_through(text: str) -> None:
    with pytest.raises(FormulaError):
        parse(text, NAMES)


def test_a_formula_must_be_text() -> None:
    with pytest.raises(FormulaError, match="a formula is text, got 3"):
        parse(3, NAMES)  # type: ignore[arg-type]


def test_white_space_and_lines_do_not_matter() -> None:
    assert parse("\n  x  +\n alpha ", NAMES) == parse("x + alpha", NAMES)
    assert parse("x + alpha", NAMES).text == "x + alpha"


def test_used_names() -> None:
    assert parse("exp(x) + pi", NAMES).used_names == {"x"}


# Each holds for floats, read as a function and evaluated, at every x.
EQUALITIES = [
    ("x if x > 0 else alpha*x", lambda x, a: x if x > 0 else a * x),
    ("alpha if -1 <= x < 2 else 3", lambda x, a: a if -1 <= x < 2 else 3.0),
    ("1 if x > 0 and x < 1 or x == -2 else 0", lambda x, a: float((x > 0 and x < 1) or x == -2)),
    ("1 if not (x > 0 or x != x) else 0", lambda x, a: float(not (x > 0 or x != x))),
    ("where(x >= 0, 1, where(x < -1, 2, 3))", lambda x, a: 1.0 if x >= 0 else 2.0 if x < -1 else 3.0),
    ("-x**2", lambda x, a: -(x * x)),
    ("(-2)**2 * x - 2 - 3", lambda x, a: 4 * x - 2 - 3),
    ("max(x, 0, alpha) + min(x, 1)", lambda x, a: x if x != x else max(x, 0.0, a) + min(x, 1.0)),
    ("abs(x) * (2/3)", lambda x, a: abs(x) * (2 / 3)),
    ("alpha * 0x10 + 1_000 + 0*x", lambda x, a: a * 16 + 1000 + 0 * x),
]


@pytest.mark.parametrize(("text", "expected"), EQUALITIES, ids=[text for text, _ in EQUALITIES])
@pytest.mark.parametrize("x", [-3.0, -2.0, -1.0, -0.5, 0.0, 0.25, 1.0, 2.0, 5.5, math.nan])
def test_function_and_value_agree(text: str, expected: Any, x: float) -> None:
    formula = parse(text, NAMES)
    value = expected(x, 0.75)
    assert formula.value(x=x, alpha=0.75) == pytest.approx(value, rel=1e-15, nan_ok=True)
    assert formula.function()(x, 0.75) == pytest.approx(value, rel=1e-15, nan_ok=True)


@pytest.mark.parametrize("text", [text for text, _ in EQUALITIES])
def test_functions_are_branch_free(text: str) -> None:
    jumps = [
        step.opname for step in dis.get_instructions(parse(text, NAMES).function()) if "JUMP" in step.opname
    ]
    assert jumps == []


def test_functions_know_nothing_but_the_scalar_functions() -> None:
    function = parse("min(exp(x), alpha) if x > 0 else pi", NAMES).function()
    functions = {name: value for name, value in function.__globals__.items() if not name.startswith("__")}
    assert functions == {"min": scalar.minimum, "exp": scalar.exp, "where": scalar.where}
    assert function.__globals__["__builtins__"] == {}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1/0", math.inf),
        ("-1/0", -math.inf),
        ("10**10**10", math.inf),
        ("(-8)**(1/3)", math.nan),
        ("0/0", math.nan),
        ("log(0)", -math.inf),
        ("2**-1074/2", 0.0),
        ("1/-inf", -0.0),
        ("-0.0", -0.0),
    ],
)
def test_constants_follow_ieee_rules(text: str, value: float) -> None:
    formula = parse(text, ())
    for result in (formula.value(), float(formula.function()())):
        assert result == pytest.approx(value, nan_ok=True)
        assert math.copysign(1.0, result) == math.copysign(1.0, value) or math.isnan(value)


def test_literals_are_exact_decimals() -> None:
    formula = parse("0.1*x + 1e-3 - 0x10/1_0.5", ("x",))
    assert formula.evaluate({"x": Fraction(1)}, Fraction) == Fraction("0.101") - Fraction(16) / Fraction(
        "10.5"
    )


@pytest.mark.parametrize("text", ["1 if x > 0 else log(x)", "where(x > 0, 1, log(x))"])
def test_only_the_chosen_arm_is_evaluated(text: str) -> None:
    namespace = {"x": Fraction(1)}  # no log here
    assert parse(text, ("x",)).evaluate(namespace, Fraction) == 1
    with pytest.raises(KeyError):
        parse(text, ("x",)).evaluate({"x": Fraction(-1)}, Fraction)


def test_conditions_stop_at_the_first_that_decides() -> None:
    text = "1 if x > 0 or log(x) > 1 else 2 if x < 0 and x < -1 and log(x) else 3"
    with pytest.raises(FormulaError):
        parse(text, ("x",))
    assert parse("1 if x > 0 or log(x) > 1 else 2", ("x",)).evaluate({"x": Fraction(1)}, Fraction) == 1
    assert parse("1 if x < 0 < log(x) else 2", ("x",)).evaluate({"x": Fraction(1)}, Fraction) == 2


def test_evaluation_uses_the_callers_functions_and_constants() -> None:
    namespace = {"x": 2, "exp": lambda x: ("exp", x), "minimum": lambda a, b: f"({a} {b})", "pi": 3}
    assert parse("exp(x)", ("x",)).evaluate(namespace, int) == ("exp", 2)
    assert parse("min(x, pi, 4)", ("x",)).evaluate(namespace, int) == "((2 3) 4)"


leaves = st.sampled_from(["x", "alpha", "2", "0.5", "pi", "inf"])
numbers = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from(["+", "-", "*", "/"]), inner),
        st.builds("(-{})".format, inner),
        st.builds(
            "({} if {} {} {} else {})".format, inner, inner, st.sampled_from(["<", ">=", "=="]), inner, inner
        ),
        st.builds("max({}, {})".format, inner, inner),
        st.builds("tanh({})".format, inner),
    ),
    max_leaves=12,
)


@given(text=numbers, x=st.floats(-4, 4))
def test_source_and_tree_compute_the_same(text: str, x: float) -> None:
    formula = parse(text, NAMES)
    try:
        computed = formula.function()(x, 1.5)
    except ZeroDivisionError:  # Python's own division, which kernels do not have
        return
    assert float(computed) == pytest.approx(formula.value(x=x, alpha=1.5), rel=1e-12, nan_ok=True)
