"""What became worse from one commit to another."""

from __future__ import annotations

import math
from dataclasses import dataclass

from numact.dashboard.results import LESS_IS_BETTER, Benchmark, Case, Values


@dataclass(frozen=True)
class Change:
    """One case at two commits.

    Attributes
    ----------
    case : Case
        What was measured.
    unit : str
        Of both values.
    before, after : float
        Values at the earlier and the later commit.
    """

    case: Case
    unit: str
    before: float
    after: float

    @property
    def factor(self) -> float:
        """How many times the former value the later one is."""
        return self.after / self.before if self.before > 0 else math.inf

    def __str__(self) -> str:
        return f"{self.factor:.2f}x  {self.case}  {self.before:.4g} -> {self.after:.4g} {self.unit}"


def changes(benchmarks: dict[str, Benchmark], before: Values, after: Values) -> list[Change]:
    """Compare all that was measured at both commits and of which less is better.

    Parameters
    ----------
    benchmarks : dict of str to Benchmark
        By name.
    before, after : mapping of Case to Value
        At the earlier and the later commit.

    Returns
    -------
    list of Change
        The greatest factor first.
    """
    found = []
    for case, value in after.items():
        benchmark = benchmarks.get(case.benchmark)
        if benchmark is not None and benchmark.unit in LESS_IS_BETTER and case in before:
            found.append(Change(case, benchmark.unit, before[case].value, value.value))
    return sorted(found, key=lambda change: change.factor, reverse=True)
