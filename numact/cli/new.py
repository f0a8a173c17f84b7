"""The command that begins a plugin package."""

from __future__ import annotations

import importlib.util
import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from numact import registry
from numact.cli.console import json_option, print_json
from numact.cli.declared import declared_param
from numact.cli.package import LICENSES, Draft
from numact.errors import AmbiguousActivationError, PluginError, SpecError, UnknownActivationError
from numact.spec import Activation


@click.command(short_help="Write a plugin package from a formula.")
@click.argument("name")
@click.option(
    "--formula",
    required=True,
    help="The textbook expression in x and the parameters; gated: in a and b; axis: in x_i and sum_j f(x_j).",
)
@click.option(
    "--param",
    "params",
    multiple=True,
    metavar="NAME[=DEFAULT]",
    help="A parameter, with bounds as in c=1:low=0:high=9:closed=neither:exclude=2:doc='Half the width.'",
)
@click.option(
    "--kind",
    type=click.Choice(["elementwise", "gated", "axis"]),
    default="elementwise",
    show_default=True,
    help="Whether it maps a number, two numbers, or a row along an axis.",
)
@click.option("--summary", help="One sentence, from a capital to a full stop.")
@click.option("--alias", "aliases", multiple=True, help="Another name.")
@click.option("--reference", "references", multiple=True, help="Where the definition comes from.")
@click.option("--author", help="Whom the licence names.")
@click.option("--license", type=click.Choice(LICENSES), default="MIT", show_default=True)
@click.option(
    "--out",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=".",
    help="Where the package's folder is made; the current folder unless named.",
)
@json_option
def new(name: str, params: tuple[str, ...], out: Path, as_json: bool, **options: Any) -> None:
    """Write a package that adds the activation NAME to numact, ready to be installed, tested and published.

    numact new softclip --formula "x / sqrt(1 + (x / c)**2)" --param c=1

    Nothing is written if the name is taken, the formula or a parameter does not do, or the folder exists.
    """
    options["summary"] = _sentence(options["summary"] or f"The activation {name}.")
    options["author"] = " ".join((options["author"] or f"the authors of numact-{name}").split())
    draft = Draft(name=name, params=tuple(map(declared_param, params)), **options)
    _refuse_taken(draft)
    folder = out / draft.distribution
    if folder.exists() or folder.is_symlink():
        raise click.UsageError(f"There is a folder {str(folder)!r} already.")
    activation = _with_limits(draft.activation())
    files = draft.files(activation)
    _write(folder, files)
    if as_json:
        print_json({"folder": str(folder), "files": sorted(files), "limits": activation.limits})
    else:
        _tell(folder, files, activation)


def _sentence(text: str) -> str:
    return " ".join(text.split())


def _refuse_taken(draft: Draft) -> None:
    """Refuse names that numact or an installed plugin has, and a module that is there already."""
    for name in (draft.name, *draft.aliases):
        try:
            owner = str(registry.provider(name))
        except (AmbiguousActivationError, PluginError) as error:
            raise SpecError(f"activation name {name!r} is taken: {error}") from error
        except UnknownActivationError:
            continue
        raise SpecError(f"activation name {name!r} is taken by {owner}; choose another")
    if importlib.util.find_spec(draft.module) is not None:
        raise SpecError(f"there is a module {draft.module} already; choose another name")


def _with_limits(activation: Activation) -> Activation:
    try:
        from numact.cli.limits import with_limits
    except ModuleNotFoundError as error:
        raise click.ClickException(f"finding limits needs {error.name}: pip install 'numact[cli]'") from error
    return with_limits(activation)


def _write(folder: Path, files: Mapping[str, str]) -> None:
    """Write all files or none: into a folder beside, which then gets its name."""
    temporary = folder.with_name(f".numact-{secrets.token_hex(8)}")
    try:
        for path, text in files.items():
            target = temporary / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8", newline="\n")
        os.rename(temporary, folder)
    except OSError as error:
        raise click.ClickException(f"cannot write {str(folder)!r}: {error.strerror}") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _tell(folder: Path, files: Mapping[str, str], activation: Activation) -> None:
    click.echo(f"Wrote {folder}:")
    for path in sorted(files):
        click.echo(f"    {path}")
    if activation.limits is not None:
        low, high = activation.limits
        click.echo(f"\nFound the limits {low} at -inf and {high} at inf.")
    click.echo(f'\nGo on with:\n    cd {folder}\n    pip install -e ".[test]"\n    pytest\n    numact list')
