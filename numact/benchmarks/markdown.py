"""Tables of records in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from numact.benchmarks.comparison import Record
from numact.benchmarks.report import input_text, nanoseconds


def grouped(records: Iterable[Record], key: Any) -> list[tuple[Any, list[Record]]]:
    """Group records by what a function gives for them, in its order."""
    return [(found, list(group)) for found, group in groupby(sorted(records, key=key), key=key)]


def place(record: Record) -> tuple[str, ...]:
    """Say what a record is of: activation, role, dtype, input, threads."""
    cell = record.cell
    return cell.name, cell.role, cell.dtype, input_text(record), str(record.threads)


def factor(ratio: float) -> str:
    """Write a ratio so that none below 1 reads as 1."""
    return f"{ratio:.2f}" if not 0.995 <= ratio < 1 else f"{ratio:.3f}" if ratio < 0.9995 else "just below 1"


def time_text(record: Record, library: str) -> str:
    """Write a library's nanoseconds per element and their spread."""
    return f"{nanoseconds(record, library):.3g} ±{record.times[library].spread:.0%}"


def table(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Write a table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)
