"""The installed plugins, which are all loaded to see whether they can be."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator

from numact.diagnosis.fact import Fact
from numact.errors import NumactWarning
from numact.plugins import DISABLE, ERRORS, Plugin, Policy
from numact.registry import Registry


def look() -> Iterator[Fact]:
    """Tell each plugin with its status, and what clashes."""
    environment = dict(os.environ)
    # Here one plugin's failure is not to hide the others, whatever the variable says.
    behaviour = environment.pop(ERRORS, "")
    if behaviour.strip().lower() not in ("", "warn", "raise"):
        found = f"must be 'raise' or 'warn', got {behaviour!r}: no plugin can be used"
        yield Fact("plugins", ERRORS, found, "problem", f"set {ERRORS} to one of them, or unset it")
    registry = Registry(environment=environment)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NumactWarning)
        plugins = registry.plugins()
        problems = registry.problems()
        yield Fact("activations", "registered", str(len(registry.names())))
    if Policy.from_environment(environment).excludes_all:
        yield Fact("plugins", DISABLE, "all plugins are disabled", "note", f"unset {DISABLE} to use them")
    for plugin in plugins:
        yield _describe(plugin)
    for problem in problems:
        yield Fact("plugins", "conflict", problem, "problem", "ask for distribution:name, or uninstall one")


def _describe(plugin: Plugin) -> Fact:
    provider = plugin.provider
    failed = plugin.status == "failed"
    found = plugin.cause if failed else f"{plugin.status}, {len(plugin.claims)} names"
    advice = f"mend, upgrade or uninstall {provider.distribution}; `numact plugins` tells more"
    return Fact.unless(not failed, "plugins", str(provider), found, advice, "problem")
