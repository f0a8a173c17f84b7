"""One check: a name, and a function that raises where an activation breaks a promise."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from numact.errors import NumactWarning, one_line
from numact.spec import Activation
from numact.testing.report import Doubt, Example, Outcome, Problem
from numact.testing.subject import Subject

Finding = tuple[str, Example | None] | None
"""What a check that passed has measured: a text, perhaps with the worst input."""


class CheckFailure(AssertionError):
    """A check that failed, as pytest shows it."""


class CheckWarning(NumactWarning):
    """A check that found what a third party's activation may live with."""


@dataclass(frozen=True)
class Check:
    """One check of one activation.

    Parameters
    ----------
    name : str
        Short, unique for an activation: ``value-float32``.
    function : callable
        Called with a `Subject` and the arguments; raises `Problem`, or gives what it measured.
    arguments : tuple
        What follows the subject.
    strict : bool
        Whether doubts count as failures.
    """

    name: str
    function: Callable[..., Finding]
    arguments: tuple[Any, ...] = ()
    strict: bool = False

    def outcome(self, activation: Activation) -> Outcome:
        """Run the check, whatever happens in it."""
        subject = Subject(activation, self.strict)
        try:
            found = self.function(subject, *self.arguments)
        except Doubt as doubt:
            return Outcome(self.name, "failed" if self.strict else "warned", doubt.message, doubt.example)
        except Problem as problem:
            return Outcome(self.name, "failed", problem.message, problem.example)
        except Exception as error:
            # Whatever else an activation raises is its failure, and no reason to leave out other checks.
            return Outcome(self.name, "failed", one_line(error))
        message, example = found or ("", None)
        return Outcome(self.name, "passed", message, example)

    def __call__(self, activation: Activation) -> None:
        """Run the check as a test.

        Raises
        ------
        CheckFailure
            If it fails.
        """
        outcome = self.outcome(activation)
        text = "\n".join([f"{activation.name}: {outcome.message}", *_example_lines(outcome)])
        if outcome.status == "failed":
            raise CheckFailure(text)
        if outcome.status == "warned":
            warnings.warn(text, CheckWarning, stacklevel=2)

    def __repr__(self) -> str:
        return self.name


def _example_lines(outcome: Outcome) -> list[str]:
    return [] if outcome.example is None else list(outcome.example.lines())
