"""The commands that tell what there is: list and show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from numact import registry
from numact.cli.console import console, json_option, print_json, table
from numact.parameters import Param
from numact.registry import Entry
from numact.spec import KINDS, Activation


@click.command("list")
@click.option("--kind", type=click.Choice(KINDS), help="Only activations of this kind.")
@click.option("--markdown", is_flag=True, help="Print numact's own as the table in README.md.")
@json_option
def list_activations(kind: str | None, markdown: bool, as_json: bool) -> None:
    """List the activations there are."""
    entries = [entry for entry in registry.entries() if kind is None or entry.activation.kind == kind]
    if as_json:
        print_json([_entry_as_dict(entry) for entry in entries])
        return
    if markdown:
        click.echo(markdown_table([each for each in entries if each.provider.distribution == "numact"]))
        return
    columns = ("name", "kind", "provider", "summary")
    rows = [[_entry_as_dict(entry)[column] for column in columns] for entry in entries]
    console().print(table(f"{len(rows)} activations", columns, rows, numbers_from=len(columns)))


def markdown_table(entries: Sequence[Entry]) -> str:
    """Write activations as a table in Markdown.

    Parameters
    ----------
    entries : sequence of Entry
        One for each row.

    Returns
    -------
    str
        Lines of name and aliases, formula, and parameters with their defaults.
    """
    lines = ["| name (aliases) | formula | parameters |", "|---|---|---|"]
    for spec in (entry.activation for entry in entries):
        names = f"`{spec.name}`" + "".join(f" (`{alias}`)" for alias in spec.aliases)
        params = ", ".join(f"`{param.name}` {_default(param)}" for param in spec.params)
        lines.append(f"| {names} | `{spec.formula}` | {params} |")
    return "\n".join(lines)


@click.command()
@click.argument("name")
@json_option
def show(name: str, as_json: bool) -> None:
    """Show the formula, parameters and references of the activation NAME."""
    spec = registry.get_spec(name)
    if as_json:
        print_json(_as_dict(spec))
        return
    screen = console()
    screen.print(f"[bold]{spec.name}[/bold]  {spec.summary}")
    for title, text in _properties(spec):
        screen.print(f"  {title:<12}{text}", markup=False)
    if spec.params:
        rows = [(param.name, _default(param), _bounds(param), param.doc) for param in spec.params]
        screen.print(table("parameters", ("name", "default", "values", "meaning"), rows, numbers_from=4))


def _properties(spec: Activation) -> list[tuple[str, str]]:
    lines = [("formula", spec.formula), ("kind", spec.kind)]
    if spec.aliases:
        lines.append(("aliases", ", ".join(spec.aliases)))
    if spec.limits is not None:
        low, high = ("not stated" if limit is None else limit for limit in spec.limits)
        lines.append(("limits", f"{low} at -inf, {high} at inf"))
    if spec.max_ulp is not None:
        lines.append(("max_ulp", str(spec.max_ulp)))
    lines.extend(("reference", reference) for reference in spec.references)
    return lines


def _default(param: Param) -> str:
    return "required" if param.is_required else str(param.default)


def _bounds(param: Param) -> str:
    if param.kind == "choice":
        return " or ".join(repr(value) for value, _ in param.choices)
    if param.kind not in ("real", "int", "channel"):
        return param.kind
    return f"{param.requirement() or 'any number'}{' per channel' if param.kind == 'channel' else ''}"


def _as_dict(spec: Activation) -> dict[str, Any]:
    return {
        "name": spec.name,
        "summary": spec.summary,
        "kind": spec.kind,
        "formula": spec.formula,
        "aliases": list(spec.aliases),
        "references": list(spec.references),
        "limits": None if spec.limits is None else list(spec.limits),
        "max_ulp": spec.max_ulp,
        "parameters": [
            {
                "name": param.name,
                "kind": param.kind,
                "required": param.is_required,
                "default": None if param.is_required else param.default,
                "values": _bounds(param),
                "meaning": param.doc,
            }
            for param in spec.params
        ],
    }


def _entry_as_dict(entry: Entry) -> dict[str, str]:
    spec = entry.activation
    return {"name": entry.name, "kind": spec.kind, "provider": str(entry.provider), "summary": spec.summary}
