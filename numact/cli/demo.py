"""The command that measures every activation on real input."""

from __future__ import annotations

import os

import click
import numpy as np

from numact import demo, digits, registry
from numact.cli.console import console, json_option, print_json, progress, table
from numact.cli.names import ActivationName
from numact.demo import Row

_LEGEND = """\
ns: time per element in the fastest of many calls, on one thread and as numact chooses of {cores} processors.
GB/s and x NumPy: by the lesser of both; NumPy {numpy} computes the textbook formula.
worst ULP: the greatest error, in units in the last place, among {sample} values compared with mpmath's."""


@click.command("demo", short_help="Measure activations on handwritten digits.")
@click.argument("names", nargs=-1, type=ActivationName())
@json_option
def demo_command(names: tuple[str, ...], as_json: bool) -> None:
    """Measure the activations NAMES, all unless named, on handwritten digits: speed, and exactness.

    The input is what a hidden layer of 256 units gets from 1,797 images, float32.
    """
    specs = [registry.get_spec(name) for name in names or registry.names()]
    x = digits.hidden_layer()
    rows: list[Row] = []
    with progress(2 * len(specs)) as advance:
        for spec in specs:
            advance(f"compiling {spec.name}", 0)
            demo.compile_kernel(spec, x)
            advance(f"compiled {spec.name}", 1)
        for spec in specs:
            advance(f"measuring {spec.name}", 0)
            rows.append(demo.measure(spec, x))
            advance(f"measured {spec.name}", 1)
    if as_json:
        print_json({"shape": x.shape, "dtype": str(x.dtype), "activations": [vars(row) for row in rows]})
        return
    screen = console()
    columns = ("activation", "parameters", "ns, 1 thread", "ns, threads", "GB/s", "x NumPy", "worst ULP")
    title = f"Handwritten digits, a hidden layer's inputs: {x.shape[0]} x {x.shape[1]} {x.dtype}"
    screen.print(table(title, columns, [_cells(row) for row in rows], numbers_from=2))
    screen.print(_LEGEND.format(cores=os.cpu_count(), numpy=np.__version__, sample=demo.SAMPLE))
    if any(row.times_faster is None for row in rows):
        screen.print("No comparison where NumPy lacks a function (erf is SciPy's: pip install scipy).")


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.name,
        ", ".join(f"{name}={value}" for name, value in row.parameters.items()),
        f"{row.nanoseconds_one_thread:.3f}",
        f"{row.nanoseconds:.3f}",
        f"{row.gigabytes_per_second:.1f}",
        "-" if row.times_faster is None else f"{row.times_faster:.1f}",
        "-" if row.worst_ulp is None else f"{row.worst_ulp:.3f}",
    )
