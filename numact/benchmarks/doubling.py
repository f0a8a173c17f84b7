"""What doubling an array's size does to the time: a cliff between caches or ways to run a loop would show."""

from __future__ import annotations

from collections.abc import Sequence

from numact.benchmarks.comparison import OWN, Record
from numact.benchmarks.copying import COPY
from numact.benchmarks.markdown import grouped, table

DOUBLED = ("relu", "selu", "gelu")
"""Activations that cost little, more and much."""

SIZES = tuple(2**power for power in range(16, 25))
"""From within the second-level cache to beyond the last."""

_TEXT = """\
How many times as long twice as many float32 elements take as the number above the column, with `out=`; in
brackets the same of a copy, which takes more than twice as long where arrays outgrow a cache."""


def is_doubled(record: Record) -> bool:
    """Tell whether a record was measured for this comparison."""
    return record.cell.shape is None and record.cell.size in SIZES


def doubling(records: Sequence[Record]) -> list[str]:
    """Write the part of the page; nothing where no record is of this comparison."""
    rows = []
    for (name, threads), group in grouped(
        [record for record in records if is_doubled(record)],
        lambda record: (record.cell.name, str(record.threads)),
    ):
        by_size = {record.cell.size: record for record in group}
        rows.append((name, threads, *(_step(by_size, size) for size in SIZES[:-1])))
    heads = ("activation", "threads", *(f"{size:,}" for size in SIZES[:-1]))
    return ["## Twice as many elements", _TEXT, table(heads, rows)] if rows else []


def _step(by_size: dict[int, Record], size: int) -> str:
    one, two = by_size.get(size), by_size.get(2 * size)
    if one is None or two is None:
        return ""
    own, copy = (two.times[which].median / one.times[which].median for which in (OWN, COPY))
    return f"{own:.2f} ({copy:.2f})"
