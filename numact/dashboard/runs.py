"""asv run on each commit, in the commit's own environment, with the same benchmarks for all."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from numact.benchmarks import suite
from numact.dashboard.environments import clean_variables, make_environment, python_of
from numact.dashboard.repository import Commit, Project
from numact.errors import NumactError

MACHINE = "here"
"""What asv calls this machine: results of one folder are of one machine."""


class Runs:
    """The runs of a project's benchmarks that are kept in one folder.

    Parameters
    ----------
    project : Project
        Whose commits to time.
    folder : Path
        Where worktrees, environments, results and pages are kept.
    report : callable
        Takes a line about what is being done.
    """

    def __init__(self, project: Project, folder: Path, report: Callable[[str], None] = print) -> None:
        self.project = project
        self.folder = folder.resolve()
        self._report = report

    @property
    def results(self) -> Path:
        """Where asv writes the results."""
        return self.folder / "results"

    def run(self, commits: Sequence[Commit], benchmarks: Sequence[str] = (), quick: bool = False) -> None:
        """Time commits.

        Parameters
        ----------
        commits : sequence of Commit
            Each of them.
        benchmarks : sequence of str
            Regular expressions for names with parameters, such as ``activations.selu``; all unless given.
        quick : bool
            Whether to take a single sample of everything.

        Raises
        ------
        NumactError
            If a commit cannot be checked out, installed or timed.
        """
        self._prepare(commits)
        self._asv("machine", "--yes", "--machine", MACHINE)
        for commit in commits:
            self._report(f"{commit.short} {commit.subject}")
            python = self._environment(commit)
            options = ["--python", str(python), "--set-commit-hash", commit.revision, "--machine", MACHINE]
            options += ["--no-pull"]
            options += [f"--bench={pattern}" for pattern in benchmarks]
            if quick:
                options += [
                    f"--attribute={each}" for each in ("repeat=3", "number=1", "rounds=1", "warmup_time=0")
                ]
            self.tell_failures(self._asv("run", *options))
            if not any(self.results.rglob(f"{commit.short}*.json")):
                raise NumactError(f"asv kept no result for {commit.short}: no benchmark has such a name")

    def publish(self, folder: Path) -> None:
        """Have asv make its own pages in a folder; a browser needs the internet to show them."""
        self._asv("publish", "--no-pull", "--html-dir", str(folder))

    def _prepare(self, commits: Sequence[Commit]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / ".gitignore").write_text("*\n", encoding="utf-8")
        here = Path(suite.__path__[0])
        shutil.copytree(
            here, self.folder / "suite", dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__")
        )
        settings = {
            "version": 1,
            "project": self.project.name,
            "repo": str(self.project.top),
            "dvcs": "git",
            "branches": [commit.revision for commit in commits],
            "environment_type": "existing",
            "benchmark_dir": "suite",
            "results_dir": "results",
            "html_dir": "html/asv",
        }
        self._settings.write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")

    @property
    def _settings(self) -> Path:
        return self.folder / "asv.conf.json"

    def _environment(self, commit: Commit) -> Path:
        environment = self.folder / "environments" / commit.short
        python = python_of(environment)
        if python is None:
            with self.project.worktree(commit, self.folder / "worktree") as worktree:
                python = make_environment(environment, worktree / self.project.within)
        # asv takes results of another Python for another graph: so every commit's has the same path.
        link = self.folder / "environment"
        link.unlink(missing_ok=True)
        link.symlink_to(environment, target_is_directory=True)
        return link / python.relative_to(environment)

    def tell_failures(self, output: str) -> None:
        """Report the benchmarks that failed, of which there are no results.

        Parameters
        ----------
        output : str
            What asv wrote while it ran.
        """
        for line in output.splitlines():
            if line.endswith("failed"):
                self._report(" ".join(re.sub(r"^\[.*?\]|·", "", line).split()))

    def _asv(self, command: str, *options: str) -> str:
        # asv keeps what it knows of the machine in the home folder: here that is the dashboard's own.
        home = {"HOME": str(self.folder), "USERPROFILE": str(self.folder)}
        cache = {"NUMACT_CACHE_DIR": str(self.folder / "cache")}
        done = subprocess.run(
            [sys.executable, "-m", "asv", command, "--config", str(self._settings), *options],
            cwd=self.folder,
            env=clean_variables(**home, **cache),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if "No benchmarks selected" in done.stdout:
            patterns = [option.partition("=")[2] for option in options if option.startswith("--bench=")]
            raise NumactError(f"no benchmark has a name such as {' or '.join(map(repr, patterns))}")
        # asv ends with 2 where a benchmark failed.
        if done.returncode not in (0, 2):
            raise NumactError(f"asv {command} failed: {done.stdout.strip()[-2000:]}")
        return done.stdout
