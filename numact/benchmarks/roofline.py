"""How near kernels come to what the machine allows: copying the same bytes, or computing in cache."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from numact.benchmarks.comparison import OWN, Record
from numact.benchmarks.copying import COPY

IN_CACHE = 20_000
"""Elements whose input and output lie in the second-level cache, far above what a call costs."""

SMALLEST = 100_000
"""From here on a call's own cost does not count."""

NEAR = 1.3
"""How many times the bound a kernel should take at most."""


@dataclass(frozen=True)
class Roof:
    """A cell beside its bound.

    Attributes
    ----------
    record : Record
        The cell.
    copied, computed : float
        Seconds to copy as many bytes as it moves, and to compute in cache on as many threads.
    """

    record: Record
    copied: float
    computed: float

    @property
    def ratio(self) -> float:
        """How many times the larger of both numact takes."""
        return self.record.times[OWN].median / max(self.copied, self.computed)


def roofs(records: Iterable[Record]) -> list[Roof]:
    """Compare cells with their bounds.

    Parameters
    ----------
    records : iterable of Record
        Among them those of `IN_CACHE` elements on one thread, in the role "out" for all that compute values.

    Returns
    -------
    list of Roof
        Of the cells from `SMALLEST` elements up for which there is a bound.
    """
    listed = list(records)
    in_cache = _seconds_in_cache(listed)
    found = []
    for record in listed:
        cell = record.cell
        key = (cell.name, cell.dtype, _passes(cell.role))
        if cell.size >= SMALLEST and cell.shape is None and key in in_cache:
            copied = record.times[COPY].median * record.moved / record.copied
            found.append(Roof(record, copied, in_cache[key] * cell.size / record.threads))
    return found


def _passes(role: str) -> str:
    """Tell which kernel a role runs."""
    return role if "vjp" in role else "out"


def _seconds_in_cache(records: Iterable[Record]) -> Mapping[tuple[str, str, str], float]:
    return {
        (record.cell.name, record.cell.dtype, record.cell.role): record.times[OWN].median / record.cell.size
        for record in records
        if record.cell.size == IN_CACHE and record.threads == 1
    }


def in_place_ratios(records: Iterable[Record]) -> list[tuple[float, Record]]:
    """Compare working in place with writing to another array.

    Parameters
    ----------
    records : iterable of Record
        The cells.

    Returns
    -------
    list of (float, Record)
        How many times as long "in place" takes as "out", the greatest first; from `SMALLEST` elements up.
    """
    listed = [record for record in records if record.cell.size >= SMALLEST]
    outs = {_place(record): record for record in listed if record.cell.role == "out"}
    pairs = [
        (record.times[OWN].median / outs[_place(record)].times[OWN].median, record)
        for record in listed
        if record.cell.role == "in place" and _place(record) in outs
    ]
    return sorted(pairs, key=lambda pair: -pair[0])


def _place(record: Record) -> tuple[object, ...]:
    cell = record.cell
    return (cell.name, cell.dtype, cell.size, cell.shape, cell.axis, record.threads)
