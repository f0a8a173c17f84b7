"""How kernels are run over arrays: overlaps, strides, broadcasting, several outputs, rows, sums."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from built_in import SPECS
from engine_calls import inputs_of, numbers, parameters_of, run
from numpy.typing import NDArray
from sample_calls import DTYPES, assert_same_bits, of_kinds

import numact
from numact import Activation
from numact.engine.launch import Loop, elementwise, launch
from numact.engine.tables import FEWEST, SHORTEST, is_table
from numact.engine.threads import pool_size

Array = NDArray[Any]

POINTWISE = [spec for spec in SPECS if spec.kind == "elementwise"]
# One without parameters and one with the most of them stand for all.
PLAIN = next(spec for spec in POINTWISE if not spec.numeric_params)
MANY = max(POINTWISE, key=lambda spec: len(spec.numeric_params))
two_of_them = pytest.mark.parametrize("spec", [PLAIN, MANY], ids=lambda spec: spec.name)
SMALL, LARGE = 90, 300_000  # elements: one thread's work, and worth two


@pytest.fixture(autouse=True, params=[1, 2])
def threads(request: pytest.FixtureRequest) -> Iterator[int]:
    """Run every test by one thread and by two."""
    if request.param > pool_size():
        pytest.skip("there is one thread only")
    with numact.threads(request.param):
        yield request.param


def loop_of(spec: Activation, role: str = "forward", dtype: str = "float32") -> tuple[Loop, list[Array]]:
    loop = elementwise(spec, role, spec.arguments[0], dtype)
    return loop, parameters_of(spec, loop)


@two_of_them
@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_partial_overlap(spec: Activation, size: int) -> None:
    loop, parameters = loop_of(spec)
    whole = numbers(size + 400, "float32")
    expected = run(loop, [whole[200 : 200 + size].copy()], parameters)
    for shift in (-200, -33, -1, 0, 1, 2, 64, 200):
        memory = whole.copy()
        out = memory[200 + shift : 200 + shift + size]
        run(loop, [memory[200 : 200 + size]], parameters, out)
        assert_same_bits(out, expected)
        untouched = np.ones(memory.size, bool)
        untouched[200 + shift : 200 + shift + size] = False
        assert_same_bits(memory[untouched], whole[untouched])


@two_of_them
def test_overlap_of_other_layouts(spec: Activation) -> None:
    loop, parameters = loop_of(spec)
    whole = numbers(600 * 500, "float32").reshape(600, 500)
    pairs = [
        (np.s_[:-1], np.s_[1:]),
        (np.s_[:, 1:], np.s_[:, :-1]),
        (np.s_[::-1], np.s_[:]),
        (np.s_[:300], np.s_[::2]),
        (np.s_[0], np.s_[1]),
    ]
    for source, target in pairs:
        memory = whole.copy()
        run(loop, [memory[source]], parameters, memory[target])
        assert_same_bits(memory[target], run(loop, [whole[source].copy()], parameters))
    square = whole[:500].copy()
    run(loop, [square], parameters, square.T)
    assert_same_bits(square.T, run(loop, [whole[:500].copy()], parameters))


@two_of_them
def test_empty_arrays_and_single_numbers(spec: Activation) -> None:
    loop, parameters = loop_of(spec)
    for shape in [(0,), (3, 0, 2)]:
        assert run(loop, [np.empty(shape, np.float32)], parameters).shape == shape
    out = np.zeros((), np.float32)
    run(loop, [np.float32(1.5).reshape(())], parameters, out)
    assert_same_bits(out.reshape(1), run(loop, [np.array([1.5], np.float32)], parameters))


@pytest.mark.parametrize("shape", [(3, 4, 5), (30, 40, 50)])
def test_parameters_along_every_axis(shape: tuple[int, ...]) -> None:
    loop, parameters = loop_of(MANY)
    x = numbers(int(np.prod(shape)), "float32").reshape(shape)
    for axis, length in enumerate(shape):
        for place, parameter in enumerate(parameters):
            varied = parameter + np.arange(length, dtype=parameter.dtype) / 8
            along = np.expand_dims(varied, tuple(other for other in range(3) if other != axis))
            given = [along if each == place else other for each, other in enumerate(parameters)]
            result = np.moveaxis(run(loop, [x], given), axis, 0)
            for index, value in enumerate(varied):
                one = [value.reshape(()) if each == place else other for each, other in enumerate(parameters)]
                part = np.ascontiguousarray(np.moveaxis(x, axis, 0)[index])
                assert_same_bits(result[index], run(loop, [part], one))


@two_of_them
def test_inputs_that_are_broadcast(spec: Activation) -> None:
    loop, parameters = loop_of(spec)
    x = numbers(500, "float32")
    out = np.empty((600, 500), np.float32)
    run(loop, [x], parameters, out)
    assert_same_bits(out, np.tile(run(loop, [x], parameters), (600, 1)))
    run(loop, [np.broadcast_to(x[:, None], (500, 600))], parameters, out.reshape(500, 600))
    assert_same_bits(out.reshape(500, 600).T, np.tile(run(loop, [x], parameters), (600, 1)))


def halves(rows: int, length: int) -> Array:
    """Give the first halves of rows."""
    return np.ones((rows, 2 * length), np.float32)[:, :length]


@two_of_them
@pytest.mark.parametrize("shape", [(FEWEST, SHORTEST), (300, 500), (3, 100, 300)])
def test_tables(spec: Activation, shape: tuple[int, ...]) -> None:
    loop, parameters = loop_of(spec)
    x = numbers(2 * int(np.prod(shape)), "float32").reshape(*shape[:-1], 2 * shape[-1])[..., : shape[-1]]
    assert is_table([x, np.empty(shape, np.float32)], parameters)
    assert_same_bits(
        run(loop, [x], parameters, np.empty(shape, np.float32)), run(loop, [x.copy()], parameters)
    )
    out = np.full((*shape[:-1], 2 * shape[-1]), 7, np.float32)
    run(loop, [x], parameters, out[..., : shape[-1]])
    assert_same_bits(out[..., : shape[-1]], run(loop, [x.copy()], parameters))
    assert (out[..., shape[-1] :] == 7).all()


def test_what_is_no_table() -> None:
    x = halves(10, 500)
    assert is_table([x, x.copy()], [])
    assert not is_table([x.copy(), x.copy()], [])  # one stretch of memory
    assert not is_table([x[0], x[0].copy()], [])
    assert not is_table([halves(FEWEST - 1, 500)] * 2, [])
    assert not is_table([halves(10, SHORTEST - 1)] * 2, [])
    assert not is_table([x.T, x.T.copy()], [])
    assert not is_table([x[0], x], [])  # broadcast
    assert not is_table([x, x.copy()], [np.ones(500)])


@two_of_them
def test_outputs_with_gaps(spec: Activation) -> None:
    loop, parameters = loop_of(spec)
    x = numbers(300 * 400, "float32").reshape(300, 400)
    memory = np.full((600, 1300), 7, np.float32)
    out = memory[::-2, 1:1201:3]
    run(loop, [x], parameters, out)
    assert_same_bits(out, run(loop, [x], parameters))
    out[...] = 7
    assert (memory == 7).all()


@two_of_them
@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_two_outputs(spec: Activation, size: int) -> None:
    loop, parameters = loop_of(spec, "value_and_vjp")
    inputs = inputs_of(loop, size, "float32")
    expected = [np.empty_like(inputs[0]) for _ in range(2)]
    launch(loop, inputs, parameters, expected)
    for order in ([0, 1], [1, 0]):
        copies = [x.copy() for x in inputs]
        outputs = [copies[place] for place in order]
        launch(loop, copies, parameters, outputs)
        for out, known in zip(outputs, expected, strict=True):
            assert_same_bits(out, known)
    both = np.empty((size, 2), np.float32)
    launch(loop, inputs, parameters, [both[:, 0], both[:, 1]])
    assert_same_bits(both.T, np.stack(expected))
    memory = np.concatenate([inputs[0], np.zeros(8, np.float32)])
    shifted = [memory[8:], np.empty_like(inputs[0])]
    launch(loop, [memory[:size], inputs[1]], parameters, shifted)
    for out, known in zip(shifted, expected, strict=True):
        assert_same_bits(out, known)


@pytest.mark.parametrize("dtype", DTYPES)
@of_kinds("elementwise", "random", "gated")
def test_no_floating_point_error_is_reported(spec: Activation, dtype: str) -> None:
    loop, parameters = loop_of(spec, dtype=dtype)
    for size in (7, SMALL, LARGE):
        x = inputs_of(loop, size, dtype)
        with np.errstate(all="raise"):
            run(loop, x, parameters)
            run(loop, [each[::2] for each in x], parameters)
