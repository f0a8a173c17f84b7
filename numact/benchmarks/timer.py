"""Times of several calls that take turns, so that whatever disturbs the machine disturbs all of them."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Call = Callable[[], Any]

FEWEST_ROUNDS = 7
HOPELESS = 5.0
"""What takes so many times as long as the first contender is sampled less: its place is known."""
_ROUNDS_FOR_ALL = 3
GLANCE = 2e-3
"""Seconds; what is far behind and takes longer than this is not called again where time is short."""
# A sample repeats a short call until it has taken so long, to be far above what reading the clock takes.
_SAMPLE_SECONDS = 1e-3
_MOST_REPEATS = 1000
# Calls that work in place are fed their own results, which drift; so they are soon given their input again.
_MOST_REPEATS_IN_PLACE = 20
# Idle threads spin for less than this before they sleep, on processors that the next call needs.
_PAUSE = 1e-3


def _nothing() -> None:
    """Restore nothing."""


@dataclass(frozen=True)
class Contender:
    """One of the calls to compare.

    Parameters
    ----------
    call : callable
        What is timed; its value is what it computed.
    restore : callable, optional
        Called before every sample, untimed: gives a call that works in place its input again.
    """

    call: Call
    restore: Callable[[], None] = _nothing

    @property
    def works_in_place(self) -> bool:
        """Whether the call changes its own input."""
        return self.restore is not _nothing


@dataclass(frozen=True)
class Timing:
    """How long one call takes, in seconds.

    Attributes
    ----------
    median, low, high : float
        Of the samples: median, lower and upper quartile.
    rounds : int
        How many samples there are.
    """

    median: float
    low: float
    high: float
    rounds: int

    @property
    def spread(self) -> float:
        """Half the distance of the quartiles, as a share of the median."""
        return (self.high - self.low) / (2 * self.median)


def interleave(
    contenders: Mapping[str, Contender],
    seconds: float = 0.5,
    fewest_rounds: int = FEWEST_ROUNDS,
    brief: bool = False,
) -> dict[str, Timing]:
    """Time calls in rounds: each round takes one sample of every call, in an order drawn anew.

    Parameters
    ----------
    contenders : mapping of str to Contender
        The calls, first the one that the others are compared with; each is called before, which compiles it.
        Those that take far longer than the first get few rounds only.
    seconds : float
        How long to go on.
    fewest_rounds : int
        How many rounds to take in any case.
    brief : bool
        Whether all have been called before, and those that are long and far behind at a first glance are
        left at it: their timing is of one sample.

    Returns
    -------
    dict of str to Timing
    """
    glances = {name: _glance(contender, warm=brief) for name, contender in contenders.items()}
    repeats = {name: _repeats(contenders[name], taken) for name, taken in glances.items()}
    limit = max(HOPELESS * next(iter(glances.values())), GLANCE)
    left = {name for name, taken in glances.items() if brief and taken > limit}
    samples: dict[str, list[float]] = {name: [glances[name]] if name in left else [] for name in contenders}
    order = [name for name in contenders if name not in left]
    shuffled = random.Random(0)
    end = time.perf_counter() + seconds
    rounds = 0
    while rounds < fewest_rounds or time.perf_counter() < end:
        shuffled.shuffle(order)
        for name in order:
            samples[name].append(_sample(contenders[name], repeats[name]))
        rounds += 1
        if rounds == _ROUNDS_FOR_ALL:
            order = _near_the_first({name: taken for name, taken in samples.items() if name not in left})
    return {name: _timing(taken) for name, taken in samples.items()}


def _near_the_first(samples: Mapping[str, list[float]]) -> list[str]:
    medians = {name: statistics.median(taken) for name, taken in samples.items()}
    first = next(iter(samples))
    limit = HOPELESS * medians[first]
    return [name for name, median in medians.items() if median <= limit or name == first]


def _glance(contender: Contender, warm: bool) -> float:
    """Return how long one call takes."""
    if not warm:
        contender.call()
    contender.restore()
    start = time.perf_counter()
    contender.call()
    return max(time.perf_counter() - start, 1e-7)


def _repeats(contender: Contender, taken: float) -> int:
    """Choose how often a sample is to repeat a call that takes so long."""
    most = _MOST_REPEATS_IN_PLACE if contender.works_in_place else _MOST_REPEATS
    return max(1, min(most, round(_SAMPLE_SECONDS / taken)))


def _sample(contender: Contender, repeats: int) -> float:
    """Return the time of a call, the mean of so many."""
    call = contender.call
    time.sleep(_PAUSE)
    contender.restore()
    if repeats > 1:
        call()  # wakes the threads and fills the caches
    start = time.perf_counter()
    for _ in range(repeats):
        call()
    return (time.perf_counter() - start) / repeats


def _timing(samples: list[float]) -> Timing:
    if len(samples) == 1:
        return Timing(samples[0], samples[0], samples[0], 1)
    low, median, high = statistics.quantiles(samples, n=4, method="inclusive")
    return Timing(median, low, high, len(samples))
