"""What numact finds around it, and what to do about it: the facts that ``numact doctor`` shows."""

from __future__ import annotations

import os
import stat
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from typing import Literal

from numact import registry
from numact.benchmarks.machine import processor
from numact.engine import folder, store, target, threads
from numact.engine.quota import available_processors, granted_processors
from numact.errors import NumactWarning

NEEDED = ("numact", "numpy", "numba", "llvmlite", "pluggy")
OPTIONAL = ("ml_dtypes", "click", "rich", "mpmath", "python-flint", "matplotlib", "scipy", "asv", "torch")
# The widest vectors of a target, by the feature that brings them.
WIDTHS = (("avx512f", 512), ("avx", 256), ("sse2", 128), ("neon", 128))
TARGET_VARIABLES = ("NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES")

Level = Literal["ok", "note", "problem"]


@dataclass(frozen=True)
class Fact:
    """One thing found.

    Parameters
    ----------
    topic, what, found : str
        Where it belongs, what it is, and what was found.
    level : str
        ``ok``; ``note`` for what costs speed or was asked for; ``problem`` for what needs to be mended.
    advice : str
        What to do about it, where there is something to do.
    """

    topic: str
    what: str
    found: str
    level: Level = "ok"
    advice: str = ""


def examine() -> list[Fact]:
    """Look at everything; what goes wrong in looking is itself a fact."""
    facts: list[Fact] = []
    for topic, look in TOPICS.items():
        try:
            facts += look()
        except Exception as error:
            advice = "report it, with what this command printed"
            facts.append(Fact(topic, "examination", f"{type(error).__name__}: {error}", "problem", advice))
    return facts


def _versions() -> Iterator[Fact]:
    yield Fact("versions", "python", sys.version.split()[0])
    for name in (*NEEDED, *OPTIONAL):
        try:
            yield Fact("versions", name, metadata.version(name))
        except metadata.PackageNotFoundError:
            if name in NEEDED:
                yield Fact("versions", name, "not installed", "problem", f"pip install {name}")


def _processor() -> Iterator[Fact]:
    _, name, text = target.target_key()
    features = {word[1:] for word in text.split(",") if word.startswith("+")}
    narrowed = [variable for variable in TARGET_VARIABLES if os.environ.get(variable)]
    advice = f"unset {' and '.join(narrowed)} to use all that the processor has" if narrowed else ""
    level: Level = "note" if narrowed else "ok"
    yield Fact("processor", "name", processor())
    yield Fact("processor", "target of the compiler", name, level, advice)
    widths = [width for feature, width in WIDTHS if feature in features]
    yield Fact("processor", "vectors", f"{widths[0]} bits" if widths else "unknown")
    for what, is_there, cost in (
        ("fused multiply-add", target.has_fma(), "float32 results are computed in float64 throughout"),
        ("conversion of float16", target.has_f16c(), "float16 is converted by integer arithmetic"),
    ):
        missing = f"{cost}: as accurate, but slower{'; ' + advice if advice else ''}"
        yield Fact("processor", what, "yes" if is_there else "no", *_if(not is_there, "note", missing))


def _if(condition: bool, level: Level, advice: str) -> tuple[Level, str]:
    return (level, advice) if condition else ("ok", "")


def _threads() -> Iterator[Fact]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", NumactWarning)
        threads.default_threads.cache_clear()
        count = threads.current_threads()
    yield Fact("threads", "used for large arrays", str(count))
    yield Fact("threads", "processors of this process", str(available_processors()))
    granted = granted_processors()
    quota = "no quota" if granted is None else str(granted)
    yield Fact("threads", "processors the container is granted", quota)
    for variable in threads.LIMITING_VARIABLES:
        if os.environ.get(variable):
            yield Fact("threads", variable, os.environ[variable])
    for warning in caught:
        advice = f"set {threads.VARIABLE} to a positive number, or unset it"
        yield Fact("threads", threads.VARIABLE, str(warning.message), "problem", advice)
    yield _layer()


def _layer() -> Fact:
    asked = os.environ.get("NUMBA_THREADING_LAYER")
    first = "the first of tbb, omp and workqueue that loads"
    why = f"as NUMBA_THREADING_LAYER={asked} asks" if asked else first
    layer, fault = threads.threading_layer()
    if fault:
        return Fact("threads", "layer", f"none: {fault}", "problem", "choose another NUMBA_THREADING_LAYER")
    one_at_a_time = "one call at a time runs on many threads; install OpenMP's or TBB's library for more"
    return Fact("threads", "layer", f"{layer} ({why})", *_if(layer == "workqueue", "note", one_at_a_time))


def _cache() -> Iterator[Fact]:
    if folder.is_switched_off():
        advice = f"unset {folder.SWITCH_VARIABLE}, or every process compiles its kernels anew"
        yield Fact("cache", "kernels on disk", "switched off", "note", advice)
        return
    place, fault = folder.try_folder()
    if place is None:
        yield Fact("cache", "kernels on disk", fault, "problem", folder.ADVICE)
        return
    is_writable = os.access(place, os.W_OK)
    advice = f"make it writable, or set {folder.FOLDER_VARIABLE} to a folder of your own"
    yield Fact("cache", "folder", str(place))
    yield Fact("cache", "writable", "yes" if is_writable else "no", *_if(not is_writable, "problem", advice))
    if os.name == "posix":
        status = place.stat()
        yield Fact("cache", "owner", f"user {status.st_uid}, mode {stat.S_IMODE(status.st_mode):04o}")
    info = store.info()
    yield Fact("cache", "kernels", f"{info.files}, {info.size / 2**20:.1f} MiB")


def _plugins() -> Iterator[Fact]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NumactWarning)
        found = registry.installed_plugins()
        problems = registry.problems()
    yield Fact("activations", "registered", str(len(registry.names())))
    for plugin in found:
        provider = plugin.provider
        what = f"{provider.distribution} {provider.version}"
        if plugin.status == "failed":
            advice = f"mend, upgrade or uninstall {provider.distribution}; `numact plugins` tells more"
            yield Fact("plugins", what, plugin.cause, "problem", advice)
        else:
            yield Fact("plugins", what, f"{plugin.status}, {len(plugin.claims)} names")
    for problem in problems:
        yield Fact("plugins", "conflict", problem, "problem", "ask for distribution:name, or uninstall one")


TOPICS: dict[str, Callable[[], Iterator[Fact]]] = {
    "versions": _versions,
    "processor": _processor,
    "threads": _threads,
    "cache": _cache,
    "plugins": _plugins,
}
