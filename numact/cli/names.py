"""An activation's name as an argument, which shells can complete."""

from __future__ import annotations

import warnings

import click
from click.shell_completion import CompletionItem

from numact import registry
from numact.errors import NumactError, NumactWarning


class ActivationName(click.ParamType):  # type: ignore[type-arg]
    """The name of an activation; which ones there are is the registry's to say."""

    name = "activation"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem[str]]:
        """List the names that begin as typed; no plugin is imported for it."""
        return [CompletionItem(name) for name in _names() if name.startswith(incomplete)]


def _names() -> tuple[str, ...]:
    # A warning would end up between what the user types.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NumactWarning)
        try:
            return registry.names()
        except NumactError:
            return ()
