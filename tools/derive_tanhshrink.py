"""Derive the rational function of `numact/activations/tanhshrink.py`, and print it.

It is the one whose largest relative error is smallest, found by Remez's exchange algorithm at high precision.
With ``--check`` nothing is printed, and the script fails if the module holds other numbers.
"""

from __future__ import annotations

import rational
from mpmath import mp, mpf
from remez import Exchange, Fit, cosine_grid

from numact.activations.tanhshrink import DENOMINATOR, END, NUMERATOR

DEGREE = 4
NEAR_ZERO = mpf(10) ** -10  # from here down the ratio is 1/3 - 2s/15 to working precision


def ratio(s: mpf) -> mpf:
    """Compute (x - tanh(x))/x**3 at x = sqrt(s)."""
    if s < NEAR_ZERO:
        return mpf(1) / 3 - 2 * s / 15
    x = mp.sqrt(s)
    return (x - mp.tanh(x)) / x**3


def solve() -> Fit:
    """Find the quotient of smallest relative error."""
    points = [x * x for x in cosine_grid(mpf(0), mpf(END))]
    return Exchange(points, ratio, lambda s: 1 / ratio(s), DEGREE, DEGREE).solve()


if __name__ == "__main__":
    rational.run(__doc__, solve, -1, (NUMERATOR, DENOMINATOR))
