"""What an attribute of `numact.torch` is: a function in lower case, a class with a capital."""

from __future__ import annotations

from typing import Any

from numact import api, registry
from numact.errors import NumactError
from numact.spec import Activation
from numact.torch._calls import apply
from numact.torch._modules import Module

# By name as typed: the activation that it meant, and what was made for it.
_made: dict[str, tuple[Activation, Any]] = {}


def find(name: str) -> Any:
    """
    Find the function or the class of an activation.

    Parameters
    ----------
    name : str
        The attribute.

    Returns
    -------
    function or type
        The same object as long as the name means the same activation, so that layers can be pickled.

    Raises
    ------
    AttributeError
        If there is no such activation.
    """
    try:
        spec = registry.get_spec(name)
    except NumactError as error:
        raise AttributeError(
            f"module 'numact.torch' has no attribute {name!r}: {error}", name=name
        ) from error
    known = _made.get(name)
    if known is None or known[0] is not spec:
        made = _make_class(name, spec) if name[0].isupper() else _make_function(name)
        known = _made[name] = (spec, made)
    return known[1]


def spellings() -> list[str]:
    """List the functions and the classes there are."""
    names = registry.names()
    return [*names, *(_class_name(name) for name in names)]


def _class_name(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _make_function(name: str) -> Any:
    """Make the function of an activation."""

    def function(x: Any, /, **keywords: Any) -> Any:
        return apply(name, x, **keywords)

    function.__name__ = function.__qualname__ = name
    function.__module__ = "numact.torch"
    function.__doc__ = api.get(name).__doc__
    return function


def _make_class(name: str, spec: Activation) -> type[Module]:
    """Make the class of an activation."""
    activation = registry.name_of(spec)

    def __init__(self: Module, **keywords: Any) -> None:
        Module.__init__(self, activation, **keywords)

    doc = f"{spec.summary}\n\nA layer: `Module` with the name {activation!r}."
    return type(name, (Module,), {"__init__": __init__, "__module__": "numact.torch", "__doc__": doc})
