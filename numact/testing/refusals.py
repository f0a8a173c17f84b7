"""Calls that have to be refused: by the right error, in a sentence that names what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numact.errors import one_line
from numact.testing.report import Problem


def refuse(call: Callable[[], Any], error: type[Exception], *words: str, asked: str) -> None:
    """Require an error.

    Parameters
    ----------
    call : callable
        What has to be refused.
    error : type
        The error that it has to raise.
    *words : str
        What its sentence has to contain.
    asked : str
        The call in words, for the report.

    Raises
    ------
    Problem
        If it raises nothing, something else, or says too little.
    """
    try:
        call()
    except error as raised:
        missing = [word for word in words if word not in str(raised)]
        if missing:
            raise Problem(f"{asked}: the error does not name {' and '.join(missing)}: {raised}") from None
    except Exception as raised:
        raise Problem(f"{asked} must raise {error.__name__}, it raised {one_line(raised)}") from None
    else:
        raise Problem(f"{asked} must raise {error.__name__}, it was accepted")
