"""Values and derivatives at the infinities: what the exact values far out tend to."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from numact.accuracy import settings
from numact.accuracy.measure import Question
from numact.accuracy.oracle import exact
from numact.accuracy.ulp import FLOAT64

# Every limit is reached to the last digit at so large numbers, or nowhere; what swings differs among them.
_FAR = np.geomspace(1e300, 1e290, 16)
_LARGE, _SMALL = 1e100, 1e-100


def at_infinities(question: Question) -> tuple[float, float]:
    """Find the limits at -inf and at +inf; NaN where the formula has none, as far as its values tell."""
    spec = question.spec
    numbers = settings.rounded(spec, question.parameters, question.form)
    values = {"x": np.concatenate([-_FAR, _FAR]), **numbers}
    found = exact(spec.parsed_formula(), values, FLOAT64, question.wrt)
    limits = [_limit(float(each)) for each in np.where(found.is_known, found.hi, np.nan)]
    return _agreed(limits[: len(_FAR)]), _agreed(limits[len(_FAR) :])


def _limit(value: float) -> float:
    """Limit that a value far out stands for: 0, infinite, or itself; NaN where there is no value."""
    if abs(value) > _LARGE:
        return math.copysign(math.inf, value)
    return 0.0 if abs(value) < _SMALL else value


def _agreed(limits: Sequence[float]) -> float:
    """Limit that all values stand for: NaN where they tell different ones."""
    return limits[0] if len(set(limits)) == 1 else math.nan
