"""The command that trains a network with any activation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click
from rich.table import Table

from numact import moments, registry, training
from numact.cli.console import console, json_option, print_json, progress, table
from numact.cli.parameters import ActivationCommand, given_parameters
from numact.examples import example_parameters
from numact.moments import Moments
from numact.training import Epoch, Result


@click.command(
    short_help="Train a small network with an activation.", cls=ActivationCommand, default_activation="selu"
)
@click.option("--all", "every", is_flag=True, help="Train with every elementwise activation.")
@click.option("--depth", type=click.IntRange(1), default=20, show_default=True, help="Rows of selu's table.")
@click.option("--epochs", type=click.IntRange(1), default=25, show_default=True)
@click.option("--batch", type=click.IntRange(1), default=64, show_default=True, help="Images per step.")
@click.option("--rate", type=click.FloatRange(0, min_open=True), default=2e-3, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@json_option
@click.pass_context
def train(
    context: click.Context, /, name: str | None, every: bool, depth: int, as_json: bool, **options: Any
) -> None:
    """
    Train a small network on handwritten digits with the activation NAME, selu unless named.

    The activation's own parameters are given as options: numact train elu --alpha 0.5.
    """
    if every and name:
        raise click.UsageError("--all takes neither an activation nor its parameters.")
    chosen = {name or "selu": given_parameters(context)}
    if every:
        specs = map(registry.get_spec, registry.names())
        chosen = {spec.name: {} for spec in specs if training.trainable(spec)}
    results = _train_each(chosen, options)
    depths = moments.customary_moments(depth, options["seed"]) if every or "selu" in chosen else []
    if as_json:
        print_json({"networks": [_as_dict(result) for result in results], "layers": list(map(vars, depths))})
        return
    screen = console()
    if not every:
        screen.print(_epoch_table(results[0]))
    screen.print(_result_table(results))
    for result in results:
        if result.learned:
            screen.print(_learned_table(result))
    if depths:
        screen.print(_moment_table(depths))


def _train_each(chosen: dict[str, dict[str, Any]], options: dict[str, Any]) -> list[Result]:
    results = []
    with progress(len(chosen) * options["epochs"]) as advance:
        for name, given in chosen.items():
            advance(name, 0)
            params = {**example_parameters(registry.get_spec(name)), **given}
            results.append(training.train(name, params, after_epoch=_reporter(name, advance), **options))
    return results


def _reporter(name: str, advance: Callable[[str, int], None]) -> Callable[[Epoch], None]:
    return lambda epoch: advance(f"{name}: loss {epoch.loss:.4f}, test accuracy {epoch.accuracy:.1%}", 1)


def _epoch_table(result: Result) -> Table:
    epochs = result.epochs
    shown = [epoch for epoch in epochs if epoch.number % 5 == 0 or epoch in (epochs[0], epochs[-1])]
    rows = [(str(epoch.number), f"{epoch.loss:.4f}", f"{epoch.accuracy:.1%}") for epoch in shown]
    return table(f"Learning with {result.name}", ("epoch", "training loss", "test accuracy"), rows, 0)


def _result_table(results: list[Result]) -> Table:
    rows = [
        (
            result.name,
            ", ".join(f"{name}={value}" for name, value in result.parameters.items()),
            f"{result.gain:.3f}",
            f"{result.loss:.4f}",
            f"{result.accuracy:.1%}",
            f"{result.seconds:.1f}",
        )
        for result in results
    ]
    columns = ("activation", "parameters", "gain", "training loss", "test accuracy", "seconds")
    return table("A network of two hidden layers on the handwritten digits", columns, rows, numbers_from=2)


def _learned_table(result: Result) -> Table:
    rows = [
        (name, *(f"{value:.3f}" for value in (values.min(), values.mean(), values.max(), values.std())))
        for name, values in result.learned.items()
    ]
    columns = ("learned by " + result.name, "least", "mean", "greatest", "deviation")
    return table(f"Parameters that {result.name} learned, one per unit", columns, rows)


def _moment_table(depths: list[Moments]) -> Table:
    columns = ["layer"]
    for each in depths:
        columns += [f"{each.name} mean", f"{each.name} variance"]
    rows = []
    for layer in range(len(depths[0].means)):
        cells = [str(layer + 1)]
        for each in depths:
            cells += [f"{each.means[layer]:+.3f}", f"{each.variances[layer]:.3f}"]
        rows.append(cells)
    title = "Outputs of every layer before training: " + ", ".join(
        f"{each.name} with {each.initialisation} weights" for each in depths
    )
    return table(title, columns, rows, numbers_from=0)


def _as_dict(result: Result) -> dict[str, Any]:
    return {
        "name": result.name,
        "parameters": dict(result.parameters),
        "gain": result.gain,
        "epochs": [vars(epoch) for epoch in result.epochs],
        "accuracy": result.accuracy,
        "loss": result.loss,
        "seconds": result.seconds,
        "learned": {name: values.tolist() for name, values in result.learned.items()},
    }
