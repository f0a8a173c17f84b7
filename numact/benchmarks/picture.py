"""The picture of a comparison: nanoseconds per element against the size, a line for each library."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from numact.benchmarks.comparison import OWN, Record
from numact.benchmarks.copying import COPY
from numact.benchmarks.peers import PEERS
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
    styles = _styles(series)
    for each, panel in zip(series, panels, strict=False):
        _draw_into(panel, each, styles)
    for panel in panels[len(series) :]:
        panel.set_visible(False)
    handles = [Line2D([], [], label=library, **style) for library, style in styles.items()]
    picture.legend(handles=handles, loc="outside lower center", ncols=len(handles), fontsize=8, frameon=False)
    return picture


def _styles(series: Sequence[Series]) -> dict[str, Mapping[str, Any]]:
    """Give each library one style in all panels, whichever of them it is in; the copy comes last."""
    libraries = dict.fromkeys((OWN, *PEERS))
    found = {library for each in series for library in each.libraries}
    styles = dict(zip(libraries, line_styles(), strict=False))
    styles[OWN] |= {"linewidth": 2.6}
    return {**{name: style for name, style in styles.items() if name in found}, COPY: _COPY_STYLE}


def _draw_into(panel: Axes, series: Series, styles: Mapping[str, Mapping[str, Any]]) -> None:
    records = sorted(series.records, key=lambda record: record.cell.size)
    for library in series.libraries:
        style = styles[library]
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


def _quartiles(records: Sequence[Record], library: str) -> tuple[list[float], list[float]]:
    timings = [(record.times[library], record.cell.size) for record in records]
    return [1e9 * each.low / size for each, size in timings], [
        1e9 * each.high / size for each, size in timings
    ]
