"""A comparison on a number of threads runs in a process of its own, which has as many processors."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Generator
from dataclasses import asdict
from typing import TYPE_CHECKING

from numact.engine.threads import SPIN_COUNT
from numact.errors import NumactError

if TYPE_CHECKING:
    from numact.benchmarks.comparison import Plan, Record

_ERROR = "error"


def limit_to(threads: int) -> None:
    """Limit this process to so many processors; before the libraries are imported, which count them.

    Parameters
    ----------
    threads : int
        From 1 to the number of processors there are.
    """
    os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "NUMBA_NUM_THREADS"), str(threads)))
    # The idle threads of one library would keep those of the next from their processors.
    os.environ.setdefault("GOMP_SPINCOUNT", SPIN_COUNT)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])


def compare(plan: Plan, threads: int) -> Generator[Record, None, None]:
    """Measure a plan in a process of so many processors.

    Parameters
    ----------
    plan : Plan
        What to measure.
    threads : int
        From 1 to the number of processors there are.

    Yields
    ------
    Record
        As soon as it is measured.

    Raises
    ------
    NumactError
        If the process fails: with its own words where they are for users, else it has written why to standard
        error.
    """
    from numact.benchmarks.comparison import Record

    command = [sys.executable, "-m", __name__, json.dumps({"plan": asdict(plan), "threads": threads})]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                value = json.loads(line)
                if _ERROR in value:
                    raise NumactError(value[_ERROR])
                yield Record.from_json(value)
        except BaseException:  # also where the caller wants no more
            process.terminate()
            raise
    if process.returncode:
        raise NumactError(f"the measuring process ended with exit code {process.returncode}")


def main() -> None:
    """Measure the plan on the command line and print each record as a line of JSON."""
    task = json.loads(sys.argv[1])
    limit_to(task["threads"])
    from numact.benchmarks.comparison import Plan, run

    try:
        for record in run(Plan(**task["plan"]), task["threads"]):
            print(json.dumps(record.as_json()), flush=True)
    except NumactError as error:
        print(json.dumps({_ERROR: str(error)}), flush=True)
        raise SystemExit(1) from error


if __name__ == "__main__":
    main()
