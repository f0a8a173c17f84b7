"""``numact new``: the files of a package, what it finds out about a formula, and what it refuses."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from numact.cli import group
from numact.cli.declared import declared_param
from numact.cli.package import LICENSES
from numact.errors import SpecError
from numact.function import Function
from numact.parameters import Param
from numact.spec import Activation

SOFTCLIP = ("softclip", "--formula", "x / sqrt(1 + (x / c)**2)", "--param", "c=1")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def new(*arguments: str) -> Result:
    return CliRunner().invoke(group, ["new", *arguments])


def made(*arguments: str) -> Activation:
    """Make a package and give the activation of its module."""
    result = new(*arguments)
    assert result.exit_code == 0, result.output
    (module,) = Path().glob("numact-*/src/numact_*/__init__.py")
    namespace: dict[str, Any] = {}
    exec(module.read_text(), namespace)
    (activation,) = namespace["numact_activations"]()
    assert isinstance(activation, Activation)
    return activation


def test_the_files_of_a_package(folder: Path) -> None:
    result = new(*SOFTCLIP)
    assert result.exit_code == 0, result.output
    assert [path.name for path in folder.iterdir()] == ["numact-softclip"]
    package = folder / "numact-softclip"
    files = {path.relative_to(package).as_posix() for path in package.rglob("*") if path.is_file()}
    assert files == {
        ".gitignore",
        "LICENSE",
        "README.md",
        "pyproject.toml",
        "src/numact_softclip/__init__.py",
        "src/numact_softclip/py.typed",
        "tests/test_softclip.py",
    }
    for line in (*files, "Found the limits -abs(c) at -inf and abs(c) at inf.", "cd numact-softclip"):
        assert line in result.stdout
    for path in package.rglob("*.py"):
        compile(path.read_text(), path, "exec")


def test_the_project_says_what_installers_and_numact_need(folder: Path) -> None:
    summary = 'Says "hi" \\ and goes.'
    made(*SOFTCLIP, "--alias", "soft2", "--summary", summary, "--author", "Ann O'Hara")
    project = tomllib.loads((folder / "numact-softclip/pyproject.toml").read_text())["project"]
    assert project["name"] == "numact-softclip"
    assert project["description"] == summary
    assert project["license"] == "MIT"
    assert project["authors"] == [{"name": "Ann O'Hara"}]
    assert project["entry-points"] == {
        "numact": {"softclip": "numact_softclip", "soft2": "numact_softclip:softclip"}
    }
    assert "Ann O'Hara" in (folder / "numact-softclip/LICENSE").read_text()


@pytest.mark.parametrize("license_name", LICENSES)
def test_the_licence_is_a_choice(folder: Path, license_name: str) -> None:
    made(*SOFTCLIP, "--license", license_name)
    text = (folder / "numact-softclip/pyproject.toml").read_text()
    has_one = license_name != "none"
    assert (folder / "numact-softclip/LICENSE").exists() == has_one
    assert (f'license = "{license_name}"' in text) == has_one


def test_the_activation_is_what_was_asked_for() -> None:
    activation = made(
        *("soft_two", "--formula", "c * x / sqrt(1 + (x / d)**2)", "--alias", "soft2"),
        *("--param", "c", "--param", "d=2:low=0:closed=neither:doc=Half: the width."),
        *("--summary", "A  probe\nof two."),
        *("--reference", "https://example.org", "--reference", 'He, "Deep", 2015'),
    )
    assert activation.name == "soft_two"
    assert activation.summary == "A probe of two."
    assert activation.aliases == ("soft2",)
    assert activation.references == ("https://example.org", 'He, "Deep", 2015')
    assert activation.params == (
        Param("c"),
        Param("d", 2.0, low=0.0, closed="neither", doc="Half: the width."),
    )
    assert activation.limits is None
    assert activation.derivative_limits == (0.0, 0.0)


@pytest.mark.parametrize(
    ("formula", "params", "limits", "derivative_limits"),
    [
        ("x / (1 + exp(-x))", [], (0.0, "inf"), (0.0, 1.0)),
        ("x / sqrt(1 + (x / c)**2)", ["c=1:low=0:closed=neither"], ("-c", "c"), (0.0, 0.0)),
        ("x if x > 0 else alpha * x", ["alpha=0.1"], ("-alpha * inf", "inf"), ("alpha", 1.0)),
        ("log(1 + exp(beta * x)) / beta", ["beta=1:low=0:closed=neither"], (0.0, "inf"), (0.0, 1.0)),
        ("x * tanh(exp(x))", [], (0.0, "inf"), (0.0, 1.0)),
        ("tanh(x) + 0.5", [], (-0.5, 1.5), (0.0, 0.0)),
        ("sin(x)", [], None, None),
        ("sqrt(x)", [], None, None),
    ],
)
def test_limits_are_found(formula: str, params: list[str], limits: Any, derivative_limits: Any) -> None:
    options = [word for param in params for word in ("--param", param)]
    activation = made("probe", "--formula", formula, *options)
    assert activation.limits == limits
    assert activation.derivative_limits == derivative_limits


def test_a_gated_one() -> None:
    activation = made(
        "gated_probe", "--kind", "gated", "--formula", "a / (1 + exp(-s * b))", "--param", "s=1"
    )
    assert (activation.kind, activation.limits) == ("gated", None)
    x = np.array([1.0, 2.0, 0.0, 3.0])
    np.testing.assert_allclose(Function(activation, {})(x), [0.5, 2 / (1 + np.exp(-3))])


X = np.array([[1.0, -2.0, 3.0], [0.5, 0.0, -1.5]])


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("exp(x_i / t) / sum_j exp(x_j / t)", np.exp(X / 2) / np.exp(X / 2).sum(-1, keepdims=True)),
        ("x_i / sqrt(sum_j pow(x_j, 2) + t)", X / np.sqrt((X**2).sum(-1, keepdims=True) + 2)),
        ("max(x_i, 0) * sum_j (abs(x_j) + t)", np.maximum(X, 0) * (np.abs(X) + 2).sum(-1, keepdims=True)),
        (
            "x_i - sum_j x_j if sum_j abs(x_j) > t else 0".replace("sum_j x_j", "sum_j (x_j)"),
            np.where(np.abs(X).sum(-1, keepdims=True) > 2, X - X.sum(-1, keepdims=True), 0),
        ),
        ("t * tanh(x_i)", 2 * np.tanh(X)),
    ],
)
def test_rows_are_computed_by_their_formula(formula: str, expected: Any) -> None:
    activation = made("row_probe", "--kind", "axis", "--formula", formula, "--param", "t=2:low=0")
    assert activation.kind == "axis"
    function = Function(activation, {})
    np.testing.assert_allclose(function(X), expected, rtol=1e-14)
    np.testing.assert_allclose(function(X.T, axis=0), expected.T, rtol=1e-14)


@pytest.mark.parametrize(
    "arguments",
    [
        SOFTCLIP,
        (
            *("probe", "--kind", "axis", "--param", "k=3"),
            *("--formula", "(x_i + abs(k)) / (sum_j abs(x_j) + sum_j (x_j * x_j))"),
        ),
        (
            *("a_name_that_is_rather_long", "--kind", "axis", "--formula", "x_i * wide + other"),
            *("--param", "wide=3", "--alias", "another_name", "--reference", "https://example.org"),
            *(
                "--param",
                "other=1:low=-1:high=inf:exclude=0,3:doc=A text that goes on to fill more than a line.",
            ),
        ),
    ],
)
def test_formatters_and_linters_find_nothing(folder: Path, arguments: tuple[str, ...]) -> None:
    pytest.importorskip("ruff")  # among the linters, not the tests' libraries
    assert new(*arguments).exit_code == 0
    for command in (["check", "--select", "ALL", "--ignore", IGNORED], ["format", "--check"]):
        ruff = [sys.executable, "-m", "ruff", *command, "--isolated", "--no-cache", "."]
        done = subprocess.run(ruff, cwd=next(folder.iterdir()), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


# Rules that contradict others, split no long text, ask for a copyright in each file, or forbid pytest's ways.
IGNORED = "D203,D213,COM812,CPY001,E501,INP001,S101,D103,ANN401,TC003,RET504,ARG001,A004"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["relu", "--formula", "x"], "activation name 'relu' is taken by numact"),
        (["LeakyReLU", "--formula", "x"], "activation name 'LeakyReLU' must be a lower-case identifier"),
        (["re_lu", "--formula", "x"], "activation name 're_lu' is taken by numact"),
        (["apply", "--formula", "x"], "activation name 'apply' is taken by numact itself"),
        (
            ["lambda", "--formula", "x"],
            "activation name 'lambda' must be a lower-case identifier and no keyword",
        ),
        (["../up", "--formula", "x"], "activation name '../up' must be a lower-case identifier"),
        (["probe", "--formula", "x", "--alias", "relu"], "activation name 'relu' is taken by numact"),
        (["probe", "--formula", "x^2"], "column 3: '^' is not allowed; write '**' for a power"),
        (["probe", "--formula", "c * x"], "unknown name 'c'; known are x"),
        (["probe", "--formula", "tahn(x)"], "no function named 'tahn'; did you mean 'tanh'?"),
        (["probe", "--formula", ""], "formula must be a text"),
        (["probe", "--formula", "a * b"], "unknown name 'a'"),
        (["probe", "--kind", "axis", "--formula", "x_i / sum_j x_j"], "after sum_j comes a function of x_j"),
        (["probe", "--kind", "axis", "--formula", "x_i / sum_j exp(x_i)"], "unknown name 'x_i'"),
        (["probe", "--kind", "axis", "--formula", "x_i / sum_j exp(x_j"], "a parenthesis after sum_j is not"),
        (["probe"], "Missing option '--formula'"),
        (["--formula", "x"], "Missing argument 'NAME'"),
        (["probe", "--formula", "x", "--param", "x=1"], "parameter name 'x' means something else"),
        (["probe", "--formula", "x", "--param", "c=one"], "default must be a number, got 'one'"),
        (["probe", "--formula", "x", "--param", "c=1:lw=0"], "has a field 'lw'; did you mean 'low'?"),
        (["probe", "--formula", "x", "--param", "c=1:low=2"], "parameter 'c': bad default"),
        (["probe", "--formula", "x", "--param", "c", "--param", "c=1"], "parameter name 'c' is used twice"),
        (["probe", "--formula", "x", "--license", "GPL"], "'GPL' is not one of 'MIT'"),
        (["probe", "--formula", "x", "--out", "none"], "Directory 'none' does not exist"),
        (["probe", "--formula", "x", "--kind", "gatd"], "'gatd' is not one of 'elementwise'"),
    ],
)
def test_what_does_not_do_is_told_and_nothing_written(
    folder: Path, arguments: list[str], sentence: str
) -> None:
    result = new(*arguments)
    assert result.exit_code == 2, result.output
    assert sentence in result.stderr
    assert list(folder.iterdir()) == []


def test_a_folder_that_exists_is_left_alone(folder: Path) -> None:
    (folder / "numact-softclip").mkdir()
    result = new(*SOFTCLIP)
    assert result.exit_code == 2
    assert "There is a folder 'numact-softclip' already." in result.stderr
    assert list((folder / "numact-softclip").iterdir()) == []


def test_a_failure_half_way_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(self: Path, *arguments: Any, **keywords: Any) -> int:
        if self.name == "README.md":
            raise OSError(28, "No space left on device")
        return written(self, *arguments, **keywords)

    written = Path.write_text
    monkeypatch.setattr(Path, "write_text", write)
    result = new(*SOFTCLIP)
    assert result.exit_code == 1
    assert result.stderr == "Error: cannot write 'numact-softclip': No space left on device\n"
    assert list(folder.iterdir()) == []


def test_another_place_and_json(folder: Path) -> None:
    (folder / "there").mkdir()
    result = new(*SOFTCLIP, "--out", "there", "--json")
    told = json.loads(result.stdout)
    assert told["folder"] == "there/numact-softclip"
    assert told["limits"] == ["-abs(c)", "abs(c)"]
    assert all((folder / told["folder"] / name).exists() for name in told["files"])


@pytest.mark.parametrize(
    ("text", "param"),
    [
        ("c", Param("c")),
        ("c=-1.5", Param("c", -1.5)),
        ("c=1:low=0:high=inf:closed=left", Param("c", 1.0, low=0.0, closed="left")),
        ("n=3:kind=int:exclude=0,1", Param("n", 3, kind="int", exclude=(0.0, 1.0))),
        ("c=1:doc=Time: now=then", Param("c", 1.0, doc="Time: now=then")),
    ],
)
def test_parameters_are_declared(text: str, param: Param) -> None:
    assert declared_param(text) == param


@pytest.mark.parametrize("text", ["", "=1", "C=1", "c=1:kind=channel", "c=1:low=0:low=1", "n=1.5:kind=int"])
def test_declarations_that_are_none(text: str) -> None:
    with pytest.raises(SpecError):
        declared_param(text)
