"""Parameters as they are declared on a command line: ``c=1:low=0:closed=neither``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from numact.errors import SpecError, did_you_mean
from numact.parameters import REQUIRED, Param

# A doc may have colons of its own, so only one before a word and "=" separates.
_SEPARATOR = re.compile(r":(?=\w+=)")


def declared_param(text: str) -> Param:
    """
    Read the declaration of a parameter.

    Parameters
    ----------
    text : str
        ``name=default``, or the name alone of one that users have to give, then fields of `Param`:
        ``c=1:low=0:high=10:closed=neither:exclude=2,3:kind=int:doc=Half the width.``

    Returns
    -------
    Param
        Checked.

    Raises
    ------
    SpecError
        If the text is no declaration, or the parameter contradicts itself.
    """
    first, *rest = _SEPARATOR.split(text)
    name, equals, default = first.partition("=")
    fields: dict[str, Any] = {}
    for part in rest:
        field, _, value = part.partition("=")
        if field not in _READERS:
            hint = did_you_mean(field, _READERS) or f"; known are {', '.join(_READERS)}"
            raise SpecError(f"parameter {text!r} has a field {field!r}{hint}")
        if field in fields:
            raise SpecError(f"parameter {text!r} has the field {field!r} twice")
        fields[field] = _READERS[field](text, field, value)
    number = _whole if fields.get("kind") == "int" else _number
    return Param(name.strip(), number(text, "default", default) if equals else REQUIRED, **fields)


def _number(text: str, field: str, value: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise SpecError(f"parameter {text!r}: {field} must be a number, got {value!r}") from None


def _whole(text: str, field: str, value: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise SpecError(f"parameter {text!r}: {field} must be an integer, got {value!r}") from None


def _numbers(text: str, field: str, value: str) -> tuple[float, ...]:
    return tuple(_number(text, field, part) for part in value.split(","))


def _word(text: str, field: str, value: str) -> str:
    return value.strip()


def _kind(text: str, field: str, value: str) -> str:
    if value not in ("real", "int"):
        raise SpecError(f"parameter {text!r}: kind must be real or int, got {value!r}")
    return value


_READERS: Mapping[str, Callable[[str, str, str], Any]] = MappingProxyType(
    {
        "low": _number,
        "high": _number,
        "closed": _word,
        "exclude": _numbers,
        "kind": _kind,
        "doc": _word,
    }
)
