"""Activations along an axis, and ``out=``, inside users' compiled functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import pytest
from sample_calls import assert_same_bits, every_along_axis, function, sample

import numact
from numact import Activation, Param, rows
from numact.engine import extension
from numact.errors import OutputError, ShapeError

DTYPES = ("float32", "float64")
SCALED = Activation(
    name="scaled_rows",
    summary="Differences from the row's maximum, scaled.",
    formula="(x_i - max(x)) * scale",
    references=("https://example.org",),
    forward=lambda row, out, scale: rows.apply(scaled, out, row, rows.maximum(row), scale),
    params=(Param("scale", 2.0, low=0.0), Param("axis", -1, kind="axis")),
    kind="axis",
)

extension.init()  # as Numba does where numact is installed


def scaled(x: Any, largest: Any, scale: Any) -> Any:
    return (x - largest) * scale


@numba.njit
def softmax(x: Any) -> Any:
    return numact.softmax(x)


@numba.njit
def softmax_into(x: Any, out: Any, axis: Any) -> Any:
    return numact.apply("softmax", x, axis=axis, out=out)


@numba.njit
def selu_into(x: Any, out: Any) -> Any:
    return numact.selu(x, out=out)


def layouts(dtype: str) -> dict[str, Any]:
    """Give arrays of every layout."""
    return {
        "C": sample((3, 5), dtype),
        "F": sample((40, 37), dtype).T,
        "strided": sample((6, 4), dtype)[::2, ::-1],
    }


@every_along_axis
def test_rows_have_the_bits_of_the_numpy_call(spec: Activation) -> None:
    activation = function(spec)

    @numba.njit
    def user(x: Any, axis: int) -> Any:
        return activation(x, axis=axis)

    for dtype in DTYPES:
        x = sample((3, 70, 18), dtype)
        for axis in range(-3, 3):
            assert_same_bits(user(x, axis), activation(x, axis=axis))


@pytest.mark.parametrize(
    "x",
    [*layouts("float32").values(), np.arange(-3, 3), np.eye(3) > 0, np.empty((0, 2)), np.array(3.0)],
    ids=[*layouts("float32"), "integers", "bools", "empty", "0-d"],
)
def test_rows_of_every_layout(x: Any) -> None:
    before = x.copy()
    assert_same_bits(softmax(x), numact.softmax(x))
    assert_same_bits(x, before)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("numact.softmax(x, axis=0)", numact.softmax(np.eye(3), axis=0)),
        ("numact.softmax(x.T, axis=None)", numact.softmax(np.eye(3).T, axis=None)),
        ('numact.apply("softmax", x, dim=n - 3)', numact.softmax(np.eye(3), axis=0)),
        ('numact.apply("scaled_rows", x)', 2 * (np.eye(3) - 1)),
        ('numact.apply("scaled_rows", x, scale=n, axis=0)', 3 * (np.eye(3) - 1)),
    ],
)
def test_axes_and_parameters(expression: str, expected: Any) -> None:
    numact.register(SCALED)
    try:
        user = numba.njit(eval(f"lambda x, n: {expression}", {"numact": numact}))
        assert_same_bits(user(np.eye(3), 3), expected)
    finally:
        numact.unregister("scaled_rows")


def test_rows_in_a_parallel_loop_with_fast_math() -> None:
    @numba.njit(parallel=True, fastmath=True)
    def user(x: Any, out: Any) -> None:
        for i in numba.prange(len(x)):
            numact.log_softmax(x[i], out=out[i])

    x = sample((50, 30))
    out = np.empty_like(x)
    user(x, out)
    assert_same_bits(out, numact.log_softmax(x))


INTO: dict[str, tuple[Callable[[Any, Any], Any], Callable[[Any], Any]]] = {
    "selu": (selu_into, numact.selu),
    "softmax": (lambda x, out: softmax_into(x, out, 0), lambda x: numact.softmax(x, axis=0)),
}
either = pytest.mark.parametrize(("into", "activation"), INTO.values(), ids=INTO)


@either
@pytest.mark.parametrize("layout", layouts("float32"))
def test_out_takes_the_result(into: Any, activation: Any, layout: str) -> None:
    x = layouts("float32")[layout]
    expected = activation(x)
    for out in (np.empty_like(x), x):
        result = into(x, out)
        assert_same_bits(out, expected)
        assert np.shares_memory(result, out) and result.strides == out.strides


@either
def test_out_of_another_layout_or_overlapping(into: Any, activation: Any) -> None:
    x = sample((3, 5))
    out = np.empty((3, 10), np.float32)[:, ::2]
    into(x, out)
    assert_same_bits(out, activation(x))
    for source, target in ((slice(1, None), slice(-1)), (slice(-1), slice(1, None))):
        memory = sample((6, 5))
        expected = activation(memory[source].copy())
        into(memory[source], memory[target])
        assert_same_bits(memory[target], expected)


def test_out_of_integers_and_of_no_dimensions() -> None:
    x = np.arange(-4, 4).reshape(2, 4)
    assert_same_bits(selu_into(x, np.empty(x.shape)), numact.selu(x))
    assert_same_bits(selu_into(x, x.view(np.float64)), numact.selu(np.arange(-4, 4).reshape(2, 4)))
    assert_same_bits(selu_into(np.array(-1.0), np.empty(())), np.array(numact.selu(-1.0)))


@either
def test_out_of_another_shape_is_refused(into: Any, activation: Any) -> None:
    out = np.full((4, 5), 7.0, np.float32)
    with pytest.raises(OutputError, match=r"^out of s\w+ must have the shape of x$"):
        into(sample((3, 5)), out)
    assert np.all(out == 7)


def test_an_axis_that_is_not_there_is_refused() -> None:
    x = sample((3, 5))
    for axis in (2, -3):
        out = np.full_like(x, 7)
        with pytest.raises(ShapeError, match=r"^'axis' of softmax must be one of the axes of x$"):
            softmax_into(x, out, axis)
        assert np.all(out == 7)


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        (
            "numact.softmax(x[0, 0])",
            "softmax works on rows, not on numbers: pass an array inside compiled code",
        ),
        ("numact.softmax(x, axis=2)", "'axis' of softmax must be from -2 to 1, as x has 2 axes, got 2"),
        ("numact.softmax(x, axis=1.5)", "'axis' of softmax must be one integer inside compiled code, got"),
        ("numact.softmax(x, axis=(0, 1))", "'axis' of softmax must be one integer inside compiled code, got"),
        ("numact.softmax(x, axis=0, dim=0)", "'dim' of softmax is another spelling of 'axis'"),
        ("numact.softmax(x, where=x > 0)", "'where' of softmax is not available inside compiled code"),
        ("numact.softmax.derivative(x)", "softmax maps rows to rows, so its derivative is a matrix"),
        ("numact.softmax(x, scale=2.0)", "softmax has no parameter 'scale'"),
        (
            "numact.selu(x, out=x.astype(np.float32))",
            "out of selu must be of the result's dtype float64, got",
        ),
        (
            "numact.selu(x, out=x[0])",
            "out of selu must have the shape of the result, which has 2 axes, got 1",
        ),
        ("numact.selu(x[0, 0], out=x)", "out of selu goes with arrays, and x is a number"),
        ("numact.softmax(x, out=np.broadcast_to(1.0, (3, 3)))", "out of softmax is read-only"),
    ],
)
def test_what_cannot_be_is_told_in_one_sentence(expression: str, sentence: str) -> None:
    with pytest.raises(numba.TypingError) as raised:
        numba.njit(eval(f"lambda x: {expression}", {"numact": numact, "np": np}))(np.eye(3))
    assert sum(sentence in line for line in str(raised.value).splitlines()) == 1
