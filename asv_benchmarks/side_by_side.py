"""Compare numact with other libraries side by side, cell by cell.

``python asv_benchmarks/side_by_side.py tanh gelu --sizes 1e5 --threads 1`` times each activation, role, dtype
and size against the peers that are installed: one process for each number of threads, limited to as many
processors, where all take turns on the same arrays. Figures are medians; ratios are above 1 where numact is
faster. "out" writes to an array that is there, "in place" to the input, "vjp" is the gradient from the input;
where a library's backward pass starts from a saved output, "value and vjp" compares both passes together.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from numact import registry
from numact.benchmarks.comparison import Plan, Record
from numact.benchmarks.peers import PEERS
from numact.benchmarks.problems import ROLES
from numact.benchmarks.processes import compare
from numact.benchmarks.report import conclusion, line

# Rows short and long, many and few, along both axes.
ROW_SHAPES = ("1x50257", "32x50257", "1000x1000", "100000x10", "50257x32@0", "1000x1000@0", "10x100000@0")


def shape(text: str) -> tuple[tuple[int, ...], int]:
    """Read "1000x10" or, for another axis than the last, "1000x10@0"."""
    sides, _, axis = text.partition("@")
    return tuple(int(side) for side in sides.split("x")), int(axis or -1)


def size(text: str) -> int:
    return int(float(text))


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("names", nargs="*", help="activations; all by default")
    parser.add_argument("--roles", nargs="+", choices=ROLES, default=ROLES)
    parser.add_argument("--dtypes", nargs="+", default=["float32"], choices=["float16", "float32", "float64"])
    parser.add_argument("--sizes", type=size, nargs="+", default=[1000, 100_000, 10_000_000])
    parser.add_argument("--shapes", type=shape, nargs="*", help="for softmax and its like: 1000x10 or 10x9@0")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--vs", nargs="+", choices=list(PEERS), default=list(PEERS))
    parser.add_argument("--seconds", type=float, default=0.3, help="for each cell, at least")
    parser.add_argument("--target", type=float, default=1.0, help="list the cells below this ratio")
    parser.add_argument("--json", type=Path, help="where to write all figures")
    return parser.parse_args()


def main() -> None:
    """Parse the command line, measure, report the worst cells."""
    chosen = parsed()
    shapes = [shape(text) for text in ROW_SHAPES] if chosen.shapes == [] else chosen.shapes or ()
    names = chosen.names or registry.names()
    plan = Plan(names, chosen.roles, chosen.dtypes, chosen.sizes, shapes, chosen.vs, chosen.seconds)
    for name in chosen.vs:
        if PEERS[name].missing():
            print(f"{name} is left out: pip install {' '.join(PEERS[name].missing())}")
    records: list[Record] = []
    for threads in chosen.threads:
        for record in compare(plan, threads):
            records.append(record)
            print(line(record), flush=True)
    if chosen.json:
        chosen.json.write_text(json.dumps([record.as_json() for record in records], indent=1) + "\n")
    print("\n".join(conclusion(records, chosen.target)))


if __name__ == "__main__":
    main()
