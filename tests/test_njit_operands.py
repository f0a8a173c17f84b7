"""Parameters and gates that are arrays, inside users' compiled functions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numba
import numpy as np
import pytest
from sample_calls import assert_same_bits, sample

import numact
from numact import Activation
from numact.engine import extension
from numact.errors import OutputError, ShapeError

GATE = Activation("gate_probe", "A gate.", "a * tanh(b)", ("https://example.org",), kind="gated")

extension.init()  # as Numba does where numact is installed


@pytest.fixture(scope="module", autouse=True)
def gate() -> Iterator[None]:
    """Let there be a gated activation."""
    numact.register(GATE)
    yield
    numact.unregister(GATE.name)


@numba.njit
def elu(x: Any, alpha: Any) -> Any:
    return numact.elu(x, alpha=alpha)


@numba.njit
def elu_into(x: Any, alpha: Any, out: Any) -> Any:
    return numact.elu(x, alpha=alpha, out=out)


@numba.njit
def prelu(x: Any, weight: Any, axis: Any) -> Any:
    return numact.prelu(x, weight=weight, axis=axis)


@numba.njit
def gated(x: Any, gate: Any) -> Any:
    return numact.apply("gate_probe", x, gate=gate)


def values(*shape: int) -> Any:
    return np.random.default_rng(2).random(shape) + 0.5


@pytest.mark.parametrize(
    "shape", [(3, 4, 5), (5,), (4, 1), (2, 1, 1, 1)], ids=["whole", "row", "column", "more"]
)
def test_an_array_broadcasts_against_x(shape: tuple[int, ...]) -> None:
    x, alpha = sample((3, 4, 5)), values(*shape)
    assert_same_bits(elu(x, alpha), numact.elu(x, alpha=alpha))


def test_other_arrays_and_a_number_x() -> None:
    alpha = values(4)
    assert_same_bits(elu(-1.5, alpha), numact.elu(-1.5, alpha=alpha))
    x = sample((6, 4))[::2, ::-1]
    assert_same_bits(elu(x, alpha), numact.elu(x, alpha=alpha))


def test_several_parameters_and_their_derivatives() -> None:
    @numba.njit
    def user(x: Any, beta: Any, threshold: Any) -> Any:
        return (
            numact.softplus(x, beta=beta, threshold=threshold),
            numact.softplus.derivative(x, wrt="beta", beta=beta, threshold=2),
        )

    x, beta, threshold = sample((3, 4)), np.arange(1, 5), values(3, 1)
    value, slope = user(x, beta, threshold)
    assert_same_bits(value, numact.softplus(x, beta=beta, threshold=threshold))
    assert_same_bits(slope, numact.softplus.derivative(x, wrt="beta", beta=beta, threshold=2))


@pytest.mark.parametrize("x", [sample((3, 4, 5)), sample((5, 4, 3)).T], ids=["C", "F"])
def test_one_value_for_each_channel(x: Any) -> None:
    for axis in range(-3, 3):
        weight = values(x.shape[axis])
        assert_same_bits(prelu(x, weight, axis), numact.prelu(x, weight=weight, axis=axis))
    assert_same_bits(prelu(x, values(1), 0), numact.prelu(x, weight=values(1)))


def test_channels_lie_along_the_second_axis() -> None:
    user = numba.njit(lambda x, weight, out: numact.prelu(x, weight=weight, out=out))
    x, weight = sample((3, 4, 5), "float64")[:, ::-1], values(4)
    out = np.empty_like(x)
    user(x, weight, out)
    assert_same_bits(out, numact.prelu(x, weight=weight))


def test_a_gate_is_an_array_as_x_is() -> None:
    x, gate = sample((3, 4)), sample((3, 4), seed=2)
    assert_same_bits(gated(x, gate), numact.get("gate_probe")(x, gate=gate))


def test_a_gradient_is_an_array_as_x_is() -> None:
    user = numba.njit(lambda x, g, alpha: numact.vjp("elu", x, g, alpha=alpha))
    x, g = sample((3, 4)), sample((3, 4), seed=2)
    assert_same_bits(user(x, g, 0.5), numact.vjp("elu", x, g, alpha=0.5))
    assert_same_bits(user(-1.5, 3, 0.5), numact.vjp("elu", -1.5, 3.0, alpha=0.5))
    with pytest.raises(ShapeError, match=r"^g of elu must have the shape of x$"):
        user(x, g[:1], 0.5)


def test_the_gradient_of_a_gate() -> None:
    user = numba.njit(lambda x, gate, g, out: numact.gate_probe.vjp(x, g, "gate", gate=gate, out=out))
    x, gate, g = (sample((3, 4), seed=seed) for seed in range(3))
    out = np.empty_like(x)
    user(x, gate, g, out)
    assert_same_bits(out, numact.get("gate_probe").vjp(x, g, "gate", gate=gate))


def test_out_has_the_shape_of_the_result() -> None:
    x, alpha = sample((1, 5)), values(3, 1)
    out = np.empty((3, 5), np.float32)
    result = elu_into(x, alpha, out)
    assert_same_bits(out, numact.elu(x, alpha=alpha))
    assert np.shares_memory(result, out)
    with pytest.raises(OutputError, match=r"^out of elu must have the shape that x and the arrays beside it"):
        elu_into(x, alpha, x)


def test_shapes_that_do_not_fit() -> None:
    x = sample((3, 4, 5))
    with pytest.raises(ShapeError, match=r"^the arrays that go into elu do not broadcast together$"):
        elu(x, values(3, 1, 4))
    with pytest.raises(ShapeError, match=r"^an array beside x of prelu must have one value, or one for each"):
        prelu(x, values(4), 0)
    with pytest.raises(ShapeError, match=r"^'axis' of prelu must be one of the axes of x$"):
        prelu(x, values(4), 3)
    with pytest.raises(ShapeError, match=r"^gate of gate_probe must have the shape of x$"):
        gated(sample((3, 4)), sample((1, 4)))


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        (
            "numact.prelu(x[0], weight=x)",
            "'weight' of prelu, an array along an axis of x, goes with an array",
        ),
        ("numact.prelu(x, weight=x, axis=None)", "'axis' of prelu must be one integer inside compiled code"),
        ("numact.elu(x, alpha=x > 0)", "'alpha' of elu must be a number or an array of numbers inside"),
        (
            "numact.elu(x, alpha=np.array(1.0))",
            "'alpha' of elu is an array of no dimensions: pass alpha=alpha",
        ),
        (
            "numact.elu(x, alpha=x, out=x.reshape(1, 3))",
            "out of elu must have the shape of the result, which",
        ),
        (
            "numact.gate_probe(x, gate=x.astype(np.float32))",
            "gate of gate_probe must be as x is, array(float64",
        ),
        (
            "bound(x)",
            "'weight' of prelu is bound to an array: pass it in the call, weight=..., inside compiled",
        ),
    ],
)
def test_what_cannot_be_is_told_in_one_sentence(expression: str, sentence: str) -> None:
    names = {"numact": numact, "np": np, "bound": numact.get("prelu", weight=[1.0, 2.0])}
    with pytest.raises(numba.TypingError) as raised:
        numba.njit(eval(f"lambda x: {expression}", names))(np.ones(3))
    assert sum(sentence in line for line in str(raised.value).splitlines()) == 1
