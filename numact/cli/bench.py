"""The command that compares numact with other libraries."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from numact import api, registry
from numact.benchmarks import machine, processes
from numact.benchmarks.comparison import OWN, Plan, Record
from numact.benchmarks.peers import PEERS
from numact.benchmarks.problems import ROLES, Role
from numact.benchmarks.report import conclusion, input_text, series
from numact.cli.console import console, json_option, print_json, progress, table
from numact.cli.names import ActivationName
from numact.errors import NumactError, did_you_mean

_SIZES = (1000, 10_000, 100_000, 1_000_000, 10_000_000)
_LEGEND = """\
Nanoseconds per element of the input: medians of samples taken in turn, ± half the distance of the quartiles.
In brackets: how many times as long as numact a library takes. copy: the input, to an array that is there."""


class _Peers(click.ParamType):  # type: ignore[type-arg]
    """Names of peers, separated by commas."""

    name = "libraries"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Read the names."""
        names = tuple(value.split(",")) if isinstance(value, str) else tuple(value)
        for name in names:
            if name not in PEERS:
                hint = did_you_mean(name, PEERS)
                self.fail(f"numact is compared with {', '.join(PEERS)}; not with {name!r}{hint}", param, ctx)
        return names


class _Numbers(click.ParamType):  # type: ignore[type-arg]
    """Positive whole numbers, separated by commas: 1000,1e6."""

    name = "numbers"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        """Read the numbers."""
        if not isinstance(value, str):
            return tuple(value)
        try:
            numbers = [float(part) for part in value.split(",")]
        except ValueError:
            numbers = [0.5]
        if any(number < 1 or number != int(number) for number in numbers):
            self.fail(f"{value!r} is no list of positive whole numbers, such as 1000,1e6", param, ctx)
        return tuple(int(number) for number in numbers)


@click.command()
@click.argument("names", nargs=-1, type=ActivationName())
@click.option(
    "--vs", "peers", type=_Peers(), default=tuple(PEERS), help=f"Libraries out of {','.join(PEERS)}."
)
@click.option(
    "--role",
    "roles",
    multiple=True,
    type=click.Choice(ROLES),
    default=("forward",),
    help="What is timed; may be given several times.",
)
@click.option(
    "--dtype",
    "dtypes",
    multiple=True,
    type=click.Choice(("float16", "float32", "float64")),
    default=("float32",),
    help="Of the arrays; may be given several times.",
)
@click.option("--sizes", type=_Numbers(), default=_SIZES, help="Numbers of elements, such as 1000,1e6.")
@click.option("--threads", type=_Numbers(), help="Numbers of threads, such as 1,2.  [default: all]")
@click.option("--seconds", type=click.FloatRange(0.0), default=0.3, help="How long to measure each cell.")
@click.option(
    "--plot",
    "picture",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Draw the times to a file; its ending says the format.",
)
@json_option
def bench(
    names: tuple[str, ...],
    peers: tuple[str, ...],
    roles: tuple[Role, ...],
    dtypes: tuple[str, ...],
    sizes: tuple[int, ...],
    threads: tuple[int, ...] | None,
    seconds: float,
    picture: Path | None,
    as_json: bool,
) -> None:
    """Compare the activations NAMES, all unless named, with other libraries: time against size.

    Each number of threads has a process of its own with as many processors, where all libraries take turns.
    """
    chosen = names or registry.names()
    for name in chosen:
        registry.get_spec(name)
    if picture is not None:
        # Whatever is wrong is said before the measuring.
        from numact.benchmarks.picture import draw
        from numact.pictures.style import picture_format

        picture_format(picture)
        _check_writable(picture)
    plan = Plan(chosen, roles, dtypes, sizes, peers=peers, seconds=seconds)
    described = machine.describe(peers)
    if len(described["missing"]) == len(set(peers)):
        click.echo(
            "No library to compare with is installed: numact is measured beside a copy alone.", err=True
        )
    for name, missing in described["missing"].items():
        click.echo(f"{name} is not installed: pip install {' '.join(missing)}", err=True)
    records = _measure(plan, threads or (api.threads(),))
    if as_json:
        print_json({"machine": described, "records": [record.as_json() for record in records]})
    else:
        _print(records)
    if picture is not None:
        draw(series(records)).save(picture)
        click.echo(f"Wrote {picture}", err=True)


def _check_writable(path: Path) -> None:
    """Refuse a file that cannot be written, and leave none behind."""
    was_there = path.exists()
    try:
        path.open("ab").close()
    except OSError as error:
        raise click.ClickException(f"cannot write {str(path)!r}: {error.strerror}") from error
    if not was_there:
        path.unlink()


def _measure(plan: Plan, numbers: Sequence[int]) -> list[Record]:
    most = api.threads()
    if max(numbers) > most:
        raise NumactError(f"--threads takes numbers from 1 to {most} here, got {max(numbers)}")
    records = []
    with progress(len(plan.cells) * len(numbers)) as advance:
        for number in numbers:
            for record in processes.compare(plan, number):
                records.append(record)
                advance(f"{record.cell.name} {record.cell.role} {input_text(record)}", 1)
    return records


def _print(records: Sequence[Record]) -> None:
    screen = console()
    for each in series(records):
        heads = ("elements", *each.libraries)
        screen.print(table(each.title, heads, each.rows()))
        refused = dict.fromkeys(name for record in each.records for name in record.refused)
        for name in refused:
            screen.print(f"{name} is left out: its function of that name gives other values than {OWN}'s.")
    screen.print(_LEGEND)
    screen.print(conclusion(records)[0] + ".")
