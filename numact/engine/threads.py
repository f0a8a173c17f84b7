"""How many threads a large array is worked on with, and when a parallel launch is allowed.

No thread is started, and Numba is not imported, before the first parallel launch.  A launch is refused, and
the caller works serially with the same bits, where Numba's threads would end the process: in the child of a
fork whose parent had started them, and, on the workqueue layer, while another Python thread is inside.
"""

from __future__ import annotations

import importlib
import operator
import os
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, overload

from ..errors import NumactWarning, ParameterError
from .quota import available_processors, granted_processors

VARIABLE = "NUMACT_NUM_THREADS"
LIMITING_VARIABLES = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", VARIABLE)
AFFINITY = "processors of this process"
QUOTA = "quota of the container"
NUMBA_MODULE = "numba.np.ufunc.parallel"
# How often a thread of GNU OpenMP looks whether the others are ready before it sleeps, some 0.2 ms. The
# default is 75 times that, time that is lost where another program uses a thread's processor.
SPIN_COUNT = "4000"
SPINNING_VARIABLES = ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")


class _PerThread(threading.local):
    """What each Python thread has for itself: 0 stands for the default."""

    number = 0


_local = _PerThread()


class ThreadLimit:
    """What `threads(n)` returns: as a context, it restores on leaving the number that was in force before."""

    def __init__(self, number: int) -> None:
        self.number = number
        self._former = _local.number
        _local.number = number

    def __enter__(self) -> ThreadLimit:
        _local.number = self.number
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _local.number = self._former

    def __repr__(self) -> str:
        return f"<numact.threads({self.number})>"


@overload
def threads() -> int: ...
@overload
def threads(n: int) -> ThreadLimit: ...
def threads(n: int | None = None) -> int | ThreadLimit:
    """Set, or without an argument return, the number of threads that large arrays are worked on with.

    The number holds for the calling Python thread, from now on or, in a ``with`` statement, inside it.  It is
    the most that is used: small arrays are worked on by one thread, and results never depend on it.

    Parameters
    ----------
    n : int, optional
        From 1 to the size of Numba's pool of threads, which is `NUMBA_NUM_THREADS` or else the number of
        processors.

    Returns
    -------
    int or ThreadLimit
        The number in force when called without an argument, else an object to be used with ``with``.

    Raises
    ------
    ParameterError
        If `n` is not an integer in that range.

    Notes
    -----
    The default is the least of the processors that the process may run on, its container's quota, and
    `NUMBA_NUM_THREADS`, `OMP_NUM_THREADS` and `NUMACT_NUM_THREADS` where these are set.

    Examples
    --------
    >>> import numact
    >>> with numact.threads(1):
    ...     numact.threads()
    1
    """
    if n is None:
        return current_threads()
    most = pool_size()
    try:
        number = operator.index(n)
    except TypeError:
        number = 0
    if not 1 <= number <= most or isinstance(n, bool):
        raise ParameterError(f"threads(n) takes an integer from 1 to {most}, got {n!r}")
    return ThreadLimit(number)


def current_threads() -> int:
    """Return the number of threads in force for this Python thread."""
    return _local.number or default_threads()


@cache
def default_threads(root: Path = Path("/")) -> int:
    """Return the number of threads used where `threads` has set none."""
    return min(limit for limit in limits(root).values() if limit is not None)


def limits(root: Path = Path("/")) -> dict[str, int | None]:
    """Return what limits the default number of threads, by name; None where there is no such limit."""
    found = {AFFINITY: available_processors(), QUOTA: granted_processors(root)}
    return found | {variable: _limit_of(variable) for variable in LIMITING_VARIABLES}


def pool_size() -> int:
    """Return the number of threads that Numba's pool has, or will have once it is started."""
    numba = sys.modules.get("numba")
    size = getattr(getattr(numba, "config", None), "NUMBA_NUM_THREADS", None)
    return size or _limit_of("NUMBA_NUM_THREADS") or available_processors()


def _limit_of(variable: str) -> int | None:
    """Return the positive number an environment variable holds (the first, of OpenMP's list), else None."""
    text = os.environ.get(variable, "").split(",")[0].strip()
    if text.isdecimal() and int(text) > 0:
        return int(text)
    if text and variable == VARIABLE:
        message = f"{VARIABLE} must be a positive integer, got {text!r}: ignored"
        warnings.warn(message, NumactWarning, stacklevel=2)
    return None


def threading_layer() -> tuple[str, str]:
    """Start Numba's threads, and give the name of their layer, or why there is none."""
    parallel: Any = importlib.import_module(NUMBA_MODULE)
    try:
        with _spinning_briefly():
            parallel.get_num_threads()
        return str(parallel.threading_layer()), ""
    except (ValueError, ImportError) as error:
        return "", str(error).splitlines()[0]


@contextmanager
def _spinning_briefly() -> Iterator[None]:
    """Have the OpenMP that is loaded meanwhile wait as `SPIN_COUNT` says, unless the user has said how."""
    if any(variable in os.environ for variable in SPINNING_VARIABLES):
        yield
        return
    os.environ[SPINNING_VARIABLES[0]] = SPIN_COUNT
    try:
        yield
    finally:
        del os.environ[SPINNING_VARIABLES[0]]


class _Pool:
    """Numba's threads as this process knows them."""

    def __init__(self) -> None:
        self.started = False
        self.forbidden = False
        self.size = 1
        # Held around a launch on a layer that bears only one at a time; None on the others.
        self.turn: threading.Lock | None = None
        self.get_number: Any = None
        self.set_number: Any = None

    def start(self) -> bool:
        """Start Numba's threads if need be; tell whether they may be used."""
        if not self.started and not self.forbidden:
            with _start_lock:
                if not self.started:
                    self._start()
        return not self.forbidden

    def _start(self) -> None:
        layer, fault = threading_layer()
        if fault:
            self.forbidden = True
            message = f"Numba has no threads, so numact works with one ({fault})"
            warnings.warn(message, NumactWarning, stacklevel=2)
            return
        parallel: Any = importlib.import_module(NUMBA_MODULE)
        # The public functions take two locks each time; these are what they call when the pool is up.
        self.get_number = getattr(parallel, "_get_num_threads", parallel.get_num_threads)
        self.set_number = getattr(parallel, "_set_num_threads", parallel.set_num_threads)
        self.size = pool_size()
        if layer == "workqueue":
            self.turn = threading.Lock()
        self.started = True


_pool = _Pool()
_start_lock = threading.Lock()


class ParallelRegion:
    """A context around one launch: ``with ParallelRegion(wanted) as number``.

    `number` is how many threads Numba will use for a parallel function called inside; where it is 1, call the
    serial function instead.  On leaving, the number of threads that the user had set for Numba is back.

    Parameters
    ----------
    wanted : int
        The most threads that the work at hand is worth; the number set by `threads` also holds.
    """

    __slots__ = ("_former", "_turn", "_wanted")

    def __init__(self, wanted: int = sys.maxsize) -> None:
        self._wanted = wanted
        self._former = 0
        self._turn: threading.Lock | None = None

    def __enter__(self) -> int:
        number = _local.number or default_threads()
        if number > self._wanted:
            number = self._wanted
        if number <= 1 or not (_pool.started or _pool.start()) or _pool.forbidden:
            return 1
        if number > _pool.size:
            number = _pool.size
        turn = _pool.turn
        if turn is not None:
            if not turn.acquire(blocking=False):
                return 1
            self._turn = turn
        former = _pool.get_number()
        if former != number:
            _pool.set_number(number)
            self._former = former
        return number

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._former:
            _pool.set_number(self._former)
            self._former = 0
        if self._turn is not None:
            self._turn.release()
            self._turn = None


def _after_fork_in_child() -> None:
    """Forbid parallel launches where the parent had started Numba's threads, on our account or its own."""
    global _pool, _start_lock
    parallel = sys.modules.get(NUMBA_MODULE)
    started = _start_lock.locked() or bool(getattr(parallel, "_is_initialized", False))
    forbidden = started or _pool.started or _pool.forbidden
    _start_lock = threading.Lock()  # the parent's may be held by a thread that the child does not have
    _pool = _Pool()
    _pool.forbidden = forbidden


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
