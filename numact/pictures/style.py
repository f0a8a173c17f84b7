"""How pictures look: told apart by the colour-blind and in black and white, sharp on screen and on paper."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Sequence
from itertools import cycle
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backend_bases import FigureCanvasBase
from matplotlib.figure import Figure

from numact.errors import NumactError

# Okabe and Ito's palette (https://jfly.uni-koeln.de/color) without its yellow, which paper does not show.
# Seven colours with four dashes repeat after 28 lines.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
DASHES: tuple[Any, ...] = ("-", "--", "-.", (0, (1, 1.2)))
GREY = "#666666"
DIVERGING = "PuOr_r"
PANEL = (4.6, 3.6)
"""Width and height of one panel in inches."""

_DOTS_PER_INCH = 200
# Characters that fit side by side under a panel, and what the mark of an entry takes of them.
_LEGEND_WIDTH, _LEGEND_MARK = 70, 8
# Height of a line of a legend in inches.
_LEGEND_LINE = 0.19
_SHARP: Any = {"svg.hashsalt": "numact", "svg.fonttype": "path"}


class Picture(Figure):
    """A matplotlib figure that belongs to no window and that a notebook shows by itself."""

    def _repr_svg_(self) -> str:
        return self.svg()

    def svg(self) -> str:
        """Return the picture as SVG, the same text for the same picture."""
        written = io.StringIO()
        with matplotlib.rc_context(_SHARP):
            self.savefig(written, format="svg", metadata={"Date": None})
        return written.getvalue()

    def save(self, path: str | Path) -> None:
        """Write the picture to a file.

        Parameters
        ----------
        path : str or Path
            Its ending says the format, such as .png, .svg or .pdf.

        Raises
        ------
        NumactError
            If matplotlib writes no such format.
        """
        ending = picture_format(path)
        with matplotlib.rc_context(_SHARP):
            self.savefig(path, format=ending, dpi=_DOTS_PER_INCH)


def picture_format(path: str | Path) -> str:
    """Read the format from a file's ending.

    Parameters
    ----------
    path : str or Path
        The file.

    Raises
    ------
    NumactError
        If matplotlib writes no such format.
    """
    known = FigureCanvasBase.get_supported_filetypes()
    ending = Path(path).suffix.lower().removeprefix(".")
    if ending not in known:
        endings = ", ".join(f".{name}" for name in sorted(known))
        raise NumactError(f"a picture's file must end in one of {endings}; got {str(path)!r}")
    return ending


def new_picture(rows: int, columns: int) -> tuple[Picture, list[Axes]]:
    """Make a picture of so many panels, listed row by row."""
    width, height = PANEL
    picture = Picture(figsize=(width * columns, height * rows), layout="constrained")
    panels = picture.subplots(rows, columns, squeeze=False)
    return picture, list(panels.flat)


def line_styles() -> Iterator[dict[str, Any]]:
    """Yield colours and dashes of one line after the other."""
    for colour, dash in zip(cycle(PALETTE), cycle(DASHES), strict=False):
        yield {"color": colour, "linestyle": dash, "linewidth": 2.0}


def place_legend(panel: Axes, handles: Sequence[Any], labels: Sequence[str]) -> None:
    """Name the lines: under a panel whose layout makes room for that, in it otherwise."""
    if not labels:
        return
    if panel.figure.get_layout_engine() is None:
        panel.legend(handles, labels, fontsize=8.5, framealpha=0.85, edgecolor="none")
        return
    place: Any = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.16), "ncols": _columns(labels)}
    panel.legend(handles, labels, fontsize=8.5, frameon=False, columnspacing=1.2, **place)


def _columns(labels: Sequence[str]) -> int:
    """Choose how many entries stand side by side; a legend is filled column by column."""
    for columns in range(min(4, len(labels)), 1, -1):
        height = math.ceil(len(labels) / columns)
        widths = [max(map(len, labels[i : i + height])) for i in range(0, len(labels), height)]
        if sum(widths) + _LEGEND_MARK * len(widths) <= _LEGEND_WIDTH:
            return columns
    return 1


def make_room(picture: Figure) -> None:
    """Make a picture higher by the legends under its panels."""
    most = 0
    for panel in picture.axes:
        legend = panel.get_legend()
        if legend is not None and not legend.get_frame_on():
            most = max(most, math.ceil(len(legend.get_texts()) / legend._ncols))  # type: ignore[attr-defined]
    specs = [panel.get_subplotspec() for panel in picture.axes]
    rows = max((spec.get_gridspec().nrows for spec in specs if spec is not None), default=1)
    picture.set_figheight(picture.get_figheight() + rows * most * _LEGEND_LINE)


def dress(panel: Axes, title: str, x_label: str, y_label: str) -> None:
    """Give a panel its title, its labels, and a light grid with the coordinate axes in it."""
    panel.set_title(title, fontsize=11)
    panel.set_xlabel(x_label)
    panel.set_ylabel(y_label)
    panel.grid(color="#dddddd", linewidth=0.6)
    panel.set_axisbelow(True)
    for side in ("top", "right"):
        panel.spines[side].set_visible(False)
