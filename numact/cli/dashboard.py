"""The commands that time commits: a dashboard of them, and a comparison that can fail."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from numact.cli.console import json_option, print_json

if TYPE_CHECKING:
    from numact.dashboard.repository import Commit, Project
    from numact.dashboard.runs import Runs

_FOLDER = Path(".asv", "numact")


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that both commands have."""
    path = click.Path(file_okay=False, path_type=Path)
    for option in (
        click.option(
            "--quick",
            is_flag=True,
            help="Take few samples of everything: to see whether it works, not how fast.",
        ),
        click.option(
            "--bench",
            "patterns",
            multiple=True,
            help="Time only what a regular expression finds, such as 'activations.selu'; repeatable.",
        ),
        click.option(
            "--folder", type=path, help=f"Where results are kept.  [default: {_FOLDER} in the project]"
        ),
        click.option(
            "--project", type=path, default=Path(), help="The package's folder.  [default: this one]"
        ),
    ):
        command = option(command)
    return command


@click.command()
@click.argument("commits", nargs=-1)
@click.option("--serve/--no-serve", default=True, help="Serve the pages until interrupted.")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, help="Where; 0 for any that is free.")
@_options
def dashboard(
    commits: tuple[str, ...],
    serve: bool,
    port: int,
    project: Path,
    folder: Path | None,
    patterns: tuple[str, ...],
    quick: bool,
) -> None:
    """Time COMMITS, the last two unless given, of the package here, and serve pages of the results.

    The package may be numact itself or a plugin. Each commit gets a worktree and an environment of its own,
    which sees what is installed here; nothing is downloaded.
    """
    from numact.dashboard.pages import ASV_PAGES, write_pages
    from numact.dashboard.results import Results

    runs, chosen = _runs(project, folder, commits)
    runs.run(chosen, patterns, quick)
    index = write_pages(runs.folder / "html", runs.project.name, chosen, Results(runs.results))
    runs.publish(index.parent / ASV_PAGES)
    click.echo(f"Wrote {index}")
    if serve:
        _serve(index.parent, port)


@click.command()
@click.argument("before")
@click.argument("after", default="HEAD")
@click.option(
    "--factor", type=click.FloatRange(1.0), default=1.2, show_default=True, help="What is a regression."
)
@click.option("--measured", is_flag=True, help="Time nothing: compare what has been timed before.")
@json_option
@_options
def regressions(
    before: str,
    after: str,
    factor: float,
    measured: bool,
    as_json: bool,
    project: Path,
    folder: Path | None,
    patterns: tuple[str, ...],
    quick: bool,
) -> None:
    """Time the commits BEFORE and AFTER of the package here; fail if anything takes FACTOR times as much.

    Seconds, bytes of memory and errors in ULP are compared. The exit code is 1 if there is a regression.
    """
    from numact.dashboard.regressions import changes
    from numact.dashboard.results import Results

    runs, chosen = _runs(project, folder, (before, after))
    if not measured:
        runs.run(chosen, patterns, quick)
    results = Results(runs.results)
    earlier, later = (results.at(commit.revision) for commit in chosen)
    compared = changes(results.benchmarks(), earlier, later)
    worse = [change for change in compared if change.factor >= factor]
    if as_json:
        found = [{"case": str(change.case), **vars(change), "factor": change.factor} for change in worse]
        print_json({"compared": len(compared), "factor": factor, "regressions": found})
    else:
        for change in worse:
            click.echo(change)
        click.echo(f"{len(worse)} of {len(compared)} cases take {factor:g} times as much or more")
    if worse:
        raise SystemExit(1)


def _runs(project: Path, folder: Path | None, names: tuple[str, ...]) -> tuple[Runs, list[Commit]]:
    from numact.dashboard.repository import Project
    from numact.dashboard.runs import Runs

    chosen: Project = Project(project)
    runs = Runs(chosen, folder or project / _FOLDER, lambda line: click.echo(line, err=True))
    return runs, [chosen.commit(name) for name in names] or chosen.last_commits()


def _serve(folder: Path, port: int) -> None:
    from numact.dashboard.serving import server

    try:
        serving = server(folder, port)
    except OSError as error:
        raise click.ClickException(f"port {port} cannot be used: {error.strerror}") from error
    with serving:
        click.echo(f"Serving http://127.0.0.1:{serving.server_port}/ until interrupted")
        try:
            serving.serve_forever()
        except KeyboardInterrupt:
            click.echo()
