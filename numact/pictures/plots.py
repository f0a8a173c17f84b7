"""`plot`: the picture of one activation, or of several over one another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from textwrap import fill
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from numact.errors import NumactError
from numact.pictures import maps, rows
from numact.pictures.curves import window
from numact.pictures.maps import draw_map
from numact.pictures.panels import draw_curves
from numact.pictures.rows import draw_row
from numact.pictures.style import Picture, make_room, new_picture
from numact.pictures.subjects import Subject, subjects
from numact.spec import Activation

Draw = Callable[[Axes], None]

# Characters of a title over one panel.
_TITLE_WIDTH = 42
_OF_A_NUMBER = ("elementwise", "random")


def plot(
    specs: Sequence[Activation],
    *,
    derivative: bool = True,
    x: tuple[float, float] | None = None,
    axes: Any = None,
    **parameters: Any,
) -> Picture | Any:
    """Draw activations: the value, and beside it the derivative.

    Parameters
    ----------
    specs : sequence of Activation
        One of any kind, or several that map a number to a number.
    derivative : bool
        Whether to draw the derivative too.
    x : tuple of two floats, optional
        The range of x; left out, it shows the kinks close to 0.
    axes : matplotlib.axes.Axes or sequence of them, optional
        Where to draw, one for each panel; left out, a new picture is made.
    **parameters
        Values of parameters; several in a list or tuple are so many lines.

    Returns
    -------
    Picture
        A matplotlib figure; the figure of `axes` where those are given.

    Raises
    ------
    NumactError
        If a parameter is wrong, `x` is no range, or there are more lines than one picture can show.
    """
    shown = subjects(specs, parameters)
    drawings = panels(shown, derivative, _range(x))
    names = ", ".join(dict.fromkeys(subject.spec.name for subject in shown))
    if axes is not None:
        return _draw_into(np.ravel(axes).tolist(), drawings)
    picture, places = new_picture(1, len(drawings))
    label = shown[0].label if len(shown) == 1 else ""
    title = f"{names} ({label})" if label else names
    picture.suptitle(fill(title, _TITLE_WIDTH * len(places)), fontsize=13)
    for draw, place in zip(drawings, places, strict=True):
        draw(place)
    make_room(picture)
    return picture


def _range(x: tuple[float, float] | None) -> tuple[float, float] | None:
    if x is None:
        return None
    low, high = (float(end) for end in x)
    if not (np.isfinite(low) and np.isfinite(high) and low < high):
        raise NumactError(
            f"the range of x must be two finite numbers, low then high, got {low:g} and {high:g}"
        )
    return low, high


def panels(shown: Sequence[Subject], derivative: bool, x: tuple[float, float] | None = None) -> list[Draw]:
    """Say what to draw in each panel.

    Parameters
    ----------
    shown : sequence of Subject
        The lines of the picture.
    derivative : bool
        Whether there are panels for derivatives.
    x : tuple of two floats, optional
        The range of x.

    Returns
    -------
    list of callable
        Each takes matplotlib's axes.
    """
    kinds = {subject.spec.kind for subject in shown}
    both = (False, True) if derivative else (False,)
    if kinds <= set(_OF_A_NUMBER):
        bounds = x or window(shown)
        return [partial(draw_curves, subjects=shown, bounds=bounds, derivative=each) for each in both]
    if len(shown) > 1:
        raise NumactError("only activations that map a number to a number can share a picture")
    (subject,) = shown
    if subject.spec.kind == "axis":
        bounds = x or rows.WINDOW
        return [partial(draw_row, subject=subject, bounds=bounds, derivative=each) for each in both]
    wrts = ("", "x", "gate") if derivative else ("",)
    return [partial(draw_map, subject=subject, bounds=x or maps.WINDOW, wrt=wrt) for wrt in wrts]


def _draw_into(places: list[Any], drawings: Sequence[Draw]) -> Any:
    if len(places) != len(drawings):
        raise NumactError(
            f"this picture has {len(drawings)} panels and needs as many axes, got {len(places)}"
        )
    for draw, place in zip(drawings, places, strict=True):
        draw(place)
    return places[0].figure
