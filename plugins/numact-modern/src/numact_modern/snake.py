"""The identity with a periodic part."""

from __future__ import annotations

from typing import Any

from numact import Activation, Param
from numact.scalar import cos, fma, is_wide, product_error, sin, sum_error, where
from numact_modern._circle import ONE_OVER_PI, nearest, reduced, sine_and_cosine
from numact_modern._polynomials import horner

# Where |a*x| is smaller, x + a*x*x rounds to x; where it is greater, the last place holds the periodic part.
TINY, HUGE = 1e-18, 2.0**52
# Beyond it, where the angles of neighbouring numbers are far apart, derivatives are those for x = 0.
LARGEST = 2.0**40
# pi in parts of 33, 33 and 53 bits: the first two times an integer of 20 bits are exact.
PI_FIRST, PI_SECOND, PI_THIRD = 3.1415926534682512, 1.2154201012607932e-10, 4.044532497591901e-21
# sin(r)**2/r**2 in r**2 for |r| <= pi/2, relative error 2**-32.6. Made by tools/derive_modern.py.
SQUARED_SINE = (
    0.9999999998510218,
    -0.3333333280689339,
    0.04444441313248938,
    -0.0031745318848720007,
    0.00014101496384297133,
    -4.230530833339686e-06,
    8.091403893717679e-08,
)
# The first root of 2*t*cos(t) - sin(t), what its float64 lacks, and Taylor's series there, divided by the
# distance from it.
ROOT, ROOT_REST, NEAR_ROOT = 1.1655611852072114, -1.0746027478595998e-16, 1 / 64
ROOT_SERIES = (
    -1.7480892518851054,
    -1.8380194431208634,
    0.028524962865686492,
    0.30633657385347723,
    0.011714914145807229,
    -0.015316828692673862,
    -0.0005918113436880663,
    0.00036468639744461576,
)


def held(t: Any) -> Any:
    """Give an angle whose sine is known; NaN for the infinities."""
    return where(abs(t) <= LARGEST, t, 0 * t)


def squared_sine(t: Any, offset: Any) -> Any:
    """Compute sin(t + offset*pi)**2 for float32 results."""
    n = nearest(fma(t, ONE_OVER_PI, offset)) - offset
    r = fma(-n, PI_THIRD, fma(-n, PI_SECOND, fma(-n, PI_FIRST, t)))
    square = r * r
    return square * horner(square, SQUARED_SINE)


def forward(x: Any, a: Any) -> Any:
    """Add sin(a*x)**2/a to x."""
    t = a * x
    near = where(is_wide(x), corrected(x, a), x + squared_sine(t, 0) * (1 / a))
    return where(abs(t) < TINY, x, where(abs(t) > HUGE, x + 0.5 / a, near))


def corrected(x: Any, a: Any) -> Any:
    """Compute (t + sin(t)**2)/a with t = a*x for float64 results, the roundings but the last put back."""
    t, t_rest = a * x, product_error(a, x)
    r, r_rest = reduced(t, t_rest, 0)
    s, s_rest, _, _ = sine_and_cosine(r, r_rest)
    square = s * s
    total = t + square
    rest = sum_error(t, square) + (t_rest + (product_error(s, s) + 2 * s * s_rest))
    y = total / a
    return y + (((total - y * a) - product_error(y, a)) + rest) / a


def derivative_by_x(x: Any, a: Any) -> Any:
    """Compute 1 + sin(2*a*x) as 2*sin(a*x + pi/4)**2, which keeps its digits where both are 0."""
    t = held(a * x)
    r, r_rest = reduced(t, where(t == a * x, product_error(a, x), 0), 0.25)
    s, s_rest, _, _ = sine_and_cosine(r, r_rest)
    wide = 2 * fma(s, s, 2 * s * s_rest)
    return where(is_wide(x), wide, 2 * squared_sine(t, 0.25))


def derivative_by_a(x: Any, a: Any) -> Any:
    """Compute sin(t)*(2*t*cos(t) - sin(t))/a**2 with t = a*x."""
    t = held(a * x)
    narrow = (sin(t) * (1 / a)) * ((2 * t * cos(t) - sin(t)) * (1 / a))
    return where(is_wide(x), slope_by_a(x, a, t), narrow)


def slope_by_a(x: Any, a: Any, t: Any) -> Any:
    """Compute the derivative by a for float64 results, the difference with the roundings of its terms."""
    t_rest = where(t == a * x, product_error(a, x), 0)
    r, r_rest = reduced(t, t_rest, 0)
    s, s_rest, c, c_rest = sine_and_cosine(r, r_rest)
    twice, twice_rest = where(r < 0, -2 * t, 2 * t), where(r < 0, -2 * t_rest, 2 * t_rest)
    product = twice * c
    product_rest = product_error(twice, c) + (twice * c_rest + twice_rest * c)
    difference = (product - s) + (sum_error(product, -s) + (product_rest - s_rest))
    distance = (abs(t) - ROOT) + (where(t < 0, -t_rest, t_rest) - ROOT_REST)
    series = distance * horner(distance, ROOT_SERIES)
    # Where the series serves, t is r, and all here is even or odd in it.
    difference = where(abs(distance) < NEAR_ROOT, series, difference)
    return where(abs(t) < TINY, x * x, (s / a) * (difference / a))


snake = Activation(
    name="snake",
    summary="Identity with a periodic part.",
    formula="x + sin(a * x)**2 / a",
    references=(
        "Ziyin, Hartwig and Ueda, Neural Networks Fail to Learn Periodic Functions and How to Fix It, 2020, "
        "https://arxiv.org/abs/2006.08195",
        "https://www.tensorflow.org/addons/api_docs/python/tfa/activations/snake",
    ),
    forward=forward,
    derivative={"x": derivative_by_x, "a": derivative_by_a},
    params=(Param("a", 1.0, closed="neither", exclude=(0.0,), doc="Half the periodic part's frequency."),),
    limits=("-inf", "inf"),
    range=("-inf", "inf"),
    derivative_domain=("-2**19 / abs(a)", "2**19 / abs(a)"),
    max_ulp=0.51,
)
