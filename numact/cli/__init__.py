"""The command line: one file per group of commands, one group to hold them."""

from __future__ import annotations

import signal
import sys
from typing import Any

import click

import numact
from numact.cli.apply import apply
from numact.cli.bench import bench
from numact.cli.certify import certificates, certify
from numact.cli.check import check
from numact.cli.dashboard import dashboard, regressions
from numact.cli.demo import demo_command
from numact.cli.doctor import doctor
from numact.cli.group import NumactGroup
from numact.cli.listing import list_activations
from numact.cli.new import new
from numact.cli.plot import plot
from numact.cli.plugins import plugins
from numact.cli.showing import show
from numact.cli.train import train
from numact.cli.warmup import warmup


@click.group(cls=NumactGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(numact.__version__, prog_name="numact")
def group() -> None:
    """Activation functions for NumPy arrays, compiled by Numba, open to plugins."""


for _command in (
    list_activations,
    show,
    plugins,
    new,
    check,
    apply,
    warmup,
    doctor,
    demo_command,
    bench,
    dashboard,
    regressions,
    certify,
    certificates,
    train,
    plot,
):
    group.add_command(_command)


def run() -> None:
    """Run the command line on this process's arguments."""
    signal.signal(signal.SIGTERM, _end)
    group(prog_name="numact")


def _end(number: int, frame: Any) -> None:
    """End as after an error: unfinished files are removed."""
    sys.exit(128 + number)
