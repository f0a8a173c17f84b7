"""The command line, in this process and as users start it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

import numact
from numact import registry
from numact.cli import group
from numact.cli.console import print_json, progress, table
from numact.cli.parameters import parse
from numact.errors import ParameterError, PluginError, UnknownParameterError

NAMES = registry.names()
NUMERIC = [(name, param) for name in NAMES for param in registry.get_spec(name).numeric_params]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(group, arguments)


def run_json(*arguments: str) -> Any:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_list_shows_every_activation_with_kind_provider_and_summary() -> None:
    listed = run_json("list")
    assert [entry["name"] for entry in listed] == list(NAMES)
    text = run("list").output
    for entry in listed:
        assert entry["name"] in text
        assert entry["kind"] == registry.get_spec(entry["name"]).kind
        assert entry["provider"].startswith(registry.provider(entry["name"]).distribution)
        assert entry["summary"] == registry.get_spec(entry["name"]).summary


def test_list_by_kind() -> None:
    kinds = {registry.get_spec(name).kind for name in NAMES}
    for kind in kinds:
        assert [entry["name"] for entry in run_json("list", "--kind", kind)] == list(registry.names(kind))


@pytest.mark.parametrize("name", NAMES)
def test_show_tells_what_the_spec_says(name: str) -> None:
    spec = registry.get_spec(name)
    shown = run_json("show", name)
    assert shown["formula"] == spec.formula
    assert shown["references"] == list(spec.references)
    assert [param["name"] for param in shown["parameters"]] == [param.name for param in spec.params]
    assert [param["required"] for param in shown["parameters"]] == [
        param.is_required for param in spec.params
    ]
    text = run("show", name).output
    for piece in (spec.summary, spec.formula, *spec.references, *spec.parameter_names, *spec.aliases):
        assert piece in text


def test_an_unknown_name_is_a_wrong_command_with_a_suggestion() -> None:
    nearly = NAMES[0] + "x"
    result = run("show", nearly)
    assert result.exit_code == 2
    assert f"no activation named {nearly!r}; did you mean {NAMES[0]!r}?" in result.output


@pytest.mark.parametrize(
    "arguments", [["lits"], ["list", "--kind", "flat"], ["show"], ["train", "--epochs", "0"]]
)
def test_wrong_commands_end_with_2(arguments: list[str]) -> None:
    assert run(*arguments).exit_code == 2


def test_a_broken_plugin_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(name: str) -> None:
        raise PluginError(f"{name} cannot be used")

    monkeypatch.setattr(registry, "get_spec", broken)
    result = run("show", "anything")
    assert result.exit_code == 1
    assert result.output.strip() == "Error: anything cannot be used"


def test_the_version_is_told() -> None:
    assert run("--version").output.split()[-1] == numact.__version__


@pytest.mark.parametrize(("name", "param"), NUMERIC, ids=[f"{name}-{param.name}" for name, param in NUMERIC])
def test_parameters_are_options(name: str, param: Any) -> None:
    value = 3 if param.kind == "int" else 0.75
    assert parse(name, [f"--{param.name}", str(value)]) == {param.name: value}
    assert parse(name, [f"--{param.name.replace('_', '-')}={value}"]) == {param.name: value}
    with pytest.raises(ParameterError, match=f"'{param.name}' of {name} must be .*, got 'much'"):
        parse(name, [f"--{param.name}", "much"])
    with pytest.raises(UnknownParameterError, match=param.name):
        parse(name, [f"--{param.name}x", "1"])
    with pytest.raises(click.UsageError, match="requires an argument"):
        parse(name, [f"--{param.name}"])
    with pytest.raises(click.UsageError, match="unexpected extra argument"):
        parse(name, ["1.5"])


def test_json_has_words_for_infinities(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"a": [float("inf"), (1.5, float("nan"))]})
    assert json.loads(capsys.readouterr().out) == {"a": ["inf", [1.5, "nan"]]}


def test_progress_off_a_terminal_writes_a_line_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("numact.cli.console._SECONDS_BETWEEN_LINES", 0.0)
    with progress(2) as advance:
        advance("first", 1)
        advance("second", 1)
    captured = capsys.readouterr()
    assert captured.err.splitlines() == ["1/2 first", "2/2 second"]
    assert captured.out == ""


def test_a_table_holds_its_cells() -> None:
    made = table("title", ("name", "number"), [("one", "1")])
    assert made.row_count == 1
    assert [column.justify for column in made.columns] == ["left", "right"]


def test_python_m_numact_lists_without_importing_numba() -> None:
    code = (
        "import sys; sys.argv = ['numact', 'list', '--json']\n"
        "from numact.__main__ import main\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code\n"
        "assert 'numba' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert [entry["name"] for entry in json.loads(done.stdout)] == list(NAMES)


@pytest.mark.parametrize("module", ["click", "rich"])
def test_without_its_extras_it_says_in_one_sentence_what_to_install(module: str) -> None:
    code = f"import sys; sys.modules[{module!r}] = None; from numact.__main__ import main; main()"
    done = subprocess.run([sys.executable, "-c", code, "demo"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    (sentence,) = done.stderr.splitlines()
    assert module in sentence
    assert "pip install 'numact[cli]'" in sentence
