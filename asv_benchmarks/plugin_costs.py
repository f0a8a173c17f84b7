"""What plugins cost: the speed of third-party formulas, and starts of a process with 200 plugins installed.

``python asv_benchmarks/plugin_costs.py`` compares formulas that a plugin gives as text with built-ins of the
same cost and, if PyTorch is installed, with its mish, on one processor: all take turns on the same array.
Then it times new processes, in turns without and with 200 activations of installed plugins, one package each
and all in one package: importing numact, the first look-up of a built-in, Python's own scan of entry points,
the names, and the list with kind and summary, which imports every plugin.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from numact.benchmarks.processes import limit_to

SIZE = 100_000
SECONDS = 1.0
PLUGINS = 200
ROUNDS = 5

FORMULAS = {
    "plugin_softsign": "x / (1 + abs(x))",
    "plugin_sigmoid": "1 / (1 + exp(-x))",
    "softclip": "x / sqrt(1 + (x / c)**2)",
    "naive_mish": "x * tanh(log(1 + exp(x)))",
    "naive_gelu": "x * (1 + erf(x / sqrt(2))) / 2",
}
# What is compared: a plugin's formula, and the other.
PAIRS = (
    ("plugin_softsign", "softsign"),
    ("plugin_sigmoid", "sigmoid"),
    ("softclip", "softclip as written by hand"),
    ("naive_mish", "torch mish"),
    ("naive_gelu", "torch mish"),
)

MODULE = """\
from numact import Activation, hookimpl

@hookimpl
def numact_activations():
    for name in {names!r}:
        yield Activation(name=name, summary="One of many.", formula="x / (1 + abs(x))", references=())
"""
START = """
import json, sys, time
from importlib import metadata
import numpy
clock, taken = time.perf_counter, {}
def timed(what, call):
    start = clock()
    result = call()
    taken[what] = clock() - start
    return result
timed("import numact", lambda: __import__("numact"))
from numact import registry
timed("first look-up", lambda: registry.get_spec("selu"))
metadata.entry_points(group="numact")  # reads the files, which the system then has in memory
timed("scan", lambda: list(metadata.entry_points(group="numact")))
timed("names", registry.names)
timed("list", registry.entries)
taken["compiled"] = "numba" in sys.modules
taken["found"] = len(registry.names())
print(json.dumps(taken))
"""


def formulas() -> dict[str, float]:
    """Time the formulas and what they are compared with; gives seconds of one call by name."""
    import numpy as np

    import numact
    from numact import Activation, Param, scalar
    from numact.benchmarks.timer import Contender, interleave

    def by_hand(x: Any, c: Any) -> Any:
        return x / scalar.sqrt(1 + (x / c) * (x / c))

    width = (Param("c", 1.0, low=0.0, closed="neither"),)
    for name, formula in FORMULAS.items():
        params = width if name == "softclip" else ()
        numact.register(
            Activation(name=name, summary="A probe.", formula=formula, references=(), params=params)
        )
    hand = dict(formula=FORMULAS["softclip"], forward=by_hand, references=(), params=width)
    numact.register(Activation(name="softclip_by_hand", summary="A probe.", **hand))
    x = np.random.default_rng(0).normal(scale=3, size=SIZE).astype(np.float32)
    out = np.empty_like(x)
    names = {name: name for name in (*FORMULAS, "softsign", "sigmoid")}
    names["softclip as written by hand"] = "softclip_by_hand"
    contenders = {shown: _writing(numact.get(name), x, out) for shown, name in names.items()}
    try:
        import torch
    except ImportError:
        print("torch is left out: pip install torch")
    else:
        torch.set_num_threads(1)
        tensor = torch.from_numpy(x)
        contenders["torch mish"] = Contender(lambda: torch.nn.functional.mish(tensor))
    return {name: timing.median for name, timing in interleave(contenders, SECONDS * len(contenders)).items()}


def _writing(function: Any, x: Any, out: Any) -> Any:
    from numact.benchmarks.timer import Contender

    return Contender(lambda: function(x, out=out))


def install(folder: Path, packages: dict[str, list[str]]) -> None:
    """Leave packages in a folder as an installer would: a module and its metadata."""
    for package, names in packages.items():
        (folder / f"{package}.py").write_text(MODULE.format(names=names))
        information = folder / f"{package}-1.0.dist-info"
        information.mkdir()
        (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        lines = [f"{name} = {package}\n" for name in names]
        (information / "entry_points.txt").write_text("[numact]\n" + "".join(lines))


def start(folder: Path | None) -> dict[str, float]:
    """Time the start of one process, which sees the plugins of a folder."""
    seen = {"PYTHONPATH": str(folder)} if folder else {}
    done = subprocess.run(
        [sys.executable, "-c", START], env={**os.environ, **seen}, check=True, capture_output=True, text=True
    )
    taken: dict[str, float] = json.loads(done.stdout)
    return taken


def starts() -> dict[str, dict[str, float]]:
    """Time starts in turns; gives medians by how the plugins are installed."""
    names = [f"many_{number}" for number in range(PLUGINS)]
    with tempfile.TemporaryDirectory() as made:
        one, each = Path(made, "one"), Path(made, "each")
        one.mkdir()
        each.mkdir()
        install(one, {"numact_many": names})
        install(each, {f"numact_{name}": [name] for name in names})
        ways = {"no plugins more": None, "1 package of 200": one, "200 packages": each}
        taken: dict[str, list[dict[str, float]]] = {way: [] for way in ways}
        for _ in range(ROUNDS + 1):
            for way, folder in ways.items():
                taken[way].append(start(folder))
    # The first round fills the caches: of bytecode, and the system's of files.
    return {
        way: {what: statistics.median(each[what] for each in rounds[1:]) for what in rounds[0]}
        for way, rounds in taken.items()
    }


def main() -> None:
    """Measure both and print the figures."""
    limit_to(1)
    times = formulas()
    print(f"float32, {SIZE} elements, one thread; microseconds, and above 1 where the plugin is faster")
    for plugin, other in PAIRS:
        if other in times:
            ratio = times[other] / times[plugin]
            ours, theirs = times[plugin] * 1e6, times[other] * 1e6
            print(f"{plugin:16} {ours:7.1f}   {other:27} {theirs:7.1f}   {ratio:6.2f}")
    print(f"\nstarts of a process, medians of {ROUNDS}, milliseconds")
    for way, medians in starts().items():
        steps = ("import numact", "first look-up", "scan", "names", "list")
        figures = ", ".join(f"{step} {medians[step] * 1e3:.2f}" for step in steps)
        print(
            f"{way:16} {medians['found']:.0f} names, numba imported: {bool(medians['compiled'])}; {figures}"
        )


if __name__ == "__main__":
    main()
