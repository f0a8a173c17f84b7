"""The page of results: method, machine, versions, and every cell, losses as plainly as wins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from numact.benchmarks.comparison import OWN, Record
from numact.benchmarks.doubling import doubling, is_doubled
from numact.benchmarks.limits_page import limits
from numact.benchmarks.markdown import factor, grouped, place, table, time_text
from numact.benchmarks.report import against, input_text, nanoseconds, summary

_METHOD = """\
Every cell is measured in rounds: each round takes one sample of each library, in an order drawn anew, all on
the same arrays of normal numbers with a standard deviation of 2. A sample of a short call repeats it for a
millisecond. The figures are medians; the spread is half the distance of the quartiles. Each number of threads
has a process of its own that is limited to as many processors, so that every library has the same. There, as
idle threads would keep the next library from its processors, those of GNU OpenMP, numact's and PyTorch's,
spin briefly (`GOMP_SPINCOUNT`) and those of onnxruntime not at all (`session.intra_op.allow_spinning`), which
costs it something where threads have to be woken. A library is compared only where its result agrees with
numact's in shape, dtype and, within rounding, in value. What takes more than five times as long as numact is
sampled in three rounds only, and, where a call takes over two milliseconds, once: its figure is marked
*once*. Kernels are compiled beforehand.

*forward* allocates its result (numact has the memory of the former one for it, see [](speed.md)), *out*
writes to an array that is there, *in place* to its input; *vjp* is the gradient from the input and the
output's gradient. Where a library's backward pass starts from a saved output,
*value and vjp* compares both passes together. NumPy stands for the fastest of its own loops, SciPy's, and the
plain formula; it has one thread and no derivatives. PyTorch is eager, JAX under `jit`."""


def page(kept: Mapping[str, Any], command: str) -> str:
    """Write the page.

    Parameters
    ----------
    kept : mapping
        ``machine``, ``records``, and optionally ``lacking``, ``calls``, ``starts`` and ``compilations``, as
        JSON holds them.
    command : str
        What makes the page anew.

    Returns
    -------
    str
        Markdown.
    """
    everything = [Record.from_json(each) for each in kept["records"]]
    records = [record for record in everything if not is_doubled(record)]
    parts = [
        "# Results",
        f"This page is written by `{command}`.",
        *_machine(kept["machine"]),
        "## How it was measured\n\n" + _METHOD,
        *_incomplete(kept.get("lacking", [])),
        *_overview(records),
        *_by_library(records),
        *_losses(records),
        *limits(records),
        *doubling(everything),
        *_calls(kept.get("calls", {})),
        *_starts(kept.get("starts", {}), kept.get("compilations", {})),
        *_cells(records),
    ]
    return "\n\n".join(parts) + "\n"


def _machine(machine: Mapping[str, Any]) -> list[str]:
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    missing = ", ".join(machine["missing"])
    commit = f" numact is of commit {machine['commit']}." if machine.get("commit") else ""
    lines = [
        f"Measured on {machine['date']} on {machine['processor']}, {machine['processors']} processors, "
        f"{machine['system']}, Python {machine['python']}, with {versions}.{commit}"
    ]
    return [*lines, f"Not installed, so not compared: {missing}."] if missing else lines


def _incomplete(lacking: Sequence[str]) -> list[str]:
    if not lacking:
        return []
    return [f"The time was over before everything was measured; what lacks: {'; '.join(lacking)}."]


def _overview(records: Sequence[Record]) -> list[str]:
    whole = summary(records)
    sentence = (
        f"Of {whole.cells} cells that another library has, numact is at least as fast as the fastest of them "
        f"in {whole.cells - len(whole.below(1.0))}. Over all, that library takes {whole.geometric_mean:.2f} "
        "times as long (geometric mean)."
    )
    by_role = _summaries(records, lambda record: (record.cell.role, record.cell.dtype, str(record.threads)))
    by_input = _summaries(records, lambda record: (_input_kind(record), str(record.threads)))
    heads = ("cells", "at least as fast", "geometric mean", "least")
    return [
        "## Against the fastest library of each cell",
        sentence,
        table(("role", "dtype", "threads", *heads), by_role),
        table(("input", "threads", *heads), by_input),
    ]


def _input_kind(record: Record) -> str:
    return input_text(record) if record.cell.shape is None else "rows of given shapes"


def _summaries(records: Iterable[Record], key: Any) -> list[tuple[str, ...]]:
    return [(*found, *entries) for found, group in grouped(records, key) if (entries := _entries(group))]


def _entries(group: Sequence[Record]) -> tuple[str, ...]:
    whole = summary(group)
    if not whole.cells:
        return ()
    ratio, worst = whole.worst[0]
    wins = whole.cells - len(whole.below(1.0))
    least = f"{factor(ratio)} ({worst.cell.name}, {input_text(worst)})"
    return str(whole.cells), str(wins), f"{whole.geometric_mean:.2f}", least


def _by_library(records: Sequence[Record]) -> list[str]:
    libraries = dict.fromkeys(library for record in records for library in record.ratios)
    rows = [(library, *_entries(against(records, library))) for library in libraries]
    heads = ("library", "cells", "numact at least as fast", "geometric mean", "least")
    return ["## Against each library", table(heads, rows)]


def _losses(records: Sequence[Record]) -> list[str]:
    below = summary(records).below(1.0)
    if not below:
        return ["## Where numact is slower", "Nowhere."]
    rows = []
    for ratio, record in below:
        fastest = min(record.ratios, key=record.ratios.__getitem__)
        times = (time_text(record, OWN), time_text(record, fastest))
        rows.append((*place(record), fastest, factor(ratio), *times))
    heads = ("activation", "role", "dtype", "input", "threads", "fastest", "ratio", "numact ns", "its ns")
    return ["## Where numact is slower", table(heads, rows)]


def _calls(calls: Mapping[str, Any]) -> list[str]:
    if not calls:
        return []
    first = next(iter(calls.values()))["median"]
    rows = [
        (f"`{call}`", f"{1e9 * timing['median']:.0f}", f"{timing['median'] / first:.2f}")
        for call, timing in calls.items()
    ]
    heads = ("call", "ns", f"beside `{next(iter(calls))}`")
    return ["## A call on one element", table(heads, rows)]


def _starts(starts: Mapping[str, float], compilations: Mapping[str, float]) -> list[str]:
    parts = []
    if starts:
        rows = [(name, f"{seconds:.2f}") for name, seconds in starts.items()]
        text = "From the start of Python to selu of 1000 elements, numact's kernel being in its cache."
        parts += ["## The first result of a process", text, table(("library", "seconds"), rows)]
    if compilations:
        rows = [(name, f"{seconds:.2f}") for name, seconds in compilations.items()]
        text = (
            "The first call of an activation whose kernel is in no cache, float32, in a process that has "
            "computed another one."
        )
        parts += ["## The first compilation", text, table(("activation", "seconds"), rows)]
    return parts


def _cells(records: Sequence[Record]) -> list[str]:
    parts = [
        "## Every cell",
        "Nanoseconds per element of the input; in brackets how many times as long as numact. *copy* is the "
        "share of a copy's speed at which numact reads and writes.",
    ]
    for (name,), group in grouped(records, lambda record: (record.cell.name,)):
        libraries = list(dict.fromkeys(library for record in group for library in record.ratios))
        rows = [
            (
                *place(record)[1:],
                time_text(record, OWN),
                f"{record.share_of_copy:.0%}",
                *(_beside(record, library) for library in libraries),
            )
            for record in group
        ]
        heads = ("role", "dtype", "input", "threads", "numact", "copy", *libraries)
        parts += [f"### {name}", table(heads, rows)]
    return parts


def _beside(record: Record, library: str) -> str:
    if library in record.refused:
        return "another function"
    if library not in record.ratios:
        return ""
    ratio = factor(record.ratios[library])
    shown = f"**{ratio}**" if record.ratios[library] < 1 else ratio
    once = ", once" if record.times[library].rounds == 1 else ""
    return f"{nanoseconds(record, library):.3g} ({shown}{once})"
