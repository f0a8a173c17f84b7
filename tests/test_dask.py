"""Dask's arrays: lazy results, block by block, with the bits that NumPy's arrays get."""

from __future__ import annotations

from typing import Any

import dask
import dask.array as da
import numpy as np
import pytest
from sample_calls import assert_same_bits

import numact
from numact.errors import DTypeError, OutputError, ParameterError, ShapeError

X = np.linspace(-4, 4, 240, dtype=np.float32).reshape(12, 20)
G = np.cos(X)
LAZY = da.from_array(X, chunks=(5, 7))


@pytest.fixture(autouse=True)
def one_process() -> Any:
    with dask.config.set(scheduler="synchronous"):
        yield


def computed(result: Any) -> np.ndarray[Any, Any]:
    """What a lazy array holds, which is what it said it would be."""
    assert isinstance(result, da.Array)
    value = result.compute()
    assert (value.dtype, value.shape) == (result.dtype, result.shape)
    return value


CALLS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("selu", {}),
    ("gelu", {"approximate": "tanh"}),
    ("elu", {"alpha": 0.5}),
    ("elu", {"alpha": np.linspace(0.5, 2, 20)}),
    ("prelu", {"weight": np.linspace(0.1, 1, 20)}),
    ("relu", {"where": X > -1}),
    ("rrelu", {}),
    ("rrelu", {"training": True, "seed": 7}),
    ("rrelu", {"training": True, "seed": 7, "offset": 1000}),
    ("softmax", {"axis": 1}),
    ("softmax", {"axis": 0}),
    ("log_softmax", {"dim": -1}),
    ("softmin", {"axis": None}),
    ("softmax", {"axis": 0, "where": da.from_array(X > -1)}),
)


@pytest.mark.parametrize(("name", "keywords"), CALLS)
def test_values_and_gradients_are_those_of_numpy(name: str, keywords: dict[str, Any]) -> None:
    bare = {key: each.compute() if isinstance(each, da.Array) else each for key, each in keywords.items()}
    assert_same_bits(computed(numact.apply(name, LAZY, **keywords)), numact.apply(name, X, **bare))
    gradient = numact.vjp(name, LAZY, da.from_array(G, chunks=(12, 3)), **keywords)
    assert_same_bits(computed(gradient), numact.vjp(name, X, G, **bare))
    value, product = numact.get(name).value_and_vjp(LAZY, G, **keywords)
    expected = numact.get(name).value_and_vjp(X, G, **bare)
    assert_same_bits(computed(value), expected[0])
    assert_same_bits(computed(product), expected[1])


@pytest.mark.parametrize("dtype", [np.float16, np.int32])
def test_dtypes_are_those_of_numpy(dtype: Any) -> None:
    x = X.astype(dtype)
    assert_same_bits(
        computed(numact.derivative("tanh", da.from_array(x, chunks=6))), numact.derivative("tanh", x)
    )


def test_nothing_is_computed_before_it_is_asked_for() -> None:
    def fail(block: Any) -> Any:
        raise AssertionError("computed")

    lazy = LAZY.map_blocks(fail, meta=np.empty((0, 0), np.float32))
    for name in ("selu", "softmax"):
        results = (numact.apply(name, lazy), numact.vjp(name, lazy, lazy), numact.vjp(name, LAZY, lazy))
        assert all(isinstance(each, da.Array) for each in results)
    with pytest.raises(AssertionError, match="computed"):
        numact.selu(lazy).compute()


def test_blocks_stay_as_they_are_but_along_a_row() -> None:
    assert numact.selu(LAZY).chunks == LAZY.chunks
    rows = LAZY.rechunk((5, 20))
    assert numact.softmax(rows).chunks == rows.chunks
    large = da.zeros((4096, 4096), chunks=(4096, 256), dtype=np.float32)
    cut = numact.softmax(large, axis=1)
    assert cut.numblocks[1] == 1
    assert cut.blocks[0].nbytes <= 4096 * 256 * 4


def test_gradients_by_parameters_are_summed_over_blocks() -> None:
    weight = np.linspace(0.1, 1, 20)
    lazy = numact.vjp("prelu", LAZY, G, wrt=("weight", "x"), weight=weight)
    np.testing.assert_allclose(
        computed(lazy[0]), numact.vjp("prelu", X, G, wrt="weight", weight=weight), rtol=1e-5, atol=1e-6
    )
    alone = numact.vjp("celu", LAZY, G, wrt="alpha")
    np.testing.assert_allclose(computed(alone), numact.vjp("celu", X, G, wrt="alpha"), rtol=1e-5)
    assert_same_bits(
        computed(numact.derivative("celu", LAZY, wrt="alpha")), numact.derivative("celu", X, wrt="alpha")
    )


def test_gradients_from_the_output() -> None:
    y = numact.softmax(X)
    lazy = numact.vjp("softmax", None, G, y=da.from_array(y, chunks=(3, 8)))
    assert_same_bits(computed(lazy), numact.vjp("softmax", None, G, y=y))


@pytest.mark.parametrize("options", [{}, {"axis": 0}, {"gate_first": True}])
def test_gated_activations_split_lazy_arrays(options: dict[str, Any]) -> None:
    spec = numact.Activation(
        name="probe_gate", summary="A probe.", formula="a * b", references=(), kind="gated"
    )
    numact.register(spec)
    try:
        assert_same_bits(
            computed(numact.apply("probe_gate", LAZY, **options)), numact.apply("probe_gate", X, **options)
        )
        g = np.ones_like(numact.apply("probe_gate", X, **options))
        lazy = numact.vjp("probe_gate", LAZY, g, **options)
        assert_same_bits(computed(lazy), numact.vjp("probe_gate", X, g, **options))
        whole = numact.apply("probe_gate", LAZY, gate=G)
        assert_same_bits(computed(whole), numact.apply("probe_gate", X, gate=G))
    finally:
        numact.unregister(spec)


def test_draws_are_those_of_the_place_in_the_whole_array() -> None:
    for chunks in ((5, 20), (5, 7)):
        lazy = numact.rrelu(da.from_array(X, chunks=chunks), training=True, seed=7, offset=1000)
        assert_same_bits(computed(lazy), numact.rrelu(X, training=True, seed=7, offset=1000))
    assert numact.rrelu(LAZY.rechunk((5, 20)), training=True, seed=7).numblocks == (3, 1)


def test_without_a_seed_the_draws_of_one_call_are_fixed() -> None:
    lazy = numact.rrelu(LAZY, training=True)
    assert_same_bits(lazy.compute(), lazy.compute())
    assert not np.array_equal(lazy.compute(), numact.rrelu(LAZY, training=True).compute())
    with pytest.raises(ParameterError, match="seed"):
        numact.vjp("rrelu", LAZY, G, training=True)


def test_lengths_that_are_not_known_yet() -> None:
    chosen = LAZY[LAZY[:, 0] > -1]
    assert_same_bits(numact.selu(chosen).compute(), numact.selu(X[X[:, 0] > -1]))
    with pytest.raises(ShapeError, match="compute_chunk_sizes"):
        numact.softmax(chosen, axis=0)


def test_errors_come_before_anything_is_computed() -> None:
    with pytest.raises(ParameterError, match="'alpha' of celu"):
        numact.celu(LAZY, alpha=0.0)
    with pytest.raises(OutputError, match="computed later"):
        numact.selu(LAZY, out=np.empty_like(X))
    with pytest.raises(ShapeError, match="g of selu"):
        numact.vjp("selu", LAZY, LAZY[:3])
    with pytest.raises(DTypeError, match="g of selu"):
        numact.vjp("selu", LAZY, LAZY.astype(np.float64))
    with pytest.raises(DTypeError, match="complex"):
        numact.selu(LAZY.astype(np.complex64))
    with pytest.raises(ParameterError, match="matrix for each row"):
        numact.derivative("softmax", LAZY)
    with pytest.raises(ShapeError, match="enlarge"):
        numact.elu(LAZY[0], alpha=np.ones((3, 1)))
