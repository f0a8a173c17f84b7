"""Dask's arrays on a cluster of two worker processes: plugins by name, threads, and more data than memory."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dask
import dask.array as da
import numpy as np
import pytest
from dask.distributed import Client, LocalCluster
from plugin_site import Site, activation, hook
from sample_calls import assert_same_bits

import numact
from numact import registry
from numact.engine import threads
from numact.errors import PluginError
from numact.interop import dask_blocks

MEMORY = 400_000_000
"""Bytes given to each worker."""


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with (
        dask.config.set({"distributed.admin.tick.limit": "1h", "distributed.worker.profile.enabled": False}),
        LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            memory_limit=MEMORY,
            dashboard_address=None,
            silence_logs=50,
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A plugin that is installed where the client is, and not where the workers are."""
    site = Site(tmp_path)
    source = hook(activation("dask_probe", formula="max(x, 0) * x"))
    site.install("numact-dask-probe", source, ["dask_probe"], version="2.5")
    monkeypatch.syspath_prepend(str(tmp_path))
    registry.refresh()
    yield tmp_path
    monkeypatch.undo()
    sys.modules.pop("numact_dask_probe", None)
    registry.refresh()


def add_to_path(folder: str) -> None:
    from numact import registry

    sys.path.insert(0, folder)
    registry.refresh()


@pytest.mark.parametrize(
    ("name", "keywords"),
    [
        ("selu", {}),
        ("softmax", {"axis": 0}),
        ("softmax", {"axis": None}),
        ("rrelu", {"training": True, "seed": 1}),
    ],
)
def test_workers_compute_the_bits_of_one_process(client: Client, name: str, keywords: dict[str, Any]) -> None:
    x = np.linspace(-4, 4, 6000, dtype=np.float32).reshape(60, 100)
    lazy = da.from_array(x, chunks=(7, 100) if name == "rrelu" else (7, 40))
    assert_same_bits(numact.apply(name, lazy, **keywords).compute(), numact.apply(name, x, **keywords))
    assert_same_bits(numact.vjp(name, lazy, x, **keywords).compute(), numact.vjp(name, x, x, **keywords))


def test_plugins_are_resolved_by_name_on_the_workers(client: Client, plugin: Path) -> None:
    x = np.linspace(-1, 1, 40)
    lazy = numact.apply("dask_probe", da.from_array(x, chunks=10))
    with pytest.raises(
        PluginError, match=r"dask_probe is not known to the Dask worker in process \d+"
    ) as error:
        lazy.compute()
    assert "it comes from numact-dask-probe 2.5: install it there with pip install numact-dask-probe" in str(
        error.value
    )
    client.run(add_to_path, str(plugin))
    assert_same_bits(lazy.compute(), numact.apply("dask_probe", x))


def test_what_only_the_client_registered_is_named_as_such(client: Client) -> None:
    spec = numact.Activation(name="only_here", summary="A probe.", formula="x * 2", references=())
    numact.register(spec)
    try:
        with pytest.raises(PluginError, match="registered in the client's process alone"):
            numact.apply("only_here", da.ones(4, chunks=2)).compute()
    finally:
        numact.unregister(spec)


class Threads:
    """Stands for an activation, and answers how many threads it may use."""

    def __call__(self, block: Any) -> Any:
        return np.full_like(block, numact.threads())


@pytest.mark.parametrize(("setting", "expected"), [("", 1), ("2", 2)])
def test_a_block_has_one_thread_or_as_many_as_are_set(
    monkeypatch: pytest.MonkeyPatch, setting: str, expected: int
) -> None:
    monkeypatch.setenv("NUMACT_NUM_THREADS", setting)
    monkeypatch.setattr(dask_blocks, "_function", lambda task: Threads())
    monkeypatch.setattr(threads, "default_threads", lambda: 2)
    with dask.config.set(scheduler="threads", num_workers=2):
        found = numact.selu(da.zeros(8, chunks=2)).compute()
    assert set(found) == {expected}


def test_an_array_larger_than_the_memory_of_the_workers(client: Client) -> None:
    before = set(client.run(os.getpid).values())
    rows = 210
    x = da.ones((rows, 1_000_000), chunks=(5, 1_000_000), dtype=np.float32)
    assert x.nbytes > 2 * MEMORY
    total = numact.softmax(numact.selu(x), axis=1).sum(axis=1, dtype=np.float64).compute()
    np.testing.assert_allclose(total, np.ones(rows), rtol=1e-6)
    assert set(client.run(os.getpid).values()) == before, "a worker died"
