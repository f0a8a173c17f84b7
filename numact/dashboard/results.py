"""What asv wrote: values of benchmarks at commits."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from numact.errors import NumactError

LESS_IS_BETTER = ("seconds", "bytes", "ULP")
"""Units of which more is a regression; the other figures depend on what else is installed."""


@dataclass(frozen=True)
class Benchmark:
    """One benchmark, as ``suite`` has it.

    Attributes
    ----------
    name : str
        ``module.subject.method``; the subject of most is an activation.
    parameters : tuple of str
        Names of its parameters.
    unit : str
        Of its values.
    """

    name: str
    parameters: tuple[str, ...]
    unit: str

    @property
    def subject(self) -> str:
        """What is measured: an activation, or a class of another name."""
        return self.name.split(".")[-2]

    @property
    def method(self) -> str:
        """What is measured of it."""
        module, _, method = self.name.split(".")[-3:]
        return f"{module}: {method.partition('_')[2].replace('_', ' ')}"


@dataclass(frozen=True)
class Case:
    """One benchmark with values for its parameters."""

    benchmark: str
    values: tuple[str, ...]

    def __str__(self) -> str:
        return self.benchmark + (f"({', '.join(self.values)})" if self.values else "")


@dataclass(frozen=True)
class Value:
    """What was measured, with the quartiles of the samples where there are several."""

    value: float
    low: float
    high: float


Values = Mapping[Case, Value]


class Results:
    """The results in a folder.

    Parameters
    ----------
    folder : Path
        Where asv wrote them.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def benchmarks(self) -> dict[str, Benchmark]:
        """List the benchmarks that there were at the commit timed last, by name."""
        path = self._folder / "benchmarks.json"
        if not path.is_file():
            raise NumactError(f"nothing has been timed yet in {str(self._folder)!r}")
        listed = json.loads(path.read_text(encoding="utf-8"))
        return {
            name: Benchmark(name, tuple(entry["param_names"]), entry.get("unit") or "")
            for name, entry in listed.items()
            if isinstance(entry, dict)
        }

    def at(self, revision: str) -> Values:
        """Give the values at a commit.

        Raises
        ------
        NumactError
            If it has not been timed.
        """
        found = sorted(self._folder.glob(f"*/{revision[:8]}-*.json"))
        if not found:
            raise NumactError(f"commit {revision[:8]} has not been timed")
        values: dict[Case, Value] = {}
        for path in found:
            values |= dict(_read(json.loads(path.read_text(encoding="utf-8"))))
        return values


def _read(written: Mapping[str, Any]) -> Iterator[tuple[Case, Value]]:
    for name, row in written["results"].items():
        # asv leaves out what is empty at the end of a row.
        entry = dict(zip(written["result_columns"], row, strict=False))
        cases = list(product(*entry.get("params") or []))
        columns = (entry.get(column) or [] for column in ("result", "stats_q_25", "stats_q_75"))
        results, lows, highs = (list(column) + [None] * len(cases) for column in columns)
        for case, result, low, high in zip(cases, results, lows, highs, strict=False):
            if result is not None and not math.isnan(result):
                values = tuple(value.strip("'\"") for value in case)
                quartiles = (result if low is None else low, result if high is None else high)
                yield Case(name, values), Value(float(result), *quartiles)
