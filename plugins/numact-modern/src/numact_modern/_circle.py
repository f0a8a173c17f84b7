"""Sine and cosine to more than float64, with the argument reduced modulo pi."""

from __future__ import annotations

from math import factorial
from typing import Any

from numact.scalar import product_error, sum_error, where
from numact_modern._polynomials import horner

PI, PI_REST, PI_LAST = 3.141592653589793, 1.2246467991473532e-16, -2.9947698097183397e-33
HALF_PI, HALF_PI_REST = 1.5707963267948966, 6.123233995736766e-17
ONE_OVER_PI = 0.3183098861837907
QUARTER_PI = 0.7853981633974483
SIXTH, SIXTH_REST = 0.16666666666666666, 9.25185853854297e-18
# Adding it, and taking it away again, rounds to an integer.
ROUND_TO_INTEGER = 1.5 * 2**52
# Taylor's series of sin(q) from q**5 on and of cos(q) from q**4 on, in q**2.
SINE = tuple((-1) ** n / factorial(2 * n + 5) for n in range(8))
COSINE = tuple((-1) ** n / factorial(2 * n + 4) for n in range(8))


def nearest(x: Any) -> Any:
    """Round to an integer."""
    return (x + ROUND_TO_INTEGER) - ROUND_TO_INTEGER


def reduced(t: Any, rest: Any, offset: Any) -> Any:
    """Subtract from t + rest the multiple n of pi that leaves least, n + offset being an integer.

    The result is the sum of two numbers, the products and sums that lead to it being exact.
    """
    n = nearest(t * ONE_OVER_PI + offset) - offset
    first, first_rest = n * PI, product_error(n, PI)
    second, second_rest = n * PI_REST, product_error(n, PI_REST)
    a = t - first
    b = a - first_rest
    c = b - second
    d = c + rest
    errors = (sum_error(t, -first) + sum_error(a, -first_rest)) + (sum_error(b, -second) + sum_error(c, rest))
    last = errors - (second_rest + n * PI_LAST)
    return d + last, sum_error(d, last)


def sum_of(great: Any, small: Any) -> Any:
    """Add two numbers: the rounded sum, and what it lacks."""
    total = great + small
    return total, (great - total) + small


def sine(q: Any, rest: Any) -> Any:
    """Compute sin(q + rest) as the sum of two numbers for |q| <= pi/4."""
    square = q * q
    cube = q * square
    square_rest = product_error(q, q) + 2 * q * rest
    cube_rest = product_error(q, square) + (q * square_rest + rest * square)
    bend = cube * SIXTH
    bend_rest = product_error(cube, SIXTH) + (cube_rest * SIXTH + cube * SIXTH_REST)
    leading = q - bend
    return sum_of(
        leading, ((q - leading) - bend) + (rest + (cube * square * horner(square, SINE) - bend_rest))
    )


def cosine(q: Any, rest: Any) -> Any:
    """Compute cos(q + rest) as the sum of two numbers for |q| <= pi/4."""
    square = q * q
    square_rest = product_error(q, q) + 2 * q * rest
    leading = 1 - 0.5 * square
    quartic = square * square * horner(square, COSINE)
    return sum_of(leading, ((1 - leading) - 0.5 * square) + (quartic - 0.5 * square_rest))


def sine_and_cosine(r: Any, rest: Any) -> Any:
    """Compute sin|r + rest| and cos|r + rest| for |r| <= pi/2: value and rest of each."""
    size, size_rest = abs(r), where(r < 0, -rest, rest)
    reflected = size > QUARTER_PI
    high = where(reflected, HALF_PI - size, size)
    low = where(reflected, HALF_PI_REST - size_rest, size_rest)
    q, q_rest = high + low, sum_error(high, low)
    s, s_rest = sine(q, q_rest)
    c, c_rest = cosine(q, q_rest)
    return (
        where(reflected, c, s),
        where(reflected, c_rest, s_rest),
        where(reflected, s, c),
        where(reflected, s_rest, c_rest),
    )
