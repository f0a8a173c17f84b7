"""The recipe for scikit-learn's networks: values, gradients, and what it leaves behind."""

from __future__ import annotations

import gc
from typing import Any

import numpy as np
import pytest
import sklearn
from doc_blocks import ROOT, blocks, run_page
from sklearn.neural_network import MLPClassifier, _base

import numact


@pytest.fixture(scope="module")
def activation() -> Any:
    """The context manager of the page's first block."""
    page = (ROOT / "docs" / "how-to" / "scikit-learn.md").read_text(encoding="utf-8")
    namespace: dict[str, Any] = {"__name__": "page"}
    run_page(list(blocks(page, "scikit-learn.md"))[:1], namespace)
    return namespace["activation"]


@pytest.mark.parametrize(("name", "parameters"), [("gelu", {}), ("elu", {"alpha": 0.5}), ("softshrink", {})])
def test_values_and_gradients_are_numacts(activation: Any, name: str, parameters: dict[str, float]) -> None:
    x = np.linspace(-3, 3, 12).reshape(3, 4)
    z, delta = x.copy(), np.cos(x)
    with activation(name, **parameters) as key:
        _base.ACTIVATIONS[key](z)
        _base.DERIVATIVES[key](z, delta)
    np.testing.assert_array_equal(z, numact.apply(name, x, **parameters))
    np.testing.assert_array_equal(delta, numact.vjp(name, x, np.cos(x), **parameters))


def test_what_scikit_learn_has_itself_trains_to_the_same_weights(activation: Any) -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=(60, 3))
    y = (x[:, 0] * x[:, 1] > 0).astype(int)

    def weights(name: str) -> Any:
        net = MLPClassifier((6,), activation=name, solver="lbfgs", max_iter=15_000, tol=1e-2, random_state=0)
        return net.fit(x, y).coefs_

    with activation("tanh") as key, sklearn.config_context(skip_parameter_validation=True):
        ours = weights(key)
    for mine, theirs in zip(ours, weights("tanh"), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", ["gelu", "tanh"])
def test_nothing_is_left_behind(activation: Any, name: str) -> None:
    before = dict(_base.ACTIVATIONS), dict(_base.DERIVATIVES)
    with activation(name) as key:
        forward = _base.ACTIVATIONS[key]
        kept = next(each.cell_contents for each in forward.__closure__ if type(each.cell_contents) is dict)
        z = np.ones((2, 2))
        forward(z)
        assert len(kept) == 1
        del z
        gc.collect()
        assert kept == {}
    assert before == (_base.ACTIVATIONS, _base.DERIVATIVES)
