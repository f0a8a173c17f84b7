"""What the built-in activations promise at edges: limits, kinks, signed zeros, NaN, parameters, spellings.

What can be derived is derived from the registry. The few facts that are choices stand in tables here, and a
test of its own finds each table complete.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from built_in import SPECS

import numact
from numact import Activation, Param, registry
from numact.accuracy import settings
from numact.errors import ParameterError

Setting = Mapping[str, float]

POINTWISE = [spec for spec in SPECS if spec.kind in ("elementwise", "random")]
SETTINGS = {spec.name: [settings.default(spec), *settings.others(spec)] for spec in POINTWISE}
CALLS = [(spec, setting) for spec in POINTWISE for setting in SETTINGS[spec.name]]

every_call = pytest.mark.parametrize(
    ("spec", "setting"), CALLS, ids=[f"{spec.name}-{'-'.join(map(str, s.values()))}" for spec, s in CALLS]
)
every_spec = pytest.mark.parametrize("spec", POINTWISE, ids=lambda spec: spec.name)
every_dtype = pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16, np.float32, np.float64])

# Derivative by x at each kink, in the order of the spec's kinks, in terms of the parameters.
SLOPES_AT_KINKS: Mapping[str, tuple[str, ...]] = {
    "elu": ("alpha",),
    "hardshrink": ("0", "0"),
    "hardtanh": ("0", "0"),
    "leaky_relu": ("negative_slope",),
    "prelu": ("weight",),
    "relu": ("0",),
    "relu6": ("0", "0"),
    "rrelu": ("(lower + upper) / 2",),
    "selu": ("1.0507009873554804934 * 1.6732632423543772848",),
    "softplus": ("1 / (1 + exp(-threshold))",),
    "softshrink": ("0", "0"),
    "threshold": ("0",),
}
# What comes out as 0 for a whole band of numbers does so without a sign.
DEAD_ZONES = {"hardshrink", "softshrink"}
ODD = {"softsign", "tanh", "tanhshrink", "hardshrink", "softshrink"}
DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "celu": {"alpha": 1.0},
    "elu": {"alpha": 1.0},
    "gelu": {"approximate": "none"},
    "hardshrink": {"lambd": 0.5},
    "hardtanh": {"min_val": -1.0, "max_val": 1.0},
    "leaky_relu": {"negative_slope": 0.01},
    "prelu": {"weight": 0.25, "axis": 1},
    "rrelu": {"lower": 1 / 8, "upper": 1 / 3, "training": False, "seed": None},
    "softplus": {"beta": 1.0, "threshold": 20.0},
    "softshrink": {"lambd": 0.5},
    "threshold": {},
}
# Parameters that break a rule between them.
AT_ODDS: Mapping[str, Mapping[str, float]] = {
    "hardtanh": {"min_val": 0.5, "max_val": 0.25},
    "rrelu": {"lower": 0.5, "upper": 0.25},
}


def value(spec: Activation, text: float | str, setting: Setting, dtype: Any = np.float64) -> float:
    """Evaluate a bound of the spec with the parameters as a call on arrays of that dtype rounds them."""
    narrow = np.float64 if dtype is np.float64 else np.float32
    rounded = {name: float(narrow(number)) for name, number in setting.items()}
    formula = spec.parsed_bound(text)
    return formula.value(**{name: rounded[name] for name in formula.used_names})


def apply(spec: Activation, x: Any, setting: Setting, dtype: Any = np.float64) -> Any:
    return numact.apply(spec.name, np.asarray(x, dtype), **setting)


def slope(spec: Activation, x: Any, setting: Setting, dtype: Any = np.float64) -> Any:
    return numact.derivative(spec.name, np.asarray(x, dtype), **setting)


def same(actual: float, expected: float) -> bool:
    """Tell whether two numbers are equal, zeros in sign too."""
    return actual == expected and math.copysign(1.0, actual) == math.copysign(1.0, expected)


@every_dtype
@every_call
def test_infinities_give_the_limits(spec: Activation, setting: dict[str, float], dtype: Any) -> None:
    assert spec.limits is not None
    assert spec.derivative_limits is not None
    for x, limit, slope_limit in zip((-np.inf, np.inf), spec.limits, spec.derivative_limits, strict=True):
        found, found_slope = apply(spec, x, setting, dtype), slope(spec, x, setting, dtype)
        assert not np.isnan(found)
        assert not np.isnan(found_slope)
        if limit is not None:
            assert found == dtype(value(spec, limit, setting, dtype))
        if slope_limit is not None:
            assert found_slope == dtype(value(spec, slope_limit, setting, dtype))


@every_call
def test_the_limits_are_approached(spec: Activation, setting: dict[str, float]) -> None:
    assert spec.limits is not None
    assert spec.derivative_limits is not None
    pairs = [(spec.limits, apply), (spec.derivative_limits, slope)]
    for limits, function in pairs:
        for x, limit in zip((-1e9, 1e9), limits, strict=True):
            expected = math.nan if limit is None else value(spec, limit, setting)
            found = float(function(spec, x, setting))
            if math.isinf(expected):
                assert found * math.copysign(1.0, expected) > 1e6
            elif not math.isnan(expected):
                assert found == pytest.approx(expected, abs=1e-8)


@every_call
def test_values_stay_within_the_range(spec: Activation, setting: dict[str, float]) -> None:
    assert spec.range is not None
    x = np.concatenate([np.linspace(-30.0, 30.0, 6001), np.float64([-np.inf, -1e300, 1e300, np.inf])])
    values = apply(spec, x, setting)
    low, high = (None if bound is None else value(spec, bound, setting) for bound in spec.range)
    assert low is None or values.min() >= low
    assert high is None or values.max() <= high


@every_dtype
@every_spec
def test_nan_stays_nan_at_every_position(spec: Activation, dtype: Any) -> None:
    setting = settings.default(spec)
    plain = np.linspace(-3.0, 3.0, 37).astype(dtype)
    functions = [lambda x: numact.apply(spec.name, x, **setting)]
    functions += [
        lambda x, wrt=wrt: numact.derivative(spec.name, x, wrt=wrt, **setting) for wrt in spec.differentiable
    ]
    for function in functions:
        expected = function(plain)
        for position in (0, 1, 7, 8, 15, 16, 31, 35, 36):
            x = plain.copy()
            x[position] = np.nan
            result = function(x)
            assert np.isnan(result[position])
            others = np.arange(x.size) != position
            assert np.array_equal(result[others], expected[others])


@every_dtype
@every_call
def test_zeros_keep_their_sign(spec: Activation, setting: dict[str, float], dtype: Any) -> None:
    above, below = (float(apply(spec, zero, setting, dtype)) for zero in (0.0, -0.0))
    if above != 0.0 or spec.name == "threshold":
        assert above == below
    else:
        assert same(above, 0.0 * float(value_sign(spec, setting)))
        assert same(below, 0.0 if spec.name in DEAD_ZONES else -above)


def value_sign(spec: Activation, setting: Mapping[str, float]) -> float:
    """Give the sign with which +0 comes out: that of the slope on the side of +0, which is at -0 too."""
    at_zero = float(slope(spec, 0.0, setting))
    return -1.0 if at_zero < 0.0 else 1.0


@every_call
def test_results_that_underflow_keep_their_sign(spec: Activation, setting: dict[str, float]) -> None:
    if spec.name in DEAD_ZONES:
        return
    for far, near in ((-np.inf, -3.0), (np.inf, 3.0)):
        end, before = float(apply(spec, far, setting)), float(apply(spec, near, setting))
        if end == 0.0 and before != 0.0:
            assert math.copysign(1.0, end) == math.copysign(1.0, before)


@pytest.mark.parametrize("name", sorted(ODD))
def test_odd_functions_are_odd_to_the_last_bit(name: str) -> None:
    x = np.concatenate([np.geomspace(1e-300, 1e300, 2001), np.linspace(0.0, 12.0, 2001)[1:]])
    for dtype in (np.float32, np.float64):
        with np.errstate(over="ignore", under="ignore"):
            points = x.astype(dtype)
        assert np.array_equal(numact.apply(name, -points), -numact.apply(name, points))


@every_dtype
@every_call
def test_slopes_at_kinks(spec: Activation, setting: dict[str, float], dtype: Any) -> None:
    tolerance = max(float(ml_dtypes.finfo(dtype).eps), 1e-8)
    for kink, expected in zip(spec.kinks, SLOPES_AT_KINKS.get(spec.name, ()), strict=True):
        point = value(spec, kink, setting, dtype)
        if float(dtype(point)) == point:  # otherwise no number of this type is the kink
            wanted = value(spec, expected, setting, dtype)
            for x in (point, -0.0) if point == 0.0 else (point,):
                assert float(slope(spec, x, setting, dtype)) == pytest.approx(wanted, rel=tolerance)


def test_the_table_of_kinks_is_complete() -> None:
    kinks = {spec.name: len(spec.kinks) for spec in SPECS if spec.kinks}
    assert kinks == {name: len(slopes) for name, slopes in SLOPES_AT_KINKS.items()}


@every_call
def test_the_slope_jumps_at_declared_kinks_alone(spec: Activation, setting: dict[str, float]) -> None:
    x = np.linspace(-4.0, 4.0, 8001)
    slopes = slope(spec, x, setting)
    jumps = np.abs(np.diff(slopes)) > 0.02 * (1.0 + np.abs(slopes[:-1]))
    kinks = [value(spec, kink, setting) for kink in spec.kinks]
    for left, right in zip(x[:-1][jumps], x[1:][jumps], strict=True):
        assert any(left - 1e-9 <= kink <= right + 1e-9 for kink in kinks)


def test_derivative_by_the_weight_is_0_at_the_kink() -> None:
    slopes = numact.derivative("prelu", np.float32([-2.0, 0.0, 2.0]), wrt="weight")
    assert slopes.tolist() == [-2.0, 0.0, 0.0]


@pytest.mark.parametrize("beta", [1.0, 0.5, -2.0])
def test_softplus_is_linear_strictly_above_the_threshold(beta: float) -> None:
    for dtype in (np.float32, np.float64):
        kink = dtype(20.0 / beta)
        beyond = np.nextafter(kink, dtype(math.copysign(np.inf, beta)))
        assert numact.softplus(beyond, beta=beta) == beyond
        assert numact.derivative("softplus", beyond, beta=beta) == 1.0
    bent = math.log1p(math.exp(-20.0)) / abs(beta)
    rise = numact.softplus(20.0 / beta, beta=beta) - 20.0 / beta
    assert rise == pytest.approx(math.copysign(bent, beta), rel=1e-5)
    assert numact.derivative("softplus", 20.0 / beta, beta=beta) < 1.0


def test_softplus_compares_the_exact_product_with_the_threshold() -> None:
    beta, x = 0.1, 200.0
    exceeds = int(beta * 2**56) * 200 > 20 * 2**56  # 0.1 as a float64 is a bit more than a tenth
    assert exceeds
    assert beta * x == 20.0
    assert numact.softplus(x, beta=beta) == x


@every_dtype
@pytest.mark.parametrize(("name", "slope_name"), [("leaky_relu", "negative_slope"), ("prelu", "weight")])
def test_a_slope_of_0_gives_minus_0_at_minus_infinity(name: str, slope_name: str, dtype: Any) -> None:
    x = np.asarray([-np.inf, -1.0], dtype)
    assert all(same(float(result), -0.0) for result in numact.apply(name, x, **{slope_name: 0.0}))


def test_threshold_takes_the_value_at_equality() -> None:
    result = numact.threshold(np.float64([0.5, np.nextafter(0.5, 1.0)]), threshold=0.5, value=-7.0)
    assert result.tolist() == [-7.0, np.nextafter(0.5, 1.0)]


def test_shrinks_have_a_closed_zero_band() -> None:
    x = np.float64([-0.5, -np.nextafter(0.5, 1.0), 0.5, np.nextafter(0.5, 1.0)])
    assert (numact.hardshrink(x) != 0.0).tolist() == [False, True, False, True]
    assert (numact.softshrink(x) != 0.0).tolist() == [False, True, False, True]


def test_evaluation_of_rrelu_takes_the_mean_slope() -> None:
    x = np.float64([-3.0, 2.0])
    assert numact.rrelu(x, lower=-0.3, upper=0.5).tolist() == [-3.0 * 0.1, 2.0]


def test_selu_has_exact_constants() -> None:
    spec = registry.get_spec("selu")
    constants = re.findall(r"\d\.\d{20,}", spec.formula)
    assert constants == ["1.0507009873554804934193349852946", "1.6732632423543772848170429916717"]


@pytest.mark.parametrize("name", sorted(DEFAULTS))
def test_defaults(name: str) -> None:
    params = registry.get_spec(name).params
    assert {param.name: param.default for param in params if not param.is_required} == DEFAULTS[name]


def test_the_table_of_defaults_is_complete() -> None:
    assert {spec.name for spec in SPECS if spec.params and spec.kind != "axis"} == set(DEFAULTS)


def outside(param: Param) -> list[float]:
    """Give values that the bounds of a parameter leave out."""
    if not param.is_numeric:
        return []
    below = [param.low - 1.0] if math.isfinite(param.low) else []
    above = [param.high + 1.0] if math.isfinite(param.high) else []
    ends = [end for end in (param.low, param.high) if not param.allows(end)]
    return [*below, *above, *ends, *param.exclude, math.nan]


@every_spec
def test_parameters_out_of_bounds_are_refused(spec: Activation) -> None:
    good = settings.default(spec)
    for param in spec.params:
        for bad in outside(param):
            with pytest.raises(ParameterError, match=f"'{param.name}' of {spec.name} must be"):
                apply(spec, 1.0, {**good, param.name: bad})


@pytest.mark.parametrize("name", sorted(AT_ODDS))
def test_parameters_at_odds_are_refused(name: str) -> None:
    first, second = AT_ODDS[name]
    with pytest.raises(ParameterError, match=f"{name}: '{first}' must not exceed '{second}'"):
        numact.apply(name, np.ones(3), **AT_ODDS[name])
    equal = dict.fromkeys(AT_ODDS[name], 0.5)
    assert np.isfinite(numact.apply(name, np.ones(3), **equal)).all()


def test_the_table_of_rules_between_parameters_is_complete() -> None:
    assert {spec.name for spec in SPECS if spec.check is not None} == set(AT_ODDS)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_pytorchs_spelling_finds_the_activation(spec: Activation) -> None:
    classes = [match[1] for text in spec.references for match in re.finditer(r"torch\.nn\.(\w+)\.html", text)]
    assert len(classes) == 1
    found = registry.get_spec(classes[0])
    choices = [choice for param in found.params for _, choice in param.choices]
    assert spec.name in (found.name, *choices)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_aliases_find_the_activation(spec: Activation) -> None:
    assert all(registry.get_spec(alias) is registry.get_spec(spec.name) for alias in spec.aliases)


def test_gelu_computes_its_approximation() -> None:
    x = np.linspace(-4.0, 4.0, 101)
    assert np.array_equal(numact.gelu(x, approximate="tanh"), numact.gelu_tanh(x))
    assert not np.array_equal(numact.gelu(x), numact.gelu_tanh(x))


def test_celu_of_an_enormous_alpha_is_a_number() -> None:
    alpha = -1e308
    np.testing.assert_allclose(numact.celu(np.array([alpha]), alpha=alpha), alpha * np.expm1(1.0), rtol=1e-15)
