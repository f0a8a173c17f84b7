"""``numact check``: which activations it finds, and what it says of them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from plugin_site import activation, hook

from numact.cli import group
from numact.spec import Activation
from numact.testing import Check
from numact.testing.report import Doubt, Problem
from numact.testing.subject import Subject


def smooth(subject: Subject) -> None:
    if "bumpy" in subject.spec.name:
        raise Problem(f"{subject.spec.name} has bumps")


def famous(subject: Subject) -> None:
    raise Doubt("nobody has heard of it")


def three(spec: Activation, strict: bool = False) -> tuple[Check, ...]:
    passing = Check("passing", lambda subject: None, strict=strict)
    return (passing, Check("smooth", smooth, strict=strict), Check("famous", famous, strict=strict))


@pytest.fixture(autouse=True)
def three_checks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for module in ("catalogue", "runner"):
        monkeypatch.setattr(f"numact.testing.{module}.checks_of", three)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(group, ["check", *arguments])


def run_json(*arguments: str, code: int = 0) -> Any:
    result = run(*arguments, "--json")
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def write(source: str, name: str = "mine.py") -> str:
    Path(name).write_text(source)
    return name


PLAIN = "from numact import Activation\n"


def test_an_activation_by_its_name() -> None:
    result = run("relu")
    assert result.exit_code == 0
    assert result.stdout == (
        "relu: 3 checks, 2 passed, 1 warned, 0 failed\nwarned  famous: nobody has heard of it\n"
    )


def test_warnings_are_failures_where_asked() -> None:
    result = run("relu", "--strict")
    assert result.exit_code == 1
    assert "failed  famous: nobody has heard of it" in result.stdout


def test_several_get_a_table() -> None:
    bumpy = write(f"{PLAIN}bumpy = {activation('bumpy')}\n")
    result = run("relu", bumpy)
    assert result.exit_code == 1
    assert "failed  smooth: bumpy has bumps" in result.stdout
    rows = [line.replace("│", " ").split() for line in result.stdout.splitlines() if "│" in line]
    assert rows == [["relu", "passed", "3", "1", "0"], ["bumpy", "failed", "3", "1", "1"]]


def test_json() -> None:
    (told,) = run_json("relu")
    assert told["activation"] == "relu"
    assert told["counts"] == {"passed": 2, "warned": 1, "failed": 0}
    assert [check["check"] for check in told["checks"]] == ["passing", "smooth", "famous"]


def test_a_file_gives_what_its_hook_yields() -> None:
    source = hook(activation("yielded")) + f"\n\nbumpy = {activation('bumpy')}\n"
    assert [report["activation"] for report in run_json(write(source))] == ["yielded"]


def test_a_file_without_a_hook_gives_its_activations() -> None:
    source = f"{PLAIN}one = {activation('one')}\nalso = one\nbumpy = {activation('bumpy')}\n"
    assert [report["activation"] for report in run_json(write(source), code=1)] == ["one", "bumpy"]


def test_a_file_may_import_what_lies_beside_it() -> None:
    write(f"{PLAIN}beside = {activation('beside')}\n", "lies_beside.py")
    assert run_json(write("from lies_beside import beside\n"))[0]["activation"] == "beside"


@pytest.mark.parametrize(
    ("source", "code", "sentence"),
    [
        ("x = 1\n", 1, "'mine.py' has neither a numact_activations hook nor an Activation"),
        ("def\n", 1, "'mine.py' cannot be imported: SyntaxError: invalid syntax"),
        ("raise SystemExit(3)", 1, "'mine.py' cannot be imported: SystemExit: 3"),
        (hook("'text'"), 1, "numact_activations yielded 'text', which is no numact.Activation"),
        (f"{PLAIN}a = {activation('a', formula='x^2')}\n", 1, "'^' is not allowed; write '**' for a power"),
    ],
)
def test_a_file_that_cannot_be_checked(source: str, code: int, sentence: str) -> None:
    result = run(write(source))
    assert result.exit_code == code
    assert sentence in result.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["none.py"], "There is no file 'none.py'"),
        (["rellu"], "no activation named 'rellu'; did you mean 'relu'?"),
        ([], "Missing argument 'NAME|FILE...'"),
    ],
)
def test_wrong_commands(arguments: list[str], sentence: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert sentence in result.stderr


def test_a_missing_extra_is_named_before_the_first_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ml_dtypes", None)
    result = CliRunner().invoke(group, ["check", "relu"])
    assert result.exit_code == 2
    assert result.output == "Error: checks need ml_dtypes: pip install 'numact[testing]'\n"
