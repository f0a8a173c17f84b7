"""The registry: every activation there is, by name, alias or PyTorch's spelling.

Built-ins come first, then what `register` added, then installed plugins, which are looked for only when a
name is none of the former. All of it is read-only to callers, and the same from every thread.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib import metadata
from types import ModuleType

from numact import _public, activations, plugins
from numact.errors import (
    AmbiguousActivationError,
    NumactError,
    ParameterError,
    PluginError,
    SpecError,
    UnknownActivationError,
    did_you_mean,
    one_line,
)
from numact.name_table import NameTable
from numact.plugin_host import PluginHost
from numact.plugins import Plugin, Provider
from numact.spec import KINDS, Activation

THIS_PROCESS = Provider("this process", "", "")
"""Provider of what `register` added."""


@dataclass(frozen=True)
class Entry:
    """One activation, the name to ask for it by, and where it comes from."""

    name: str
    activation: Activation
    provider: Provider


class Registry:
    """All activations of a process; the module's functions speak for the one that numact uses.

    Parameters
    ----------
    builtins : callable
        Gives the modules of the built-in activations.
    entry_points : callable
        Gives the installed entry points.
    environment : mapping
        Where the variables that rule plugins are read.
    """

    def __init__(
        self,
        builtins: Callable[[], Iterable[ModuleType]] = activations.modules,
        entry_points: Callable[[], Iterable[metadata.EntryPoint]] = plugins.installed_entry_points,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        self._lock = threading.RLock()
        self._builtin_modules = builtins
        self._host = PluginHost(entry_points, environment, self._owner, self._lock)
        self._own_table: NameTable | None = None
        self._providers: dict[Activation, Provider] = {}
        self._disabled: dict[Activation, str] = {}
        self._resolved: dict[str, Activation] = {}
        self._changes = 0
        self._watchers: list[Callable[[], None]] = []

    def get_spec(self, name: str) -> Activation:
        """Look up an activation by name, alias, PyTorch's class name or ``distribution:name``.

        Raises
        ------
        UnknownActivationError
            ``no activation named 'sellu'; did you mean 'selu'?``
        AmbiguousActivationError
            If several plugins provide the name.
        PluginError
            If the plugin that provides it cannot be used.
        """
        try:
            found = self._resolved.get(name)
        except TypeError:  # unhashable, so no text
            found = None
        return found or self._resolve(name)

    def names(self, kind: str | None = None) -> tuple[str, ...]:
        """List the names of all activations, sorted; plugins are imported only to tell their kinds.

        Parameters
        ----------
        kind : {"elementwise", "random", "axis", "gated"}, optional
            Only those of this kind.
        """
        if kind is not None:
            if kind not in KINDS:
                hint = did_you_mean(str(kind), KINDS)
                raise ParameterError(f"'kind' of names must be one of {', '.join(KINDS)}, got {kind!r}{hint}")
            return tuple(entry.name for entry in self.entries() if entry.activation.kind == kind)
        index = self._host.index()
        with self._lock:
            disabled = {name for activation in self._disabled for name in activation.all_names}
            own = (activation.name for activation in self._own())
            return tuple(sorted({*own, *index.names()} - disabled))

    def entries(self) -> tuple[Entry, ...]:
        """List all activations by name, with their providers; imports all plugins, skips the broken ones."""
        found = []
        for name in self.names():
            try:
                activation = self.get_spec(name)
            except NumactError:
                continue
            found.append(Entry(name, activation, self.provider(activation)))
        return tuple(found)

    def plugins(self) -> tuple[Plugin, ...]:
        """List the installed plugins, loaded if they can be; each tells its status and cause of failure."""
        return tuple(self._host.load_all())

    def problems(self) -> tuple[str, ...]:
        """Tell in one sentence each of the names that are ambiguous and the activations taken out on use."""
        with self._lock:
            return (*self._host.index().conflicts(), *self._disabled.values())

    def provider(self, activation: Activation | str) -> Provider:
        """Tell which distribution, version and module an activation comes from."""
        spec = self.get_spec(activation) if isinstance(activation, str) else activation
        provider = self._providers.get(spec)
        if provider is None:
            plugin = self._host.plugin_of(spec)
            if plugin is None:
                raise UnknownActivationError(f"{spec.name} is not registered")
            provider = plugin.provider
        return provider

    def name_of(self, activation: Activation) -> str:
        """Give the name that looks up this activation again: its own, or ``distribution:name``."""
        qualified = f"{self.provider(activation).distribution}:{activation.name}"
        try:
            return activation.name if self.get_spec(activation.name) is activation else qualified
        except AmbiguousActivationError:
            return qualified

    def register(self, activation: Activation) -> None:
        """Add an activation to this process, as an installed plugin would.

        Parameters
        ----------
        activation : Activation
            Its name and aliases must be free.

        Raises
        ------
        SpecError
            If it is no `Activation`.
        PluginError
            If one of its names is taken; then none is added.
        """
        if not isinstance(activation, Activation):
            raise SpecError(f"register takes a numact.Activation, got {activation!r}")
        index = self._host.index()
        with self._lock:
            for name in activation.all_names:
                owner = self._owner(name) or " and ".join(str(p.provider) for p, _ in index.find(name))
                if owner:
                    advice = f"; numact.unregister({name!r}) frees it" if owner == str(THIS_PROCESS) else ""
                    raise PluginError(f"name {name!r} is taken by {owner}{advice}")
            self._own().add(activation)
            self._providers[activation] = THIS_PROCESS
        self._changed()

    def unregister(self, activation: Activation | str) -> None:
        """Undo `register`.

        Parameters
        ----------
        activation : Activation or str
            The activation, or one of its names.

        Raises
        ------
        UnknownActivationError
            If it was not registered in this process.
        """
        with self._lock:
            found = self._own().find(activation) if isinstance(activation, str) else activation
            if found is None or self._providers.get(found) is not THIS_PROCESS:
                name = activation if isinstance(activation, str) else activation.name
                raise UnknownActivationError(f"no activation named {name!r} was registered in this process")
            self._own().remove(found)
            self._disabled.pop(found, None)
            del self._providers[found]
        self._changed()

    def disable(self, name: str, cause: BaseException | str) -> PluginError:
        """Take an activation out that turned out not to work, with one warning.

        Parameters
        ----------
        name : str
            As it was looked up.
        cause : exception or str
            Why.

        Returns
        -------
        PluginError
            For the caller to raise; the same is raised on every later lookup.
        """
        activation = self.get_spec(name)
        text = cause if isinstance(cause, str) else one_line(cause)
        sentence = f"activation {activation.name!r} of {self.provider(activation)} is disabled: {text}"
        with self._lock:
            self._disabled[activation] = sentence
        self._changed()
        self._host.report(sentence)
        return PluginError(sentence)

    def watch(self, callback: Callable[[], None]) -> None:
        """Call back after every change of what a name means, so that callers may cache lookups."""
        with self._lock:
            self._watchers.append(callback)

    def refresh(self) -> None:
        """Forget what is known of installed plugins, so that new ones are found."""
        self._host.refresh()
        self._changed()

    def _resolve(self, name: str) -> Activation:
        if not isinstance(name, str):
            raise UnknownActivationError(f"an activation is asked for by its name, got {type(name).__name__}")
        distribution, _, bare = name.rpartition(":")
        with self._lock:
            changes = self._changes
            found = self._own().find(bare) if distribution in ("", "numact") else None
        if found is None:
            found = self._host.find(bare, distribution)
        if found is None:
            raise UnknownActivationError(f"no activation named {name!r}{did_you_mean(name, self.names())}")
        with self._lock:
            if found in self._disabled:
                raise PluginError(self._disabled[found])
            # A lookup that another thread's change has overtaken is not kept.
            if changes == self._changes:
                self._resolved[name] = found
        return found

    def _own(self) -> NameTable:
        """Give the built-ins and what was registered; made on first need, under the lock."""
        if self._own_table is None:
            table = NameTable()
            for module in self._builtin_modules():
                try:
                    collected = plugins.collect(module)
                except PluginError as error:
                    raise PluginError(f"built-in module {module.__name__}: {error}") from error
                for activation in collected:
                    table.add(activation)
                    self._providers[activation] = Provider("numact", _public.version(), module.__name__)
            self._own_table = table
        return self._own_table

    def _owner(self, name: str) -> str:
        """Say who has this name without plugins, or nothing."""
        with self._lock:
            found = self._own().find(name)
            return str(self._providers[found]) if found else ""

    def _changed(self) -> None:
        with self._lock:
            self._changes += 1
            self._resolved.clear()
            watchers = list(self._watchers)
        for callback in watchers:
            callback()


_registry = Registry()

get_spec = _registry.get_spec
names = _registry.names
entries = _registry.entries
provider = _registry.provider
name_of = _registry.name_of
register = _registry.register
unregister = _registry.unregister
disable = _registry.disable
watch = _registry.watch
refresh = _registry.refresh
installed_plugins = _registry.plugins
problems = _registry.problems
