"""Marks in users' compiled functions, which tell Numba's cache whether the code of numact in them is current.

Numba's cache of a function (``cache=True``) looks at the file of that function alone. What it saves includes
the environment, a list of constants, of the function and of every function linked into it; a mark is put
there. Reading a file that holds a mark computes the mark's key anew, from the sources of numact and of the
plugin as they are now. Where it differs, an `OSError` is raised, which Numba takes for a file that has been
removed: it compiles and saves again. Nothing of Numba is patched; functions without a mark are not touched.
"""

from __future__ import annotations

from typing import Any

from numact.errors import NumactError


class StaleCodeError(OSError):
    """Saved machine code that numact or a plugin would not make today."""


class Mark:
    """What code of numact a compiled function holds.

    Parameters
    ----------
    request : tuple
        The fields of a `numact.compiled.Request`.
    key : str
        The key of its code.
    """

    def __init__(self, request: tuple[Any, ...], key: str) -> None:
        self.request = request
        self.key = key

    def __reduce__(self) -> tuple[Any, ...]:
        return verified, (self.request, self.key)

    def put(self, context: Any) -> None:
        """Put the mark into the function that is being compiled."""
        context.environment.consts.append(self)


def verified(request: tuple[Any, ...], key: str) -> Mark:
    """Make a saved mark again, if its code is current.

    Raises
    ------
    StaleCodeError
        If it is not.
    """
    from numact.engine.jitcode import code_for

    try:
        current = code_for(request).key
    except NumactError as error:
        raise StaleCodeError(str(error)) from error
    if current != key:
        raise StaleCodeError(f"the code of {request[0]} has changed")
    return Mark(request, key)
