"""A table of activations by name and alias, exact spelling first."""

from __future__ import annotations

from collections.abc import Iterator

from numact.errors import PluginError
from numact.spec import Activation, canonical


class NameTable:
    """Activations under all their names; two never share one, not even in another spelling."""

    def __init__(self) -> None:
        self._exact: dict[str, Activation] = {}
        self._canonical: dict[str, Activation] = {}

    def __iter__(self) -> Iterator[Activation]:
        """Iterate over the activations, in the order of their names."""
        return iter(sorted(set(self._exact.values()), key=lambda activation: activation.name))

    def find(self, name: str) -> Activation | None:
        """Find the activation of that name, else the one of that name in another spelling."""
        return self._exact.get(name) or self._canonical.get(canonical(name))

    def add(self, activation: Activation) -> None:
        """Add under all names, or under none if one is taken."""
        for name in activation.all_names:
            owner = self.find(name)
            if owner is not None:
                raise PluginError(f"name {name!r} of {activation.name} is taken by {owner.name}")
        for name in activation.all_names:
            self._exact[name] = activation
            self._canonical[canonical(name)] = activation

    def remove(self, activation: Activation) -> None:
        """Remove all names of an activation that is in the table."""
        for name in activation.all_names:
            del self._exact[name]
            self._canonical.pop(canonical(name), None)
