"""The page of results: method, machine, versions, and every cell, losses as plainly as wins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from numact.benchmarks.comparison import OWN, Record
from numact.benchmarks.report import input_text, nanoseconds, summary

_METHOD = """\
Every cell is measured in rounds: each round takes one sample of each library, in an order drawn anew, all on
the same arrays of normal numbers with a standard deviation of 2. A sample of a short call repeats it for a
millisecond. The figures are medians; the spread is half the distance of the quartiles. Each number of threads
has a process of its own that is limited to as many processors, so that every library has the same. A library
is compared only where its result agrees with numact's in shape, dtype and, within rounding, in value.

*forward* allocates its result, *out* writes to an array that is there, *in place* to its input; *vjp* is the
gradient from the input and the output's gradient. Where a library's backward pass starts from a saved output,
*value and vjp* compares both passes together. NumPy stands for the fastest of its own loops, SciPy's, and the
plain formula; it has one thread and no derivatives. PyTorch is eager, JAX under `jit`."""


def page(kept: Mapping[str, Any], command: str) -> str:
    """Write the page.

    Parameters
    ----------
    kept : mapping
        ``machine``, ``records``, and optionally ``calls`` and ``starts``, as JSON holds them.
    command : str
        What makes the page anew.

    Returns
    -------
    str
        Markdown.
    """
    records = [Record.from_json(each) for each in kept["records"]]
    parts = [
        "# Results",
        f"This page is written by `{command}`.",
        *_machine(kept["machine"]),
        "## How it was measured\n\n" + _METHOD,
        *_overview(records),
        *_losses(records),
        *_calls(kept.get("calls", {}), kept.get("starts", {})),
        *_cells(records),
    ]
    return "\n\n".join(parts) + "\n"


def _machine(machine: Mapping[str, Any]) -> list[str]:
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    missing = ", ".join(machine["missing"])
    lines = [
        f"Measured on {machine['date']} on {machine['processor']}, {machine['processors']} processors, "
        f"{machine['system']}, Python {machine['python']}, with {versions}."
    ]
    return [*lines, f"Not installed, so not compared: {missing}."] if missing else lines


def _overview(records: Sequence[Record]) -> list[str]:
    rows = []
    for (role, dtype, threads), group in _grouped(
        records, lambda record: (record.cell.role, record.cell.dtype, record.threads)
    ):
        whole = summary(group)
        if whole.cells:
            ratio, worst = whole.worst[0]
            where = f"{ratio:.2f} ({worst.cell.name}, {input_text(worst)})"
            wins = whole.cells - len(whole.below(1.0))
            rows.append(
                (role, dtype, threads, f"{wins} of {whole.cells}", f"{whole.geometric_mean:.2f}", where)
            )
    whole = summary(records)
    sentence = (
        f"Of {whole.cells} cells that another library has, numact is at least as fast as the fastest of them "
        f"in {whole.cells - len(whole.below(1.0))}. Over all, that library takes {whole.geometric_mean:.2f} "
        "times as long (geometric mean)."
    )
    heads = ("role", "dtype", "threads", "at least as fast", "geometric mean", "least")
    return ["## Against the fastest library of each cell", sentence, _table(heads, rows)]


def _losses(records: Sequence[Record]) -> list[str]:
    below = summary(records).below(1.0)
    if not below:
        return ["## Where numact is slower", "Nowhere."]
    rows = []
    for ratio, record in below:
        fastest = min(record.ratios, key=record.ratios.__getitem__)
        rows.append((*_cell(record), fastest, f"{ratio:.2f}", _time(record, OWN), _time(record, fastest)))
    heads = ("activation", "role", "dtype", "input", "threads", "fastest", "ratio", "numact ns", "its ns")
    return ["## Where numact is slower", _table(heads, rows)]


def _calls(calls: Mapping[str, Any], starts: Mapping[str, float]) -> list[str]:
    parts = []
    if calls:
        rows = [(f"`{call}`", f"{1e9 * timing['median']:.0f}") for call, timing in calls.items()]
        parts += ["## A call on one element", _table(("call", "ns"), rows)]
    if starts:
        rows = [(name, f"{seconds:.2f}") for name, seconds in starts.items()]
        text = "From the start of Python to selu of 1000 elements, numact's kernel being in its cache."
        parts += ["## The first result of a process", text, _table(("library", "seconds"), rows)]
    return parts


def _cells(records: Sequence[Record]) -> list[str]:
    parts = [
        "## Every cell",
        "Nanoseconds per element of the input; in brackets how many times as long as numact. *copy* is the "
        "share of a copy's speed at which numact reads and writes.",
    ]
    for (name,), group in _grouped(records, lambda record: (record.cell.name,)):
        libraries = list(dict.fromkeys(library for record in group for library in record.ratios))
        rows = [
            (
                *_cell(record)[1:],
                _time(record, OWN),
                f"{record.share_of_copy:.0%}",
                *(_beside(record, library) for library in libraries),
            )
            for record in group
        ]
        heads = ("role", "dtype", "input", "threads", "numact", "copy", *libraries)
        parts += [f"### {name}", _table(heads, rows)]
    return parts


def _grouped(records: Iterable[Record], key: Any) -> list[tuple[Any, list[Record]]]:
    return [(found, list(group)) for found, group in groupby(sorted(records, key=key), key=key)]


def _cell(record: Record) -> tuple[str, ...]:
    cell = record.cell
    return cell.name, cell.role, cell.dtype, input_text(record), str(record.threads)


def _time(record: Record, library: str) -> str:
    timing = record.times[library]
    spread = 50 * (timing.high - timing.low) / timing.median
    return f"{nanoseconds(record, library):.3g} ±{spread:.0f}%"


def _beside(record: Record, library: str) -> str:
    if library in record.refused:
        return "another function"
    if library not in record.ratios:
        return ""
    ratio = f"{record.ratios[library]:.2f}"
    shown = f"**{ratio}**" if record.ratios[library] < 1 else ratio
    return f"{nanoseconds(record, library):.3g} ({shown})"


def _table(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)
