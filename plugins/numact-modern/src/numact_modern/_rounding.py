"""Operations on float64 numbers that come with what rounding took from them."""

from __future__ import annotations

from typing import Any

from numact.scalar import fma, product_error, where


def known(rest: Any) -> Any:
    """Give what a rounded product lacks; 0 where the product is infinite."""
    return where(abs(rest) < 1, rest, 0)


def square_rest(x: Any, rest: Any) -> Any:
    """Give what x*x lacks of (x + rest)**2."""
    return fma(2 * x, rest, product_error(x, x))


def quotient(a: Any, a_rest: Any, b: Any, b_rest: Any) -> Any:
    """Compute (a + a_rest)/(b + b_rest) for finite numbers, rounded once but for little."""
    inverse = 1 / b
    result = a * inverse
    remainder = ((a - result * b) - product_error(result, b)) + (a_rest - result * b_rest)
    return fma(remainder, inverse, result)
