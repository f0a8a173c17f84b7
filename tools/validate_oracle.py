"""Hold the oracle's fast readings against ball arithmetic, at a million and more stratified points.

python tools/validate_oracle.py [--points N] [--seed N]

The points are shared out among all registered activations with a formula, values and derivatives, float32 and
float64. Prints the greatest distance by what the oracle says it may be off: more than 1 is a mistake. A
part of these points is in the test suite.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

import numpy as np

from numact import registry
from numact.accuracy import points, settings
from numact.accuracy.measure import Question
from numact.accuracy.ulp import FLOAT32, FLOAT64


def questions() -> Iterator[Question]:
    """Give every value and derivative that has a formula."""
    for entry in registry.entries():
        spec = entry.activation
        if spec.kind not in ("elementwise", "random"):
            continue
        for form in (FLOAT32, FLOAT64):
            for wrt in (None, *spec.differentiable):
                yield Question(spec, form, settings.default(spec), wrt)


def validate(question: Question, count: int, seed: int = 0) -> tuple[int, float]:
    """Compare both readings of one formula.

    Parameters
    ----------
    question : Question
        Which.
    count : int
        Points to draw, at least five.
    seed : int
        Of the random numbers.

    Returns
    -------
    int, float
        Points that both know, and the greatest distance in units of the bounds on it; infinite where ball
        arithmetic has no value at a point that the fast reading claims to know, or another sign.
    """
    x = points.finite(points.stratified(question.form, count, seed))
    fast, slow = question.exact(x), question.exact(x, by_balls=True)
    known = fast.is_known
    if not slow.is_known[known].all():
        return len(x), np.inf
    # Values beyond the range of the pairs are infinite in both.
    finite = known & np.isfinite(fast.hi)
    if (fast.hi != slow.hi)[known & ~finite].any():
        return len(x), np.inf
    fast_hi, fast_lo, slow_hi, slow_lo = (each[finite] for each in (fast.hi, fast.lo, slow.hi, slow.lo))
    away = np.abs((fast_hi - slow_hi) + (fast_lo - slow_lo))
    bound = (fast.error + slow.error)[finite]
    signs = (fast.sign * slow.sign)[known]
    if (signs < 0).any() or (away[bound == 0] > 0).any():
        return len(x), np.inf
    ratios = away[bound > 0] / bound[bound > 0]
    return int(np.count_nonzero(known)), float(ratios.max(initial=0.0))


def main() -> None:
    """Print a line for every formula."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    asked = list(questions())
    # A little more than the share: points that happen to be infinite do not count.
    share = options.points // len(asked) * 21 // 20 + 5
    total, worst = 0, 0.0
    for question in asked:
        count, ratio = validate(question, share, options.seed)
        total, worst = total + count, max(worst, ratio)
        print(f"{question}: {count:,} points, at most {ratio:.3f} of the bound", flush=True)
    print(f"{total:,} points; the greatest distance is {worst:.3f} of its bound")
    sys.exit(worst > 1)


if __name__ == "__main__":
    main()
