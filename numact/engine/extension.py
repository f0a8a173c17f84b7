"""The entry point that Numba calls when it starts: it tells Numba of numact's functions, once both are there.

This module imports nothing, for every program that uses Numba imports it, whether it uses numact or not.
"""

from __future__ import annotations

from typing import Any

_offered: list[tuple[Any, str]] = []
_started = False


def init() -> None:
    """Take up what has been offered, and from now on at once: called by Numba."""
    global _started
    if _started:
        return
    _started = True
    for function, role in _offered:
        _register(function, role)


def offer(function: Any, role: str) -> None:
    """Let a function that takes an activation's name be called in compiled code.

    Parameters
    ----------
    function : function
        `numact.apply` or another of that form.
    role : str
        What it computes.
    """
    _offered.append((function, role))
    if _started:
        from numact.engine.jitcalls import announce

        _register(function, role)
        announce.cache_clear()
        announce()


def _register(function: Any, role: str) -> None:
    from numact.engine.jitcalls import register

    register(function, role)
