"""Doing the parts of many jobs: in several processes, and going on after an interruption."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import numact
from numact.accuracy.figures import AnyJob, Figures, figures
from numact.accuracy.sweep import Part
from numact.accuracy.tally import Tally
from numact.engine import folder

Advance = Callable[[str, int], None]


class Progress:
    """The parts of a job that are done, kept in a file so that they need not be done again.

    Parameters
    ----------
    job : Job or RowJob
        Its key names the file: other kernels, other files.
    """

    def __init__(self, job: AnyJob) -> None:
        self.path = state_folder() / f"{job.key()}.jsonl"
        self.parts: dict[int, Part] = dict(self._saved())

    def add(self, number: int, part: Part) -> None:
        """Keep a part."""
        self.parts[number] = part
        self.path.parent.mkdir(parents=True, exist_ok=True)
        line = {"part": number, "sha256": part.digest, "tally": part.tally.as_dict()}
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def forget(self) -> None:
        """Remove the file."""
        self.path.unlink(missing_ok=True)

    def _saved(self) -> Iterator[tuple[int, Part]]:
        try:
            lines = self.path.read_text(encoding="utf-8").splitlines()
        except OSError:
            return
        for line in lines:
            try:
                saved = json.loads(line)
                yield saved["part"], Part(Tally.of_dict(saved["tally"]), saved["sha256"])
            except (ValueError, KeyError, TypeError):
                continue  # cut short by the interruption


def state_folder() -> Path:
    """Folder of unfinished measurements, in that of the caches, which NUMACT_CACHE_DIR names."""
    return folder.locate() / "certify"


def run(jobs: Sequence[AnyJob], processes: int, advance: Advance) -> Iterator[tuple[AnyJob, Figures]]:
    """Do jobs, one after the other, the parts of each side by side.

    Parameters
    ----------
    jobs : sequence of Job or RowJob
        What to measure.
    processes : int
        How many to start; 1 does all in this one.
    advance : callable
        Is told what is being done, and that a part of it is finished.

    Yields
    ------
    Job, dict
        Each with its figures, in order.
    """
    with _executor(processes) as executor:
        for job in jobs:
            kept = Progress(job)
            advance(str(job), len(kept.parts))
            missing = [number for number in job.parts() if number not in kept.parts]
            for number, part in _done(job, missing, executor):
                kept.add(number, part)
                advance(str(job), 1)
            yield job, figures(job, [kept.parts[number] for number in job.parts()])


def forget(jobs: Sequence[AnyJob]) -> None:
    """Remove what was kept of finished jobs."""
    for job in jobs:
        Progress(job).forget()


def _done(job: AnyJob, numbers: Sequence[int], executor: Executor | None) -> Iterator[tuple[int, Part]]:
    if executor is None:
        for number in numbers:
            yield number, job.do(number)
        return
    futures: dict[Future[Part], int] = {executor.submit(job.do, number): number for number in numbers}
    try:
        for future in as_completed(futures):
            yield futures[future], future.result()
    finally:
        for future in futures:
            future.cancel()


@contextmanager
def _executor(processes: int) -> Iterator[Executor | None]:
    if processes == 1:
        with numact.threads(1):
            yield None
        return
    try:
        yield _pool(processes)
    except BaseException:
        _pool(processes).shutdown(cancel_futures=True)
        _pool.cache_clear()
        raise


@lru_cache(maxsize=1)
def _pool(processes: int) -> ProcessPoolExecutor:
    """Start processes, which stay for the next jobs: they take seconds to start."""
    # Not forked: a child of a process that has run kernels on threads may not run them again.
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(processes, context, initializer=_single_thread)


def _single_thread() -> None:
    numact.threads(1)
