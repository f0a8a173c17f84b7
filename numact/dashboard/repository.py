"""The project's git repository: commits and their worktrees."""

from __future__ import annotations

import subprocess
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from numact.errors import NumactError


@dataclass(frozen=True)
class Commit:
    """One commit."""

    revision: str
    """Its full name."""

    date: str
    subject: str

    @property
    def short(self) -> str:
        """Its name as people write it."""
        return self.revision[:8]


@dataclass(frozen=True)
class Project:
    """A package in a git repository.

    Parameters
    ----------
    folder : Path
        Where its ``pyproject.toml`` is.
    """

    folder: Path

    def __post_init__(self) -> None:
        """Refuse what is no package."""
        if not (self.folder / "pyproject.toml").is_file():
            raise NumactError(f"{str(self.folder)!r} has no pyproject.toml: dashboards are of a package")

    @property
    def top(self) -> Path:
        """The repository's folder."""
        return Path(self._git("rev-parse", "--show-toplevel"))

    @property
    def within(self) -> Path:
        """Where in the repository the package is."""
        return self.folder.resolve().relative_to(self.top.resolve())

    @property
    def name(self) -> str:
        """What the package is called."""
        read = tomllib.loads((self.folder / "pyproject.toml").read_text(encoding="utf-8"))
        return str(read.get("project", {}).get("name", self.folder.resolve().name))

    def commit(self, name: str) -> Commit:
        """Look up a commit by any of git's names for it."""
        try:
            shown = self._git("log", "-1", "--format=%H%x00%cs%x00%s", name, "--")
        except NumactError as error:
            raise NumactError(f"{name!r} is no commit here: {error}") from error
        return Commit(*shown.split("\0"))

    def last_commits(self) -> list[Commit]:
        """Look up the current commit and its predecessor, or the one commit that there is."""
        revisions = self._git("rev-list", "--max-count=2", "--first-parent", "HEAD").split()
        return [self.commit(revision) for revision in reversed(revisions)]

    @contextmanager
    def worktree(self, commit: Commit, folder: Path) -> Iterator[Path]:
        """Check a commit out into a worktree, which is removed on leaving."""
        self._git("worktree", "prune")
        self._git("worktree", "add", "--detach", "--force", str(folder), commit.revision)
        try:
            yield folder
        finally:
            self._git("worktree", "remove", "--force", str(folder))

    def _git(self, *arguments: str) -> str:
        command = ["git", "-C", str(self.folder), *arguments]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=True)
        except FileNotFoundError as error:
            raise NumactError("dashboards need git, which is not installed") from error
        except subprocess.CalledProcessError as error:
            raise NumactError(f"git {' '.join(arguments)}: {error.stderr.strip()}") from error
        return done.stdout.strip()
