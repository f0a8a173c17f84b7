"""What a comparison says: a line for each cell, the geometric mean, the cells below a target."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from numact.benchmarks.comparison import OWN, Record
from numact.benchmarks.copying import COPY


@dataclass(frozen=True)
class Summary:
    """How numact does against the fastest peer of each cell.

    Attributes
    ----------
    cells : int
        Cells with at least one peer.
    geometric_mean : float
        Of the ratios to the fastest peer, above 1 where numact is faster; NaN without peers.
    worst : tuple of (float, Record)
        The cells with their ratios, least first.
    """

    cells: int
    geometric_mean: float
    worst: tuple[tuple[float, Record], ...]

    def below(self, target: float) -> tuple[tuple[float, Record], ...]:
        """Give the cells whose ratio is less than a target."""
        return tuple(pair for pair in self.worst if pair[0] < target)


@dataclass(frozen=True)
class Series:
    """The records that differ in their input alone: one table, one panel of a picture."""

    records: tuple[Record, ...]

    @property
    def title(self) -> str:
        """What all of them measure."""
        cell, threads = self.records[0].cell, self.records[0].threads
        return f"{cell.name}, {cell.role}, {cell.dtype}, {threads} thread{'s' if threads > 1 else ''}"

    @property
    def libraries(self) -> tuple[str, ...]:
        """The libraries that any of them has, numact first and the copy last."""
        found = dict.fromkeys(name for record in self.records for name in record.times if name != COPY)
        return (*found, COPY)

    def rows(self) -> list[tuple[str, ...]]:
        """Give a table's rows: the input, then nanoseconds per element; peers with their ratios."""
        return [
            (input_text(record), *(_entry(record, library) for library in self.libraries))
            for record in self.records
        ]


def _entry(record: Record, library: str) -> str:
    if library not in record.times:
        return ""
    entry = f"{nanoseconds(record, library):.3f} ±{record.times[library].spread:.0%}"
    return f"{entry} ({record.ratios[library]:.2f}x)" if library in record.ratios else entry


def series(records: Iterable[Record]) -> list[Series]:
    """Group records by what they measure.

    Parameters
    ----------
    records : iterable of Record
        In any order.
    """
    groups: dict[tuple[str, str, str, int], list[Record]] = {}
    for record in records:
        cell = record.cell
        groups.setdefault((cell.name, cell.role, cell.dtype, record.threads), []).append(record)
    return [Series(tuple(group)) for group in groups.values()]


def summary(records: Iterable[Record]) -> Summary:
    """Summarise a comparison.

    Parameters
    ----------
    records : iterable of Record
        The cells.
    """
    ratios = [(min(record.ratios.values()), record) for record in records if record.ratios]
    logs = [math.log(ratio) for ratio, _ in ratios]
    mean = math.exp(math.fsum(logs) / len(logs)) if logs else math.nan
    return Summary(len(ratios), mean, tuple(sorted(ratios, key=lambda pair: pair[0])))


def against(records: Iterable[Record], library: str) -> list[Record]:
    """Keep of each record one library beside numact; records without it are left out."""
    kept = (OWN, COPY, library)
    return [
        replace(record, times={name: timing for name, timing in record.times.items() if name in kept})
        for record in records
        if library in record.ratios
    ]


def nanoseconds(record: Record, library: str) -> float:
    """Give the median time of a library for each element of the input."""
    return 1e9 * record.times[library].median / record.cell.size


def input_text(record: Record) -> str:
    """Say on what input: a number of elements, or a shape and an axis."""
    cell = record.cell
    return str(cell.size) if cell.shape is None else f"{'x'.join(map(str, cell.shape))} axis {cell.axis}"


def line(record: Record) -> str:
    """Say in a line what a record holds: nanoseconds per element, and ratios to numact."""
    cell = record.cell
    words = [
        f"{cell.name:14} {cell.dtype:8} {input_text(record):>10} {record.threads}t {cell.role:13}",
        f"numact {nanoseconds(record, OWN):8.3f} ns ±{record.times[OWN].spread:3.0%}",
        f"copy {nanoseconds(record, COPY):.3f} ({record.share_of_copy:.0%})",
        *(f"{name} {nanoseconds(record, name):.3f} ({ratio:.2f}x)" for name, ratio in record.ratios.items()),
        *(f"{name} computes another function" for name in record.refused),
    ]
    return "  ".join(words)


def conclusion(records: Sequence[Record], target: float = 1.0, most: int = 40) -> list[str]:
    """Give the closing lines: geometric mean over the cells, and the cells below the target.

    Parameters
    ----------
    records : sequence of Record
        The cells.
    target : float
        Ratio to the fastest peer that a cell should reach.
    most : int
        How many cells to list.
    """
    whole = summary(records)
    below = whole.below(target)
    if not whole.cells:
        return [f"{len(records)} cells, and no library to compare with has any of them"]
    lines = [
        f"{whole.cells} cells with a peer; against the fastest peer of each cell the geometric mean is "
        f"{whole.geometric_mean:.2f}x, and {len(below)} cells are below {target:g}x"
    ]
    lines += [f"{ratio:5.2f}x  {line(record)}" for ratio, record in below[:most]]
    return lines
