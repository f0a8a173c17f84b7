"""Measure everything, and write the page of results in the documentation.

``python asv_benchmarks/results.py`` compares every activation in every role, float32 and float64, 1 thousand
to 10 million elements, on one and on two threads, with the peers that are installed: ``pip install
'numact[peers]'``. Two idle processors take about an hour; ``--hours`` ends it sooner, with the cells measured
until then, and ``--page`` only writes the page anew.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from numact import registry
from numact.benchmarks import machine
from numact.benchmarks.comparison import Plan, Record
from numact.benchmarks.page import page
from numact.benchmarks.peers import PEERS
from numact.benchmarks.problems import ROLES
from numact.benchmarks.processes import compare
from numact.benchmarks.report import conclusion, line
from numact.benchmarks.starts import first_results, small_calls

DOCS = Path(__file__).parents[1] / "docs"
KEPT, PAGE = DOCS / "benchmarks.json", DOCS / "explanation" / "results.md"
DIGITS = 4
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


def plans(names: tuple[str, ...], seconds: float) -> Iterator[Plan]:
    """Yield what is measured; the cheap and telling first."""
    dtypes = ("float32", "float64")
    for size in (100_000, 1000, 10_000_000):
        yield Plan(names, ROLES, dtypes, (size,), seconds=seconds)
    along = [name for name in names if registry.get_spec(name).kind == "axis"]
    yield Plan(along, ROLES, dtypes, shapes=ROWS, seconds=seconds)


def measured(names: tuple[str, ...], threads: list[int], seconds: float, hours: float) -> Iterator[Record]:
    """Measure until the time is over."""
    end = time.monotonic() + 3600 * hours
    for plan in plans(names, seconds):
        for number in threads:
            for record in compare(plan, number):
                print(line(record), flush=True)
                yield record
                if time.monotonic() > end:
                    print("The time is over.")
                    return


def rounded(value: Any) -> Any:
    """Keep no more digits than mean something."""
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    if isinstance(value, dict):
        return {key: rounded(part) for key, part in value.items()}
    return [rounded(part) for part in value] if isinstance(value, (list, tuple)) else value


def write(kept: dict[str, Any], path: Path) -> None:
    """Write JSON with a record a line, which version control can compare."""
    records = ",\n".join(json.dumps(each) for each in kept["records"])
    rest = {key: value for key, value in kept.items() if key != "records"}
    path.write_text(json.dumps({**rest, "records": []})[:-2] + f"\n{records}\n]}}\n", encoding="utf-8")


def main() -> None:
    """Parse the command line, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("names", nargs="*", help="activations; all by default")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--seconds", type=float, default=0.15, help="for each cell, at least")
    parser.add_argument("--hours", type=float, default=1.5, help="at most")
    parser.add_argument("--kept", type=Path, default=KEPT, help="where all figures are kept as JSON")
    parser.add_argument(
        "--page", action="store_true", help="measure nothing, write the page from the figures"
    )
    parser.add_argument("--output", type=Path, default=PAGE, help="the page")
    chosen = parser.parse_args()
    if not chosen.page:
        starts = first_results()
        calls = {call: asdict(timing) for call, timing in small_calls().items()}
        names = tuple(chosen.names) or registry.names()
        records = list(measured(names, chosen.threads, chosen.seconds, chosen.hours))
        kept = {"machine": machine.describe(PEERS), "starts": starts, "calls": calls}
        write({**rounded(kept), "records": [rounded(each.as_json()) for each in records]}, chosen.kept)
        print("\n".join(conclusion(records)))
    kept = json.loads(chosen.kept.read_text(encoding="utf-8"))
    chosen.output.write_text(page(kept, "python asv_benchmarks/results.py"), encoding="utf-8")
    print(f"Wrote {chosen.output}")


if __name__ == "__main__":
    main()
