"""The same input gives the same bits, whatever the length, place, layout, threads and kernel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from engine_calls import inputs_of, numbers, parameters_of, run
from numba.core import types
from numpy.typing import NDArray
from sample_calls import DTYPES, assert_same_bits, of_kinds

import numact
from numact import Activation
from numact.engine.intrinsics import core, primitive
from numact.engine.launch import elementwise, launch
from numact.engine.random import emit_philox
from numact.engine.threads import pool_size

Array = NDArray[Any]

SIZE = 160  # of a small array: more than any vector, unrolled loop or remainder
LARGE = 1_000_000  # an array that is worth a second thread
pointwise = of_kinds("elementwise", "random", "gated")
every_dtype = pytest.mark.parametrize("dtype", DTYPES)


@pytest.fixture(autouse=True)
def _threads() -> Iterator[None]:
    with numact.threads(numact.threads()):
        yield


@every_dtype
@pointwise
def test_length_and_place(spec: Activation, dtype: str) -> None:
    loop = elementwise(spec, "forward", "x", dtype)
    inputs, parameters = inputs_of(loop, SIZE, dtype), parameters_of(spec, loop)
    whole = run(loop, inputs, parameters)
    for length in range(1, 101):
        assert_same_bits(run(loop, [x[:length] for x in inputs], parameters), whole[:length])
    for start in range(1, 33):
        out = np.zeros(SIZE, dtype)[SIZE - 70 - start :][:70]
        parts = [x[start : start + 70] for x in inputs]
        assert_same_bits(run(loop, parts, parameters, out), whole[start : start + 70])


@every_dtype
@pointwise
def test_layout(spec: Activation, dtype: str) -> None:
    loop = elementwise(spec, "forward", "x", dtype)
    inputs, parameters = inputs_of(loop, SIZE, dtype), parameters_of(spec, loop)
    whole = run(loop, inputs, parameters)
    spread = [np.repeat(x, 3)[1::3] for x in inputs]
    assert_same_bits(run(loop, spread, parameters), whole)
    assert_same_bits(run(loop, inputs, parameters, np.zeros(2 * SIZE, dtype)[::2]), whole)
    assert_same_bits(run(loop, [x[::-1] for x in inputs], parameters), whole[::-1])
    columns = [np.asfortranarray(x.reshape(8, -1)) for x in inputs]
    assert_same_bits(run(loop, columns, parameters), whole.reshape(8, -1))
    for place in range(loop.inputs):
        copies = [x.copy() for x in inputs]
        assert_same_bits(run(loop, copies, parameters, copies[place]), whole)


@every_dtype
@pointwise
def test_parameters_as_arrays(spec: Activation, dtype: str) -> None:
    loop = elementwise(spec, "forward", "x", dtype)
    inputs, parameters = inputs_of(loop, SIZE, dtype), parameters_of(spec, loop)
    whole = run(loop, inputs, parameters)
    for one in range(len(parameters)):
        mixed = [np.full(SIZE, each) if place == one else each for place, each in enumerate(parameters)]
        assert_same_bits(run(loop, inputs, mixed), whole)
    for full in (np.full(SIZE, 1), np.full((SIZE, 2), 1)[:, 0], np.full(1, 1)):
        arrays = [
            np.broadcast_to(parameter, full.shape) * full.astype(parameter.dtype) for parameter in parameters
        ]
        assert_same_bits(run(loop, inputs, arrays), whole)


@every_dtype
@pointwise
def test_threads(spec: Activation, dtype: str) -> None:
    loop = elementwise(spec, "forward", "x", dtype)
    inputs, parameters = inputs_of(loop, LARGE, dtype), parameters_of(spec, loop)
    serial = np.concatenate(
        [run(loop, [x[start : start + 3001] for x in inputs], parameters) for start in range(0, LARGE, 3001)]
    )
    numact.threads(1)
    assert_same_bits(run(loop, inputs, parameters), serial)
    if pool_size() > 1:
        numact.threads(2)
        assert_same_bits(run(loop, inputs, parameters), serial)
        assert_same_bits(run(loop, inputs, parameters, inputs[0]), serial)


@pointwise
def test_fused_kernels_agree_with_the_single_ones(spec: Activation) -> None:
    wrt = spec.arguments[0]
    fused, forward, vjp = (
        elementwise(spec, role, wrt, "float32") for role in ("value_and_vjp", "forward", "vjp")
    )
    inputs, parameters = inputs_of(fused, SIZE, "float32"), parameters_of(spec, fused)
    for length in (SIZE, 7):
        parts = [x[:length] for x in inputs]
        value, gradient = np.empty_like(parts[0]), np.empty_like(parts[0])
        launch(fused, parts, parameters, [value, gradient])
        # Parts that value and derivative share may differ from those of the value alone in the last place.
        np.testing.assert_array_max_ulp(value, run(forward, parts[: forward.inputs], parameters), 1)
        assert_same_bits(gradient, run(vjp, parts, parameters))


# Random numbers --------------------------------------------------------------------------------------------


def philox(counter: list[int], key: list[int]) -> list[int]:
    """Compute Philox4x32-10 as its authors define it."""
    for _ in range(10):
        first, second = counter[0] * 0xD2511F53, counter[2] * 0xCD9E8D57
        counter = [
            (second >> 32) ^ counter[1] ^ key[0],
            second & 0xFFFFFFFF,
            (first >> 32) ^ counter[3] ^ key[1],
            first & 0xFFFFFFFF,
        ]
        key = [(key[0] + 0x9E3779B9) & 0xFFFFFFFF, (key[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return counter


# The known answers published with Random123, whose C code computes them.
KNOWN = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
]


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN)
def test_philox_gives_the_published_answers(counter: str, key: str, answer: str) -> None:
    words = [[int(word, 16) for word in text.split()] for text in (counter, key, answer)]
    assert philox(words[0], words[1]) == words[2]


def compiled_philox() -> Any:
    """Compile the generator: the number of a word, counter and key."""

    @primitive(types.uint32, types.int64, types.uint64, types.uint64)
    def word(builder: Any, number: Any, counter: Any, key: Any) -> Any:
        chosen, *others = emit_philox(builder, counter, key)
        for index, other in enumerate(others, 1):
            chosen = builder.select(builder.icmp_signed("==", number, number.type(index)), other, chosen)
        return chosen

    @core
    def call(number: int, counter: int, key: int) -> Any:
        return word(number, counter, key)

    return call


def test_kernels_have_this_generator() -> None:
    words = compiled_philox()
    random = np.random.default_rng(0)
    for counter, key in [(0, 0), *random.integers(0, 2**64, (50, 2), np.uint64).tolist()]:
        expected = philox([counter % 2**32, counter >> 32, 0, 0], [key % 2**32, key >> 32])
        assert [words(number, np.uint64(counter), np.uint64(key)) for number in range(4)] == expected


def uniform(counter: int, seed: int) -> float:
    """Make a number in (0, 1) of the first 52 bits."""
    high, low, *_ = philox([counter % 2**32, counter >> 32, 0, 0], [seed % 2**32, seed >> 32])
    return ((high << 32 | low) >> 12) * 2.0**-52 + 2.0**-53


def test_numbers_drawn_are_those_of_the_counter() -> None:
    spec = Activation(
        "drawn",
        "The random number.",
        "u + 0 * x",
        ("https://example.org",),
        kind="random",
        forward=lambda x, u: u,
    )
    loop = elementwise(spec, "forward_random", "x", "float64")
    seed, offset = 12345678901234567, 2**33 + 5
    out = np.empty(100)
    launch(loop, [np.zeros(100)], [], [out], seed=seed, offset=offset)
    assert out.tolist() == [uniform(offset + index, seed) for index in range(100)]
    assert 0 < out.min() < out.max() < 1


@every_dtype
@of_kinds("random")
def test_what_is_drawn_depends_on_seed_and_index_alone(spec: Activation, dtype: str) -> None:
    loop = elementwise(spec, "forward_random", "x", dtype)
    x, parameters = numbers(LARGE, dtype), parameters_of(spec, loop)

    def draw(x: Array, offset: int = 0, seed: int = 3) -> Array:
        out = np.empty_like(x)
        launch(loop, [x], parameters, [out], seed=seed, offset=offset)
        return out

    numact.threads(1)
    whole = draw(x)
    assert not np.array_equal(whole, draw(x, seed=4), equal_nan=True)
    if pool_size() > 1:
        numact.threads(2)
        assert_same_bits(draw(x), whole)
    pieces = [draw(x[start : start + 70_001], offset=start) for start in range(0, LARGE, 70_001)]
    assert_same_bits(np.concatenate(pieces), whole)
    table = x[:SIZE].reshape(8, -1)
    assert_same_bits(draw(np.asfortranarray(table)), whole[:SIZE].reshape(8, -1))
    assert_same_bits(draw(np.repeat(x[:SIZE], 2)[::2]), whole[:SIZE])


@pytest.mark.parametrize("role", ["forward", "derivative", "vjp"])
@of_kinds("random")
def test_training_is_evaluation_with_the_numbers_drawn(spec: Activation, role: str) -> None:
    drawing, given = (elementwise(spec, name, "x", "float64") for name in (f"{role}_random", role))
    inputs, parameters = inputs_of(drawing, SIZE, "float64"), parameters_of(spec, drawing)
    drawn, expected = np.empty(SIZE), np.empty(SIZE)
    launch(drawing, inputs, parameters, [drawn], seed=5, offset=7)
    u = np.array([uniform(7 + index, 5) for index in range(SIZE)])
    launch(given, inputs, [u, *parameters], [expected])
    assert_same_bits(drawn, expected)


@of_kinds("random")
def test_the_fused_kernel_draws_the_same(spec: Activation) -> None:
    loops = [
        elementwise(spec, f"{role}_random", "x", "float32") for role in ("value_and_vjp", "forward", "vjp")
    ]
    inputs, parameters = inputs_of(loops[0], SIZE, "float32"), parameters_of(spec, loops[0])
    both, value, gradient = ([np.empty_like(inputs[0]) for _ in range(loop.outputs)] for loop in loops)
    for loop, outputs in zip(loops, (both, value, gradient), strict=True):
        launch(loop, inputs[: loop.inputs], parameters, outputs, seed=5, offset=7)
    assert_same_bits(both[0], value[0])
    assert_same_bits(both[1], gradient[0])
