"""Activation functions for NumPy arrays, compiled by Numba, open to plugins.

``numact.apply("selu", x)`` and ``numact.selu(x)`` compute an activation, ``numact.derivative`` and
``numact.vjp`` its backward pass, ``numact.names()`` lists what there is. Importing numact imports neither
Numba nor any plugin; both come with the first use.
"""

from __future__ import annotations

import importlib
from functools import cache
from typing import TYPE_CHECKING, Any

from numact import _public

if TYPE_CHECKING:
    from numact import errors as errors
    from numact import rows as rows
    from numact import scalar as scalar
    from numact import testing as testing
    from numact.api import apply as apply
    from numact.api import derivative as derivative
    from numact.api import get as get
    from numact.api import threads as threads
    from numact.api import vjp as vjp
    from numact.api import warmup as warmup
    from numact.hookspecs import hookimpl as hookimpl
    from numact.parameters import Param as Param
    from numact.registry import names as names
    from numact.registry import register as register
    from numact.registry import unregister as unregister
    from numact.spec import Activation as Activation

    __version__: str

__all__ = list(_public.NAMES)


def __getattr__(name: str) -> Any:
    """Import public names on demand; any other name is an activation's."""
    if name == "__version__":
        value: Any = _public.version()
    elif name in _public.PUBLIC:
        value = getattr(importlib.import_module(_public.PUBLIC[name]), name)
    elif name in _public.submodules():
        value = importlib.import_module(f"numact.{name}")
    elif name.startswith("_"):
        raise AttributeError(f"module 'numact' has no attribute {name!r}")
    else:
        return _kept(name)
    globals()[name] = value
    return value


_names_kept: set[str] = set()


def _kept(name: str) -> Any:
    """Look an activation up and keep it as an attribute until the registry changes."""
    names = _names_kept
    _watch()
    function = _activation(name)
    globals()[name] = function
    names.add(name)
    if names is not _names_kept:  # it changed meanwhile
        globals().pop(name, None)
    return function


@cache
def _watch() -> None:
    from numact import registry

    registry.watch(_forget)


def _forget() -> None:
    """Let go of the activations kept: their names may come to mean something else."""
    global _names_kept
    names, _names_kept = _names_kept, set()
    for name in names:
        globals().pop(name, None)


def _activation(name: str) -> Any:
    from numact import registry
    from numact.errors import NumactError, UnknownActivationError, did_you_mean

    try:
        registry.get_spec(name)
    except UnknownActivationError as error:
        known = {*__all__, *registry.names()}
        sentence = f"module 'numact' has no attribute {name!r}{did_you_mean(name, known)}"
        raise AttributeError(sentence, name=name) from error
    except NumactError as error:
        raise AttributeError(str(error), name=name) from error
    from numact import api

    return api.get(name)


def __dir__() -> list[str]:
    from numact import registry

    return sorted({*__all__, *registry.names(), "__version__"})
