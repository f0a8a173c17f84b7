"""The one hook of numact, and the marker of its implementations."""

from __future__ import annotations

from collections.abc import Iterable

import pluggy

from numact.spec import Activation

PROJECT = "numact"
"""Project name of the hook, and the group of the entry points that announce plugins."""

INTERFACE = 1
"""Version of what a plugin may rely on; one that states another `numact_interface` is refused."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def numact_activations() -> Iterable[Activation]:  # type: ignore[empty-body]
    """Yield the activations that this module provides.

    Returns
    -------
    iterable of Activation
        Usually a generator: ``yield softclip``.
    """
