"""The points of a curve: values and derivatives as numact computes them, cut where there is a kink."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numact.pictures.subjects import Subject

Array = NDArray[np.float64]

_POINTS = 1200
_USUAL = 4.0
_MARGIN = 2.0
_FARTHEST_KINK = 10.0
# A derivative's sides differ by more than this where it jumps.
_JUMP = 1e-6


@dataclass(frozen=True)
class Kink:
    """A place without a derivative: the value there, and the limits from the left and the right."""

    x: float
    at: float
    left: float
    right: float

    @property
    def jumps(self) -> bool:
        """Whether the two sides differ."""
        return not math.isclose(self.left, self.right, rel_tol=_JUMP, abs_tol=_JUMP)


@dataclass(frozen=True)
class Curve:
    """One line: NaN separates its pieces."""

    subject: Subject
    x: Array
    y: Array
    kinks: tuple[Kink, ...]
    limits: tuple[float, float]


def window(subjects: Sequence[Subject]) -> tuple[float, float]:
    """Choose the range of x that shows the kinks, those close to 0 at least."""
    places = [kink for subject in subjects for kink in kink_places(subject) if abs(kink) <= _FARTHEST_KINK]
    low, high = min(places, default=0.0), max(places, default=0.0)
    return min(-_USUAL, low - _MARGIN), max(_USUAL, high + _MARGIN)


def kink_places(subject: Subject) -> list[float]:
    """Give the finite kinks of an activation with these parameters, in order."""
    spec = subject.spec
    places = {spec.parsed_bound(kink).value(**subject.numbers) for kink in spec.kinks}
    return sorted(place for place in places if math.isfinite(place))


def curve(subject: Subject, low: float, high: float, derivative: bool, points: int = _POINTS) -> Curve:
    """Compute the line of an activation's value, or of its derivative by x.

    Parameters
    ----------
    subject : Subject
        An elementwise or random activation.
    low, high : float
        The range of x.
    derivative : bool
        Whether to differentiate.
    points : int
        About how many the line has.
    """
    places = [place for place in kink_places(subject) if low < place < high]
    edges = [low, *places, high]
    pieces = [_piece(edges[i], edges[i + 1], points / (high - low)) for i in range(len(edges) - 1)]
    x = np.concatenate([part for piece in pieces for part in (piece, [np.nan])])
    compute = subject.function.derivative if derivative else subject.function
    kinks = []
    for place in places:
        left, right = math.nextafter(place, -math.inf), math.nextafter(place, math.inf)
        kinks.append(Kink(place, *np.asarray(compute(np.array([place, left, right]))).tolist()))
    return Curve(subject, x, np.asarray(compute(x)), tuple(kinks), _limits(subject, derivative))


def _piece(low: float, high: float, density: float) -> Array:
    count = max(2, round(density * (high - low)))
    return np.linspace(math.nextafter(low, math.inf), math.nextafter(high, -math.inf), count)


def _limits(subject: Subject, derivative: bool) -> tuple[float, float]:
    stated = subject.spec.derivative_limits if derivative else subject.spec.limits
    if stated is None:
        return (math.nan, math.nan)
    low, high = (_number(subject, bound) for bound in stated)
    return low, high


def _number(subject: Subject, bound: Any) -> float:
    return math.nan if bound is None else subject.spec.parsed_bound(bound).value(**subject.numbers)


def band(subject: Subject, x: Array) -> tuple[Array, Array]:
    """Give the values of a random activation's textbook formula at both ends of its random number's range."""
    formula = subject.spec.parsed_formula()
    ends = [
        np.array([formula.value(**subject.numbers, x=float(each), u=u) for each in x]) for u in (0.0, 1.0)
    ]
    return np.minimum(*ends), np.maximum(*ends)
