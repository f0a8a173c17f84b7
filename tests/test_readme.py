"""README tells what the registry and the command line tell."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import numpy as np
import pytest

import numact
from numact import registry
from numact.cli import group
from numact.cli.listing import markdown_table
from numact.errors import NumactError

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


BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_the_examples_run(block: str) -> None:
    exec(compile(block, "README.md", "exec"), {})


def test_the_errors_it_shows_are_raised() -> None:
    shown = re.findall(r">>> (numact\..*)\n +(\w+): (.*)\n", README)
    assert shown
    for call, kind, sentence in shown:
        with pytest.raises(NumactError) as raised:
            eval(call, {"numact": numact, "x": np.zeros(2)})
        assert (type(raised.value).__name__, str(raised.value)) == (kind, sentence)
