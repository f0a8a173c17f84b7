"""How many threads large arrays are worked on with, what limits them, and by which layer they run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from numact.diagnosis.fact import Fact
from numact.engine import threads
from numact.errors import one_line

ROOT = Path("/")
LAYER_VARIABLE = "NUMBA_THREADING_LAYER"
ORDER_VARIABLE = "NUMBA_THREADING_LAYER_PRIORITY"
WIDEN = {
    threads.AFFINITY: "let the process run on more processors (taskset, or the container's cpuset)",
    threads.QUOTA: "raise the container's CPU quota",
}


def look() -> Iterator[Fact]:
    """Tell the number of threads, each limit, and the layer."""
    limits = threads.limits(ROOT)
    count = min(limit for limit in limits.values() if limit is not None)
    least = [name for name, limit in limits.items() if limit == count]
    widen = "; ".join(WIDEN.get(name, f"raise or unset {name}") for name in least)
    has_all = count >= (os.cpu_count() or 1)
    found = f"{count} of {os.cpu_count()}"
    yield Fact.unless(has_all, "threads", "used for large arrays", found, f"to use more, {widen}")
    for name, limit in limits.items():
        if name in os.environ:
            yield _variable(name, limit)
        elif name in WIDEN:
            yield Fact("threads", name, "none" if limit is None else str(limit))
    yield _layer()


def _variable(name: str, limit: int | None) -> Fact:
    text = os.environ[name]
    advice = f"set {name} to a positive integer, or unset it"
    # Numba refuses to be imported with 0, and passes over what is no number, as OpenMP does.
    is_well = limit is not None or not text.strip()
    found = text if is_well else f"must be a positive integer, got {text!r}: ignored"
    return Fact.unless(is_well, "threads", name, found, advice, "problem")


def _layer() -> Fact:
    asked = os.environ.get(LAYER_VARIABLE)
    try:
        layer, fault = threads.threading_layer()
    except Exception as error:
        layer, fault = "", one_line(error)
    if fault:
        cause = f"unset {LAYER_VARIABLE}, or name a layer that loads" if asked else "mend Numba first"
        return Fact("threads", "layer", f"none, so one thread: {fault}", "problem", cause)
    order = os.environ.get(ORDER_VARIABLE, "tbb omp workqueue").split()
    why = f"as {LAYER_VARIABLE}={asked} asks" if asked else f"the first that loads of {', '.join(order)}"
    remedy = f"unset {LAYER_VARIABLE}" if asked else "install OpenMP's or TBB's library"
    advice = f"one call at a time runs on many threads; {remedy} for more"
    return Fact.unless(layer != "workqueue", "threads", "layer", f"{layer} ({why})", advice)
