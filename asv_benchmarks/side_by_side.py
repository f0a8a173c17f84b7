"""Compare forward passes with PyTorch, NumPy and SciPy, side by side in one run.

Run ``python asv_benchmarks/side_by_side.py`` with PyTorch and SciPy installed. Every round times each
contender once, in turn; the figures are medians over the rounds and ratios of these medians, above 1 where
numact is faster. All run on the same arrays; "fresh" allocates the result in every call, "out" writes to one
that is there. PyTorch runs on as many threads as numact; NumPy's and SciPy's loops always on one.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from peers import numpy_calls, torch_calls

import numact
from numact import registry
from numact.examples import example_parameters

Call = Callable[[], Any]


def measure(contenders: dict[str, Call], seconds: float) -> dict[str, float]:
    """Give each contender's median time of a call, measured in interleaved rounds."""
    repeats = {}
    for name, call in contenders.items():
        call()
        start = time.perf_counter()
        call()
        repeats[name] = max(1, min(200, int(2e-3 / max(time.perf_counter() - start, 1e-7))))
    samples: dict[str, list[float]] = {name: [] for name in contenders}
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(next(iter(samples.values()))) < 7:
        for name, call in contenders.items():
            start = time.perf_counter()
            for _ in range(repeats[name]):
                call()
            samples[name].append((time.perf_counter() - start) / repeats[name])
    return {name: statistics.median(times) for name, times in samples.items()}


def shape_for(spec: Any, size: int) -> tuple[int, ...]:
    """Give rows of 1000 to activations along an axis, else one dimension."""
    return (size // 1000, 1000) if spec.kind == "axis" else (size,)


def contenders(name: str, spec: Any, size: int, way: str) -> dict[str, Call]:
    """Collect numact's and the peers' calls for one cell."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal(shape_for(spec, size)).astype(np.float32) * np.float32(2)
    out = np.zeros_like(x)
    parameters = example_parameters(spec)
    function = numact.get(name, **parameters)
    calls: dict[str, Call] = {}
    calls["numact"] = (lambda: function(x)) if way == "fresh" else (lambda: function(x, out=out))
    peers = [*torch_calls(name, x, np.zeros_like(x), parameters), *numpy_calls(name, x, np.zeros_like(x))]
    calls.update({library: call for library, of_way, call in peers if of_way == way})
    if way == "out" and "torch" not in calls:
        # Where PyTorch has no such form, its fresh result is the only one to compare with.
        fresh = [call for library, of_way, call in peers if (library, of_way) == ("torch", "fresh")]
        calls.update(zip(["torch (fresh)"], fresh, strict=False))
    return calls


def run(names: list[str], sizes: list[int], threads: list[int], seconds: float) -> list[dict[str, Any]]:
    """Measure every cell; prints each as it is done."""
    import torch

    records = []
    for name in names:
        spec = numact.get(name, **example_parameters(registry.get_spec(name))).spec
        for size in sizes:
            for number in threads:
                torch.set_num_threads(number)
                for way in ("fresh", "out"):
                    with numact.threads(number):
                        times = measure(contenders(name, spec, size, way), seconds)
                    record = {"name": name, "size": size, "threads": number, "way": way}
                    record["ns"] = {peer: 1e9 * value / size for peer, value in times.items()}
                    records.append(record)
                    print(line(record), flush=True)
    return records


def line(record: dict[str, Any]) -> str:
    """Give one line of the report."""
    own = record["ns"]["numact"]
    rest = "  ".join(
        f"{peer} {value:.3f} ({value / own:.2f}x)" for peer, value in record["ns"].items() if peer != "numact"
    )
    cell = f"{record['name']:12} {record['size']:>9} {record['threads']} thread(s) {record['way']:5}"
    return f"{cell} numact {own:.3f} ns  {rest}"


def main() -> None:
    """Parse the command line, measure, report the worst cells."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="activations; all by default")
    parser.add_argument("--sizes", type=int, nargs="+", default=[100_000, 10_000_000])
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--seconds", type=float, default=1.0, help="for each cell")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    arguments = parser.parse_args()
    names = arguments.names or [name for name in numact.names() if ":" not in name]
    records = run(names, arguments.sizes, arguments.threads, arguments.seconds)
    if arguments.json:
        result = {"machine": platform.processor(), "python": platform.python_version(), "records": records}
        arguments.json.write_text(json.dumps(result, indent=1) + "\n")
    ratios = [
        (value / each["ns"]["numact"], each)
        for each in records
        for peer, value in each["ns"].items()
        if peer != "numact"
    ]
    print("slowest cells against a peer:")
    for ratio, record in sorted(ratios, key=lambda pair: pair[0])[:15]:
        print(f"{ratio:.2f}x  {line(record)}")


if __name__ == "__main__":
    main()
