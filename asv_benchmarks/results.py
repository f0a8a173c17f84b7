"""Measure everything, and write the page of results in the documentation.

``python asv_benchmarks/results.py`` compares every activation in every role, float32 and float64, 1 thousand
to 10 million elements, on one and on two threads, with the peers that are installed: ``pip install
'numact[peers]'``. The most telling comes first; ``--minutes`` ends it sooner, with the cells measured until
then and a word on the page about what lacks. ``--resume`` goes on with a run that was ended; with names, it
measures those anew and keeps the other figures. ``--page`` only writes the page anew.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from numact import registry
from numact.benchmarks import machine
from numact.benchmarks.comparison import Plan, Record
from numact.benchmarks.doubling import DOUBLED, SIZES
from numact.benchmarks.journal import Journal, write
from numact.benchmarks.page import page
from numact.benchmarks.peers import PEERS
from numact.benchmarks.problems import ROLES
from numact.benchmarks.processes import compare
from numact.benchmarks.report import conclusion, line
from numact.benchmarks.roofline import IN_CACHE
from numact.benchmarks.starts import compilations, first_results, small_calls

ROOT = Path(__file__).parents[1]
KEPT, PAGE = ROOT / "docs" / "benchmarks.json", ROOT / "docs" / "explanation" / "results.md"
JOURNAL = ROOT / ".asv" / "results.jsonl"
# Rows short and long, many and few, along both axes.
ROWS = (
    ((1, 50257), -1),
    ((32, 50257), -1),
    ((1000, 1000), -1),
    ((100_000, 10), -1),
    ((50257, 32), 0),
    ((1000, 1000), 0),
    ((10, 100_000), 0),
)
DTYPES = ("float32", "float64")


@dataclass(frozen=True)
class Step:
    """A plan on a number of threads, which one process measures."""

    title: str
    plan: Plan
    threads: int

    def holds(self, record: dict[str, Any]) -> bool:
        """Tell whether a record as JSON is of this step."""
        cell = record["cell"]
        inputs = cell.get("shape") is not None if self.plan.shapes else cell["size"] in self.plan.sizes
        return inputs and cell["dtype"] in self.plan.dtypes and record["threads"] == self.threads


def steps(names: tuple[str, ...], threads: list[int]) -> list[Step]:
    """List what is measured; the quick and telling first."""
    # Activations of rows, and gated ones, have arrays of their own: those of one shape follow each other.
    ordered = sorted(names, key=lambda name: registry.get_spec(name).kind)
    rows = [name for name in ordered if registry.get_spec(name).kind == "axis"]
    in_cache = Plan(ordered, ("out", "vjp", "value and vjp"), DTYPES, (IN_CACHE,), peers=(), seconds=0.05)
    doubled = [name for name in DOUBLED if name in names]
    by_size = Plan(doubled, ("out",), ("float32",), SIZES, peers=(), seconds=0.2)
    by_rows = Plan(rows, ROLES, DTYPES, shapes=ROWS, seconds=0.2, rounds=5, brief=True)

    def elements(size: int, seconds: float, *dtypes: str) -> Plan:
        return Plan(ordered, ROLES, dtypes, (size,), seconds=seconds, rounds=5, brief=True)

    parts = [
        ("100 thousand elements", elements(100_000, 0.12, *DTYPES), threads),
        ("computing in cache", in_cache, [1]),
        *([("rows of softmax", by_rows, threads)] if rows else []),
        *([("twice as many elements", by_size, threads)] if doubled else []),
        ("1 thousand elements", elements(1000, 0.06, *DTYPES), threads),
        *(
            (f"10 million elements of {dtype}", elements(10_000_000, 0.15, dtype), threads)
            for dtype in DTYPES
        ),
    ]
    return [Step(title, plan, number) for title, plan, numbers in parts for number in numbers]


def compile_all(names: tuple[str, ...], processes: int = 2) -> None:
    """Fill the cache of kernels, each process a part of them: compiling is no part of what is timed."""

    def fill(part: int) -> None:
        chosen = names[part::processes]
        for plan in (
            Plan(chosen, ROLES, DTYPES, (10,), peers=(), seconds=0.0, rounds=1),
            Plan(
                chosen, ROLES, DTYPES, shapes=(((10, 10), 0), ((10, 10), -1)), peers=(), seconds=0.0, rounds=1
            ),
        ):
            for _ in compare(plan, 2):
                pass

    with ThreadPoolExecutor(processes) as pool:
        list(pool.map(fill, range(processes)))


def without(step: Step, names: Iterable[str]) -> Step:
    """Leave activations out."""
    left = set(names)
    return replace(
        step, plan=replace(step.plan, names=[name for name in step.plan.names if name not in left])
    )


def measured(todo: list[Step], end: float) -> Iterator[Record | str]:
    """Measure until the time is over; yield records, and the titles of steps that are not complete."""
    for number, step in enumerate(todo, 1):
        heading = f"{step.title}, {step.threads} thread{'s' if step.threads > 1 else ''}"
        if time.monotonic() > end:
            yield heading
            continue
        start = time.monotonic()
        with closing(compare(step.plan, step.threads)) as records:
            for record in records:
                print(line(record), flush=True)
                yield record
                if time.monotonic() > end:
                    yield f"{heading} (in part)"
                    break
        print(f"{number}/{len(todo)} {heading}: {time.monotonic() - start:.0f} s", flush=True)


def done_in(step: Step, kept: dict[str, Any]) -> set[str]:
    """Name the activations that a run before has measured; the one it was at when it ended is not."""
    last = kept["records"][-1:]
    found = {(each["cell"]["name"], each["cell"]["dtype"]) for each in kept["records"] if step.holds(each)}
    found -= {(each["cell"]["name"], each["cell"]["dtype"]) for each in last if step.holds(each)}
    return {name for name, _ in found if all((name, dtype) in found for dtype in step.plan.dtypes)}


def run(chosen: argparse.Namespace, journal: Journal) -> None:
    """Measure what is wanted and lacks."""
    end = time.monotonic() + 60 * chosen.minutes
    described = {**machine.describe(PEERS), "commit": commit()}
    if chosen.resume:
        journal.resume(described)
    else:
        journal.begin(described)
    kept = journal.kept()
    names = tuple(chosen.names) or registry.names()
    todo = steps(names, chosen.threads)
    if not chosen.names:
        todo = [without(step, done_in(step, kept)) for step in todo]
        todo = [step for step in todo if step.plan.names]
    compile_all(names)
    for title, take in (
        ("calls", lambda: {call: asdict(timing) for call, timing in small_calls().items()}),
        ("starts", first_results),
        ("compilations", compilations),
    ):
        if title not in kept:
            journal.add(title, take())
    lacking = list(kept.get("lacking", [])) if chosen.names else []
    try:
        for found in measured(todo, end):
            if isinstance(found, Record):
                journal.add_record(found)
            else:
                lacking.append(found)
    except KeyboardInterrupt:
        lacking.append("what was to come when it was interrupted")
    journal.add("lacking", lacking)


def commit() -> str:
    """Name the commit that is measured, where this is a repository."""
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=8"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def main() -> None:
    """Parse the command line, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("names", nargs="*", help="activations; all by default")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--minutes", type=float, default=90.0, help="at most")
    parser.add_argument("--resume", action="store_true", help="keep the figures of the run before")
    parser.add_argument(
        "--journal", type=Path, default=JOURNAL, help="where figures are kept while measuring"
    )
    parser.add_argument("--kept", type=Path, default=KEPT, help="where all figures are kept as JSON")
    parser.add_argument(
        "--page", action="store_true", help="measure nothing, write the page from the figures"
    )
    parser.add_argument("--output", type=Path, default=PAGE, help="the page")
    chosen = parser.parse_args()
    if not chosen.page:
        journal = Journal(chosen.journal)
        run(chosen, journal)
        kept = journal.kept()
        write(kept, chosen.kept)
        print("\n".join(conclusion([Record.from_json(each) for each in kept["records"]])))
    kept = json.loads(chosen.kept.read_text(encoding="utf-8"))
    chosen.output.write_text(page(kept, "python asv_benchmarks/results.py"), encoding="utf-8")
    print(f"Wrote {chosen.output}")


if __name__ == "__main__":
    main()
