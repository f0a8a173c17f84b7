"""Figures that a lecture on activations shows, each by a name."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from numact import moments, registry
from numact.errors import NumactError, did_you_mean
from numact.pictures.curves import curve
from numact.pictures.panels import draw_curves
from numact.pictures.plots import plot
from numact.pictures.style import PALETTE, Picture, dress, line_styles, make_room, new_picture
from numact.pictures.subjects import Subject, subjects

_ALPHAS = (0.5, 1.0, 2.0)
_MEANS, _VARIANCES = (-0.5, 0.5), (0.2, 2.0)
_STARTS = ((-0.4, 0.35), (0.4, 0.5), (0.35, 1.85), (-0.3, 1.6))
_LAYERS = 15
# The small panels of all built-ins: how many side by side, how many inches and points each.
_ACROSS, _SMALL, _FEW, _FARTHEST = 7, 1.35, 120, 4.0


def relu_family() -> Picture:
    """Draw ReLU, leaky ReLU, PReLU and RReLU with the band that its slopes are drawn from."""
    specs = [registry.get_spec(name) for name in ("relu", "leaky_relu", "prelu", "rrelu")]
    picture: Picture = plot(specs, negative_slope=0.05, weight=0.5)
    return picture


def elu_celu() -> Picture:
    """Draw ELU beside CELU, and under each its derivative: CELU's is continuous for every alpha."""
    picture, panels = new_picture(2, 2)
    for column, name in enumerate(("elu", "celu")):
        shown = subjects([registry.get_spec(name)], {"alpha": _ALPHAS})
        for derivative in (False, True):
            panel = panels[2 * derivative + column]
            draw_curves(panel, shown, (-4.0, 4.0), derivative)
            panel.set_title(f"{name}, {'derivative' if derivative else 'value'}", fontsize=11)
            panel.set_ylim(*((-0.1, 2.1) if derivative else (-2.2, 4.2)))
    make_room(picture)
    return picture


def selu_map() -> Picture:
    """Draw how a SELU layer moves mean and variance, and the fixed point that it leads to."""
    picture, (panel,) = new_picture(1, 1)
    picture.set_size_inches(6.4, 5.2)
    _draw_arrows(panel)
    for start, colour in zip(_STARTS, PALETTE, strict=False):
        path = _path(*start)
        panel.plot(*path, color=colour, marker="o", markersize=3.5, linewidth=1.6, zorder=3)
        panel.plot(*path[:, :1], color=colour, marker="s", markersize=7, zorder=3)
    mean, variance = moments.fixed_point("selu")
    label = f"fixed point: mean {abs(mean):.6f}, variance {variance:.6f}"
    panel.plot(mean, variance, marker="*", markersize=19, color="black", linestyle="", label=label, zorder=4)
    dress(panel, "selu: mean and variance from one layer to the next", "mean", "variance")
    panel.set_xlim(*_MEANS)
    panel.set_ylim(*_VARIANCES)
    panel.legend(loc="lower center", framealpha=0.9, edgecolor="none")
    return picture


def built_ins() -> Picture:
    """Draw every built-in activation of a number small: the value, and dashed the derivative."""
    shown = [
        subjects([entry.activation], {})[0]
        for entry in registry.entries()
        if entry.provider.distribution == "numact" and entry.activation.kind in ("elementwise", "random")
    ]
    picture, panels = new_picture(math.ceil(len(shown) / _ACROSS), _ACROSS)
    picture.set_size_inches(_SMALL * _ACROSS, _SMALL * (len(panels) // _ACROSS))
    for each, panel in zip(shown, panels, strict=False):
        _draw_small(panel, each)
    for panel in panels[len(shown) :]:
        panel.set_visible(False)
    return picture


def _draw_small(panel: Axes, each: Subject) -> None:
    for derivative, style in zip((False, True), line_styles(), strict=False):
        line = curve(each, -_FARTHEST, _FARTHEST, derivative, points=_FEW)
        panel.plot(line.x, line.y, **{**style, "linewidth": 1.4})
    panel.set_title(each.spec.name, fontsize=9)
    panel.set_ylim(-_FARTHEST / 2, _FARTHEST)
    panel.grid(color="#dddddd", linewidth=0.6)
    panel.tick_params(labelbottom=False, labelleft=False, length=0)


def _draw_arrows(panel: Axes) -> None:
    means, variances = np.meshgrid(np.linspace(*_MEANS, 13)[1:-1], np.linspace(*_VARIANCES, 12)[1:-1])
    moved = [moments.moment_map("selu", *at) for at in zip(means.flat, variances.flat, strict=True)]
    across, up = np.array(moved).T - np.stack([means.ravel(), variances.ravel()])
    options: Any = {"angles": "xy", "scale_units": "xy", "scale": 4, "width": 0.003, "color": "#999999"}
    panel.quiver(means.ravel(), variances.ravel(), across, up, **options)


def _path(mean: float, variance: float) -> np.ndarray[Any, np.dtype[np.float64]]:
    points = [(mean, variance)]
    for _ in range(_LAYERS):
        points.append(moments.moment_map("selu", *points[-1]))
    return np.array(points).T


FIGURES: Mapping[str, Callable[[], Picture]] = MappingProxyType(
    {
        function.__name__.replace("_", "-"): function
        for function in (built_ins, relu_family, elu_celu, selu_map)
    }
)
"""Every figure, by the name that the command line takes."""


def summary(name: str) -> str:
    """Tell in a line what a figure shows.

    Parameters
    ----------
    name : str
        One of `FIGURES`.
    """
    return (FIGURES[name].__doc__ or "").partition("\n")[0].removeprefix("Draw ").rstrip(".")


def figure(name: str) -> Picture:
    """Draw a figure.

    Parameters
    ----------
    name : str
        One of `FIGURES`.

    Raises
    ------
    NumactError
        If there is none of that name.
    """
    if name not in FIGURES:
        hint = did_you_mean(name, FIGURES) or f"; there are {', '.join(FIGURES)}"
        raise NumactError(f"no figure named {name!r}{hint}")
    return FIGURES[name]()
