"""Plugins: found by entry points, imported one by one, each apart from the others."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import metadata
from types import ModuleType
from typing import Any

import pluggy

from numact import hookspecs
from numact.errors import PluginError, did_you_mean, one_line
from numact.parameters import is_identifier
from numact.spec import Activation, canonical

DISABLE = "NUMACT_DISABLE_PLUGINS"
ALLOW = "NUMACT_ALLOW_PLUGINS"
ERRORS = "NUMACT_PLUGIN_ERRORS"

# Nothing but the hook, as pluggy looks at every name for each manager.
_HOOKS = ModuleType(hookspecs.PROJECT)
_HOOKS.numact_activations = hookspecs.numact_activations  # type: ignore[attr-defined]


class StillImportingError(PluginError):
    """A plugin's module was asked for its activations before its import was over."""


@dataclass(frozen=True)
class Provider:
    """Where an activation comes from."""

    distribution: str
    version: str
    module: str

    def __str__(self) -> str:
        return f"{self.distribution} {self.version}".strip()


@dataclass(frozen=True)
class Policy:
    """Which plugins the environment variables let in, and whether failures are fatal."""

    disabled: frozenset[str] = frozenset()
    allowed: frozenset[str] | None = None
    raises: bool = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Policy:
        """Read ``NUMACT_DISABLE_PLUGINS``, ``NUMACT_ALLOW_PLUGINS`` and ``NUMACT_PLUGIN_ERRORS``."""
        errors = environment.get(ERRORS, "").strip().lower()
        if errors not in ("", "warn", "raise"):
            raise PluginError(f"{ERRORS} must be 'raise' or 'warn', got {errors!r}")
        allowed = environment.get(ALLOW)
        return cls(
            disabled=_words(environment.get(DISABLE, "")) - {"0"},
            allowed=None if allowed is None else _words(allowed),
            raises=errors == "raise",
        )

    @property
    def excludes_all(self) -> bool:
        """Whether no plugin is wanted at all."""
        return bool(self.disabled & {"1", "all"})

    def admits(self, plugin: Plugin, *names: str) -> bool:
        """Whether a plugin's activation, by any of its names, may be used."""
        if not self.disabled and self.allowed is None:
            return True
        known_as = {normalized(plugin.distribution), *map(normalized, names)}
        return not known_as & self.disabled and (self.allowed is None or bool(known_as & self.allowed))


@dataclass(eq=False)
class Plugin:
    """One module that an installed distribution announces by entry points.

    Attributes
    ----------
    module : str
        What is imported on first use.
    claims : dict
        Entry-point name: the activation it stands for, itself or (``swish = "module:silu"``) another.
    activations : tuple of Activation
        What the module yielded, once it was imported.
    cause : str
        Why the plugin cannot be used; empty as long as nothing is known against it.
    is_excluded : bool
        Whether the environment variables keep all of it out.
    """

    source: Any
    module: str
    claims: dict[str, str] = field(default_factory=dict)
    activations: tuple[Activation, ...] = ()
    is_loaded: bool = False
    cause: str = ""
    is_excluded: bool = False

    @cached_property
    def distribution(self) -> str:
        """Name of the distribution, read from its metadata on first need."""
        return self._identity[0]

    @cached_property
    def provider(self) -> Provider:
        """Distribution, version and module."""
        return Provider(*self._identity, self.module)

    @cached_property
    def _identity(self) -> tuple[str, str]:
        """Name and version, by one reading of the metadata, which takes most of a listing's time."""
        told = getattr(self.source, "metadata", None)
        if told is None:
            return self.module, ""
        return str(told["Name"] or self.module), str(told["Version"] or "")

    @property
    def status(self) -> str:
        """``excluded``, ``failed``, ``loaded`` or, before its first use, ``installed``."""
        if self.is_excluded:
            return "excluded"
        return "failed" if self.cause else "loaded" if self.is_loaded else "installed"

    @property
    def failure(self) -> str:
        """The sentence that names distribution, version and cause."""
        return f"plugin {self.provider} (module {self.module}) is left out: {self.cause}"


def installed_entry_points() -> Iterable[metadata.EntryPoint]:
    """All entry points of numact's group; takes milliseconds, so not for the name of a built-in."""
    return metadata.entry_points(group=hookspecs.PROJECT)


def discover(entry_points: Iterable[metadata.EntryPoint]) -> list[Plugin]:
    """Group entry points by distribution and module, in the order of their names; import nothing.

    A plugin whose entry points contradict each other comes back with its `cause` set.
    """
    found: dict[tuple[int, str], Plugin] = {}
    for point in sorted(entry_points, key=lambda point: (point.name, point.value)):
        module, _, attribute = point.value.partition("[")[0].strip().partition(":")
        source = point.dist
        plugin = found.setdefault((id(source), module), Plugin(source, module.strip()))
        stands_for = attribute.strip() or point.name
        if plugin.claims.setdefault(point.name, stands_for) != stands_for:
            plugin.cause = f"its entry point {point.name!r} has two values"
        if not is_identifier(point.name):
            plugin.cause = f"entry point {point.name!r} must be a lower-case identifier and no keyword"
    return list(found.values())


def load(plugin: Plugin) -> tuple[Activation, ...]:
    """Import a plugin's module and collect its activations; the plugin itself is not changed.

    Raises
    ------
    PluginError
        Whatever is wrong, as the cause in one sentence.
    """
    try:
        module = importlib.import_module(plugin.module)
    except StillImportingError:
        raise
    except (Exception, SystemExit) as error:
        raise PluginError(one_line(error)) from error
    activations = collect(module)
    _compare_with_entry_points(plugin, activations)
    return activations


def collect(module: ModuleType) -> tuple[Activation, ...]:
    """Ask one module for its activations by the hook, built-in and third party alike.

    Raises
    ------
    PluginError
        If it states another interface, misspells the hook, raises, or yields what is no activation.
    """
    if getattr(getattr(module, "__spec__", None), "_initializing", False):
        raise StillImportingError(f"module {module.__name__} is still being imported")
    stated = getattr(module, "numact_interface", hookspecs.INTERFACE)
    if stated != hookspecs.INTERFACE:
        raise PluginError(f"it wants interface {stated!r} of numact, this is {hookspecs.INTERFACE}")
    # A manager of its own keeps whatever goes wrong in one module from all others.
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(_HOOKS)
    try:
        manager.register(module)
        manager.check_pending()
        activations = tuple(_yielded(manager))
    except PluginError:
        raise
    except (Exception, SystemExit) as error:
        raise PluginError(one_line(error)) from error
    _refuse_repeated_names(activations)
    return activations


def _yielded(manager: pluggy.PluginManager) -> Iterator[Activation]:
    implementations = manager.hook.numact_activations.get_hookimpls()
    if not implementations:
        raise PluginError("it has no function numact_activations marked with @numact.hookimpl")
    for implementation in implementations:
        results = implementation.function()
        if isinstance(results, Activation) or not isinstance(results, Iterable):
            raise PluginError(f"numact_activations must yield activations, it returned {results!r}")
        for result in results:
            if not isinstance(result, Activation):
                raise PluginError(f"numact_activations yielded {result!r}, which is no numact.Activation")
            yield result


def _refuse_repeated_names(activations: Iterable[Activation]) -> None:
    owners: dict[str, Activation] = {}
    for activation in activations:
        for name in activation.all_names:
            owner = owners.setdefault(canonical(name), activation)
            if owner is not activation:
                both = f"{owner.name} and {activation.name}"
                raise PluginError(f"it yields two activations named {name!r}: {both}")


def _compare_with_entry_points(plugin: Plugin, activations: Iterable[Activation]) -> None:
    owners = {name: activation.name for activation in activations for name in activation.all_names}
    for name in owners:
        if name not in plugin.claims:
            hint = did_you_mean(name, plugin.claims)
            raise PluginError(
                f"it yields {name!r} without an entry point of that name in group {hookspecs.PROJECT!r}{hint}"
            )
    for name, stands_for in plugin.claims.items():
        if name not in owners:
            raise PluginError(f"its entry point {name!r} has no activation{did_you_mean(name, owners)}")
        if stands_for not in (name, owners[name]):
            raise PluginError(
                f"its entry point {name!r} stands for {stands_for!r}, but the activation is {owners[name]!r}"
            )


def normalized(name: str) -> str:
    """Spell a name as packaging tools compare them."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _words(text: str) -> frozenset[str]:
    return frozenset(normalized(word.strip()) for word in text.split(",") if word.strip())
