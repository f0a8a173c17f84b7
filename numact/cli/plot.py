"""The command that draws activations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from numact import registry
from numact.cli.parameters import ActivationCommand, given_parameters


@click.command(cls=ActivationCommand, several=True)
@click.option("--derivative", is_flag=True, help="Draw the derivative too.")
@click.option("--x", "x", type=(float, float), metavar="LOW HIGH", help="The range of x.")
@click.option("--figure", "figure_name", help="Draw a lecture's figure; 'list' lists them.")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file; its ending says the format.",
)
@click.pass_context
def plot(
    context: click.Context,
    /,
    names: tuple[str, ...],
    derivative: bool,
    x: tuple[float, float] | None,
    figure_name: str | None,
    output: Path | None,
) -> None:
    """
    Draw the activations NAME... to a file.

    Their own parameters are given as options, repeated for more lines:
    numact plot elu --alpha 0.5 --alpha 2 -o elu.png
    """
    from numact.pictures.figures import FIGURES, figure, summary
    from numact.pictures.plots import plot as draw

    if figure_name == "list":
        width = max(map(len, FIGURES))
        click.echo("\n".join(f"{name:{width}}  {summary(name)}" for name in FIGURES))
        return
    if figure_name is not None:
        if names or derivative or x:
            raise click.UsageError("--figure takes neither activations nor what changes their picture.")
        _write(figure(figure_name), output or Path(f"{figure_name}.png"))
        return
    if not names:
        raise click.UsageError("Name an activation, or a figure with --figure.")
    specs = [registry.get_spec(name) for name in names]
    picture = draw(specs, derivative=derivative, x=x, **given_parameters(context))
    _write(picture, output or Path("-".join(spec.name for spec in specs) + ".png"))


def _write(picture: Any, path: Path) -> None:
    try:
        picture.save(path)
    except OSError as error:
        raise click.ClickException(f"cannot write {str(path)!r}: {error.strerror}") from error
    click.echo(f"Wrote {path}")
