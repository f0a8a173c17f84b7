"""The command that examines the installation."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click
from rich.text import Text

from numact.cli.console import console, json_option, print_json, table

if TYPE_CHECKING:
    from numact.diagnosis.fact import Fact

_MARKS = {"ok": "", "note": "note", "problem": "problem"}


@click.command(short_help="Examine the installation, and tell what to do about what is found.")
@json_option
def doctor(as_json: bool) -> None:
    """Examine versions, processor, threads, the cache of kernels and the plugins.

    Beside each thing that costs speed or does not work it says what to do. Exit code 1 tells that something
    has to be mended.
    """
    from numact.diagnosis import examine

    facts = examine()
    problems = [fact for fact in facts if fact.level == "problem"]
    if as_json:
        print_json({"facts": [asdict(fact) for fact in facts], "problems": len(problems)})
    else:
        _print(facts, len(problems))
    if problems:
        raise click.exceptions.Exit(1)


def _print(facts: list[Fact], problems: int) -> None:
    columns = ("topic", "what", "found", "")
    rows = [[fact.topic, fact.what, fact.found, _MARKS[fact.level]] for fact in facts]
    screen = console()
    screen.print(table("What numact finds", columns, rows, numbers_from=len(columns)))
    for fact in facts:
        if fact.advice:
            screen.print(Text(f"{fact.what}: {fact.advice}"), soft_wrap=True)
    screen.print("All is well." if not problems else f"To be mended: {problems}.")
