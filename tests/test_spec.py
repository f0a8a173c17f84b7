"""Activations and parameters check themselves when made, and say in one sentence what is wrong."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import built_in
import pytest

import numact
from numact import Activation, Param, _public
from numact.errors import FormulaError, ParameterError, SpecError, UnknownParameterError
from numact.spec import KINDS, canonical


def make(**fields: Any) -> Activation:
    given = {"name": "probe", "summary": "A probe.", "formula": "x", "references": ()} | fields
    return Activation(**given)


def one(x: Any) -> Any:
    return x


def two(x: Any, alpha: Any) -> Any:
    return x * alpha


def with_default(x: Any, alpha: Any = 1.0) -> Any:
    return x * alpha


def row_to_row(row: Any, out: Any) -> None:
    out[:] = row


ALPHA = Param("alpha", 1.0, exclude=(0.0,))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": "Probe"}, "activation name 'Probe' must be a lower-case identifier and no keyword"),
        ({"name": "lambda"}, "activation name 'lambda' must be a lower-case identifier and no keyword"),
        ({"name": "_probe"}, "activation name '_probe' must be a lower-case identifier and no keyword"),
        ({"name": "pröbe"}, "activation name 'pröbe' must be a lower-case identifier and no keyword"),
        ({"name": 3}, "activation name 3 must be a lower-case identifier and no keyword"),
        ({"name": "apply"}, "activation name 'apply' is taken by numact itself; choose another"),
        ({"name": "engine"}, "activation name 'engine' is taken by numact itself; choose another"),
        (
            {"aliases": ("Other",)},
            "activation 'probe': alias 'Other' must be a lower-case identifier and no keyword",
        ),
        ({"aliases": ("probe",)}, "activation 'probe': aliases repeat a name"),
        ({"aliases": "other"}, "activation 'probe': aliases must be a tuple, got 'other'"),
        (
            {"references": "https://example.org"},
            "activation 'probe': references must be a tuple, got 'https://example.org'",
        ),
        ({"references": (1,)}, "activation 'probe': a reference must be a text, got 1"),
        ({"summary": " "}, "activation 'probe': summary must be a text, got ' '"),
        ({"formula": ""}, "activation 'probe': formula must be a text, got ''"),
        (
            {"kind": "gate"},
            "activation 'probe': kind must be one of elementwise, random, axis, gated, got 'gate'"
            "; did you mean 'gated'?",
        ),
        ({"params": ALPHA}, f"activation 'probe': params must be a tuple, got {ALPHA!r}"),
        ({"params": ("alpha",)}, "activation 'probe': params must be numact.Param, got 'alpha'"),
        ({"params": (ALPHA, ALPHA)}, "activation 'probe': parameter name 'alpha' is used twice"),
        (
            {"kind": "random", "params": (Param("u", 1.0),)},
            "activation 'probe': parameter name 'u' is used twice",
        ),
        (
            {"kind": "gated", "formula": "a*b", "params": (Param("b", 1.0),)},
            "activation 'probe': parameter name 'b' is used twice",
        ),
        (
            {"formula": "x^2"},
            "activation 'probe': formula 'x^2', column 3: '^' is not allowed; write '**' for a power",
        ),
        ({"formula": "x*b"}, "activation 'probe': formula 'x*b', column 3: unknown name 'b'; known are x"),
        (
            {"formula": "x*n", "params": (Param("n", False, kind="bool"),)},
            "activation 'probe': formula 'x*n', column 3: unknown name 'n'; known are x",
        ),
        (
            {"limits": ("c", 1.0)},
            "activation 'probe', limits: formula 'c', column 1: unknown name 'c'; known are none",
        ),
        (
            {"limits": ("x", 1.0)},
            "activation 'probe', limits: formula 'x', column 1: unknown name 'x'; known are none",
        ),
        (
            {"limits": (math.nan, 1.0)},
            "activation 'probe': limits must be a number or a formula text, got nan",
        ),
        ({"limits": (True, 1.0)}, "activation 'probe': limits must be a number or a formula text, got True"),
        (
            {"derivative_limits": (1.0,)},
            "activation 'probe': derivative_limits must be a pair (low end, high end), got (1.0,)",
        ),
        ({"range": 3}, "activation 'probe': range must be a tuple, got 3"),
        (
            {"derivative_domain": (-1.0, "y")},
            "activation 'probe', derivative_domain: formula 'y', column 1: unknown name 'y'; known are none",
        ),
        ({"kinks": (None,)}, "activation 'probe': kinks must be a number or a formula text, got None"),
        ({"max_ulp": 0}, "activation 'probe': max_ulp must be a positive number, got 0"),
        ({"max_ulp": "1"}, "activation 'probe': max_ulp must be a positive number, got '1'"),
        ({"check": 1}, "activation 'probe': check must be a function, got 1"),
        (
            {"params": (ALPHA,), "check": lambda params: params["alpha"] == 1.0},
            "activation 'probe': check must return a text or None, got True",
        ),
        (
            {"params": (ALPHA,), "check": lambda params: "'alpha' must be 2"},
            "activation 'probe': its defaults break its own check (probe: 'alpha' must be 2, got alpha=1.0)",
        ),
        (
            {"forward": math.tanh},
            f"activation 'probe': forward must be a plain Python function, got {math.tanh!r}",
        ),
        (
            {"forward": two},
            "activation 'probe': forward must have the arguments forward(x), got (x: 'Any'"
            ", alpha: 'Any') -> 'Any'",
        ),
        (
            {"forward": one, "params": (ALPHA,)},
            "activation 'probe': forward must have the arguments forward(x, alpha), got (x: 'Any') -> 'Any'",
        ),
        (
            {"forward": with_default, "params": (ALPHA,)},
            "activation 'probe': forward must have the arguments forward(x, alpha), got (x: 'Any'"
            ", alpha: 'Any' = 1.0) -> 'Any'",
        ),
        (
            {"forward": lambda alpha, x: x, "params": (ALPHA,)},
            "activation 'probe': forward must have the arguments forward(x, alpha), got (alpha, x)",
        ),
        (
            {"forward": lambda x, beta: x, "params": (ALPHA,)},
            "activation 'probe': forward must have the arguments forward(x, alpha), got (x, beta)",
        ),
        (
            {"forward": lambda *x: x},
            "activation 'probe': forward must have the arguments forward(x), got (*x)",
        ),
        (
            {"derivative": {"alpha": one}},
            "activation 'probe': derivative by 'alpha', which is no argument; known are x",
        ),
        (
            {"derivative": two},
            "activation 'probe': derivative by x must have the arguments derivative by x(x), got "
            "(x: 'Any', alpha: 'Any') -> 'Any'",
        ),
        (
            {"kind": "gated", "formula": "a*b", "derivative": one},
            "activation 'probe': derivative must be a mapping with keys among a, b",
        ),
        ({"vjp": one}, "activation 'probe': only kind 'axis' has a vjp of its own"),
        (
            {"kind": "axis"},
            "activation 'probe': kind 'axis' needs forward(row, out), its formula is not compiled",
        ),
        (
            {"kind": "axis", "forward": row_to_row, "derivative": one},
            "activation 'probe': kind 'axis' has a vjp, not a derivative",
        ),
        (
            {"kind": "axis", "forward": row_to_row, "vjp": row_to_row},
            "activation 'probe': vjp must have the arguments vjp(row, g, out), got (row: 'Any'"
            ", out: 'Any') -> 'None'",
        ),
        (
            {"kind": "axis", "forward": row_to_row, "limits": (0.0, 1.0)},
            "activation 'probe': kind 'axis' has no limits",
        ),
        (
            {"kind": "gated", "formula": "a*b", "kinks": (0.0,)},
            "activation 'probe': kind 'gated' has no kinks",
        ),
    ],
)
def test_contradictions(fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SpecError) as caught:
        make(**fields)
    assert str(caught.value) == sentence


@pytest.mark.parametrize("name", sorted(_public.reserved_names()))
def test_no_activation_takes_a_name_of_numact(name: str) -> None:
    with pytest.raises(SpecError):
        make(name=name)
    with pytest.raises(SpecError):
        make(aliases=(name,))


def test_a_formula_that_does_not_parse_is_a_formula_error() -> None:
    with pytest.raises(FormulaError):
        make(formula="exp(")
    with pytest.raises(FormulaError):
        make(kinks=("1 +",))


def test_sequences_become_tuples_and_mappings_read_only() -> None:
    made = make(
        references=["a"],
        aliases=["other"],
        params=[ALPHA],
        kinks=[0],
        limits=[0, None],
        derivative={"x": two},
    )
    assert (made.references, made.aliases, made.params) == (("a",), ("other",), (ALPHA,))
    assert (made.kinks, made.limits) == ((0,), (0, None))
    with pytest.raises(TypeError):
        made.derivative["x"] = one  # type: ignore[index]
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.name = "other"  # type: ignore[misc]


def test_arguments_by_kind() -> None:
    params = (
        ALPHA,
        Param("count", 1, kind="int"),
        Param("weight", 0.25, kind="channel"),
        Param("axis", 1, kind="axis"),
        Param("training", False, kind="bool"),
    )
    made = make(params=params)
    assert made.parameter_names == ("alpha", "count", "weight", "axis", "training")
    assert made.arguments == ("x", "alpha", "count", "weight")
    assert made.differentiable == ("x", "alpha", "weight")
    assert make(kind="random", formula="x*u").arguments == ("x", "u")
    assert make(kind="random", formula="x*u").differentiable == ("x",)
    assert make(kind="gated", formula="a*b").differentiable == ("a", "b")
    axis = make(kind="axis", formula="exp(x_i)/sum_j exp(x_j)", forward=row_to_row)
    assert (axis.arguments, axis.differentiable) == (("row", "out"), ())


def test_bounds_are_formulas_of_the_parameters() -> None:
    made = make(params=(ALPHA,), limits=("alpha * -inf", 3), kinks=("-alpha",))
    assert made.limits is not None
    low, high = made.limits
    assert made.parsed_bound(low or 0).value(alpha=2.0) == -math.inf
    assert made.parsed_bound(high or 0).function()(2.0) == 3.0
    assert made.parsed_bound(made.kinks[0]).value(alpha=2.0) == -2.0
    random = make(kind="random", formula="x*u", limits=("-u * inf", None))
    assert random.parsed_bound("u").names == ("u",)


def test_rules_between_parameters() -> None:
    def check(params: Any) -> str | None:
        return "'lower' must not exceed 'upper'" if params["lower"] > params["upper"] else None

    made = make(params=(Param("lower", 0.1), Param("upper", 0.3), Param("extra", 1.0)), check=check)
    made.check_together({"lower": 0.1, "upper": 0.1, "extra": 0.0})
    with pytest.raises(ParameterError) as caught:
        made.check_together({"lower": 0.5, "upper": 0.25, "extra": 0.0})
    assert str(caught.value) == "probe: 'lower' must not exceed 'upper', got lower=0.5, upper=0.25"


@pytest.mark.parametrize(
    ("params", "name", "sentence"),
    [
        ((ALPHA,), "alhpa", "probe has no parameter 'alhpa'; did you mean 'alpha'?"),
        ((ALPHA,), "q", "probe has no parameter 'q'; its parameters are alpha"),
        ((), "q", "probe takes no parameters, got 'q'"),
    ],
)
def test_unknown_parameters(params: tuple[Param, ...], name: str, sentence: str) -> None:
    with pytest.raises(UnknownParameterError) as caught:
        make(params=params).param(name)
    assert str(caught.value) == sentence
    assert make(params=(ALPHA,)).param("alpha") is ALPHA


def test_canonical_spelling() -> None:
    assert canonical("LeakyReLU") == canonical("leaky_relu")
    assert canonical("LogSoftmax") == canonical("log_softmax")


@pytest.mark.parametrize("activation", built_in.SPECS, ids=lambda activation: activation.name)
def test_every_field_of_a_built_in_is_filled_in(activation: Activation) -> None:
    assert activation.kind in KINDS
    assert activation.summary.endswith(".")
    assert activation.references
    for param in activation.params:
        for _, target in param.choices:
            assert not target or numact.registry.get_spec(target)
