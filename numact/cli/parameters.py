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


def parse_several(arguments: Sequence[str]) -> tuple[list[str], dict[str, list[Any]]]:
    """Read activations and parameters, of which each may be given several values.

    Parameters
    ----------
    arguments : sequence of str
        Texts as in ``["elu", "celu", "--alpha", "0.5", "--alpha=2"]``.

    Returns
    -------
    names : list of str
        The activations.
    values : dict
        Lists by parameter name; each is of the kind that the first activation with such a parameter states.

    Raises
    ------
    UnknownParameterError
        If none of the activations has a parameter of that name.
    ParameterError
        If a value is not of the parameter's kind.
    """
    names, options = _separated(arguments)
    specs = [registry.get_spec(name) for name in names]
    values: dict[str, list[Any]] = {}
    for option, text in _pairs(options):
        asked = option.removeprefix("--").replace("-", "_")
        owners = [spec for spec in specs if asked in spec.parameter_names] or specs[:1]
        for spec in owners[:1]:
            param = spec.param(asked)
            values.setdefault(param.name, []).append(_value(spec.name, param.name, param.kind, text))
    return names, values


def _separated(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Separate names from options, each of which is followed by its value."""
    names, options = [], []
    remaining = list(arguments)
    while remaining:
        argument = remaining.pop(0)
        if not argument.startswith("--"):
            names.append(argument)
            continue
        options.append(argument)
        if "=" not in argument and remaining:
            options.append(remaining.pop(0))
    return names, options


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
