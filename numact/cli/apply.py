"""The command that applies an activation to an array in a file, of any size."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import click
from numpy.typing import NDArray

from numact import registry
from numact.cli.console import json_option, print_json, progress
from numact.cli.jobs import Job, make_job
from numact.cli.npy import new_npy, open_npy
from numact.cli.parameters import ActivationCommand, given_parameters

_BFLOAT16_BYTES = 2
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(
    short_help="Apply an activation to an array in a file of any size.", cls=ActivationCommand, complete=True
)
@click.argument("source", metavar="IN.NPY", type=_FILE)
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="OUT.NPY",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file for the result; an older one is replaced.",
)
@click.option("--gate", metavar="GATE.NPY", type=_FILE, help="Second input of a gated activation.")
@click.option("--bfloat16", is_flag=True, help="The files' items of two bytes are bfloat16.")
@click.option(
    "--memory",
    type=click.IntRange(1),
    metavar="MIB",
    default=256,
    show_default=True,
    help="Mebibytes to work in.",
)
@json_option
@click.pass_context
def apply(
    context: click.Context,
    /,
    name: str,
    source: Path,
    output: Path,
    gate: Path | None,
    bfloat16: bool,
    memory: int,
    as_json: bool,
) -> None:
    """Apply the activation NAME to the array in the file IN.NPY.

    The file may be larger than memory: it is worked through in blocks. The result appears under its name
    once it is whole; before that, and after an error or Ctrl-C, there is none.
    """
    inputs = [_opened(path, bfloat16) for path in (source, gate) if path is not None]
    for path in (source, gate):
        if path is not None and output.exists() and os.path.samefile(path, output):
            raise click.UsageError(f"{str(output)!r} is the input: name another file for the result.")
    start = time.perf_counter()
    job = make_job(registry.get_spec(name), given_parameters(context), inputs, memory << 20)
    with (
        new_npy(output, job.shape, job.dtype, job.fortran_order) as out,
        progress(len(job.blocks)) as advance,
    ):
        for block in job.blocks:
            job.compute(block, out)
            advance(output.name, 1)
    seconds = time.perf_counter() - start
    if as_json:
        print_json(_as_dict(job, source, output, seconds))
    else:
        shape = " x ".join(map(str, job.shape)) or "one number"
        click.echo(f"Wrote {output}: {shape}, {job.dtype}, in {seconds:.2f} s")


def _opened(path: Path, is_bfloat16: bool) -> NDArray[Any]:
    array = open_npy(path)
    if not is_bfloat16:
        if array.dtype.kind == "V" and array.dtype.itemsize == _BFLOAT16_BYTES:
            raise click.ClickException(
                f"{str(path)!r} is of dtype {array.dtype}: pass --bfloat16 if its items are that"
            )
        return array
    try:
        from ml_dtypes import bfloat16
    except ImportError:
        raise click.ClickException("bfloat16 needs ml_dtypes: pip install 'numact[bfloat16]'") from None
    if array.dtype.itemsize != _BFLOAT16_BYTES:
        raise click.UsageError(f"--bfloat16 is for items of two bytes, and {path} is of dtype {array.dtype}.")
    return array.view(bfloat16)


def _as_dict(job: Job, source: Path, output: Path, seconds: float) -> dict[str, Any]:
    return {
        "activation": job.binding.spec.name,
        "parameters": job.binding.values,
        "input": str(source),
        "output": str(output),
        "shape": job.shape,
        "dtype": job.dtype.name,
        "blocks": len(job.blocks),
        "seconds": seconds,
    }
