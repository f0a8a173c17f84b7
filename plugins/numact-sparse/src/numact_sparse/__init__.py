"""Sparse relatives of softmax, one file each; installing the package adds them to numact."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

from numact import Activation, hookimpl


@hookimpl
def numact_activations() -> Iterator[Activation]:
    """Provide the activation of every file, which has the file's name."""
    for name in sorted(module.name for module in pkgutil.iter_modules(__path__)):
        if not name.startswith("_"):  # what several share
            yield getattr(importlib.import_module(f"{__name__}.{name}"), name)
