"""What the page of results says of the machine's limits: copying, computing in cache, working in place."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from itertools import groupby

from numact.benchmarks.comparison import OWN, Record
from numact.benchmarks.copying import COPY
from numact.benchmarks.markdown import factor, grouped, place, table
from numact.benchmarks.roofline import IN_CACHE, NEAR, SMALLEST, Roof, in_place_ratios, roofs

_TEXT = f"""\
The bound of a cell is the larger of two times: that of a copy of as many bytes as the cell reads and writes,
by as many threads, and that of computing in cache, which is the time per element at {IN_CACHE} elements with
`out=` (or of the gradient) on one thread, shared by the threads. The ratio is numact's time to the bound,
from {SMALLEST} elements up. The copy writes to memory that is there; *forward*, *vjp* and *value and vjp*
also have to get theirs from the operating system."""


def limits(records: Sequence[Record]) -> list[str]:
    """Write the parts about the limits.

    Parameters
    ----------
    records : sequence of Record
        All of the run.

    Returns
    -------
    list of str
        Nothing where no bounds are known.
    """
    found = roofs(records)
    return [*_copies(records), *(_bounds(found) if found else []), *_in_place(records)]


def _copies(records: Sequence[Record]) -> list[str]:
    rows = [
        (*key, f"{statistics.median(group[0].copied / each.times[COPY].median / 1e9 for each in group):.1f}")
        for key, group in grouped(
            [record for record in records if record.cell.shape is None],
            lambda record: (record.cell.dtype, record.cell.size, record.threads),
        )
    ]
    heads = ("dtype", "elements", "threads", "gigabytes read and written per second")
    return ["## How fast the machine copies", table(heads, rows)]


def _bounds(found: Sequence[Roof]) -> list[str]:
    rows = [
        (*key, *_bound_entries(list(group))) for key, group in groupby(sorted(found, key=_kind), key=_kind)
    ]
    heads = ("role", "dtype", "elements", "threads", "cells", f"within {NEAR}", "median", "greatest")
    above = sorted((roof for roof in found if roof.ratio > NEAR), key=lambda roof: -roof.ratio)
    over = [(*place(roof.record), f"{roof.ratio:.2f}", _which(roof)) for roof in above]
    over_heads = ("activation", "role", "dtype", "elements", "threads", "ratio", "bound")
    listed = [f"The cells above {NEAR}:", table(over_heads, over)] if over else []
    return ["## How near to the machine's limits", _TEXT, table(heads, rows), *listed]


def _kind(roof: Roof) -> tuple[str, str, int, int]:
    cell = roof.record.cell
    return cell.role, cell.dtype, cell.size, roof.record.threads


def _bound_entries(group: Sequence[Roof]) -> tuple[str, ...]:
    ratios = [roof.ratio for roof in group]
    near = sum(ratio <= NEAR for ratio in ratios)
    worst = max(group, key=lambda roof: roof.ratio)
    greatest = f"{worst.ratio:.2f} ({worst.record.cell.name})"
    return str(len(group)), str(near), f"{statistics.median(ratios):.2f}", greatest


def _which(roof: Roof) -> str:
    return "copy" if roof.copied > roof.computed else "computing"


def _in_place(records: Sequence[Record]) -> list[str]:
    pairs = in_place_ratios(records)
    if not pairs:
        return []
    mean = math.exp(statistics.fmean(math.log(ratio) for ratio, _ in pairs))
    text = (
        f"In {len(pairs)} cells from {SMALLEST} elements up, working in place takes {mean:.2f} times as long "
        "as writing to another array (geometric mean). The greatest:"
    )
    rows = [(*_without_role(record), factor(ratio), _own(record)) for ratio, record in pairs[:5]]
    heads = ("activation", "dtype", "input", "threads", "in place beside out", "in place ns")
    return ["## In place", text, table(heads, rows)]


def _without_role(record: Record) -> tuple[str, ...]:
    name, _, *rest = place(record)
    return (name, *rest)


def _own(record: Record) -> str:
    return f"{1e9 * record.times[OWN].median / record.cell.size:.3g}"
