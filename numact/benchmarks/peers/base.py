"""What every peer is."""

from __future__ import annotations

import importlib.util
from abc import ABC, abstractmethod
from importlib import metadata
from typing import ClassVar

from numact.benchmarks.problems import Problem, Role
from numact.benchmarks.timer import Contender


class Peer(ABC):
    """Another library, limited to a number of threads.

    Parameters
    ----------
    threads : int
        How many it may use.
    """

    name: ClassVar[str]
    """What users call it."""

    packages: ClassVar[tuple[str, ...]]
    """The distributions that it takes; each is imported by its own name."""

    saves_output: ClassVar[bool] = False
    """Whether some of its backward passes start from a saved output, in place of the input."""

    def __init__(self, threads: int) -> None:
        self.threads = threads

    @classmethod
    def missing(cls) -> tuple[str, ...]:
        """Name the packages that are not installed."""
        return tuple(package for package in cls.packages if importlib.util.find_spec(package) is None)

    @classmethod
    def versions(cls) -> dict[str, str]:
        """Give the versions of the packages."""
        return {package: metadata.version(package) for package in cls.packages}

    @abstractmethod
    def contender(self, problem: Problem, role: Role) -> Contender | None:
        """Give the peer's best call for a role, or None where it has none.

        Parameters
        ----------
        problem : Problem
            What to compute.
        role : str
            One of `problems.ROLES`.
        """
