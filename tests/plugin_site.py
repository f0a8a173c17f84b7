"""A folder of installed plugins, written by tests as an installer would leave them."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path

from numact.registry import Registry

HEAD = "from numact import Activation, Param, hookimpl, register\n"


def activation(name: str, **fields: object) -> str:
    """Source of an activation."""
    given = {"name": name, "summary": "A probe.", "formula": "x", "references": ()} | fields
    return f"Activation({', '.join(f'{field}={value!r}' for field, value in given.items())})"


def hook(*activations: str) -> str:
    """Source of a module that yields these activations."""
    body = "".join(f"    yield {source}\n" for source in activations)
    return f"{HEAD}\n@hookimpl\ndef numact_activations():\n{body}"


class Site:
    """One folder on the import path."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.scans = 0

    def install(
        self,
        distribution: str,
        source: str,
        names: Iterable[str] | Mapping[str, str],
        module: str = "",
        version: str = "1.0",
    ) -> str:
        """Write a module and the metadata of its distribution; give the module's name.

        `names` are entry points of that module, or a mapping of entry points to their values.
        """
        module = module or distribution.replace("-", "_")
        (self.folder / f"{module}.py").write_text(textwrap.dedent(source))
        values = names if isinstance(names, Mapping) else dict.fromkeys(names, module)
        information = self.folder / f"{distribution.replace('-', '_')}-{version}.dist-info"
        information.mkdir(exist_ok=True)
        (information / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n"
        )
        with (information / "entry_points.txt").open("a") as file:
            file.write("[numact]\n" + "".join(f"{name} = {value}\n" for name, value in values.items()))
        return module

    def entry_points(self) -> list[metadata.EntryPoint]:
        """Find the entry points of this folder alone."""
        self.scans += 1
        found = metadata.distributions(path=[str(self.folder)])
        return [point for each in found for point in each.entry_points if point.group == "numact"]

    def registry(self, **environment: str) -> Registry:
        """Make a registry that knows the built-ins and the plugins of this folder."""
        return Registry(entry_points=self.entry_points, environment=environment)
