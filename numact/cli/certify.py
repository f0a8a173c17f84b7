"""The commands about accuracy: certify measures errors, certificates shows what was measured."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.table import Table

from numact import registry
from numact.cli.console import console, json_option, print_json, progress, table
from numact.cli.parameters import ActivationCommand, given_parameters
from numact.spec import Activation

if TYPE_CHECKING:
    from numact.accuracy.request import Request

_DTYPES = ("float16", "bfloat16", "float32", "float64")
_FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
_PEERS = ("torch", "jax", "numpy")
_COLUMNS = ("of", "parameters", "max ULP", "at", "got", "expected", "rounded right", "subnormal", "failures")


@click.command(cls=ActivationCommand, several=True)
@click.option("--all", "everything", is_flag=True, help="All activations, plugins' too.")
@click.option(
    "--dtype",
    "dtypes",
    multiple=True,
    type=click.Choice(_DTYPES),
    default=("float32",),
    show_default=True,
    help="Of the arrays; may be given several times.",
)
@click.option("--derivative", is_flag=True, help="The derivatives too, by x and by each parameter.")
@click.option("--other-parameters", is_flag=True, help="A list of other values of each parameter too.")
@click.option("--stride", type=click.IntRange(1), default=1, help="Every so many inputs instead of all.")
@click.option("--points", type=click.IntRange(1), default=10_000_000, help="Random points for float64.")
@click.option("--jobs", type=click.IntRange(1), default=os.cpu_count() or 1, help="Processes to work in.")
@click.option("--peer", type=click.Choice(_PEERS), help="Measure this library's instead.")
@click.option("--write", "folder", type=click.Path(path_type=Path), help="A folder for certificates.")
@click.option("--missing", is_flag=True, help="Leave out what the certificates in that folder have already.")
@json_option
@click.pass_context
def certify(
    context: click.Context,
    /,
    names: tuple[str, ...],
    everything: bool,
    dtypes: tuple[str, ...],
    folder: Path | None,
    missing: bool,
    jobs: int,
    as_json: bool,
    **options: Any,
) -> None:
    """Measure the errors of activations over all inputs, in units in the last place.

    The exact values are those of the textbook formula, by ball arithmetic. An interrupted measurement goes on
    where it stopped. The exit code is 1 where something fails outright: a NaN, an infinity, a sign, or an
    order of two results that the exact values have not.
    """
    if bool(names) == everything:
        raise click.UsageError("Give names of activations, or --all.")
    if missing and folder is None:
        raise click.UsageError("--missing needs the folder of --write.")
    _need_flint()
    from numact.accuracy.figures import has_failed
    from numact.accuracy.request import Request

    settings = list(_settings(given_parameters(context)))
    requests = [
        Request(spec, dtype, setting, **_renamed(options))
        for spec in _specs(names, options["peer"])
        for dtype in dtypes
        for setting in settings
    ]
    made = list(measured(requests, jobs, folder, missing, show=not as_json))
    if as_json:
        print_json(made)
    if options["peer"] is None and any(has_failed(found) for each in made for found in each["results"]):
        sys.exit(1)


@click.command()
@click.argument("folder", type=_FOLDER, default="certificates")
@click.option("--markdown", is_flag=True, help="Print the table for the documentation.")
@json_option
def certificates(folder: Path, markdown: bool, as_json: bool) -> None:
    """Show the greatest errors by the certificates in FOLDER."""
    _need_flint()
    from numact.accuracy.certificate import read_all
    from numact.accuracy.overview import COLUMNS, markdown_table, rows

    made = list(read_all(folder))
    if as_json:
        print_json(made)
    elif markdown:
        click.echo(markdown_table(made))
    else:
        console().print(table("Greatest errors in units in the last place", COLUMNS, rows(made)))


def _need_flint() -> None:
    try:
        import flint  # noqa: F401
    except ModuleNotFoundError:
        raise click.ClickException("exact values need python-flint: pip install 'numact[certify]'") from None


def _specs(names: Sequence[str], peer: str | None) -> list[Activation]:
    if names:
        return [registry.get_spec(name) for name in names]
    from numact.accuracy.request import can_be_measured

    found = [entry.activation for entry in registry.entries() if can_be_measured(entry.activation, peer)]
    return found


def _settings(given: Mapping[str, Sequence[Any]]) -> Iterator[dict[str, Any]]:
    """Yield every combination of the values given for the parameters."""
    for values in product(*given.values()):
        yield dict(zip(given, values, strict=True))


def _renamed(options: Mapping[str, Any]) -> dict[str, Any]:
    names = {"derivative": "derivatives", "points": "searched"}
    return {names.get(name, name): value for name, value in options.items()}


def measured(
    requests: Sequence[Request], processes: int, folder: Path | None, missing: bool, show: bool
) -> Iterator[dict[str, Any]]:
    """Do the requests one after the other; each that is finished is written at once, and shown in the end."""
    from numact.accuracy import run
    from numact.accuracy.certificate import certificate, certified, write, write_peer

    jobs = [request.jobs() for request in requests]
    if missing and folder is not None:
        have = partial(certified, folder)
        jobs = [
            [job for job in each if have(request.spec, job) is None]
            for request, each in zip(requests, jobs, strict=True)
        ]
    finished: list[Any] = []
    with progress(sum(len(job.parts()) for each in jobs for job in each)) as advance:
        for request, asked in zip(requests, jobs, strict=True):
            if not asked:
                continue
            results = [found for _, found in run.run(asked, processes, advance)]
            made = certificate(request.spec, request.dtype, results)
            if folder is not None and request.peer is None:
                write(folder, made)
            elif folder is not None and request.peer is not None:
                write_peer(folder, request.spec, request.dtype, request.peer, results)
            run.forget(asked)
            finished.append(_table(made, request.peer))
            yield made
    for each in finished if show else ():
        console().print(each)


def _table(made: Mapping[str, Any], peer: str | None) -> Table:
    rows = [_cells(found) for found in made["results"]]
    by = "" if peer is None else f" by {peer}"
    return table(f"{made['activation']} {made['dtype']}{by}", _COLUMNS, rows, numbers_from=2)


def _cells(found: Mapping[str, Any]) -> list[str]:
    at, got = found["at"] or {}, found["got"] or {}
    failures = {kind: failure["count"] for kind, failure in found["failures"].items() if failure["count"]}
    return [
        found["of"],
        ", ".join(f"{name}={value:g}" for name, value in found["parameters"].items()),
        _ulp(found["max_ulp"]),
        f"{at.get('decimal')} ({at.get('hex')})",
        str(got.get("decimal")),
        str(found["expected"]),
        f"{found['correctly_rounded']:.4%} of {found['points']:,}",
        _ulp(found["subnormal"]["max_ulp"]),
        ", ".join(f"{count:,} {kind}" for kind, count in failures.items()) or "none",
    ]


def _ulp(value: Any) -> str:
    return f"{value:.4f}" if isinstance(value, float) else str(value or "-")
