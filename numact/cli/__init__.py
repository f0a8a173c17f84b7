"""The command line: one file per group of commands, one group to hold them."""

from __future__ import annotations

from typing import Any

import click

import numact
from numact.cli.demo import demo_command
from numact.cli.listing import list_activations, show
from numact.cli.plot import plot
from numact.cli.train import train
from numact.errors import NumactError, PluginError, UnknownActivationError


class _Group(click.Group):
    """Tells numact's errors in their one sentence: exit code 2 for a wrong command, 1 for a broken plugin."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except NumactError as error:
            broken = isinstance(error, PluginError) and not isinstance(error, UnknownActivationError)
            raise (click.ClickException if broken else click.UsageError)(str(error)) from error


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(numact.__version__, prog_name="numact")
def group() -> None:
    """Activation functions for NumPy arrays, compiled by Numba, open to plugins."""


for _command in (list_activations, show, demo_command, train, plot):
    group.add_command(_command)


def run() -> None:
    """Run the command line on this process's arguments."""
    group(prog_name="numact")
