"""Records kept in a file as they are measured, so that an interrupted run goes on where it was."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from numact.benchmarks.comparison import Record
from numact.errors import NumactError

_DIGITS = 4
_AND = " and "
# What has to be the same for figures of two runs to stand on one page.
_SAME = ("processor", "processors", "system", "python", "versions")


class Journal:
    """A file with a line of JSON for the machine, one for each record, and others.

    Parameters
    ----------
    path : Path
        The file; it need not exist.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def begin(self, machine: Mapping[str, Any]) -> None:
        """Start anew.

        Parameters
        ----------
        machine : mapping
            What `machine.describe` gave.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text("")
        self.add("machine", machine)

    def resume(self, machine: Mapping[str, Any]) -> None:
        """Go on with what is in the file; figures of several commits stand side by side then, and are named.

        Parameters
        ----------
        machine : mapping
            What `machine.describe` gave.

        Raises
        ------
        NumactError
            If that was measured on another machine or with other versions.
        """
        before = self.kept().get("machine")
        if before is None:
            return self.begin(machine)
        differing = [key for key in _SAME if rounded(machine[key]) != before[key]]
        if differing:
            raise NumactError(f"{self._path} is of another {' and '.join(differing)}: it cannot be resumed")
        self._end_line()
        commits = dict.fromkeys([*before.get("commit", "").split(_AND), machine.get("commit", "")])
        return self.add("machine", {**machine, "commit": _AND.join(filter(None, commits))})

    def _end_line(self) -> None:
        """Let what is written next begin a line, also where the run was ended in the midst of one."""
        if not self._path.read_text(encoding="utf-8").endswith("\n"):
            with self._path.open("a", encoding="utf-8") as file:
                file.write("\n")

    def add(self, kind: str, value: Any) -> None:
        """Write a line.

        Parameters
        ----------
        kind : str
            ``record``, or the name of a thing of which there is one; the last one counts.
        value : object
            JSON can hold it.
        """
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({kind: rounded(value)}) + "\n")

    def add_record(self, record: Record) -> None:
        """Write a record."""
        self.add("record", compact(record))

    def kept(self) -> dict[str, Any]:
        """Give all that is in the file: things by name, ``records`` as a list without repetitions."""
        found: dict[str, Any] = {}
        records: dict[str, Any] = {}
        for kind, value in self._lines():
            if kind == "record":
                records[json.dumps([value["cell"], value["threads"]])] = value
            else:
                found[kind] = value
        return {**found, "records": list(records.values())}

    def _lines(self) -> Iterable[tuple[str, Any]]:
        if not self._path.exists():
            return
        for line in self._path.read_text(encoding="utf-8").splitlines():
            try:
                yield from json.loads(line).items()
            except json.JSONDecodeError:  # the line that was being written when the run was ended
                continue


def compact(record: Record) -> dict[str, Any]:
    """Give a record as JSON in few words: timings as lists, and no defaults."""
    written = asdict(record)
    cell = {key: value for key, value in written["cell"].items() if key in ("name", "role", "dtype", "size")}
    if record.cell.shape is not None:
        cell |= {"shape": list(record.cell.shape), "axis": record.cell.axis}
    times = {name: list(timing.values()) for name, timing in written["times"].items()}
    return {**written, "cell": cell, "times": times, "refused": list(record.refused)}


def write(kept: Mapping[str, Any], path: Path) -> None:
    """Write JSON with a record a line, which version control can compare.

    Parameters
    ----------
    kept : mapping
        ``records`` and others.
    path : Path
        The file.
    """
    records = ",\n".join(json.dumps(each, separators=(",", ":")) for each in kept["records"])
    rest = {key: value for key, value in kept.items() if key != "records"}
    path.write_text(json.dumps({**rest, "records": []})[:-2] + f"\n{records}\n]}}\n", encoding="utf-8")


def rounded(value: Any) -> Any:
    """Keep no more digits than mean something."""
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}")
    if isinstance(value, Mapping):
        return {key: rounded(part) for key, part in value.items()}
    return [rounded(part) for part in value] if isinstance(value, (list, tuple)) else value
