"""A gated activation as a map over its two inputs."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from numact.pictures.style import DIVERGING, dress
from numact.pictures.subjects import Subject

WINDOW = (-3.0, 3.0)

_POINTS = 151
_LEVELS = 15


def draw_map(panel: Axes, subject: Subject, bounds: tuple[float, float], wrt: str) -> None:
    """Draw the value (`wrt` empty) or the derivative by "x" or "gate", as colours and contours."""
    line = np.linspace(*bounds, _POINTS)
    a, b = np.meshgrid(line, line)
    function = subject.function
    heights = np.asarray(function.derivative(a, wrt, gate=b) if wrt else function(a, gate=b))
    most = float(np.abs(heights[np.isfinite(heights)]).max(initial=0.0)) or 1.0
    levels = np.linspace(-most, most, _LEVELS)
    filled = panel.contourf(a, b, heights, levels, cmap=DIVERGING)
    # Every other level, 0 among them: negative ones are dashed, so that the sign shows without colours.
    panel.contour(a, b, heights, levels[1::2], colors="black", linewidths=0.8)
    panel.figure.colorbar(filled, ax=panel, ticks=levels[1::2], format="%.2g")
    title = {"": "value", "x": "derivative by a", "gate": "derivative by b, the gate"}[wrt]
    dress(panel, title, "a", "b, the gate")
