"""Derive the polynomials of plugins/numact-modern, and print them.

Each is the one whose largest relative error is smallest, found by Remez's exchange algorithm at high
precision. With ``--check`` nothing is printed, and the script fails if the package, which must be installed,
holds other numbers.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

from mpmath import mp, mpf
from remez import Exchange, Function, cosine_grid

DIGITS = 70
NEAR_ZERO = mpf(10) ** -14  # stands for 0 where a function divides by its argument


def about_root(derivative: Function, guess: float, left: float, right: float, degree: int) -> tuple[Any, ...]:
    """Give a derivative's root, what its float64 lacks, and the derivative by the distance from there."""
    root = mp.findroot(derivative, guess, tol=mpf(10) ** -100)

    def quotient(distance: mpf) -> mpf:
        near = abs(distance) < NEAR_ZERO
        return mp.diff(derivative, root) if near else derivative(root + distance) / distance

    grid = cosine_grid(mpf(left), mpf(right))
    fit = Exchange(grid, quotient, lambda distance: 1 / abs(quotient(distance)), degree).solve()
    return float(root), float(root - mpf(float(root))), tuple(map(float, fit.numerator))


def in_square(function: Function, weight: Function, end: mpf, degree: int) -> tuple[float, ...]:
    """Give the polynomial of a function of x**2 up to an end."""
    fit = Exchange([max(s, NEAR_ZERO) for s in cosine_grid(mpf(0), end)], function, weight, degree).solve()
    return tuple(map(float, fit.numerator))


def tanhexp_slope(x: mpf) -> mpf:
    """Give the derivative of x*tanh(exp(x))."""
    w = mp.exp(x)
    return mp.tanh(w) + x * w * mp.sech(w) ** 2


def serf_slope(x: mpf) -> mpf:
    """Give the derivative of x*erf(log(1 + exp(x)))."""
    p = mp.log1p(mp.exp(x))
    return mp.erf(p) + x * 2 / mp.sqrt(mp.pi) * mp.exp(-p * p) / (1 + mp.exp(-x))


def logcosh_part(s: mpf) -> mpf:
    """Give (1 - 2 log(cosh(x))/x**2)/x**2 for s = x**2."""
    return (1 - 2 * mp.log(mp.cosh(mp.sqrt(s))) / s) / s


def squared_sine(s: mpf) -> mpf:
    """Give sin(r)**2/r**2 for s = r**2."""
    return mp.sin(mp.sqrt(s)) ** 2 / s


def scaled_tail(q: mpf) -> mpf:
    """Give the normal distribution's upper tail by exp(-a*a/2)*t at t = 1/(1 + a/4) = (1 - q)/2."""
    t = (1 - q) / 2
    a = 4 * (1 / t - 1)
    return mp.exp(a * a / 2) * mp.erfc(a / mp.sqrt(2)) / (2 * t)


def laplace_numbers() -> dict[str, Any]:
    """Give the polynomial of `scaled_tail` to a = 40, the first coefficients in two parts."""
    grid = cosine_grid(mpf(-1), 1 - mpf(2) / 11)
    fit = Exchange(grid, scaled_tail, lambda q: 1 / scaled_tail(q), 23).solve().numerator
    rests = tuple(float(value - mpf(float(value))) for value in fit[:4])
    values = tuple(map(float, fit))
    return {"LEADING": values[:4], "LEADING_RESTS": rests, "FOLLOWING": values[4:]}


def derive() -> dict[str, Callable[[], dict[str, Any]]]:
    """Tell, for each module, how to make its numbers."""

    def root(*arguments: Any) -> Callable[[], dict[str, Any]]:
        return lambda: dict(zip(("ROOT", "ROOT_REST", "SERIES"), about_root(*arguments), strict=True))

    end = (mp.pi / 2) ** 2 * (1 + mpf(2) ** -8)
    return {
        "tanhexp": root(tanhexp_slope, -1.08, -0.5, 0.8, 23),
        "serf": root(serf_slope, -1.1, -0.95, 1.0, 24),
        "laplace": laplace_numbers,
        "logcosh": lambda: {"SERIES": in_square(logcosh_part, lambda s: s, mpf(1), 13)},
        "snake": lambda: {"SQUARED_SINE": in_square(squared_sine, lambda s: 1 / squared_sine(s), end, 6)},
    }


def main() -> int:
    """Print the numbers or check the modules."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare with the modules")
    checks = parser.parse_args().check
    mp.dps = DIGITS
    wrong = 0
    for module, numbers in derive().items():
        for name, value in numbers().items():
            if not checks:
                print(f"{module}.{name} = {value}")
            elif getattr(import_module(f"numact_modern.{module}"), name) != value:
                print(f"numact_modern.{module}.{name} should be {value}", file=sys.stderr)
                wrong += 1
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
