"""What the scripts that derive one rational function have in common: to print it, or to check a module's."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from mpmath import mp
from remez import Fit

DIGITS = 60

Quotient = tuple[tuple[float, ...], tuple[float, ...]]


def scaled(fit: Fit, place: int) -> Quotient:
    """Give numerator and denominator, the latter with a coefficient of 1 at a place."""
    by = fit.denominator[place]
    numerator, denominator = (
        tuple(float(value / by) for value in values) for values in (fit.numerator, fit.denominator)
    )
    return numerator, denominator


def run(
    description: str | None, solve: Callable[[], Fit], place: int, known: Quotient, prefix: str = ""
) -> None:
    """Print the quotient under the module's names; with ``--check`` end with 1 if the module's is another."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--check", action="store_true", help="compare with the module")
    checks = parser.parse_args().check
    mp.dps = DIGITS
    fit = solve()
    numerator, denominator = scaled(fit, place)
    if checks:
        sys.exit(int((numerator, denominator) != known))
    print(f"{prefix}NUMERATOR = {numerator}\n{prefix}DENOMINATOR = {denominator}")
    print(f"# relative error 2**{float(mp.log(fit.error, 2)):.1f}")
