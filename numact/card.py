"""What a notebook shows of an activation: formula, parameters and picture."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from numact.errors import FormulaError, NumactError
from numact.parameters import shown
from numact.spec import Activation
from numact.typeset import latex, latex_of_row


def card(spec: Activation, parameters: Mapping[str, Any]) -> str:
    """Write an activation as HTML.

    Parameters
    ----------
    spec : Activation
        What to show; it need not be registered.
    parameters : mapping
        Values that are bound; the others have their defaults.

    Returns
    -------
    str
        HTML that stands by itself; its formula is LaTeX between dollars, which notebooks typeset. Where no
        picture can be drawn it says why.
    """
    blocks = [
        f"<p><b>{escape(spec.name)}</b> {escape(spec.summary)}</p>",
        f"<p>{_formula(spec)}</p>",
        _table(spec, parameters),
        _picture(spec, parameters),
    ]
    return '<div class="numact-activation">' + "".join(blocks) + "</div>"


def typeset_formula(spec: Activation) -> str:
    """Give the formula of any kind of activation as LaTeX.

    Raises
    ------
    FormulaError
        If it is a text for people alone, as an activation's along an axis may be.
    """
    return latex_of_row(spec.formula) if spec.kind == "axis" else latex(spec.parsed_formula())


def _formula(spec: Activation) -> str:
    try:
        return f"$${escape(typeset_formula(spec))}$$"
    except FormulaError:
        return f"<code>{escape(spec.formula)}</code>"


def _table(spec: Activation, parameters: Mapping[str, Any]) -> str:
    if not spec.params:
        return ""
    heads = "".join(f"<th>{head}</th>" for head in ("parameter", "value", "must be", "meaning"))
    rows = "".join(f"<tr>{cells}</tr>" for cells in _cells(spec, parameters))
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _cells(spec: Activation, parameters: Mapping[str, Any]) -> Iterator[str]:
    for param in spec.params:
        value = parameters.get(param.name, param.default)
        text = "required" if param.is_required and param.name not in parameters else shown(value)
        requirement = param.requirement() if param.is_numeric else ""
        cells = (param.name, text, requirement, param.doc)
        yield "".join(f"<td>{escape(cell)}</td>" for cell in cells)


def _picture(spec: Activation, parameters: Mapping[str, Any]) -> str:
    try:
        from numact.pictures.plots import plot

        drawn = plot([spec], **parameters).svg()
    except NumactError as error:
        return f"<p><small>No picture: {escape(str(error))}</small></p>"
    data = base64.b64encode(drawn.encode()).decode()
    words = escape(f"Value and derivative of {spec.name}")
    return f'<img alt="{words}" style="max-width: 100%" src="data:image/svg+xml;base64,{data}">'
