"""The pictures of one activation's page: one file for each panel, which wrap on a narrow screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from numact.errors import ParameterError
from numact.examples import example_parameters
from numact.pictures.plots import panels
from numact.pictures.style import make_room, new_picture
from numact.pictures.subjects import Subject, subjects
from numact.spec import Activation, Param

_SMALL = (2.4, 1.9)


def write_pictures(spec: Activation) -> dict[str, str]:
    """Draw an activation: value and derivative, several values of parameters, the small picture.

    Parameters
    ----------
    spec : Activation
        Of any kind.

    Returns
    -------
    dict
        SVG by file name.
    """
    usual = subjects([spec], {})
    drawn = dict(zip(names(spec), _each_panel(usual), strict=True))
    for param in varied(spec):
        shown = subjects([spec], {param.name: several(param, spec)})
        drawn.update(zip(names(spec, param), _each_panel(shown), strict=True))
    return {**drawn, f"{spec.name}-small.svg": _small(usual)}


def names(spec: Activation, param: Param | None = None) -> list[str]:
    """Name the files of the panels, of the activation itself or of several values of a parameter."""
    stem = f"{spec.name}-{param.name}" if param else spec.name
    derivatives = ("by-a", "by-gate") if spec.kind == "gated" else ("derivative",)
    return [f"{stem}-{panel}.svg" for panel in ("value", *derivatives)]


def _each_panel(shown: Sequence[Subject]) -> list[str]:
    drawn = []
    for draw in panels(shown, derivative=True):
        picture, (place,) = new_picture(1, 1)
        draw(place)
        make_room(picture)
        drawn.append(picture.svg())
    return drawn


def _small(shown: Sequence[Subject]) -> str:
    """Draw the value alone, without words."""
    picture, (place,) = new_picture(1, 1)
    picture.set_size_inches(*_SMALL)
    panels(shown, derivative=False)[0](place)
    for panel in picture.axes:
        panel.set(title="", xlabel="", ylabel="")
        panel.tick_params(labelsize=7)
        if panel.get_legend():
            panel.get_legend().remove()
    return picture.svg()


def varied(spec: Activation) -> list[Param]:
    """Choose the parameters that get a picture of several values."""
    if spec.kind not in ("elementwise", "random"):
        return []
    return [param for param in spec.numeric_params if len(several(param, spec)) > 1]


def several(param: Param, spec: Activation) -> list[float]:
    """Choose values about a parameter's own: those that it and the rules between parameters allow."""
    if param.kind == "int":
        return []
    usual: Any = example_parameters(spec).get(param.name, param.default)
    wanted = (usual / 2, usual, 2 * usual) if usual else (0.0, 0.5, 1.0)
    return [value for value in wanted if param.allows(value) and _fits(spec, param, value)]


def _fits(spec: Activation, param: Param, value: float) -> bool:
    defaults = {each.name: each.default for each in spec.params}
    try:
        spec.check_together({**defaults, **example_parameters(spec), param.name: value})
    except ParameterError:
        return False
    return True
