"""Parameters of any activation as options of a command, and what shells complete."""

from __future__ import annotations

from typing import Any

import click
import pytest
from click.shell_completion import BashComplete
from click.testing import CliRunner, Result
from plugin_site import Site, activation, hook

from numact import registry
from numact.cli import group
from numact.cli.parameters import ActivationCommand, given_parameters
from numact.parameters import Param
from numact.spec import Activation

NAMES = registry.names()
NUMERIC = [(name, param) for name in NAMES for param in registry.get_spec(name).numeric_params]


@click.command(cls=ActivationCommand)
@click.option("-o", "--output")
@click.option("--depth", type=int)
@click.option("--json", is_flag=True)
@click.pass_context
def probe(context: click.Context, /, name: str, **own: Any) -> None:
    print([name, given_parameters(context), {key: value for key, value in own.items() if value}])


def run(*arguments: str) -> Result:
    return CliRunner().invoke(probe, arguments)


def given(*arguments: str) -> Any:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return eval(result.output)


@pytest.mark.parametrize(("name", "param"), NUMERIC, ids=[f"{name}-{param.name}" for name, param in NUMERIC])
def test_numbers(name: str, param: Param) -> None:
    value = 3 if param.kind == "int" else 0.75
    spelling = param.name.replace("_", "-")
    assert given(name, f"--{param.name}", str(value)) == [name, {param.name: value}, {}]
    assert given(f"--{spelling}={value}", name) == [name, {param.name: value}, {}]
    assert given("--json", f"--{spelling}", f"-{value}", name)[1] == {param.name: -value}
    wrong = run(name, f"--{spelling}", "much")
    assert wrong.exit_code == 2
    assert f"--{spelling}" in wrong.stderr
    assert "'much' is not a" in wrong.stderr
    assert f"--{spelling}" in run(name, "--help").output


@pytest.mark.parametrize(
    ("arguments", "values"),
    [
        (["rrelu", "--training", "--seed", "7"], {"training": True, "seed": 7}),
        (["rrelu", "--training", "no", "--seed=none"], {"training": False, "seed": None}),
        (["softmax", "--axis", "0,2"], {"axis": (0, 2)}),
        (["softmax", "--axis", "none"], {"axis": None}),
        (["softmax", "--axis", "-2"], {"axis": -2}),
        (["prelu", "--weight", "0.1,0.2"], {"weight": (0.1, 0.2)}),
        (["gelu", "--approximate", "tanh"], {"approximate": "tanh"}),
        (["relu"], {}),
    ],
)
def test_other_kinds(arguments: list[str], values: dict[str, Any]) -> None:
    assert given(*arguments)[1] == values


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["elu", "--alhpa", "1"], "'--alpha'"),
        (["elu", "--outptu", "1"], "'--output'"),
        (["relu", "--alpha", "1"], "No such option '--alpha'"),
        (["elu", "--alpha"], "Option '--alpha' requires an argument"),
        (["elu", "1.5"], "Got unexpected extra argument (1.5)"),
        (["rrelu", "--training", "perhaps"], "'perhaps' is not true or false"),
        (
            ["softmax", "--axis", "last"],
            "'last' is not an integer, several with commas between them, or none",
        ),
        (["gelu", "--approximate", "erf"], "'erf' is not one of 'none', 'tanh'"),
        ([], "Missing argument 'NAME'"),
    ],
)
def test_what_is_wrong_is_told(arguments: list[str], sentence: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert sentence in result.stderr


def test_own_options_and_their_values_are_not_taken_for_the_activation() -> None:
    assert given("-o", "selu", "--depth", "2", "elu", "--alpha", "2") == [
        "elu",
        {"alpha": 2.0},
        {"output": "selu", "depth": 2},
    ]
    assert given("-oselu", "elu")[::2] == ["elu", {"output": "selu"}]


def test_a_parameter_named_as_an_option_of_the_command_gets_another_spelling() -> None:
    spec = Activation(
        name="deep_probe", summary="A probe.", formula="x * depth", references=(), params=(Param("depth"),)
    )
    registry.register(spec)
    try:
        assert given("deep_probe", "--depth", "2", "--param-depth", "3") == [
            "deep_probe",
            {"depth": 3.0},
            {"depth": 2},
        ]
    finally:
        registry.unregister(spec)


def completions(*words: str) -> list[str]:
    *before, typed = words
    return [item.value for item in BashComplete(group, {}, "numact", "").get_completions(before, typed)]


def test_shells_complete_commands_activations_and_their_parameters() -> None:
    assert completions("sh") == ["show"]
    assert completions("show", "soft") == [name for name in NAMES if name.startswith("soft")]
    assert completions("warmup", "relu", "") == list(NAMES)
    assert completions("train", "leaky_relu", "--neg") == ["--negative-slope"]
    assert completions("train", "no_such_one", "--ep") == ["--epochs"]


def test_completion_imports_no_plugin_and_warns_of_none(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    site = Site(tmp_path)
    site.install("numact-one", hook(activation("shared_probe")), ["shared_probe"])
    site.install("numact-two", hook(activation("shared_probe")), ["shared_probe"])
    monkeypatch.setattr(registry, "names", site.registry().names)
    assert completions("show", "numact") == ["numact-one:shared_probe", "numact-two:shared_probe"]
    assert capsys.readouterr() == ("", "")
