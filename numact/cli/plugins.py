"""The command that tells which plugins are installed, and what is wrong with them."""

from __future__ import annotations

import os
import warnings
from contextlib import suppress
from typing import Any

import click

from numact import api, registry
from numact.cli.console import console, json_option, print_json, progress, table
from numact.errors import PluginError, PluginWarning
from numact.plugins import DISABLE, Plugin, Policy


@click.command(short_help="List the installed plugins and what is wrong with them.")
@click.option("--compile", "compiles", is_flag=True, help="Also compile what they provide.")
@json_option
def plugins(compiles: bool, as_json: bool) -> None:
    """List the installed plugins, with their version, status and, if they failed, the cause.

    Exit code 1 tells that one failed, that two give an activation the same name, or, with --compile, that an
    activation does not compile.
    """
    # Whatever they warn of is told below.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PluginWarning)
        found = registry.installed_plugins()
        if compiles:
            _compile(found)
        problems = registry.problems()
    if as_json:
        print_json({"plugins": [_as_dict(plugin) for plugin in found], "problems": problems})
    else:
        _print(found, problems)
    if problems or any(plugin.status == "failed" for plugin in found):
        raise click.exceptions.Exit(1)


def _compile(found: tuple[Plugin, ...]) -> None:
    activations = [activation for plugin in found for activation in plugin.activations]
    with progress(len(activations)) as advance:
        for activation in activations:
            with suppress(PluginError):  # It is among the problems from then on.
                api.warmup(registry.name_of(activation))
            advance(f"compiled {activation.name}", 1)


def _print(found: tuple[Plugin, ...], problems: tuple[str, ...]) -> None:
    screen = console()
    if not found:
        is_off = Policy.from_environment(os.environ).excludes_all
        screen.print(f"All plugins are disabled by {DISABLE}." if is_off else "No plugin is installed.")
        return
    columns = ("distribution", "version", "status", "activations", "cause")
    cells = [_as_dict(plugin) for plugin in found]
    rows = [
        [cell["distribution"], cell["version"], cell["status"], ", ".join(cell["activations"]), cell["cause"]]
        for cell in cells
    ]
    noun = "plugin" if len(rows) == 1 else "plugins"
    screen.print(table(f"{len(rows)} {noun}", columns, rows, numbers_from=len(columns)))
    for problem in problems:
        screen.print(problem, markup=False, soft_wrap=True)


def _as_dict(plugin: Plugin) -> dict[str, Any]:
    provider = plugin.provider
    return {
        "distribution": provider.distribution,
        "version": provider.version,
        "module": provider.module,
        "status": plugin.status,
        "activations": sorted(plugin.claims),
        "cause": plugin.cause,
    }
