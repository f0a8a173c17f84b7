"""Derive the rational function of `numact/activations/tanhshrink.py`, and print it.

It is the one whose largest relative error is smallest, found by Remez's exchange algorithm at high precision.
With ``--check`` nothing is printed, and the script fails if the module holds other numbers.
"""

from __future__ import annotations

import argparse
import sys

from mpmath import mp, mpf
from remez import Exchange, cosine_grid

from numact.activations.tanhshrink import DENOMINATOR, END, NUMERATOR

DIGITS = 60
DEGREE = 4
NEAR_ZERO = mpf(10) ** -10  # from here down the ratio is 1/3 - 2s/15 to working precision


def ratio(s: mpf) -> mpf:
    """Compute (x - tanh(x))/x**3 at x = sqrt(s)."""
    if s < NEAR_ZERO:
        return mpf(1) / 3 - 2 * s / 15
    x = mp.sqrt(s)
    return (x - mp.tanh(x)) / x**3


def derive() -> tuple[tuple[float, ...], tuple[float, ...], float]:
    """Return numerator and denominator, the latter ending with 1, and the relative error."""
    points = [x * x for x in cosine_grid(mpf(0), mpf(END))]
    fit = Exchange(points, ratio, lambda s: 1 / ratio(s), DEGREE, DEGREE).solve()
    leading = fit.denominator[-1]
    numerator = tuple(float(value / leading) for value in fit.numerator)
    return numerator, tuple(float(value / leading) for value in fit.denominator), float(fit.error)


def main() -> int:
    """Print the function or check the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare with the module")
    checks = parser.parse_args().check
    mp.dps = DIGITS
    numerator, denominator, error = derive()
    if checks:
        return int((numerator, denominator) != (NUMERATOR, DENOMINATOR))
    print(f"END = {END}\nNUMERATOR = {numerator}\nDENOMINATOR = {denominator}")
    print(f"# relative error 2**{float(mp.log(error, 2)):.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
