"""Time activations of Dask arrays on two worker processes beside the same chunks computed by hand there.

Run as ``python asv_benchmarks/dask_by_hand.py``; the extra ``dask`` brings what it needs.
"""

from __future__ import annotations

import statistics
import time

import dask.array as da
import numpy as np
from dask.distributed import Client, Future, LocalCluster, futures_of, wait

import numact

CHUNKS = 32
ELEMENTS = 4_000_000
ROUNDS = 7


def by_hand(chunk: np.ndarray, name: str) -> np.ndarray:
    """What somebody would write who knows nothing of Dask's arrays."""
    with numact.threads(1):
        return numact.apply(name, chunk)


def measure(client: Client, x: da.Array, chunks: list[Future], name: str) -> tuple[float, float]:
    """Return the seconds of Dask's way and of the other."""
    start = time.perf_counter()
    lazy = client.persist(numact.apply(name, x))
    wait(lazy)
    dask_seconds = time.perf_counter() - start
    del lazy
    start = time.perf_counter()
    futures = client.map(by_hand, chunks, name=name, pure=False)
    wait(futures)
    return dask_seconds, time.perf_counter() - start


def main() -> None:
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        normal = da.random.default_rng(0).normal(size=CHUNKS * ELEMENTS, chunks=ELEMENTS)
        x = client.persist(normal.astype(np.float32))
        wait(x)
        chunks = futures_of(x)
        for name in ("relu", "gelu", "selu"):
            measure(client, x, chunks, name)
            times = [measure(client, x, chunks, name) for _ in range(ROUNDS)]
            dask_seconds, hand_seconds = (statistics.median(each) for each in zip(*times, strict=True))
            print(
                f"{name}: {CHUNKS} chunks of {ELEMENTS} float32: Dask {dask_seconds:.3f} s, "
                f"by hand {hand_seconds:.3f} s, ratio {dask_seconds / hand_seconds:.2f}"
            )


if __name__ == "__main__":
    main()
