"""The command that compiles kernels ahead of their first use."""

from __future__ import annotations

import time

import click

from numact import api, registry
from numact.arrays import FLOATING
from numact.cli.console import console, json_option, print_json, progress, table
from numact.cli.names import ActivationName


@click.command(short_help="Compile kernels ahead of their first use.")
@click.argument("names", nargs=-1, type=ActivationName())
@click.option(
    "--dtype",
    "dtypes",
    multiple=True,
    type=click.Choice(FLOATING),
    help="Of the arrays to come; may be given several times. [default: float32, float64]",
)
@json_option
def warmup(names: tuple[str, ...], dtypes: tuple[str, ...], as_json: bool) -> None:
    """Compile the activations NAMES, all unless named, and keep their kernels on disk.

    No later call of any process waits for a compilation then.
    """
    chosen = names or registry.names()
    for name in chosen:
        registry.get_spec(name)
    wanted = tuple(dict.fromkeys(dtypes)) or ("float32", "float64")
    seconds = {}
    with progress(len(chosen)) as advance:
        for name in chosen:
            advance(f"compiling {name}", 0)
            start = time.perf_counter()
            api.warmup(name, wanted)
            seconds[name] = time.perf_counter() - start
            advance(f"compiled {name}", 1)
    if as_json:
        print_json({"dtypes": wanted, "seconds": seconds})
        return
    rows = [(name, f"{time_taken:.2f}") for name, time_taken in seconds.items()]
    console().print(table(f"Ready for {', '.join(wanted)}", ("activation", "seconds"), rows))
