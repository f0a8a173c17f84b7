"""The built-in activations: one module each, a plugin like any other, found by folder."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType


def modules() -> Iterator[ModuleType]:
    """Import and yield every module of this package, in the order of their names."""
    for name in sorted(module.name for module in pkgutil.iter_modules(__path__)):
        if name.startswith("_"):
            continue  # what several share
        yield importlib.import_module(f"{__name__}.{name}")
