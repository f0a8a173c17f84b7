"""The group that holds the commands: errors in one sentence, exit codes, the near spelling of a command."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

import click

from numact.errors import (
    DTypeError,
    NumactError,
    NumactWarning,
    OutputError,
    PluginError,
    ShapeError,
    UnknownActivationError,
    did_you_mean,
)

# What the command was given to work on is at fault; otherwise the command itself is.
_FAILURES = (PluginError, DTypeError, ShapeError, OutputError)


class NumactGroup(click.Group):
    """Tells numact's errors in their one sentence: exit code 2 for a wrong command, 1 for a failure."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; numact's warnings become lines on standard error."""
        with _warnings_as_lines():
            try:
                return super().invoke(ctx)
            except click.NoSuchOption as error:
                hint = did_you_mean(error.option_name, error.possibilities or ())
                raise click.UsageError(f"No such option {error.option_name!r}{hint}", error.ctx) from error
            except NumactError as error:
                failed = isinstance(error, _FAILURES) and not isinstance(error, UnknownActivationError)
                raise (click.ClickException if failed else click.UsageError)(str(error)) from error

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the arguments begin with."""
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-") and not ctx.resilient_parsing:
            ctx.fail(f"No such command {name!r}{did_you_mean(name, self.commands)}")
        return super().resolve_command(ctx, args)


@contextmanager
def _warnings_as_lines() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("default", NumactWarning)
        show = warnings.showwarning

        def show_line(
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: TextIO | None = None,
            line: str | None = None,
        ) -> None:
            if issubclass(category, NumactWarning):
                print(f"Warning: {message}", file=sys.stderr)
            else:
                show(message, category, filename, lineno, file, line)

        warnings.showwarning = show_line
        yield
