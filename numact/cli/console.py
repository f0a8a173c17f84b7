"""What the commands share: tables, JSON, progress, and an activation's parameters as options."""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

# Where output is no terminal there is no width to fit tables into.
_FILE_WIDTH = 200
_SECONDS_BETWEEN_LINES = 2.0

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON in place of tables.")


def console(stderr: bool = False) -> Console:
    """Return a console for standard output, or for standard error.

    Parameters
    ----------
    stderr : bool
        Whether to write to standard error.
    """
    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, width=None if stream.isatty() else _FILE_WIDTH, highlight=False)


def print_json(value: Any) -> None:
    """Write a value as JSON to standard output.

    Parameters
    ----------
    value : object
        Made of dicts, lists, strings and numbers; what JSON has no word for, infinities too, is written as
        text.
    """
    click.echo(json.dumps(_plain(value), indent=2, allow_nan=False, default=str))


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    return value


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], numbers_from: int = 1) -> Table:
    """Lay out rows of text.

    Parameters
    ----------
    title : str
        The line above the table.
    columns : sequence of str
        The column heads.
    rows : sequence of sequences of str
        Texts, one per column.
    numbers_from : int
        The first column to align to the right.
    """
    made = Table(title=title, title_justify="left", title_style="bold", min_width=len(title))
    for index, column in enumerate(columns):
        made.add_column(column, justify="right" if index >= numbers_from else "left")
    for row in rows:
        made.add_row(*row)
    return made


@contextmanager
def progress(total: int) -> Iterator[Callable[[str, int], None]]:
    """Show how far a command has come, on standard error.

    Parameters
    ----------
    total : int
        The number of steps.

    Yields
    ------
    callable
        Takes what is being done and how many steps were finished by that. On a terminal it moves a bar, and
        elsewhere it writes a line now and then.
    """
    screen = console(stderr=True)
    if screen.is_terminal:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=screen, transient=True) as bar:
            task = bar.add_task("", total=total)
            yield lambda text, steps: bar.update(task, description=text, advance=steps)
    else:
        yield _line_writer(screen, total)


def _line_writer(screen: Console, total: int) -> Callable[[str, int], None]:
    done = 0
    last = time.monotonic()

    def advance(text: str, steps: int) -> None:
        nonlocal done, last
        done += steps
        if time.monotonic() - last >= _SECONDS_BETWEEN_LINES:
            last = time.monotonic()
            screen.print(f"{done}/{total} {text}")

    return advance
