"""Polynomials, as several activations need them."""

from __future__ import annotations

from typing import Any

from numact.scalar import fma


def horner(x: Any, coefficients: Any) -> Any:
    """Evaluate a polynomial, lowest power first."""
    total = coefficients[-1]
    for coefficient in coefficients[-2::-1]:
        total = fma(total, x, coefficient)
    return total


def twelve_and_more(x: Any, coefficients: Any) -> Any:
    """Evaluate a long polynomial in two parts: one loop of so many turns would stay a loop when compiled."""
    square = x * x
    fourth = square * square
    return fma(fourth * fourth * fourth, horner(x, coefficients[12:]), horner(x, coefficients[:12]))
