"""The command that lists the activations."""

from __future__ import annotations

from collections.abc import Sequence

import click

from numact import registry
from numact.cli.console import console, json_option, print_json, table
from numact.cli.showing import default_text
from numact.registry import Entry
from numact.spec import KINDS


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
        params = ", ".join(f"`{param.name}` {default_text(param)}" for param in spec.params)
        lines.append(f"| {names} | `{spec.formula}` | {params} |")
    return "\n".join(lines)


def _entry_as_dict(entry: Entry) -> dict[str, str]:
    spec = entry.activation
    return {"name": entry.name, "kind": spec.kind, "provider": str(entry.provider), "summary": spec.summary}
