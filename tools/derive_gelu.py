"""Derive the rational function of gelu's slope in `numact/activations/gelu.py`, and print it.

The slope for x <= 0 is exp(-a*a/2) (R - a)*H(a) with a = -x and R its root; H is smooth and positive. With
``--check`` nothing is printed, and the script fails if the module holds other numbers.
"""

from __future__ import annotations

import rational
from derive_coefficients import half_line, relative
from mpmath import mp, mpf
from remez import Exchange, Fit

from numact.activations.gelu import SLOPE_DENOMINATOR, SLOPE_NUMERATOR

DEGREES = 4, 4
END = 20  # the slope, even times the largest float32, is 0 as one from there on


def mills(a: mpf) -> mpf:
    """Compute exp(a*a/2)*erfc(a/sqrt(2))/2."""
    return mp.exp(a * a / 2) * mp.erfc(a / mp.sqrt(2)) / 2


def difference(a: mpf) -> mpf:
    """Compute what exp(-a*a/2) multiplies in the slope."""
    return mills(a) - a / mp.sqrt(2 * mp.pi)


def solve() -> Fit:
    """Find the quotient of smallest relative error."""
    root = mp.findroot(difference, mpf("0.75"))

    def smooth(a: mpf) -> mpf:
        if abs(a - root) < mpf(10) ** -20:
            return -mp.diff(difference, root)
        return difference(a) / (root - a)

    return Exchange(half_line(2, mpf(END)), smooth, relative(smooth), *DEGREES).solve()


if __name__ == "__main__":
    rational.run(__doc__, solve, 0, (SLOPE_NUMERATOR, SLOPE_DENOMINATOR), "SLOPE_")
