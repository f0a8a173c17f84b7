"""An activation's parameters as options of a command: --alpha 0.5."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from numact import registry
from numact.errors import ParameterError

# For commands that take an activation's parameters beside their own options.
ACCEPT_PARAMETERS = {"ignore_unknown_options": True, "allow_extra_args": True}
_BOOLS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def parse(name: str, arguments: Sequence[str]) -> dict[str, Any]:
    """Read an activation's parameters from what a command line has left over.

    Parameters
    ----------
    name : str
        The activation.
    arguments : sequence of str
        Texts as in ``["--alpha", "0.5", "--beta=2"]``.

    Returns
    -------
    dict
        Values by parameter name, of the kind that each parameter states; their bounds are not checked.

    Raises
    ------
    UnknownParameterError
        If the activation has no parameter of that name.
    ParameterError
        If a value is not of the parameter's kind.
    """
    spec = registry.get_spec(name)
    values: dict[str, Any] = {}
    for option, text in _pairs(arguments):
        param = spec.param(option.removeprefix("--").replace("-", "_"))
        values[param.name] = _value(spec.name, param.name, param.kind, text)
    return values


def _pairs(arguments: Sequence[str]) -> list[tuple[str, str]]:
    remaining = list(arguments)
    pairs = []
    while remaining:
        option, equals, text = remaining.pop(0).partition("=")
        if not option.startswith("--"):
            raise click.UsageError(f"Got unexpected extra argument ({option})")
        if not equals:
            if not remaining:
                raise click.UsageError(f"Option '{option}' requires an argument.")
            text = remaining.pop(0)
        pairs.append((option, text))
    return pairs


def _value(name: str, parameter: str, kind: str, text: str) -> Any:
    try:
        if kind == "bool":
            return _BOOLS[text.lower()]
        if kind in ("int", "seed", "axis"):
            return int(text)
        if kind == "choice":
            return text
        return float(text)
    except (KeyError, ValueError):
        wanted = {"bool": "true or false", "int": "an integer", "seed": "an integer", "axis": "an integer"}
        raise ParameterError(
            f"{parameter!r} of {name} must be {wanted.get(kind, 'a number')}, got {text!r}"
        ) from None
