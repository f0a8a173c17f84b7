"""README tells what the registry and the command line tell."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from doc_blocks import run_command
from tool_scripts import load

import numact
from numact import registry
from numact.benchmarks.comparison import Cell, Record
from numact.benchmarks.timer import Timing
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


@pytest.fixture(scope="module")
def generator() -> Any:
    """The script that writes README's picture, figures and tables."""
    return load("readme")


def test_the_figures_at_the_top_and_the_tables_are_those_of_the_data(generator: Any) -> None:
    assert generator.filled(README) == README, "run tools/readme.py"


def test_the_picture_shows_what_is_computed_now(generator: Any) -> None:
    kept, now = generator.kept_curves(generator.PICTURE), generator.curves()
    assert list(kept) == list(now), "run tools/readme.py"
    for name, lines in now.items():
        for before, after in zip(kept[name], lines, strict=True):
            np.testing.assert_allclose(np.array(before, float), np.array(after, float), rtol=1e-4, atol=1e-12)


def test_the_figures_tell_losses_and_what_is_missing(generator: Any, tmp_path: Path) -> None:
    assert "not yet compared" in generator.speed(tmp_path / "none.json")
    assert "not yet certified" in generator.accuracy([])
    times = {name: Timing(each, each, each, 9) for name, each in (("numact", 4e-6), ("torch", 1e-6))}
    record = Record(Cell("relu", "forward", "float32", 1000), 1, 8000, times)
    kept = tmp_path / "kept.json"
    kept.write_text(json.dumps({"machine": {"processor": "A processor"}, "records": [record.as_json()]}))
    shown = generator.speed(kept)
    assert "in 1 comparisons with torch" in shown and "0.25 times as long" in shown
    assert "slower than it in 1." in shown and "on A processor" in shown


def test_the_tour_has_at_most_ten_commands_which_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tour,) = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    commands = tour.splitlines()
    assert len(commands) <= 10
    monkeypatch.chdir(tmp_path)
    for command in commands:
        words = shlex.split(command)
        if words[:2] == ["pip", "install"]:
            target = words[-1].partition("[")[0]
            assert target == "." or (tmp_path / target / "pyproject.toml").exists()
        elif words[:2] == ["numact", "bench"]:
            assert words[2] in numact.names()
        elif words[0] == "numact" and "softclip" in words and words[1] != "new":
            assert (tmp_path / "numact-softclip").exists()  # test_cli_new.py installs what is written
        elif words[0] == "numact":
            run_command(command.removeprefix("numact "), "README.md")
    assert (tmp_path / "elu.png").exists()
