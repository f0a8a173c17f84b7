"""What ``numact plugins`` tells of good, broken, excluded and clashing plugins."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner
from plugin_site import Site, activation, hook

from numact import registry
from numact.cli import group


def plugins(
    site: Site, monkeypatch: pytest.MonkeyPatch, *options: str, **environment: str
) -> tuple[Any, int]:
    """Run the command in a registry of this folder's plugins; gives its answer and exit code."""
    made = site.registry(**environment)
    for function in ("problems", "name_of", "get_spec", "provider", "disable"):
        monkeypatch.setattr(registry, function, getattr(made, function))
    monkeypatch.setattr(registry, "installed_plugins", made.plugins)
    result = CliRunner().invoke(group, ["plugins", "--json", *options])
    assert result.stderr == ""
    table = CliRunner().invoke(group, ["plugins", *options])
    answer = json.loads(result.stdout)
    told = "".join(table.stdout.split())
    for plugin in answer["plugins"]:
        for cell in (plugin["distribution"], plugin["version"], plugin["status"]):
            assert cell in told
    assert all("".join(problem.split()) in told for problem in answer["problems"])
    assert table.exit_code == result.exit_code
    return answer, result.exit_code


def test_all_is_well(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    names = {"cli_good": "cli_good", "cli_fine": "cli_good:cli_good"}
    site.install("numact-good", hook(activation("cli_good", aliases=("cli_fine",))), names, "cli_good", "2.1")
    answer, code = plugins(site, monkeypatch)
    assert code == 0
    assert answer == {
        "plugins": [
            {
                "distribution": "numact-good",
                "version": "2.1",
                "module": "cli_good",
                "status": "loaded",
                "activations": ["cli_fine", "cli_good"],
                "cause": "",
            }
        ],
        "problems": [],
    }


def test_none_is_installed(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    assert plugins(site, monkeypatch) == ({"plugins": [], "problems": []}, 0)


def test_a_broken_one_is_told_with_its_cause(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.install("numact-broken", "import no_such_library", ["broken"], "cli_broken")
    site.install("numact-good", hook(activation("cli_well")), ["cli_well"], "cli_well")
    answer, code = plugins(site, monkeypatch)
    assert code == 1
    assert [(plugin["status"], plugin["cause"]) for plugin in answer["plugins"]] == [
        ("failed", "ModuleNotFoundError: No module named 'no_such_library'"),
        ("loaded", ""),
    ]


def test_one_that_the_environment_excludes_is_told_and_not_imported(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.install("numact-broken", "import no_such_library", ["broken"], "cli_excluded")
    answer, code = plugins(site, monkeypatch, NUMACT_DISABLE_PLUGINS="numact-broken")
    assert code == 0
    assert [plugin["status"] for plugin in answer["plugins"]] == ["excluded"]


def test_two_that_share_a_name_are_a_problem(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in ("one", "two"):
        site.install(f"numact-{number}", hook(activation("shared")), ["shared"], f"cli_{number}")
    answer, code = plugins(site, monkeypatch)
    assert code == 1
    (problem,) = answer["problems"]
    assert "'numact-one:shared' or 'numact-two:shared'" in problem


def test_one_that_does_not_compile_is_found_when_asked_for(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = hook(activation("uncompilable").replace("references", "forward=forward, references"))
    source += "\ndef forward(x):\n    return str(x)\n"
    site.install("numact-raw", source, ["uncompilable"], "cli_raw")
    assert plugins(site, monkeypatch)[1] == 0
    answer, code = plugins(site, monkeypatch, "--compile")
    assert code == 1
    (problem,) = answer["problems"]
    assert problem.startswith("activation 'uncompilable' of numact-raw 1.0 is disabled: FormulaError: ")
