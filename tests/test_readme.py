"""README tells what the registry and the command line tell."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from numact import registry
from numact.cli import group
from numact.cli.listing import markdown_table

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_table_of_activations_is_the_registrys() -> None:
    match = re.search("<!-- activations -->\\n(.*)\\n<!-- /activations -->", README, re.DOTALL)
    assert match is not None
    own = [entry for entry in registry.entries() if entry.provider.distribution == "numact"]
    assert match[1] == markdown_table(own)


def test_every_command_is_in_the_table_of_commands() -> None:
    assert set(re.findall(r"^\| `numact (\w+)", README, re.MULTILINE)) == set(group.commands)


@pytest.mark.parametrize("command", ["make demo", "make test"])
def test_the_commands_at_the_top_are_targets(command: str) -> None:
    assert f"    {command} " in README
    assert re.search(f"^{command.split()[1]}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def test_the_extras_it_names_exist() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "optional-dependencies"
    ]
    named = re.findall(r"(?:numact|\.)\[(\w+)\]\"", README)
    assert named
    assert set(named) <= set(extras)
