"""The picture of a comparison: nanoseconds per element against the size, a line for each library."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes

from numact.benchmarks.comparison import OWN, Record
from numact.benchmarks.copying import COPY
from numact.benchmarks.report import Series, nanoseconds
from numact.pictures.style import GREY, Picture, dress, line_styles, new_picture

_COLUMNS = 3
_COPY_STYLE: Mapping[str, Any] = {"color": GREY, "linestyle": (0, (4, 2)), "linewidth": 1.2}


def draw(series: Sequence[Series]) -> Picture:
    """Draw each series in a panel of its own.

    Parameters
    ----------
    series : sequence of Series
        What `report.series` made of the records.

    Returns
    -------
    Picture
        A matplotlib figure; a broken grey line is the copy of the input.
    """
    columns = min(_COLUMNS, len(series))
    picture, panels = new_picture(math.ceil(len(series) / columns), columns)
    for each, panel in zip(series, panels, strict=False):
        _draw_into(panel, each)
    for panel in panels[len(series) :]:
        panel.set_visible(False)
    return picture


def _draw_into(panel: Axes, series: Series) -> None:
    records = sorted(series.records, key=lambda record: record.cell.size)
    styles = line_styles()
    for library in series.libraries:
        style = dict(_COPY_STYLE) if library == COPY else next(styles)
        style |= {"linewidth": 2.6} if library == OWN else {}
        found = [record for record in records if library in record.times]
        sizes = [record.cell.size for record in found]
        panel.plot(
            sizes, [nanoseconds(record, library) for record in found], marker=".", label=library, **style
        )
        if library != COPY:
            panel.fill_between(sizes, *_quartiles(found, library), color=style["color"], alpha=0.15)
    panel.set_xscale("log")
    panel.set_yscale("log")
    dress(panel, series.title, "elements", "ns per element")
    panel.legend(fontsize=8, framealpha=0.5)


def _quartiles(records: Sequence[Record], library: str) -> tuple[list[float], list[float]]:
    timings = [(record.times[library], record.cell.size) for record in records]
    return [1e9 * each.low / size for each, size in timings], [
        1e9 * each.high / size for each, size in timings
    ]
