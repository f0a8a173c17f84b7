"""Where float64 is measured: each kind of point that a search promises is there."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from flint import arb, ctx

from numact import registry
from numact.accuracy import hardcases, points, settings
from numact.accuracy.measure import Question
from numact.accuracy.search import roots, search_part, search_parts, windows
from numact.accuracy.ulp import FLOAT64

Array = np.ndarray[Any, Any]
DRAWN = points.stratified(FLOAT64, 100_000)


def question(name: str, wrt: str | None = None) -> Question:
    spec = registry.get_spec(name)
    return Question(spec, FLOAT64, settings.default(spec), wrt)


def test_random_points_are_in_every_binade() -> None:
    exponents = np.frexp(DRAWN[np.isfinite(DRAWN) & (DRAWN != 0)])[1]
    assert set(range(-1021, 1025)) <= set(exponents.tolist())
    assert np.count_nonzero(np.abs(DRAWN) < FLOAT64.least_normal)


@pytest.mark.parametrize("name", ["sigmoid", "gelu"])
def test_random_points_have_subnormal_results(name: str) -> None:
    values = np.abs(question(name).computed(DRAWN))
    assert np.count_nonzero((values > 0) & (values < FLOAT64.least_normal)) > 100


def test_windows_are_around_switching_points_and_roots() -> None:
    near = windows(question("hardtanh"))
    for kink in (-1.0, 0.0, 1.0):
        assert {np.nextafter(kink, -9), kink, np.nextafter(kink, 9)} <= set(near.tolist())
    (root,) = roots(question("gelu", "x"))
    assert np.count_nonzero(np.abs(windows(question("gelu", "x")) - root) < 1e-13) >= 200


def identical_bits(function: str, x: float) -> float:
    """How many bits behind the 53rd are the same in the exact value, to part of one."""
    ctx.prec = 300
    mantissa = abs(int(getattr(arb(x), function)().mid().man_exp()[0]))
    halves = Fraction(mantissa, 1 << mantissa.bit_length() - 54)
    return -math.log2(abs(halves - round(halves)))


@pytest.mark.parametrize("function", hardcases.cases())
def test_hard_cases_are_hard(function: str) -> None:
    found = hardcases.cases()[function]
    assert len(found) >= 24
    assert min(identical_bits(function, x) for x in found) >= 42


def test_formulas_are_asked_where_their_functions_are_hard() -> None:
    for name, function in (("tanh", "tanh"), ("elu", "expm1"), ("sigmoid", "exp"), ("softplus", "log1p")):
        assert set(hardcases.cases()[function]) <= set(windows(question(name)).tolist())
    assert not len(hardcases.inputs(registry.get_spec("relu").parsed_formula()))


@pytest.mark.parametrize("name", ["tanh", "elu", "sigmoid", "softplus", "gelu"])
def test_hard_cases_have_no_greater_errors_than_others(name: str) -> None:
    asked = question(name)
    x = hardcases.inputs(asked.spec.parsed_formula())
    truth = asked.exact(x, by_balls=True)
    errors = FLOAT64.error(asked.computed(x), truth.hi, truth.lo)
    assert len(x) > 100
    assert errors.max() <= 4.0 if name == "gelu" else errors.max() <= 2.0


def test_a_search_is_of_as_many_points_as_asked() -> None:
    asked = question("softsign")
    parts = search_parts(200_000)
    assert sum(search_part(asked, part, 200_000).tally.points for part in parts) > 200_000
