"""The times of an activation beside other libraries: a table and, over several sizes, pictures."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from markdown import side_by_side, table

from numact.benchmarks.comparison import OWN, Record
from numact.benchmarks.picture import draw
from numact.benchmarks.report import input_text, nanoseconds, series
from numact.spec import Activation

KEPT = Path(__file__).parents[1] / "benchmarks.json"
_DTYPE = "float32"
_DRAWN = ("forward", "vjp")
_HEADS = ("role", "input", "threads", "numact", "share of a copy", "fastest other", "its ratio")


@cache
def _kept(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"records": []}


def _records(spec: Activation, path: Path) -> list[Record]:
    found = (Record.from_json(each) for each in _kept(path)["records"])
    return [each for each in found if (each.cell.name, each.cell.dtype) == (spec.name, _DTYPE)]


def speed(spec: Activation, path: Path = KEPT) -> str:
    """Tell what was measured of an activation's speed.

    Parameters
    ----------
    spec : Activation
        Which one.
    path : Path
        What was kept of a comparison.
    """
    found = _records(spec, path)
    by_hand = f"`numact bench {spec.name}` measures it on your machine"
    if not found:
        return f"Not yet measured here; {by_hand}."
    machine = _kept(path)["machine"]
    intro = (
        f"Nanoseconds per element in {_DTYPE}, medians, measured on {machine['date']} on "
        f"{machine['processor']}. The ratio says how many times as long as numact the fastest other library "
        f"takes: below 1, numact is slower. {by_hand}; [every cell](../explanation/results.md) of the "
        "comparison is on a page of its own."
    )
    blocks = [intro, *_pictures_shown(spec, path), table(_HEADS, [_row(record) for record in found])]
    return "\n\n".join(blocks)


def _pictures_shown(spec: Activation, path: Path) -> Iterator[str]:
    files = list(times_pictures(spec, path))
    if files:
        yield side_by_side(files, f"Times of {spec.name} beside other libraries")


def _row(record: Record) -> tuple[str, ...]:
    cells = (
        record.cell.role,
        input_text(record),
        str(record.threads),
        f"{nanoseconds(record, OWN):.3g}",
        f"{record.share_of_copy:.0%}",
    )
    if not record.ratios:
        return (*cells, "", "")
    fastest = min(record.ratios, key=record.ratios.__getitem__)
    return (*cells, f"{fastest} {nanoseconds(record, fastest):.3g}", f"{record.ratios[fastest]:.2f}")


@cache
def times_pictures(spec: Activation, path: Path = KEPT) -> dict[str, str]:
    """Draw times over the number of elements, on one thread, where there are several.

    Parameters
    ----------
    spec : Activation
        Which one.
    path : Path
        What was kept of a comparison.

    Returns
    -------
    dict
        SVG by file name.
    """
    records = [each for each in _records(spec, path) if each.threads == 1 and each.cell.shape is None]
    drawn = [each for each in series(records) if len(each.records) > 1]
    return {
        f"{spec.name}-times-{role}.svg": draw([each]).svg()
        for each in drawn
        for role in [_role(each.records)]
        if role in _DRAWN
    }


def _role(records: Sequence[Record]) -> str:
    return records[0].cell.role
