"""The page of one activation, made from its specification and from what was measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from certified import accuracy
from edges import edge_table
from elsewhere import elsewhere
from markdown import linked, side_by_side, table
from pictures import names, varied
from timed import speed

import numact
from numact.card import typeset_formula
from numact.docstring import make_signature
from numact.errors import FormulaError
from numact.examples import example_parameters
from numact.parameters import Param, shown
from numact.registry import Entry
from numact.spec import Activation
from numact.typeset import latex_of_name

_EXAMPLE = {"axis": np.array([[1.0, 2.0, 3.0]]), "gated": np.array([-1.0, 1.0, 2.0, 0.5])}
_KINDS = {
    "elementwise": "Maps every number of an array by itself.",
    "random": "Maps every number by itself; in training it draws a random number for each.",
    "axis": "Maps rows to rows: each result depends on all numbers along the axis.",
    "gated": "Maps two inputs to one: two arrays, or the halves of one.",
}


def page(entry: Entry) -> str:
    """Write the page of an activation in MyST Markdown.

    Parameters
    ----------
    entry : Entry
        The activation and where it comes from.
    """
    spec = entry.activation
    blocks = [
        f"# {spec.name}",
        f"{spec.summary} {_KINDS[spec.kind]}",
        *_provider(entry),
        *_formula(spec),
        side_by_side(names(spec), f"{spec.name}, value and derivative"),
        *_call(spec),
        *_parameters(spec),
        "## At the edges",
        edge_table(spec),
        "## Accuracy",
        accuracy(spec),
        "## Speed",
        speed(spec),
        "## In other libraries",
        elsewhere(spec),
        *_references(spec.references),
    ]
    return "\n\n".join(blocks) + "\n"


def _provider(entry: Entry) -> Iterator[str]:
    if entry.provider.distribution != "numact":
        yield f"Provided by the plugin package `{entry.provider}`."


def _formula(spec: Activation) -> Iterator[str]:
    try:
        called = f"{latex_of_name(spec.name)}({_operands(spec)}){'_{i}' if spec.kind == 'axis' else ''}"
        yield f"```{{math}}\n{called} = {typeset_formula(spec)}\n```"
        yield f"As text, which numact itself reads: `{spec.formula}`"
    except FormulaError:
        yield f"Definition: `{spec.formula}`"


def _operands(spec: Activation) -> str:
    return {"elementwise": "x", "random": "x", "axis": "x", "gated": "a, b"}[spec.kind]


def _call(spec: Activation) -> Iterator[str]:
    x = _EXAMPLE.get(spec.kind, np.array([-1.0, 0.0, 1.0]))
    required = example_parameters(spec)
    given = "".join(f", {name}={value!r}" for name, value in required.items())
    result = numact.apply(spec.name, x, **required)
    yield "## Use"
    yield f"`numact.{spec.name}{make_signature(spec, {})}`"
    if spec.aliases:
        yield f"Also called {', '.join(f'`{name}`' for name in spec.aliases)}."
    yield (
        "```pycon\n>>> import numpy as np, numact\n"
        f">>> numact.apply({spec.name!r}, np.{x!r}{given})\n{result!r}\n```"
    )


def _parameters(spec: Activation) -> Iterator[str]:
    if not spec.params:
        return
    yield "## Parameters"
    yield table(("name", "default", "must be", "meaning"), [_cells(param) for param in spec.params])
    for param in varied(spec):
        yield side_by_side(names(spec, param), f"{spec.name} for several values of {param.name}")


def _cells(param: Param) -> tuple[str, ...]:
    default = "required" if param.is_required else f"`{shown(param.default)}`"
    kinds: dict[str, str] = {
        "choice": " or ".join(f"`{value!r}`" for value, _ in param.choices),
        "bool": "`True` or `False`",
        "seed": "an integer or `None`",
        "axis": "an integer, a tuple of them or `None`",
    }
    must_be = kinds.get(param.kind, param.requirement() or "any number")
    return f"`{param.name}`", default, must_be, param.doc


def _references(references: Sequence[str]) -> Iterator[str]:
    yield "## References"
    yield "\n".join(f"{number}. {linked(text)}" for number, text in enumerate(references, start=1))
