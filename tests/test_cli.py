"""The command line, in this process and as users start it."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from typing import Any

import pytest
from click.testing import CliRunner, Result

import numact
from numact import registry
from numact.cli import group
from numact.cli.console import print_json, progress, table
from numact.errors import DTypeError, NumactError, ParameterError, PluginError, PluginWarning

NAMES = registry.names()


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
    stated = [spec.summary, spec.formula, *spec.references, *spec.parameter_names, *spec.aliases]
    for bounds in (spec.limits, spec.derivative_limits, spec.range):
        stated += [bound for bound in bounds or () if isinstance(bound, str)]
    for piece in (*stated, str(registry.provider(name)), "float16, bfloat16, float32, float64"):
        assert piece in text


def test_show_states_limits_range_and_kinks() -> None:
    text = run("show", "hardtanh").output
    assert "limits      at -inf: min_val; at inf: max_val\n" in text
    assert "derivative  at -inf: " in text
    assert "range       from min_val to max_val\n" in text
    assert "kinks       at min_val, max_val\n" in text


def test_an_unknown_name_is_a_wrong_command_with_a_suggestion() -> None:
    nearly = NAMES[0] + "x"
    result = run("show", nearly)
    assert result.exit_code == 2
    assert f"no activation named {nearly!r}; did you mean {NAMES[0]!r}?" in result.output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["lits"], "No such command 'lits'; did you mean 'list'?"),
        (["list", "--jsn"], "No such option '--jsn'; did you mean '--json'?"),
        (["train", "--eopchs", "3"], "No such option '--eopchs'; did you mean '--epochs'?"),
        (["train", "elu", "--alhpa", "3"], "No such option '--alhpa'; did you mean '--alpha'?"),
        (["list", "--kind", "flat"], "'flat' is not one of 'elementwise', 'random', 'axis', 'gated'"),
        (["show"], "Missing argument 'NAME'"),
        (["train", "--epochs", "0"], "0 is not in the range x>=1"),
        (["warmup", "rello"], "no activation named 'rello'; did you mean 'relu'?"),
        (["warmup", "--dtype", "float8"], "'float8' is not one of 'float16'"),
    ],
)
def test_wrong_commands_end_with_2_and_say_what_is_wrong(arguments: list[str], sentence: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("kind", "code"), [(PluginError, 1), (DTypeError, 1), (NumactError, 2), (ParameterError, 2)]
)
def test_an_error_is_its_sentence_and_a_code(
    monkeypatch: pytest.MonkeyPatch, kind: type[NumactError], code: int
) -> None:
    def broken(name: str) -> None:
        raise kind(f"{name} cannot be used")

    monkeypatch.setattr(registry, "get_spec", broken)
    result = run("show", "anything")
    assert result.exit_code == code
    assert result.stderr == "Error: anything cannot be used\n"


def test_a_warning_of_numact_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def warn() -> tuple[registry.Entry, ...]:
        warnings.warn("plugin numact-bad 0.3 is left out", PluginWarning, stacklevel=1)
        return ()

    monkeypatch.setattr(registry, "entries", warn)
    result = run("list", "--json")
    assert (result.exit_code, json.loads(result.stdout)) == (0, [])
    assert result.stderr == "Warning: plugin numact-bad 0.3 is left out\n"


def test_warmup_compiles_what_it_is_told() -> None:
    done = run_json("warmup", "relu", "softmax", "--dtype", "float32")
    assert done["dtypes"] == ["float32"]
    assert list(done["seconds"]) == ["relu", "softmax"]


def test_the_version_is_told() -> None:
    assert run("--version").output.split()[-1] == numact.__version__


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
