"""The public names of numact, each with the module it comes from.

The one list of them: `numact.__getattr__` imports from it on demand, and no activation may take one.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

PUBLIC: Mapping[str, str] = MappingProxyType(
    {
        "Activation": "numact.spec",
        "Param": "numact.parameters",
        "hookimpl": "numact.hookspecs",
        "names": "numact.registry",
        "register": "numact.registry",
        "unregister": "numact.registry",
        "apply": "numact.api",
        "derivative": "numact.api",
        "vjp": "numact.api",
        "get": "numact.api",
        "warmup": "numact.api",
        "threads": "numact.api",
    }
)
"""Public name: module that defines it."""

PUBLIC_MODULES = ("scalar", "rows", "errors", "testing")
"""Modules that users and authors import from by name."""

NAMES = (*PUBLIC, *PUBLIC_MODULES)
"""All public names, for `numact.__all__`."""


def found_above(module: str, name: str) -> Any:
    """Import what shows an activation, which stands on a higher floor, at the moment it is asked for."""
    return getattr(importlib.import_module(module), name)


@cache
def version() -> str:
    """Version of the installed numact."""
    from importlib import metadata

    try:
        return metadata.version("numact")
    except metadata.PackageNotFoundError:
        return "0+unknown"


@cache
def submodules() -> frozenset[str]:
    """Names of numact's own modules and packages."""
    import os
    import pkgutil

    return frozenset(module.name for module in pkgutil.iter_modules([os.path.dirname(__file__)]))


@cache
def reserved_names() -> frozenset[str]:
    """Names that no activation may take."""
    return frozenset(NAMES) | submodules()
