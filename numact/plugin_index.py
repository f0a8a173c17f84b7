"""What the installed plugins claim, by name, without importing one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from numact.plugins import Plugin, Policy, normalized
from numact.spec import canonical


class PluginIndex:
    """Names of the entry points and the plugins behind them.

    Parameters
    ----------
    plugins : iterable of Plugin
        As discovered; one whose names clash gets its `cause` set.
    policy : Policy
        Hides what the environment variables keep out.
    owner : callable
        Says who has a name already (``"numact 1.0"``), or nothing.
    """

    def __init__(self, plugins: Iterable[Plugin], policy: Policy, owner: Callable[[str], str]) -> None:
        self.policy = policy
        self.plugins: list[Plugin] = []
        self.excluded: list[Plugin] = []
        self._claims: dict[str, list[Plugin]] = {}
        self._spellings: dict[str, set[str]] = {}
        for plugin in plugins:
            visible = [name for name, other in plugin.claims.items() if policy.admits(plugin, name, other)]
            if visible:
                self.plugins.append(plugin)
                self._take_in(plugin, visible, owner)
            else:
                plugin.is_excluded = True
                self.excluded.append(plugin)
        self._refuse_repeats()

    def find(self, name: str) -> list[tuple[Plugin, str]]:
        """Plugins that claim a name, with their spelling of it; several when the name is ambiguous."""
        spellings = {name} if name in self._claims else self._spellings.get(canonical(name), set())
        return [(plugin, spelling) for spelling in sorted(spellings) for plugin in self._claims[spelling]]

    def find_in(self, distribution: str, name: str) -> list[tuple[Plugin, str]]:
        """Find the same among the plugins of one distribution."""
        wanted = normalized(distribution)
        return [found for found in self.find(name) if normalized(found[0].distribution) == wanted]

    def names(self) -> Iterator[str]:
        """Names of activations, marked aliases left out; ``distribution:name`` if ambiguous."""
        for name, claimants in self._claims.items():
            for plugin in claimants:
                if not plugin.cause and plugin.claims[name] == name:
                    yield name if len(claimants) == 1 else f"{plugin.distribution}:{name}"

    def conflicts(self) -> Iterator[str]:
        """One sentence for every name that several distributions claim."""
        for name, claimants in sorted(self._claims.items()):
            if len(claimants) > 1:
                yield ambiguity(name, [(plugin, name) for plugin in claimants])

    def _take_in(self, plugin: Plugin, visible: Iterable[str], owner: Callable[[str], str]) -> None:
        for name in visible:
            if not plugin.cause and owner(name):
                plugin.cause = f"its name {name!r} is taken by {owner(name)}"
            self._claims.setdefault(name, []).append(plugin)
            self._spellings.setdefault(canonical(name), set()).add(name)

    def _refuse_repeats(self) -> None:
        for name, claimants in list(self._claims.items()):
            sources = [id(plugin.source) for plugin in claimants]
            for plugin in claimants:
                if sources.count(id(plugin.source)) > 1:
                    plugin.cause = plugin.cause or f"its distribution gives the name {name!r} to two modules"
        for plugin in self.plugins:
            if plugin.cause:
                self._withdraw(plugin)

    def _withdraw(self, plugin: Plugin) -> None:
        """Leave its names to the other claimants; the last one keeps a name, to give its reason."""
        for name in plugin.claims:
            claimants = self._claims.get(name, [])
            if plugin in claimants and len(claimants) > 1:
                claimants.remove(plugin)


def ambiguity(name: str, found: Iterable[tuple[Plugin, str]]) -> str:
    """Say that several plugins claim a name, and what to ask for."""
    claims = list(found)
    providers = " and ".join(str(plugin.provider) for plugin, _ in claims)
    choices = " or ".join(repr(f"{plugin.distribution}:{spelling}") for plugin, spelling in claims)
    return f"activation {name!r} is provided by {providers}; ask for {choices}"
