"""How the values of parameters are written on a command line, by the parameters' kinds."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import click

from numact.parameters import Param

_TRUTHS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


class Truth(click.ParamType):  # type: ignore[type-arg]
    """True or false."""

    name = "true or false"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read a word."""
        if value.lower() not in _TRUTHS:
            self.fail(f"{value!r} is not true or false.", param, ctx)
        return _TRUTHS[value.lower()]


class Numbers(click.ParamType):  # type: ignore[type-arg]
    """A number, or several with commas between them, or none.

    Parameters
    ----------
    number : int or float
        Of which type.
    name : str
        What it is called in help and errors.
    none : bool
        Whether there may be none.
    """

    def __init__(self, number: type[int] | type[float], name: str, none: bool = False) -> None:
        self.number = number
        self.name = name
        self.none = none

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read one number as a number, several as a tuple."""
        if self.none and value.lower() == "none":
            return None
        try:
            numbers = tuple(self.number(part) for part in value.split(","))
        except ValueError:
            self.fail(f"{value!r} is not {self.name}.", param, ctx)
        return numbers[0] if len(numbers) == 1 else numbers


def type_of(param: Param) -> click.ParamType[Any]:
    """
    Tell how a parameter's values are written.

    Parameters
    ----------
    param : Param
        Of any kind.

    Returns
    -------
    click.ParamType
        Which reads them.
    """
    match param.kind:
        case "bool":
            return Truth()
        case "int":
            return click.INT
        case "seed":
            return Numbers(int, "an integer or none", none=True)
        case "axis":
            return Numbers(int, "an integer, several with commas between them, or none", none=True)
        case "choice":
            return click.Choice([value for value, _ in param.choices])
        case "channel":
            return Numbers(float, "a number, or several with commas between them")
    return click.FLOAT


CALL_OPTIONS: Mapping[str, tuple[click.ParamType[Any], str]] = MappingProxyType(
    {
        "axis": (click.INT, "Axis along which the input is split in halves. [default: -1]"),
        "gate_first": (Truth(), "Whether the first half is the gate. [default: False]"),
    }
)
"""What calls take on a command line beside parameters, with the help's text."""
