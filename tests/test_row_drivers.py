"""How kernels of rows, and sums of gradients, are run over arrays of any layout by any number of threads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from engine_calls import parameters_of
from numpy.typing import NDArray
from sample_calls import SPECS, assert_same_bits, of_kinds, ordinary

import numact
from numact import Activation
from numact.engine.launch import RowLoop, elementwise, launch, launch_rows, launch_sum, rows, sum_loop
from numact.engine.threads import pool_size
from numact.errors import NumactError

Array = NDArray[Any]
Layout = Callable[[Array], Array]

along_axis = of_kinds("axis")
INPUTS = {"forward": 1, "vjp": 2, "vjp_from_output": 2}
every_role = pytest.mark.parametrize("role", INPUTS)


def rows_of(spec: Activation, role: str, dtype: Any) -> RowLoop:
    if getattr(spec, role) is None:
        pytest.skip("it has no such function")
    return rows(spec, role, np.dtype(dtype))


def run(loop: RowLoop, inputs: list[Array], out: Array | None = None) -> Array:
    result = np.empty(inputs[0].shape, inputs[0].dtype) if out is None else out
    launch_rows(loop, inputs, [], [result])
    return result


def tables(role: str, shape: tuple[int, ...], dtype: Any = np.float32) -> list[Array]:
    """Give inputs: numbers, or for the gradient from the output something like a result, and gradients."""
    first = ordinary(shape, dtype, 1)
    if role == "vjp_from_output":
        first = -np.abs(first)
    return [first, ordinary(shape, dtype, 2)][: INPUTS[role]]


def as_rows_apart(x: Array) -> Array:
    """Lay rows out with a gap after each."""
    memory = np.zeros((*x.shape[:-1], x.shape[-1] + 3), x.dtype)
    memory[..., :-3] = x
    return memory[..., :-3]


LAYOUTS: dict[str, Layout] = {
    "Fortran": np.asfortranarray,
    "row apart": as_rows_apart,
    "elements apart": lambda x: np.repeat(x, 2, axis=-1)[..., ::2],
    "elements backwards": lambda x: x[..., ::-1].copy()[..., ::-1],
    "rows backwards": lambda x: x[::-1].copy()[::-1],
    "another axis first": lambda x: np.moveaxis(np.moveaxis(x, -1, 0).copy(), 0, -1),
}
# Short rows, many of them; rows worth two threads; few long ones, each worth two threads.
SHAPES = [(7, 5, 13), (40, 9, 130), (3, 2, 2100), (2, 1, 40_000)]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@every_role
@along_axis
def test_layouts_of_rows(spec: Activation, role: str, shape: tuple[int, ...]) -> None:
    loop = rows_of(spec, role, np.float32)
    inputs = tables(role, shape)
    expected = run(loop, inputs)
    alone = [run(loop, [x[index] for x in inputs]) for index in np.ndindex(shape[:-1])]
    assert_same_bits(expected.reshape(-1, shape[-1]), np.stack(alone))
    for name, layout in LAYOUTS.items():
        assert_same_bits(run(loop, [layout(x) for x in inputs]), expected), name
        assert_same_bits(run(loop, inputs, layout(np.zeros(shape, np.float32))), expected), name
    one = np.broadcast_to(inputs[-1][0, :1], shape)
    assert_same_bits(run(loop, [*inputs[:-1], one]), run(loop, [*inputs[:-1], one.copy()]))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@every_role
@along_axis
def test_rows_in_place_and_overlapping(spec: Activation, role: str, shape: tuple[int, ...]) -> None:
    loop = rows_of(spec, role, np.float32)
    inputs = tables(role, shape)
    expected = run(loop, inputs)
    for place in range(len(inputs)):
        copies = [x.copy() for x in inputs]
        assert_same_bits(run(loop, copies, copies[place]), expected)
        for axis in range(3):
            padded = [each + 2 * (index == axis) for index, each in enumerate(shape)]
            for start, stop in ((0, 1), (1, 0), (2, 0)):
                memory = np.zeros(padded, np.float32)
                source, target = (
                    np.moveaxis(np.moveaxis(memory, axis, 0)[first : first + shape[axis]], 0, axis)
                    for first in (start, stop)
                )
                source[...] = inputs[place]
                given = [*inputs[:place], source, *inputs[place + 1 :]]
                assert_same_bits(run(loop, given, target), expected)
    if len(inputs) == 2:
        assert_same_bits(run(loop, [inputs[0], inputs[0]]), run(loop, [inputs[0], inputs[0].copy()]))


@every_role
@along_axis
def test_threads_on_rows(spec: Activation, role: str) -> None:
    if pool_size() < 2:
        pytest.skip("there is one thread only")
    loop = rows_of(spec, role, np.float32)
    for shape in [(3, 50_000), (1, 400_001), (2000, 150), (5000, 33)]:
        inputs = tables(role, shape)
        with numact.threads(1):
            expected = run(loop, inputs)
        with numact.threads(2):
            assert_same_bits(run(loop, inputs), expected)
            copies = [x.copy() for x in inputs]
            assert_same_bits(run(loop, copies, copies[0]), expected)


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16], ids=["float16", "bfloat16"])
@every_role
@along_axis
def test_halves_are_computed_in_float32_and_rounded_once(spec: Activation, role: str, dtype: Any) -> None:
    loop = rows_of(spec, role, dtype)
    for shape in [(9, 13), (200, 300), (2, 33_000)]:
        inputs = tables(role, shape, dtype)
        wide = run(loop, [x.astype(np.float32) for x in inputs])
        assert_same_bits(run(loop, inputs), wide.astype(dtype))


@every_role
@along_axis
def test_empty_and_single_rows(spec: Activation, role: str) -> None:
    loop = rows_of(spec, role, np.float64)
    for shape in [(0, 5), (5, 0), (0,)]:
        assert run(loop, tables(role, shape, np.float64)).shape == shape
    inputs = tables(role, (1, 70), np.float64)
    assert_same_bits(run(loop, [x[0] for x in inputs]), run(loop, inputs)[0])


@every_role
@along_axis
def test_rows_report_no_floating_point_error(spec: Activation, role: str) -> None:
    loop = rows_of(spec, role, np.float32)
    for shape in [(4, 70), (300, 1000), (1, 70_000)]:
        inputs = tables(role, shape)
        inputs[0][..., ::7] = -1e30
        inputs[0][0, :3] = np.nan, np.inf, -np.inf
        with np.errstate(all="raise"):
            run(loop, inputs)
            run(loop, [np.asfortranarray(x) for x in inputs])


# Sums ------------------------------------------------------------------------------------------------------

# Every activation with every parameter that has a gradient.
GRADIENTS = [
    pytest.param(spec, wrt, id=f"{spec.name}-{wrt}")
    for spec in SPECS
    if spec.kind != "axis"
    for wrt in spec.differentiable
    if wrt not in ("x", "a", "b")
]
every_gradient = pytest.mark.parametrize(("spec", "wrt"), GRADIENTS)


def sums(spec: Activation, wrt: str, inputs: list[Array], parameters: list[Array]) -> Array:
    out = np.empty(inputs[0].shape[:-1])
    launch_sum(sum_loop(spec, wrt, inputs[0].dtype), inputs, parameters, out)
    return out


def summed_by_numpy(spec: Activation, wrt: str, inputs: list[Array], parameters: list[Array]) -> Array:
    """Sum the derivative, rounded to float32, times g in float64."""
    derivative = np.empty_like(inputs[0])
    launch(elementwise(spec, "derivative", wrt, "float32"), inputs[:-1], parameters, [derivative])
    return np.sum(derivative * inputs[-1].astype(np.float64), axis=-1)


@every_gradient
def test_sums_are_numpys(spec: Activation, wrt: str) -> None:
    parameters = parameters_of(spec, elementwise(spec, "forward", "x", "float32"))
    for shape in [(3, 5), (4, 1000), (2, 3, 70_000)]:
        x, g = ordinary(shape, np.float32, 1), ordinary(shape, np.float32, 2)
        expected = summed_by_numpy(spec, wrt, [x, g], parameters)
        bound = 1e-7 * np.sum(np.abs(g), axis=-1).max()
        np.testing.assert_allclose(sums(spec, wrt, [x, g], parameters), expected, rtol=1e-6, atol=bound)
        by_rows = [each + np.zeros((*shape[:-1], 1), each.dtype) for each in parameters]
        for given in (by_rows, parameters):
            arrays = [np.broadcast_to(each, shape) for each in given]
            got = sums(spec, wrt, [x, g], arrays)
            np.testing.assert_allclose(got, expected, rtol=1e-6, atol=bound)
            np.testing.assert_array_equal(sums(spec, wrt, [x, g], [each.copy() for each in arrays]), got)


@every_gradient
def test_sums_have_the_same_bits_however_they_are_taken(spec: Activation, wrt: str) -> None:
    parameters = parameters_of(spec, elementwise(spec, "forward", "x", "float32"))
    x, g = ordinary((4, 150_001), np.float32, 1), ordinary((4, 150_001), np.float32, 2)
    with numact.threads(1):
        expected = sums(spec, wrt, [x, g], parameters)
    with numact.threads(min(2, pool_size())):
        np.testing.assert_array_equal(sums(spec, wrt, [x, g], parameters), expected)
    rowwise = [sums(spec, wrt, [x[index], g[index]], parameters) for index in range(4)]
    np.testing.assert_array_equal(rowwise, expected)
    apart = [np.asfortranarray(x), np.repeat(g, 2, axis=1)[:, ::2]]
    np.testing.assert_array_equal(sums(spec, wrt, apart, parameters), expected)
    with np.errstate(all="raise"):
        sums(spec, wrt, [x, g], parameters)


LAYOUTS: dict[str, Layout] = {
    "contiguous": np.ascontiguousarray,
    "Fortran": np.asfortranarray,
    "backwards": lambda array: np.ascontiguousarray(array[:, ::-1])[:, ::-1],
    "gaps": lambda array: np.repeat(array, 2, axis=1)[:, ::2],
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_small_calls_of_any_layout(layout: str, dtype: Any) -> None:
    x, g = np.random.default_rng(7).normal(0, 2, (2, 5, 37)).astype(dtype)
    lay = LAYOUTS[layout]
    value, gradient = numact.softmax(x), numact.vjp("softmax", x, g)
    for _ in range(2):  # the second call may take a short cut
        out, product = lay(np.empty_like(x)), lay(np.empty_like(x))
        assert_same_bits(numact.softmax(lay(x)), value)
        assert_same_bits(numact.softmax(x, out=out), value)
        assert_same_bits(numact.softmax(lay(x), out=np.empty_like(x)), value)
        assert_same_bits(numact.vjp("softmax", lay(x), g), gradient)
        assert_same_bits(numact.vjp("softmax", x, lay(g)), gradient)
        assert_same_bits(numact.vjp("softmax", x, g, out=product), gradient)
        assert_same_bits(np.asarray(out), value)
        assert_same_bits(np.asarray(product), gradient)
        both = numact.get("softmax").value_and_vjp(lay(x), lay(g))
        np.testing.assert_allclose(both[0], value, rtol=1e-3)
        same = lay(x.copy())
        assert_same_bits(numact.softmax(same, out=same), value)


def test_an_output_that_may_not_be_written_is_refused_on_every_call() -> None:
    x = np.ones(7, np.float32)
    out = np.empty_like(x)
    out.flags.writeable = False
    for _ in range(3):
        with pytest.raises(NumactError):
            numact.softmax(x, out=out)
