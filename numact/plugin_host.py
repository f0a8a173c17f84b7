"""The installed plugins of a process: found once, loaded one by one, reported when they fail."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Iterable, Mapping
from importlib import metadata

from numact import plugins
from numact.errors import AmbiguousActivationError, PluginError, PluginWarning
from numact.plugin_index import PluginIndex, ambiguity
from numact.plugins import Plugin, Policy
from numact.spec import Activation


class PluginHost:
    """Finds and loads plugins; keeps each one's failure from the others and from numact.

    Parameters
    ----------
    entry_points : callable
        Gives the installed entry points; called on first need.
    environment : mapping
        Where the variables that rule plugins are read.
    owner : callable
        Says who has a name without plugins (``"numact 1.0"``), or nothing.
    lock : RLock
        Guards the state; the registry's own.
    """

    def __init__(
        self,
        entry_points: Callable[[], Iterable[metadata.EntryPoint]],
        environment: Mapping[str, str],
        owner: Callable[[str], str],
        lock: threading.RLock,
    ) -> None:
        self._entry_points = entry_points
        self._environment = environment
        self._owner = owner
        self._lock = lock
        self._index: PluginIndex | None = None

    def index(self) -> PluginIndex:
        """Scan the entry points on first need, and report what can be seen without an import."""
        with self._lock:
            index = self._index
            if index is not None:
                return index
            policy = Policy.from_environment(self._environment)
            found = [] if policy.excludes_all else plugins.discover(self._entry_points())
            index = self._index = PluginIndex(found, policy, self._owner)
        for sentence in [*(plugin.failure for plugin in index.plugins if plugin.cause), *index.conflicts()]:
            self.report(sentence)
        return index

    def refresh(self) -> None:
        """Scan again on the next need."""
        with self._lock:
            self._index = None

    def find(self, name: str, distribution: str) -> Activation | None:
        """Load the plugin that claims a name, and give its activation.

        Parameters
        ----------
        name : str
            A name or alias, in any spelling.
        distribution : str
            The only one to ask; empty for all.

        Returns
        -------
        Activation or None
            None if no plugin that the environment lets in claims the name.

        Raises
        ------
        AmbiguousActivationError
            If several do.
        PluginError
            If the plugin cannot be used.
        """
        index = self.index()
        found = index.find_in(distribution, name) if distribution else index.find(name)
        # Several spellings in one plugin are one activation's: a plugin whose names clash is refused.
        if len({id(plugin) for plugin, _ in found}) > 1:
            raise AmbiguousActivationError(ambiguity(name, found))
        for plugin, spelling in found:
            self.load(plugin)
            for activation in plugin.activations:
                names = activation.all_names
                if spelling in names and index.policy.admits(plugin, *names):
                    return activation
        return None

    def load(self, plugin: Plugin) -> None:
        """Import a plugin once; not under the lock, for its module may itself use numact.

        Raises
        ------
        PluginError
            If it cannot be used; the first time with a warning.
        """
        if not plugin.is_loaded and not plugin.cause:
            try:
                collected = plugins.load(plugin)
            except plugins.StillImportingError:
                raise
            except PluginError as error:
                self._fail(plugin, error)
                raise PluginError(plugin.failure) from error.__cause__
            with self._lock:
                # Another thread may have been first; its activations stay.
                if not plugin.is_loaded:
                    plugin.activations = collected
                    plugin.is_loaded = True
        if plugin.cause:
            raise PluginError(plugin.failure)

    def load_all(self) -> list[Plugin]:
        """Load every plugin that may be loaded, and give all, with their status."""
        index = self.index()
        for plugin in index.plugins:
            try:
                self.load(plugin)
            except PluginError:
                if index.policy.raises:
                    raise
        every = [*index.plugins, *index.excluded]
        return sorted(every, key=lambda plugin: (plugin.distribution, plugin.module))

    def plugin_of(self, activation: Activation) -> Plugin | None:
        """Find the loaded plugin that gave an activation."""
        plugins_ = self.index().plugins
        return next((plugin for plugin in plugins_ if activation in plugin.activations), None)

    def report(self, sentence: str) -> None:
        """Warn, or raise where the environment makes failures fatal."""
        if Policy.from_environment(self._environment).raises:
            raise PluginError(sentence)
        warnings.warn(sentence, PluginWarning, stacklevel=2)

    def _fail(self, plugin: Plugin, error: PluginError) -> None:
        with self._lock:
            is_first = not plugin.cause
            plugin.cause = plugin.cause or str(error)
        if is_first:
            self.report(plugin.failure)
