"""Python source written so that formatters leave it as it is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from numact.parameters import Param

_WIDTH = 88
_INDENT = "    "


def literal(value: Any) -> str:
    """
    Write a value as Python source.

    Parameters
    ----------
    value : str, number, None or tuple of them
        What to write.

    Returns
    -------
    str
        An expression on one line, strings in double quotes.
    """
    if isinstance(value, str):
        text = "".join(each for each in value if each.isprintable()).replace("\\", "\\\\")
        if '"' in text and "'" not in text:
            return f"'{text}'"
        return '"' + text.replace('"', '\\"') + '"'
    if isinstance(value, tuple):
        return f"({', '.join(map(literal, value))}{',' if len(value) == 1 else ''})"
    if isinstance(value, float) and math.isinf(value):
        return f'float("{value}")'
    return repr(value)


def call(function: str, arguments: Sequence[str], indent: int = 0, before: str = "", after: str = "") -> str:
    """
    Write a call on one line, or, where that gets too long, with an argument on each.

    Parameters
    ----------
    function : str
        What is called.
    arguments : sequence of str
        Source of the arguments.
    indent : int
        Levels of indentation.
    before, after : str
        What else is on the line.

    Returns
    -------
    str
        The lines.
    """
    margin = _INDENT * indent
    line = f"{margin}{before}{function}({', '.join(arguments)}){after}"
    if len(line) <= _WIDTH:
        return line
    inner = "".join(f"{margin}{_INDENT}{argument},\n" for argument in arguments)
    return f"{margin}{before}{function}(\n{inner}{margin}){after}"


def sequence(field: str, items: Sequence[str], indent: int = 1) -> str:
    """
    Write an argument that is a tuple, with an item on each line where one does not do.

    Parameters
    ----------
    field : str
        Name of the argument.
    items : sequence of str
        Source of the items, one line each.
    indent : int
        Levels of indentation.

    Returns
    -------
    str
        The lines, with the comma at the end.
    """
    joined = ", ".join(items) + ("," if len(items) == 1 else "")
    line = f"{_INDENT * indent}{field}=({joined}),"
    if len(line) <= _WIDTH:
        return line
    return call("", items, indent, before=f"{field}=", after=",")


def of_param(param: Param) -> list[str]:
    """
    Write the arguments that make a parameter.

    Parameters
    ----------
    param : Param
        Of kind ``real`` or ``int``.

    Returns
    -------
    list of str
        Source of each argument that differs from its default.
    """
    arguments = [literal(param.name)] + ([] if param.is_required else [literal(param.default)])
    for field in fields(Param):
        value = getattr(param, field.name)
        if field.name not in ("name", "default") and value != field.default:
            arguments.append(f"{field.name}={literal(value)}")
    return arguments
