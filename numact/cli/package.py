"""A plugin package that does not exist yet: its activation and the text of its files."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from string import Template
from typing import Any

from numact import _public
from numact.cli.pycode import call, literal, of_param, sequence
from numact.cli.rowcode import RowCode, row_code
from numact.examples import example_value
from numact.parameters import Param
from numact.rules import check_aliases, check_name
from numact.spec import Activation

LICENSES = ("MIT", "BSD-3-Clause", "none")
"""What the package may be under."""

_AXIS = Param("axis", -1, kind="axis", doc="Axis along which a row lies.")


@dataclass(frozen=True)
class Draft:
    """
    What somebody wants a package of.

    Parameters
    ----------
    name, formula, kind : str
        Of the activation.
    params : tuple of Param
        Its numeric parameters.
    summary, author, license : str
        For the documentation; the licence is one of `LICENSES`.
    aliases, references : tuple of str
        Of the activation.
    """

    name: str
    formula: str
    kind: str
    params: tuple[Param, ...]
    summary: str
    author: str
    license: str
    aliases: tuple[str, ...] = ()
    references: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse names that are none, before they become names of files."""
        check_name(self.name)
        check_aliases(self.name, self.aliases)

    @property
    def distribution(self) -> str:
        """Name of the package for installers, and of its folder."""
        return f"numact-{self.name.replace('_', '-')}"

    @property
    def module(self) -> str:
        """Name of the package for Python."""
        return f"numact_{self.name}"

    def activation(self) -> Activation:
        """
        Make the activation from the very text of its module.

        Raises
        ------
        SpecError
            If the name, the formula or the parameters do not do.
        """
        namespace: dict[str, Any] = {"__name__": self.module}
        exec(compile(self.source(None), f"<{self.module}>", "exec"), namespace)
        made: Activation = namespace[self.name]
        return made

    def files(self, activation: Activation) -> Mapping[str, str]:
        """
        Write all files.

        Parameters
        ----------
        activation : Activation
            What `activation` gave, perhaps with limits stated.

        Returns
        -------
        mapping
            Texts by their paths within the package's folder.
        """
        texts = {
            "pyproject.toml": _filled("pyproject.toml", **self._project()),
            "README.md": _filled("README.md", **self._readme()),
            ".gitignore": _filled("gitignore"),
            f"src/{self.module}/__init__.py": self.source(activation),
            f"src/{self.module}/py.typed": "",
            f"tests/test_{self.name}.py": _filled("test.py", module=self.module, name=self.name),
        }
        if self.license != "none":
            year = str(time.localtime().tm_year)
            texts["LICENSE"] = _filled(self.license, year=year, author=self.author)
        return texts

    def source(self, activation: Activation | None) -> str:
        """
        Write the module.

        Parameters
        ----------
        activation : Activation, optional
            Whose limits are stated.
        """
        rows = row_code(self.formula, [param.name for param in self.params]) if self.kind == "axis" else None
        names = [
            "Activation",
            *(["Param"] if self.params or rows else []),
            "hookimpl",
            *(["rows"] if rows else []),
        ]
        return _filled(
            "module.py",
            title=f"The activation {self.name}, for numact.",
            typing="from typing import Any\n" if rows else "",
            names=", ".join(names),
            functions=_functions(rows),
            name=self.name,
            fields="\n".join(self._fields(activation)),
        )

    def _fields(self, activation: Activation | None) -> list[str]:
        given = {"name": self.name, "summary": self.summary, "formula": self.formula}
        lines = [f"    {field}={literal(text)}," for field, text in given.items()]
        lines.append(sequence("references", [literal(each) for each in self.references]))
        params = [*self.params, *([_AXIS] if self.kind == "axis" else [])]
        if params:
            lines.append(sequence("params", [call("Param", of_param(param), 2).strip() for param in params]))
        if self.kind != "elementwise":
            lines.append(f"    kind={literal(self.kind)},")
        if self.kind == "axis":
            arguments = ", ".join(("row", "g", "out", *(param.name for param in self.params)))
            lines += [f"    # For a backward pass write vjp({arguments}) as well.", "    forward=forward,"]
        if self.aliases:
            lines.append(sequence("aliases", [literal(each) for each in self.aliases]))
        for field in ("limits", "derivative_limits"):
            limits = getattr(activation, field, None)
            if limits is not None:
                lines.append(f"    {field}={literal(limits)},")
        return lines

    def _project(self) -> dict[str, str]:
        license_lines = f'license = {json.dumps(self.license)}\nlicense-files = ["LICENSE"]\n'
        points = [f"{self.name} = {json.dumps(self.module)}"]
        points += [f"{alias} = {json.dumps(f'{self.module}:{self.name}')}" for alias in self.aliases]
        oldest = ".".join(_public.version().split(".")[:2])
        return {
            "distribution": json.dumps(self.distribution),
            "summary": json.dumps(self.summary, ensure_ascii=False),
            "license": license_lines if self.license != "none" else "",
            "author": json.dumps(self.author, ensure_ascii=False),
            "keyword": json.dumps(self.name),
            "requirement": json.dumps(f"numact>={oldest}"),
            "entry_points": "\n".join(points) + "\n",
            "folder": json.dumps(f"src/{self.module}"),
        }

    def _readme(self) -> dict[str, str]:
        required = [param for param in self.params if param.is_required]
        given = "".join(f", {param.name}={literal(example_value(param))}" for param in required)
        calls = [f"numact.{self.name}(x{given})"]
        if self.kind == "elementwise":
            calls.append(f"numact.derivative({literal(self.name)}, x{given})")
        return {
            "distribution": self.distribution,
            "summary": self.summary,
            "formula": self.formula,
            "calls": "\n".join(calls),
            "name": self.name,
        }


def _functions(rows: RowCode | None) -> str:
    if rows is None:
        return ""
    imports = f"from numact.scalar import {', '.join(rows.imports)}\n" if rows.imports else ""
    return f"{imports}\n\n{rows.functions}\n"


def _filled(template: str, **texts: str) -> str:
    path = resources.files("numact.cli") / "template" / f"{template}.txt"
    return Template(path.read_text(encoding="utf-8")).substitute(texts)
