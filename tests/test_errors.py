"""Bad input: one clear sentence each, and nothing written."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import built_in
import numpy as np
import pytest
from sample_calls import every_activation, every_along_axis, every_pointwise, function, ordinary

import numact
from numact import Activation, Param
from numact.errors import (
    DTypeError,
    OutputError,
    ParameterError,
    ShapeError,
    UnknownActivationError,
    UnknownParameterError,
)

REFUSED = {
    "complex64": (np.ones(3, "c8"), "x.real"),
    "object": (np.ones(3, object), "astype"),
    "str": (np.array(["1", "2"]), "astype"),
    "bytes": (np.array([b"1", b"2"]), "astype"),
    "datetime64": (np.array(["2020-01-01"], "M8[D]"), "timedelta64"),
    "timedelta64": (np.array([1], "m8[s]"), "divide"),
    "void": (np.zeros(3, [("a", "f4")]), "field"),
    "longdouble": (np.ones(3, np.longdouble), "float64"),
}


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("sellu", "no activation named 'sellu'; did you mean 'selu'?"),
        ("softmx", "no activation named 'softmx'; did you mean 'softmax'?"),
        ("", "no activation named ''"),
    ],
)
def test_unknown_name(asked: str, sentence: str) -> None:
    for call in (numact.apply, numact.derivative):
        with pytest.raises(UnknownActivationError) as caught:
            call(asked, [1.0])
        assert str(caught.value) == sentence


@pytest.mark.parametrize("name", [None, 3, ["selu"], np.tanh])
def test_a_name_is_a_text(name: Any) -> None:
    for call in (numact.get, lambda each: numact.apply(each, np.ones(3))):
        with pytest.raises(UnknownActivationError, match="name"):
            call(name)


@every_activation
@pytest.mark.parametrize("kind", REFUSED)
def test_unsupported_dtypes_are_refused_by_name(spec: Activation, kind: str) -> None:
    x, remedy = REFUSED[kind]
    if kind == "longdouble" and x.itemsize == 8:
        pytest.skip("long double is float64 here")
    with pytest.raises(DTypeError, match=spec.name) as caught:
        function(spec)(x)
    assert str(x.dtype) in str(caught.value)
    assert remedy in str(caught.value)


@every_activation
def test_ragged_lists(spec: Activation) -> None:
    with pytest.raises(ShapeError, match=f"x of {spec.name} has no regular shape"):
        function(spec)([[1.0], [1.0, 2.0]])


def _bad_outputs() -> dict[str, Callable[[np.ndarray[Any, Any]], Any]]:
    return {
        "shape": lambda x: np.zeros(x.shape[1:], x.dtype),
        "more dimensions": lambda x: np.zeros((1, *x.shape), x.dtype),
        "dtype": lambda x: np.zeros(x.shape, np.float64),
        "byte order": lambda x: np.zeros(x.shape, x.dtype.newbyteorder()),
        "read-only": lambda x: np.broadcast_to(np.float32(0), x.shape),
        "list": lambda x: [0.0],
        "number": lambda x: 0.5,
    }


@every_activation
@pytest.mark.parametrize("fault", _bad_outputs())
def test_bad_output(spec: Activation, fault: str) -> None:
    x = ordinary((3, 4))
    out = _bad_outputs()[fault](x)
    with pytest.raises(OutputError, match=f"out of {spec.name}"):
        function(spec)(x, out=out)
    assert np.all(np.asarray(out) == (0.5 if fault == "number" else 0))


@every_activation
def test_an_integer_input_needs_an_output_of_float64(spec: Activation) -> None:
    with pytest.raises(OutputError, match="float64"):
        function(spec)(np.arange(3).reshape(1, 3), out=np.zeros((1, 3), np.float32))


@every_activation
def test_unknown_parameter(spec: Activation) -> None:
    with pytest.raises(UnknownParameterError, match=f"{spec.name}.*'no_such_thing'"):
        function(spec)([1.0], no_such_thing=1)
    with pytest.raises(UnknownParameterError, match="no_such_thing"):
        numact.get(spec.name, no_such_thing=1)


@every_activation
def test_near_spelling_of_a_parameter(spec: Activation) -> None:
    for param in spec.params:
        with pytest.raises(UnknownParameterError, match=f"did you mean '{param.name}'"):
            numact.get(spec.name, **{param.name + "s": 1})


@every_activation
def test_inplace_is_spelt_out(spec: Activation) -> None:
    with pytest.raises(UnknownParameterError, match="out=x"):
        function(spec)([1.0], inplace=True)


@every_activation
def test_parameters_by_position(spec: Activation) -> None:
    x = ordinary((3, 4))
    first = spec.parameter_names[0] if spec.params else None
    expected = f"{first}=0.5" if first else "out="
    for call in (function(spec), lambda *args: numact.apply(spec.name, *args)):
        with pytest.raises(TypeError, match=expected) as caught:
            call(x, 0.5)
        assert isinstance(caught.value, ParameterError)


def test_an_array_by_position_is_no_output() -> None:
    x, weight = ordinary((3, 4)), np.full((3, 4), 7, np.float32)
    for spec_name in built_in.names():
        with pytest.raises(ParameterError, match="by keyword"):
            numact.apply(spec_name, x, weight)
    assert np.all(weight == 7)


def _outside(param: Param) -> list[Any]:
    """Return numbers that a parameter does not allow."""
    values = [math.nan, *param.exclude]
    if param.low > -math.inf:
        values += [param.low - 1, *([param.low] if param.closed in ("neither", "right") else [])]
    elif param.closed in ("neither", "right"):
        values.append(-math.inf)
    if param.high < math.inf:
        values += [param.high + 1, *([param.high] if param.closed in ("neither", "left") else [])]
    elif param.closed in ("neither", "left"):
        values.append(math.inf)
    return values


@every_activation
def test_parameters_out_of_bounds(spec: Activation) -> None:
    x = np.zeros((2, 3), np.float32)
    for param in spec.numeric_params:
        for value in _outside(param):
            for given in (value, np.array([1.0, value, 1.0])):
                out = np.full((2, 3), 7, np.float32)
                with pytest.raises(ParameterError, match=f"'{param.name}' of {spec.name} must be"):
                    function(spec)(x, out=out, **{param.name: given})
                assert np.all(out == 7)


@every_activation
@pytest.mark.parametrize("value", ["1", True, 1j, None, object()], ids=lambda value: type(value).__name__)
def test_numeric_parameters_are_numbers(spec: Activation, value: Any) -> None:
    for param in spec.numeric_params:
        with pytest.raises(ParameterError, match=f"'{param.name}' of {spec.name} must be"):
            function(spec)([1.0], **{param.name: value})


@every_pointwise
def test_bounds_hold_for_the_rounded_value(spec: Activation) -> None:
    for param in spec.numeric_params:
        if 0.0 in param.exclude:
            call = numact.get(spec.name, **{param.name: 1e-60})
            assert np.isfinite(call(0.5))
            with pytest.raises(ParameterError, match="float32"):
                call(np.float32(0.5))


@every_activation
def test_missing_parameters_are_named_on_the_call(spec: Activation) -> None:
    required = [param.name for param in spec.params if param.is_required]
    call = numact.get(spec.name)
    if required:
        with pytest.raises(ParameterError) as caught:
            call([1.0])
        assert all(name in str(caught.value) for name in required)


@every_pointwise
def test_a_parameter_that_does_not_broadcast(spec: Activation) -> None:
    for param in spec.numeric_params:
        value = np.full(5, numact.get(spec.name).parameters.get(param.name, 0.5))
        with pytest.raises(ShapeError, match=f"'{param.name}' of {spec.name}"):
            function(spec)(ordinary((3, 4)), **{param.name: value})


@every_pointwise
def test_one_value_per_channel(spec: Activation) -> None:
    call, x = function(spec), ordinary((2, 3, 4))
    for param in spec.params:
        if param.kind != "channel":
            continue
        with pytest.raises(ShapeError, match=r"5 values.*axis 1 of x has length 3"):
            call(x, **{param.name: np.ones(5)})
        with pytest.raises(ShapeError, match="axis=0"):
            call(x[0, 0], **{param.name: np.ones(4)})
        with pytest.raises(ShapeError, match="0-d"):
            call(1.0, **{param.name: np.ones(4)})
        with pytest.raises(ShapeError, match="'axis'"):
            call(x, **{param.name: np.ones(4)}, axis=3)
        with pytest.raises(ParameterError, match="'axis'"):
            call(x, **{param.name: np.ones(4)}, axis=None)


@every_along_axis
@pytest.mark.parametrize(
    ("axis", "error"),
    [
        (2, ShapeError),
        (-3, ShapeError),
        ((0, 5), ShapeError),
        ((0, 0), ParameterError),
        ((1, -1), ParameterError),
    ],
)
def test_axes_that_do_not_fit(spec: Activation, axis: Any, error: type[Exception]) -> None:
    out = np.full((3, 4), 7, np.float32)
    with pytest.raises(error, match=f"'axis' of {spec.name}"):
        function(spec)(ordinary((3, 4)), axis=axis, out=out)
    assert np.all(out == 7)


@every_along_axis
@pytest.mark.parametrize("axis", [1.0, "1", True, ("0", 1)])
def test_axes_are_integers(spec: Activation, axis: Any) -> None:
    with pytest.raises(ParameterError, match=f"'axis' of {spec.name}"):
        function(spec)(ordinary((3, 4)), axis=axis)


@every_along_axis
def test_dim_is_axis_but_for_none(spec: Activation) -> None:
    x = ordinary((3, 4))
    assert np.array_equal(function(spec)(x, dim=0), function(spec)(x, axis=0))
    with pytest.raises(ParameterError, match=r"dim=None.*axis=None"):
        function(spec)(x, dim=None)
    with pytest.raises(ParameterError, match="pass one of them"):
        function(spec)(x, dim=0, axis=0)


@every_activation
def test_masks_that_do_not_fit(spec: Activation) -> None:
    out = np.full((3, 4), 7, np.float32)
    with pytest.raises(ShapeError, match=f"where of {spec.name}"):
        function(spec)(ordinary((3, 4)), where=[True, False], out=out)
    assert np.all(out == 7)


def test_a_mask_belongs_to_a_call() -> None:
    with pytest.raises(UnknownParameterError, match="cannot be bound"):
        numact.get(built_in.names()[0], where=[True])


@pytest.mark.parametrize("name", built_in.names("random"))
def test_random_options(name: str) -> None:
    for keywords in ({"seed": -1}, {"seed": 1.5}, {"training": 1}, {"training": True, "offset": -1}):
        with pytest.raises(ParameterError, match=name):
            numact.apply(name, [1.0], **keywords)


@every_pointwise
def test_rules_between_parameters_hold_for_every_element(spec: Activation) -> None:
    reals = [param.name for param in spec.params if param.kind == "real"]
    if spec.check is None:
        return
    low, high = np.array([0.0, 0.9]), np.array([0.5, 0.1])
    with pytest.raises(ParameterError, match=spec.name):
        function(spec)([1.0, 2.0], **dict(zip(reals, (low, high), strict=True)))
