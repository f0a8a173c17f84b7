"""One panel of curves: lines, kinks, limits and the band of a random activation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from numact.pictures.curves import Curve, band, curve
from numact.pictures.style import GREY, dress, line_styles, place_legend
from numact.pictures.subjects import Subject

# How much of the panel's width a limit takes, at its side.
_SHARE = 0.22
# Beyond so many times the widest x, a curve leaves the panel.
_STEEPEST = 1.25
_MARGIN = 0.06
_BLACK = "#111111"
_DOTTED: dict[str, Any] = {"linestyle": (0, (1, 2)), "linewidth": 1.4}
# What is drawn over what; kinks and limits are known by it.
_LINE, _LIMIT, _SIDE, _KINK = 2, 3, 4, 5


def draw_curves(
    panel: Axes, subjects: Sequence[Subject], bounds: tuple[float, float], derivative: bool
) -> None:
    """Draw the values, or the derivatives, of elementwise and random activations."""
    low, high = bounds
    curves = [curve(subject, low, high, derivative) for subject in subjects]
    for each, style in zip(curves, line_styles(), strict=False):
        label = each.subject.label if len(curves) > 1 else None
        panel.plot(each.x, each.y, label=label, zorder=_LINE, **style)
        _draw_kinks(panel, each, style["color"])
        if each.subject.spec.kind == "random" and not derivative:
            _draw_band(panel, each, style["color"])
    _draw_limits(panel, curves, bounds)
    title, label = ("derivative", "dy/dx") if derivative else ("value", "y")
    dress(panel, title, "x", label)
    panel.set_xlim(low, high)
    panel.set_ylim(*_heights(curves, bounds))
    _draw_legend(panel)


def _draw_kinks(panel: Axes, each: Curve, colour: Any) -> None:
    for kink in each.kinks:
        if kink.jumps:
            sides = [side for side in (kink.left, kink.right) if side != kink.at]
            panel.plot([kink.x] * len(sides), sides, "o", color=colour, markerfacecolor="white", zorder=_SIDE)
        panel.plot([kink.x], [kink.at], "o", color=colour, markersize=6, zorder=_KINK)


def _draw_band(panel: Axes, each: Curve, colour: Any) -> None:
    x = each.x[:: max(1, each.x.size // 200)]
    lower, upper = band(each.subject, x)
    panel.fill_between(x, lower, upper, color=colour, alpha=0.25, linewidth=0, label="band in training")


def _draw_limits(panel: Axes, curves: Sequence[Curve], bounds: tuple[float, float]) -> None:
    low, high = bounds
    width = _SHARE * (high - low)
    for each in curves:
        for limit, start in zip(each.limits, (low, high - width), strict=True):
            if math.isfinite(limit):
                ends = ([start, start + width], [limit, limit])
                panel.plot(*ends, color=_BLACK, zorder=_LIMIT, **_DOTTED)


def _heights(curves: Sequence[Curve], bounds: tuple[float, float]) -> tuple[float, float]:
    """Choose the range of y: everything, unless a curve grows much faster than x."""
    most = _STEEPEST * max(map(abs, bounds))
    parts = [each.y[np.isfinite(each.y)] for each in curves]
    limits = [limit for each in curves for limit in each.limits if math.isfinite(limit)]
    values = np.clip(np.concatenate([*parts, limits]), -most, most)
    bottom, top = (float(values.min()), float(values.max())) if values.size else (0.0, 1.0)
    margin = _MARGIN * ((top - bottom) or 1.0)
    return bottom - margin, top + margin


def _draw_legend(panel: Axes) -> None:
    handles, labels = panel.get_legend_handles_labels()
    shown = {line.get_zorder() for line in panel.get_lines()}
    if _KINK in shown:
        handles.append(Line2D([], [], color=GREY, marker="o", linestyle=""))
        labels.append("kink")
    if _LIMIT in shown:
        handles.append(Line2D([], [], color=_BLACK, **_DOTTED))
        labels.append("limit")
    place_legend(panel, handles, labels)
