"""What the checks of an activation found: data, and one readable text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

Status = Literal["passed", "warned", "failed"]


@dataclass(frozen=True)
class Example:
    """The worst input that a check found.

    Parameters
    ----------
    inputs : mapping
        Values of x (or a and b) and of the parameters.
    computed, expected : float
        What came out, and what ought to.
    """

    inputs: Mapping[str, float]
    computed: float
    expected: float

    @property
    def place(self) -> str:
        """The input, in words."""
        return ", ".join(f"{name} = {shown(value)}" for name, value in self.inputs.items())

    def lines(self) -> Iterator[str]:
        """Yield the lines that show it."""
        yield f"worst input  {self.place}"
        yield f"computed     {self.computed!r}"
        yield f"expected     {self.expected!r}"


def shown(value: Any) -> str:
    """Show a number exactly: a float that is not short in hexadecimal too."""
    text = repr(value)
    is_long = isinstance(value, float) and len(text) > 8 and value - value == 0
    return f"{text} ({value.hex()})" if is_long else text


class Problem(Exception):
    """What a check raises where an activation breaks a promise.

    Parameters
    ----------
    message : str
        One sentence, with what to do about it.
    example : Example, optional
        The worst input.
    """

    def __init__(self, message: str, example: Example | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.example = example


class Doubt(Problem):
    """A problem that a third party may live with: a warning, and a failure only in strict checks."""


@dataclass(frozen=True)
class Outcome:
    """What one check found.

    Parameters
    ----------
    check : str
        Its name.
    status : {"passed", "warned", "failed"}
        The verdict.
    message : str
        What is wrong; of a check that passed, what it measured.
    example : Example, optional
        The worst input.
    """

    check: str
    status: Status
    message: str = ""
    example: Example | None = None

    def lines(self) -> Iterator[str]:
        """Yield the lines that tell it."""
        line = f"{self.status:<7} {self.check}" + (f": {self.message}" if self.message else "")
        if self.example is None:
            yield line
        elif self.status == "passed":
            yield f"{line}, at {self.example.place}"
        else:
            yield line
            yield from (f"        {line}" for line in self.example.lines())


@dataclass(frozen=True)
class Report:
    """What all checks of one activation found.

    Parameters
    ----------
    activation : str
        Name of the activation.
    checks : tuple of Outcome
        One for each check that ran, in their order.
    """

    activation: str
    checks: tuple[Outcome, ...]

    @property
    def passed(self) -> bool:
        """Whether no check failed; warnings do not count."""
        return not self.failures

    @property
    def failures(self) -> tuple[Outcome, ...]:
        """The checks that failed."""
        return self._with_status("failed")

    @property
    def warnings(self) -> tuple[Outcome, ...]:
        """The checks that found something to warn of."""
        return self._with_status("warned")

    def as_dict(self) -> dict[str, Any]:
        """Give everything as plain data, for JSON."""
        return {
            "activation": self.activation,
            "passed": self.passed,
            "counts": self._counts(),
            "checks": [asdict(outcome) for outcome in self.checks],
        }

    def __str__(self) -> str:
        counts = ", ".join(f"{count} {status}" for status, count in self._counts().items())
        told = [
            *self.failures,
            *self.warnings,
            *(each for each in self._with_status("passed") if each.message),
        ]
        lines = [f"{self.activation}: {len(self.checks)} checks, {counts}"]
        return "\n".join([*lines, *(line for outcome in told for line in outcome.lines())])

    def _with_status(self, status: Status) -> tuple[Outcome, ...]:
        return tuple(outcome for outcome in self.checks if outcome.status == status)

    def _counts(self) -> dict[str, int]:
        found = Counter(outcome.status for outcome in self.checks)
        return {status: found[status] for status in ("passed", "warned", "failed")}
