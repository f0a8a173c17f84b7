"""What authors may not write: one sentence with the line and what to use, never the compiler's page."""

from __future__ import annotations

import functools
import importlib.util
import math
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from numact import Activation
from numact.engine import rowtypes  # noqa: F401 - programs may have both kinds of activation
from numact.engine.authors import rebind
from numact.engine.kernels import Recipe
from numact.errors import FormulaError

HEAD = """\
import cmath, decimal, fractions, functools, math, random
import numpy as np
import scipy.special
import numact
from numact import rows, scalar
from scipy.special import expit

numbers, table, array, text = [1.0, 2.0], {1: 2.0}, np.array([1.0, 2.0]), "a"
half, tenth, imaginary, nothing = fractions.Fraction(1, 2), decimal.Decimal("0.1"), 1j, None
partial, large = functools.partial(pow, 2), 10**30

class Holder:
    number = 2.0

@functools.cache
def cached(x):
    return x

def generator(x):
    yield x

def two(x):
    return x, x

def endless(x):
    return endless(x - 1) if x > 0 else x

def ping(x):
    return pong(x)

def pong(x):
    return ping(x)

def remainder(x):
    y = x + 1
    return y % 2

def arc(x):
    return np.arctan(x)

def square(x):
    return x * x
"""
# What an author writes, and what the sentence must say; the line is that of the last statement.
USE_SCALAR = "use arithmetic, comparisons and numact.scalar's exp, "
REFUSED = {
    "return np.arctan(x)": "'np.arctan' is not available in an activation; " + USE_SCALAR,
    "return scipy.special.gamma(x)": "'scipy.special.gamma' is not available in an activation; " + USE_SCALAR,
    "return expit(x)": "'expit' (ufunc) is not available in an activation; use 1 / (1 + exp(-x))",
    "return np.clip(x, 0, 1)": "'np.clip' is not available in an activation; "
    "use minimum(maximum(x, low), high)",
    "return scalar.tahn(x)": "'scalar.tahn' is not available in an activation; use numact.scalar.tanh",
    "return tanh(x)": "'tanh' is not defined; use numact.scalar.tanh",
    "return np.linalg.norm(x)": "'np.linalg.norm' is not available",
    "return numact.relu(x)": "'numact.relu' is not available in an activation; use maximum(x, 0)",
    "return math.isnan(x)": "use x != x",
    "return np.square(x)": "use x**2",
    "return math.floor(x)": "'math.floor' is not available in an activation; use where and comparisons",
    "return np.float32(x)": "use a constant of the module",
    "return random.random() * x": "use an activation of kind 'random'",
    "return rows.maximum(x)": "maximum",
    "return unknown * x": "'unknown' is not defined",
    "return math * x": "'math' is a module; use a function or constant of it",
    "return x % 2": "the operator '%' is not available in an activation; use + - * / ** and comparisons",
    "return x // 2": "the operator '//' is not available in an activation",
    "x //= 2; return x": "the operator '//=' is not available in an activation",
    "return x & 1": "the operator '&' is for comparisons, not for numbers; use and, or where",
    "return where(~(x > 0), x, 1)": "the operator '~' is not available in an activation",
    "return x + None": "the operator '+' is not available for (number, None value)",
    "return round(x)": "'round' (builtin_function_or_method) is not available in an activation; use where",
    "return int(x)": "'int' of a number is not available in an activation; use where and comparisons",
    "return sum((x, x))": "use a loop: total = total + term",
    "for k in range(x): pass": "'range' of a number is not available",
    "for k in x: pass": "a loop cannot run over a number; use range() or a tuple of numbers",
    "return x[0]": "a number has no elements",
    "return len(x)": "a number has no length",
    "a, b = x": "a number is not several values",
    "return x(1)": "a number cannot be called",
    "return x.real": "a number has no attribute 'real'",
    "return x.exp()": "a number has no attribute 'exp'; use the functions of numact.scalar",
    "return math.exp(x, 2)": "'exp' does not take the arguments (number, number); use exp(x)",
    "return math.exp()": "'exp' does not take the arguments (); use exp(x)",
    "return scalar.fma(x, x)": "use fma(a, b, c)",
    "return scalar.where(x > 0, x)": "use where(condition, a, b)",
    "return max(x)": "use maximum(a, b, more)",
    "return math.exp(x=x)": "'exp' takes its arguments by position",
    "return square()": "a function with the arguments (x) is called with others",
    "print(x); return x": "'print' (builtin_function_or_method) is not available",
    "y = [x, x]; return y[0]": "lists are not available in an activation; use a tuple",
    "y = [x * k for k in range(3)]; return y[0]": "lists are not available in an activation",
    "y = {1: x}; return y[1]": "dictionaries are not available in an activation",
    "y = {x}; return x": "sets are not available in an activation",
    "return sum(x * k for k in range(3))": "generators are not available in an activation; use a loop",
    "y = 'a'; return x": "strings are not available in an activation",
    "y = f'{x}'; return x": "strings are not available in an activation",
    "return 1j * x": "complex numbers are not available in an activation",
    "return 3**50 * x": "is too large; write it as a float",
    "return (lambda t: t + 1)(x)": "a function inside a function is not available in an activation",
    "return (y := 2 * x) + y": "set every name in a line of its own, without ':='",
    "import math; return math.exp(x)": "'import' is not available in an activation",
    "global state; state = x; return x": "an activation cannot set global variables",
    "raise ValueError('negative')": "exceptions are not available in an activation; give nan",
    "assert x > 0": "exceptions are not available in an activation",
    "with open('a') as f: return x": "'with' is not available in an activation",
    "del x": "'del' is not available in an activation",
    "return numbers[0] * x": "'numbers' (list) is not available in an activation; use a tuple of numbers",
    "return array * x": "'array' (ndarray) is not available in an activation; use a tuple of numbers",
    "return table[1] * x": "'table' (dict) is not available in an activation",
    "return text": "'text' (str) is not available in an activation",
    "return half * x": "'half' (Fraction) is not available in an activation; use a float",
    "return tenth * x": "'tenth' (Decimal) is not available in an activation; use a float",
    "return imaginary * x": "'imaginary' (complex) is not available in an activation",
    "return large * x": "the integer 'large' is too large; make it a float",
    "return x if nothing is None else 1": "'nothing' (NoneType) is not available in an activation",
    "return Holder.number * x": "'Holder' (type) is not available in an activation",
    "return partial(x)": "'partial' (partial) is not available in an activation; use a plain function",
    "return cached(x)": "'cached' (_lru_cache_wrapper) is not available in an activation; use a plain",
}
# The same, found elsewhere: in a helper, or only in what comes out.
ELSEWHERE = {
    "return generator(x)": ("yield x", "generators are not available in an activation; use a loop", -1),
    "return endless(x)": ("return endless(x - 1)", "'endless' calls itself, which activations cannot", 0),
    "return ping(x)": ("return ping(x)", "'ping' calls itself, which activations cannot; use a loop", 0),
    "return remainder(x)": ("return y % 2", "the operator '%' is not available in an activation", 0),
    "return arc(x)": ("return np.arctan(x)", "'np.arctan' is not available in an activation", 0),
}
NO_NUMBER = {
    "return None": "the function gives a None value; return a number",
    "y = x": "the function gives a None value; return a number",
    "return x, x": "the function gives a tuple; return a number",
    "return two(x)": "the function gives a tuple; return a number",
    "return math.exp": "the function gives a function; return a number",
}


@pytest.fixture(scope="module")
def author(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """A module of an author's: what is refused, each in a function of its own."""
    path = tmp_path_factory.mktemp("written") / "author.py"
    bodies = [*REFUSED, *ELSEWHERE, *NO_NUMBER]
    functions = [f"def f{index}(x):\n    {body}\n" for index, body in enumerate(bodies)]
    path.write_text("\n".join([HEAD, *functions]))
    spec = importlib.util.spec_from_file_location("author", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.functions = {body: getattr(module, f"f{index}") for index, body in enumerate(bodies)}
    return module


def compile_forward(function: Any) -> None:
    spec = Activation("written", "Written by a test.", "x", ("https://example.org",), forward=function)
    Recipe(spec, "forward", "x", "float64").compile()


def complaint(author: ModuleType, body: str) -> tuple[int, str]:
    """Compile a function that is refused: the line told, and the sentence, which is one."""
    with pytest.raises(FormulaError) as caught:
        compile_forward(author.functions[body])
    start = f"written: {author.__file__}:"
    message = str(caught.value)
    assert message.startswith(start), message
    line, _, sentence = message.removeprefix(start).partition(": ")
    assert "\n" not in sentence
    assert not any(word in sentence for word in ("nopython", "Number(", "Literal", "float64", "numba")), (
        sentence
    )
    return int(line), sentence


def line_of(author: ModuleType, statement: str) -> int:
    lines = Path(str(author.__file__)).read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if line.strip().startswith(statement))


@pytest.mark.parametrize("body", REFUSED)
def test_what_is_not_available(author: ModuleType, body: str) -> None:
    line, sentence = complaint(author, body)
    assert line == author.functions[body].__code__.co_firstlineno + 1
    assert REFUSED[body] in sentence


@pytest.mark.parametrize("body", ELSEWHERE)
def test_the_line_of_a_helper(author: ModuleType, body: str) -> None:
    statement, expected, offset = ELSEWHERE[body]
    line, sentence = complaint(author, body)
    assert line == line_of(author, statement) + offset
    assert expected in sentence


@pytest.mark.parametrize("body", NO_NUMBER)
def test_what_is_no_number(author: ModuleType, body: str) -> None:
    line, sentence = complaint(author, body)
    assert line == author.functions[body].__code__.co_firstlineno
    assert sentence == NO_NUMBER[body]


def test_what_is_no_function() -> None:
    with pytest.raises(FormulaError, match=r"written: functools.partial.* is no plain Python function"):
        rebind("written", functools.partial(pow, 2))


def test_a_derivative_is_refused_likewise() -> None:
    spec = Activation("written", "Written by a test.", "x", ("https://example.org",), derivative=math_floor)
    with pytest.raises(FormulaError, match=r"test_author_errors.py:\d+: 'math.floor' is not available"):
        Recipe(spec, "derivative", "x", "float64").compile()


def math_floor(x: Any) -> Any:
    return math.floor(x)
