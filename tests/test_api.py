"""The public surface: looking activations up, binding parameters, calling, documenting, pickling."""

from __future__ import annotations

import inspect
import pickle
import pydoc
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import built_in
import numpy as np
import pytest
from sample_calls import assert_same_bits, every_activation, every_pointwise, function, ordinary, sample

import numact
from numact import Activation, Param
from numact.calls.plain import SMALL
from numact.examples import example_parameters
from numact.function import Function

RAMP = Activation(
    name="ramp_of_tests",
    summary="A line of given slope.",
    formula="slope * x",
    references=("https://example.org/ramp",),
    params=(Param("slope", 2.0, exclude=(0.0,), doc="How steep it is."),),
    kinks=(0.0,),
)


@pytest.fixture
def ramp() -> Iterator[Activation]:
    numact.register(RAMP)
    yield RAMP
    numact.unregister(RAMP)


@every_activation
def test_every_way_to_call_gives_the_same(spec: Activation) -> None:
    x, given = sample((6, 8)), example_parameters(spec)
    expected = numact.apply(spec.name, x, **given)
    assert_same_bits(getattr(numact, spec.name)(x, **given), expected)
    assert_same_bits(numact.get(spec.name, **given)(x), expected)
    for alias in spec.aliases:
        assert_same_bits(numact.apply(alias, x, **given), expected)


@every_activation
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_second_call_takes_the_short_cut_to_the_same_bits(spec: Activation, dtype: str) -> None:
    x = sample((6, 8), dtype)
    call = Function(spec, example_parameters(spec))
    assert not call.shortcuts
    first = call(x)
    assert bool(call.shortcuts) == (spec.kind != "gated")
    assert_same_bits(call(x), first)
    assert_same_bits(call(x[::-1])[::-1], first)
    assert_same_bits(call(x.astype(x.dtype.newbyteorder())), first)


@every_pointwise
def test_a_large_array_gives_the_bits_of_its_parts(spec: Activation) -> None:
    x = sample((3, SMALL))
    call = function(spec)
    whole = call(x)
    assert_same_bits(whole, np.concatenate([call(part)[None] for part in x]))


def test_what_a_name_means_may_change(ramp: Activation) -> None:
    x = np.ones(3)
    assert np.all(numact.apply(ramp.name, x) == 2) and np.all(numact.apply(ramp.name, x) == 2)
    numact.unregister(ramp)
    with pytest.raises(numact.errors.UnknownActivationError):
        numact.apply(ramp.name, x)
    other = Activation(name=ramp.name, summary="Another.", formula="3 * x", references=())
    numact.register(other)
    try:
        assert np.all(numact.apply(ramp.name, x) == 3)
    finally:
        numact.unregister(other)
        numact.register(ramp)


def test_bound_parameters_and_those_of_a_call(ramp: Activation) -> None:
    steep = numact.get(ramp.name, slope=5)
    assert steep(1.0) == 5.0
    assert steep(1.0, slope=3) == 3.0
    assert steep(1.0) == 5.0
    assert steep.parameters == {"slope": 5.0}
    assert steep.name == ramp.name and steep.spec is ramp


def test_get_without_parameters_gives_one_function() -> None:
    for name in numact.names():
        assert numact.get(name) is numact.get(name)


def test_bound_arrays_are_copied(ramp: Activation) -> None:
    slopes = np.array([1.0, 2.0])
    call = numact.get(ramp.name, slope=slopes)
    slopes[:] = 9
    assert np.array_equal(call(np.ones(2)), [1, 2])


@pytest.mark.parametrize("x", [np.ones(3, np.float32), np.ones(3, np.float16)])
def test_parameters_are_rounded_to_single_precision(ramp: Activation, x: np.ndarray[Any, Any]) -> None:
    exact = numact.apply(ramp.name, x.astype(np.float64), slope=np.float64(np.float32(0.1)))
    assert_same_bits(numact.apply(ramp.name, x, slope=0.1), exact.astype(x.dtype))


@every_activation
def test_functions_are_pickled_by_name_and_parameters(spec: Activation) -> None:
    call = function(spec)
    again = pickle.loads(pickle.dumps(call))
    assert again.spec is spec
    assert dict(again.parameters) == dict(call.parameters)
    assert_same_bits(again(sample((6, 8))), call(sample((6, 8))))


@every_activation
def test_repr_can_be_evaluated(spec: Activation) -> None:
    call = function(spec)
    assert dict(eval(repr(call), {"numact": numact}).parameters) == dict(call.parameters)


@every_activation
def test_help_shows_what_the_spec_states(spec: Activation) -> None:
    text = pydoc.plain(pydoc.render_doc(numact.get(spec.name)))
    for stated in (spec.name, spec.summary, spec.formula, *spec.references, *spec.aliases):
        assert stated in text
    for param in spec.params:
        assert f"{param.name} : " in text
        assert param.is_required or f"default {param.default!r}" in text
        assert param.requirement() in text
        assert param.doc in text
    if spec.kinks:
        assert "Kinks" in text
    if spec.limits is not None:
        assert "Limits" in text


@every_activation
def test_signature_names_the_parameters(spec: Activation) -> None:
    signature = inspect.signature(numact.get(spec.name))
    assert signature.parameters["x"].kind is inspect.Parameter.POSITIONAL_ONLY
    for param in spec.params:
        shown = signature.parameters[param.name]
        assert shown.kind is inspect.Parameter.KEYWORD_ONLY
        assert shown.default == (inspect.Parameter.empty if param.is_required else param.default)
    assert signature.parameters["out"].default is None


def test_signature_shows_bound_values(ramp: Activation) -> None:
    assert inspect.signature(numact.get(ramp.name, slope=4)).parameters["slope"].default == 4.0


@every_pointwise
def test_choices_that_stand_for_another_activation(spec: Activation) -> None:
    x = sample((6, 8))
    for param in spec.params:
        for value, name in param.choices:
            chosen = numact.get(spec.name, **{param.name: value})
            assert chosen.name == (name or spec.name)
            assert_same_bits(numact.apply(spec.name, x, **{param.name: value}), chosen(x))
            assert_same_bits(chosen(x), numact.apply(chosen.name, x))


def _random_switch(spec: Activation) -> dict[str, Any]:
    """Return the keyword that makes a random activation draw."""
    return {param.name: True for param in spec.params if param.kind == "bool"}


@pytest.mark.parametrize("name", built_in.names("random"))
def test_a_seed_repeats_a_random_run(name: str) -> None:
    x, switch = ordinary((40, 50)), _random_switch(numact.get(name).spec)
    first = numact.apply(name, x, seed=3, **switch)
    assert_same_bits(numact.apply(name, x, seed=3, **switch), first)
    assert not np.array_equal(numact.apply(name, x, seed=4, **switch), first)
    assert not np.array_equal(numact.apply(name, x, **switch), numact.apply(name, x, **switch))
    assert_same_bits(numact.apply(name, np.asfortranarray(x), seed=3, **switch), first)


@pytest.mark.parametrize("name", built_in.names("random"))
def test_blocks_of_a_random_run_pass_their_offset(name: str) -> None:
    x, switch = ordinary((10, 50)), _random_switch(numact.get(name).spec)
    whole = numact.apply(name, x, seed=3, **switch)
    blocks = [numact.apply(name, x[i : i + 1], seed=3, offset=50 * i, **switch) for i in range(10)]
    assert_same_bits(np.concatenate(blocks), whole)


@pytest.mark.parametrize("name", built_in.names("random"))
def test_a_seed_changes_nothing_in_evaluation(name: str) -> None:
    x = sample((6, 8))
    assert_same_bits(numact.apply(name, x, seed=3), numact.apply(name, x))


def test_warmup_takes_names_and_dtypes() -> None:
    numact.warmup(built_in.names("axis"), dtypes=("float32", np.float64))
    with pytest.raises(numact.errors.UnknownActivationError):
        numact.warmup("no_such_activation")
    with pytest.raises(numact.errors.DTypeError):
        numact.warmup(built_in.names("axis"), dtypes=("complex64",))


def test_functions_and_their_documentation_need_no_numba() -> None:
    code = (
        "import sys, numact, pickle\n"
        "for name in numact.names():\n"
        "    call = numact.get(name); call.__doc__; call.__signature__; repr(call); pickle.dumps(call)\n"
        "assert 'numba' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_numbers_that_are_equal_are_not_mixed_up(ramp: Activation) -> None:
    call, x = numact.get(ramp.name), np.ones(3)
    assert np.all(call(x, slope=1) == 1)
    assert np.all(call(x, slope=1.0) == 1)
    with pytest.raises(numact.errors.ParameterError):
        call(x, slope=True)
    for slope in range(1, 100):
        assert np.all(call(x, slope=slope) == slope)
        assert np.all(call(x, slope=-slope) == -slope)
