"""The plugin packages beside numact: what they announce is what they yield, and nothing clashes."""

from __future__ import annotations

import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from numact.registry import Registry

PROJECTS = sorted(Path(__file__).parents[1].glob("plugins/numact-*/pyproject.toml"))


class Distribution:
    """What an installed package would tell of itself."""

    def __init__(self, project: dict[str, Any]) -> None:
        self.name = project["name"]
        self.metadata = {"Name": project["name"], "Version": project["version"]}
        self.claims = project["entry-points"]["numact"]

    def entry_points(self) -> list[metadata.EntryPoint]:
        points = [metadata.EntryPoint(name, value, "numact") for name, value in self.claims.items()]
        for point in points:
            vars(point).update(dist=self)
        return points


def announced() -> list[Distribution]:
    return [Distribution(tomllib.loads(path.read_text(encoding="utf-8"))["project"]) for path in PROJECTS]


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Registry:
    """All packages of the folder as if they were installed, and no other."""
    for path in PROJECTS:
        monkeypatch.syspath_prepend(str(path.parent / "src"))
    points = [point for each in announced() for point in each.entry_points()]
    return Registry(entry_points=lambda: points, environment={"NUMACT_PLUGIN_ERRORS": "raise"})


def test_every_entry_point_has_its_activation_and_every_activation_its_entry_point(
    registry: Registry,
) -> None:
    plugins = {plugin.distribution: plugin for plugin in registry.plugins()}
    assert set(plugins) == {path.parent.name for path in PROJECTS}
    for each in announced():
        plugin = plugins[each.name]
        assert plugin.status == "loaded"
        yielded = {name for activation in plugin.activations for name in activation.all_names}
        assert yielded == set(each.claims)
        for name, value in each.claims.items():
            activation = registry.get_spec(name)
            assert value.partition(":")[2] in ("", activation.name)
            assert (name in activation.aliases) == (":" in value)


def test_every_activation_is_listed_once_by_its_own_name(registry: Registry) -> None:
    entries = registry.entries()
    assert len({entry.activation for entry in entries}) == len(entries)
    for entry in entries:
        assert entry.name == entry.activation.name
        assert entry.activation.references and entry.activation.summary
    assert registry.problems() == ()
