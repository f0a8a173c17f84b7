"""The command that checks activations by the conformance kit."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import click

from numact import hookspecs, plugins, registry
from numact.cli.console import console, json_option, print_json, progress, table
from numact.cli.names import ActivationName
from numact.errors import one_line
from numact.spec import Activation

if TYPE_CHECKING:
    from numact.testing.report import Outcome, Report

_HOOK = hookspecs.numact_activations.__name__


class _NameOrFile(ActivationName):
    name = "name or file"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        """List names, and else the files."""
        found = super().shell_complete(ctx, param, incomplete)
        return found or click.Path().shell_complete(ctx, param, incomplete)


@click.command(short_help="Check activations by the conformance kit.")
@click.argument("targets", nargs=-1, required=True, type=_NameOrFile(), metavar="NAME|FILE...")
@click.option("--strict", is_flag=True, help="Count warnings as failures, as for numact's own activations.")
@json_option
def check(targets: tuple[str, ...], strict: bool, as_json: bool) -> None:
    """Check activations by the conformance kit: by their NAME, or all that a FILE in Python has.

    A file has activations if it has a numact_activations hook, or else Activation objects. Exit code 1 tells
    that a check failed.
    """
    reports = _check([spec for target in targets for spec in _activations(target)], strict)
    if as_json:
        print_json([report.as_dict() for report in reports])
    else:
        _print(reports)
    if not all(report.passed for report in reports):
        raise click.exceptions.Exit(1)


def _check(specs: list[Activation], strict: bool) -> list[Report]:
    try:
        from numact.testing.catalogue import checks_of
        from numact.testing.runner import check_activation
    except ModuleNotFoundError as error:
        raise click.ClickException(f"checks need {error.name}: pip install 'numact[testing]'") from error
    reports = []
    with progress(sum(len(checks_of(spec, strict)) for spec in specs)) as advance:

        def tell(outcome: Outcome) -> None:
            advance(f"{spec.name}: {outcome.check}", 1)

        for spec in specs:
            reports.append(check_activation(spec, strict=strict, on_check=tell))
    return reports


def _print(reports: list[Report]) -> None:
    for report in reports:
        click.echo(f"{report}\n" if len(reports) > 1 else report)
    if len(reports) == 1:
        return
    rows = []
    for report in reports:
        numbers = (len(report.checks), len(report.warnings), len(report.failures))
        verdict = "passed" if report.passed else "failed"
        rows.append([report.activation, verdict, *map(str, numbers)])
    columns = ("activation", "verdict", "checks", "warnings", "failures")
    console().print(table("Conformance", columns, rows, numbers_from=2))


def _activations(target: str) -> list[Activation]:
    if not target.endswith(".py"):
        return [registry.get_spec(target)]
    path = Path(target)
    if not path.is_file():
        raise click.UsageError(f"There is no file {target!r}.")
    module = _imported(path)
    if hasattr(module, _HOOK):
        return list(plugins.collect(module))
    found = {id(value): value for value in vars(module).values() if isinstance(value, Activation)}
    if not found:
        raise click.ClickException(f"{target!r} has neither a {_HOOK} hook nor an Activation")
    return list(found.values())


def _imported(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"checked_{path.stem}", path)
    assert spec is not None and spec.loader is not None  # for the ending .py there is a loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    # What lies beside the file can be imported, as when Python runs it.
    sys.path.insert(0, str(path.parent.resolve()))
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise click.ClickException(f"{str(path)!r} cannot be imported: {one_line(error)}") from error
    finally:
        sys.path.pop(0)
    return module
