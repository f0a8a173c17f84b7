"""The entry points in pyproject.toml against the activations in the package's files."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numact_sparse

ROOT = Path(__file__).parents[1]
FILES = {path.stem for path in (ROOT / "src/numact_sparse").glob("*.py") if not path.stem.startswith("_")}


def test_every_file_provides_the_activation_of_its_name() -> None:
    assert {activation.name for activation in numact_sparse.numact_activations()} == FILES


def test_entry_points_are_the_names_and_aliases() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {}
    for activation in numact_sparse.numact_activations():
        wanted[activation.name] = "numact_sparse"
        wanted.update(dict.fromkeys(activation.aliases, f"numact_sparse:{activation.name}"))
    assert project["entry-points"]["numact"] == wanted
