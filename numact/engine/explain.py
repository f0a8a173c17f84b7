"""Numba's errors in an author's function, told in one sentence with the author's line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from numact.errors import FormulaError

LOCATION = re.compile(r'File "(?P<file>[^"]+)", line (?P<line>\d+)')
OPERATOR = re.compile(r"No implementation of function Function\(<built-in function (?P<name>\w+)>\)")


@contextmanager
def explained(activation: str) -> Iterator[None]:
    """Turn an error of Numba's compiler into a FormulaError of one sentence."""
    from numba.core.errors import NumbaError

    try:
        yield
    except NumbaError as error:
        raise FormulaError(f"{activation}: {sentence(str(error))}") from error


def sentence(message: str) -> str:
    """Give one sentence for a message of Numba's: where, and what is not available."""
    places = [match for match in LOCATION.finditer(message) if "numact/engine" not in match["file"]]
    place = f"{places[-1]['file']}:{places[-1]['line']}: " if places else ""
    operator = OPERATOR.search(message)
    if operator:
        name = operator["name"]
        return f"{place}the operator '{name}' is not available in an activation; use + - * / **"
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    return f"{place}does not compile: {lines[-1] if not lines else lines[0]}"
