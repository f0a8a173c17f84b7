"""An activation along an axis, as the row (x, 0, 1) makes it visible."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from numact.pictures.curves import Array
from numact.pictures.style import dress, line_styles, place_legend
from numact.pictures.subjects import Subject

OTHERS = (0.0, 1.0)
"""What stands beside x in the row."""

WINDOW = (-6.0, 6.0)

_POINTS = 601


def draw_row(panel: Axes, subject: Subject, bounds: tuple[float, float], derivative: bool) -> None:
    """Draw the elements of the result, or their derivatives by x."""
    x = np.linspace(*bounds, _POINTS)
    row = np.stack([x, *(np.full_like(x, other) for other in OTHERS)], axis=-1)
    lines = _derivatives(subject, row) if derivative else np.asarray(subject.function(row, **_last(subject)))
    names = ("x", *(f"{other:g}" for other in OTHERS))
    for index, (name, style) in enumerate(zip(names, line_styles(), strict=False)):
        panel.plot(x, lines[:, index], label=f"element {name}", **style)
    shown = f"({', '.join(names)})"
    title, label = ("derivative by x", "dy/dx") if derivative else ("value", "y")
    dress(panel, f"{title}, row {shown}", "x", label)
    panel.set_xlim(*bounds)
    place_legend(panel, *panel.get_legend_handles_labels())


def _derivatives(subject: Subject, row: Array) -> Array:
    """Differentiate each element of the result by the first of the row."""
    columns = []
    for index in range(row.shape[-1]):
        g = np.zeros_like(row)
        g[:, index] = 1.0
        columns.append(np.asarray(subject.function.vjp(row, g, **_last(subject)))[:, 0])
    return np.stack(columns, axis=-1)


def _last(subject: Subject) -> dict[str, Any]:
    return {param.name: -1 for param in subject.spec.params if param.kind == "axis"}
