"""What is known of each function of the vector math core, and how to measure its error against MPFR."""

from __future__ import annotations

import functools
import hashlib
import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

import gmpy2
import numba
import numpy as np

from numact.engine import simd, target

COUNT = 700
INFINITY = float("inf")
NAN = float("nan")
RANDOM = np.random.default_rng(20240229)
CONTEXT = gmpy2.context(precision=120, emin=-1_000_000, emax=1_000_000)

Array = np.ndarray[Any, np.dtype[Any]]


def linear(low: float, high: float) -> Array:
    return np.concatenate([RANDOM.uniform(low, high, COUNT), [low, high]])


def logarithmic(low: float, high: float) -> Array:
    """Spread evenly over the binades, both signs."""
    sizes = np.exp2(RANDOM.uniform(np.log2(low), np.log2(high), COUNT))
    return np.concatenate([sizes, -sizes])


def positive(points: Array) -> Array:
    return np.abs(points)


def around(*centres: float) -> Array:
    """Take neighbours of points where a formula changes."""
    steps = np.concatenate([np.arange(-40, 41), 2 ** np.arange(8, 48, 2), -(2 ** np.arange(8, 48, 2))])
    return np.concatenate([centre + steps * np.spacing(centre) for centre in centres])


class Case(NamedTuple):
    """What is known of a function: the truth, points, the largest error allowed with FMA and without."""

    truth: Callable[..., Any]
    points: tuple[Array, ...]
    limit: float
    limit_without_fma: float


def exact_normal_tail(x: Any) -> Any:
    return gmpy2.erfc(x / gmpy2.sqrt(gmpy2.mpfr(2))) / 2


def exact_erfcx(x: Any) -> Any:
    if x < 100:
        return gmpy2.erfc(x) * gmpy2.exp(x * x)
    square = 2 * x * x
    return (1 - 1 / square + 3 / square**2 - 15 / square**3 + 105 / square**4) / (
        x * gmpy2.sqrt(gmpy2.const_pi())
    )


TINY = 5e-324
HALF_LN2 = np.log(2) * (np.arange(-20, 20) + 0.5)
QUARTERS = np.arange(-300, 300) * (np.pi / 4)
EXP_POINTS = np.concatenate(
    [linear(-1, 1), linear(-745.1, 709.7), linear(-745.1, -708), logarithmic(TINY, 700), around(*HALF_LN2)]
)
LOG1P_POINTS = np.concatenate(
    [
        linear(-0.99, 1),
        linear(-0.42, -0.40),
        -positive(logarithmic(TINY, 0.999)),
        positive(logarithmic(TINY, 1e308)),
        around(-0.25, np.sqrt(0.5) - 1, np.sqrt(2) - 1, 1 - np.sqrt(2), 1.0),
    ]
)
ANGLES = np.concatenate(
    [linear(-10, 10), linear(-1e6, 1e6), logarithmic(TINY, 2.0**40), around(*QUARTERS[::9])]
)
PRODUCTS = (
    np.concatenate([linear(-800, 700), linear(-745, 0), linear(-715, -700)]),
    np.concatenate([positive(logarithmic(1e-300, 1e300))[: COUNT + 2], linear(0, 30), linear(0.1, 4)]),
)
LOGISTICS = (
    np.concatenate([linear(-744, 700), linear(-720, -700), linear(-30, 30)]),
    positive(np.concatenate([logarithmic(1e-3, 1e3) for _ in range(2)]))[: 3 * (COUNT + 2)],
)
QUOTIENTS = (logarithmic(1e-30, 1e8), logarithmic(1e-30, 1e8))
SUMS = (linear(-745, 709), linear(-745, 709) * 2.0**-53)
WHOLES = positive(logarithmic(1, 1e9))
SHARES = (logarithmic(TINY, 1), WHOLES, 1 / WHOLES)
POWERS = (
    np.concatenate(
        [linear(0, 3), linear(0.9, 1.1), positive(logarithmic(TINY, 1e308)), 1 + linear(-1e-6, 1e-6)]
    ),
    np.concatenate(
        [linear(-20, 20), linear(-5000, 5000), RANDOM.uniform(-2, 2, 2 * COUNT), linear(-5e8, 5e8)]
    ),
)

FULL = {
    "exp": Case(gmpy2.exp, (EXP_POINTS,), 0.78, 0.78),
    "expm1": Case(gmpy2.expm1, (np.concatenate([EXP_POINTS, linear(0.3, 0.5), linear(36, 39)]),), 1.0, 1.1),
    "exp_product": Case(lambda x, factor: factor * gmpy2.exp(x), PRODUCTS, 0.82, 1.15),
    "exp_of_sum": Case(lambda x, error: gmpy2.exp(x + error), SUMS, 0.76, 0.76),
    "logistic_product": Case(lambda x, factor: factor / (1 + gmpy2.exp(-x)), LOGISTICS, 2.3, 2.3),
    "log": Case(
        gmpy2.log, (np.concatenate([positive(logarithmic(TINY, 1e308)), linear(0.5, 2)]),), 0.82, 0.82
    ),
    "log1p": Case(gmpy2.log1p, (LOG1P_POINTS,), 0.85, 0.85),
    "log1p_unit": Case(
        gmpy2.log1p,
        (np.concatenate([linear(0, 1), positive(logarithmic(TINY, 1)), around(np.sqrt(2) - 1)]),),
        0.85,
        0.85,
    ),
    "sqrt": Case(gmpy2.sqrt, (positive(logarithmic(TINY, 1e308)),), 0.5, 0.5),
    "rsqrt": Case(lambda x: 1 / gmpy2.sqrt(x), (positive(logarithmic(TINY, 1e308)),), 1.5, 1.5),
    # Estimates, wrong by 2**-38 of the result, which is up to 2**15 units.
    "rsqrt_estimate": Case(
        lambda x: 1 / gmpy2.sqrt(x), (positive(logarithmic(2.0**-999, 2.0**999)),), 2.0**15, 2.0**15
    ),
    # Not in every last place what a division gives, with FMA.
    "quotient_by_inverse": Case(lambda a, b, inverse: a / b, SHARES, 0.501, 0.5),
    "quotient_estimate": Case(lambda a, b: a / b, QUOTIENTS, 2.0**15, 2.0**15),
    "sin": Case(gmpy2.sin, (ANGLES,), 0.8, 0.8),
    "cos": Case(gmpy2.cos, (ANGLES,), 0.8, 0.8),
    "tanh": Case(
        gmpy2.tanh,
        (np.concatenate([linear(-22, 22), linear(0.7, 1), logarithmic(TINY, 30), around(0.75)]),),
        1.0,
        1.0,
    ),
    "erf": Case(
        gmpy2.erf,
        (np.concatenate([linear(-7, 7), linear(0.9, 1.2), logarithmic(TINY, 6), around(1.0)]),),
        1.15,
        1.35,
    ),
    "erfc": Case(gmpy2.erfc, (np.concatenate([linear(-7, 27.2), linear(25, 27.2), linear(0, 1)]),), 2.4, 3.2),
    "erfcx": Case(
        exact_erfcx, (np.concatenate([linear(0, 30), positive(logarithmic(TINY, 1e300))]),), 2.2, 2.3
    ),
    "normal_tail": Case(exact_normal_tail, (np.concatenate([linear(0, 38.4), linear(0, 1)]),), 2.6, 3.4),
    "pow": Case(lambda x, y: x**y, POWERS, 0.76, 0.76),
}

# Errors in units of float32, for float32 arguments.
SHORT = {
    "short_exp": Case(gmpy2.exp, (np.concatenate([linear(-104, 88), linear(-1, 1)]),), 0.53, 0.53),
    "short_exp_below_0": Case(gmpy2.exp, (np.concatenate([linear(-104, 0), linear(-1, 0)]),), 0.53, 0.53),
    "short_exp_product": Case(
        lambda x, factor: factor * gmpy2.exp(x), (linear(-87, 80), linear(-2, 2)), 0.53, 0.53
    ),
    "short_quotient": Case(lambda a, b: a / b, QUOTIENTS, 0.501, 0.501),
    "short_quotient_by_inverse": Case(
        lambda a, b, inverse: a * inverse, (linear(-1, 1), linear(1, 9), linear(0.1, 1)), 0.501, 0.501
    ),
    "short_rsqrt": Case(lambda x: 1 / gmpy2.sqrt(x), (positive(logarithmic(1e-44, 1e38)),), 0.501, 0.501),
    "short_logistic_product": Case(
        lambda x, factor: factor / (1 + gmpy2.exp(-x)), (linear(-87, 80), linear(-2, 2)), 0.53, 0.53
    ),
    "short_expm1": Case(
        gmpy2.expm1, (np.concatenate([linear(-20, 88), logarithmic(1e-44, 1)]),), 0.505, 0.505
    ),
    "short_log1p": Case(
        gmpy2.log1p, (np.concatenate([linear(-0.99, 2), positive(logarithmic(1e-44, 1e38))]),), 0.501, 0.501
    ),
    "short_log1p_unit": Case(
        gmpy2.log1p, (np.concatenate([linear(0, 1), positive(logarithmic(1e-44, 1))]),), 0.501, 0.501
    ),
    "short_tanh": Case(gmpy2.tanh, (np.concatenate([linear(-12, 12), logarithmic(1e-44, 10)]),), 0.52, 0.52),
    "short_normal_tail": Case(
        exact_normal_tail, (np.concatenate([linear(0, 14.4), linear(0, 1)]),), 0.7, 0.7
    ),
    "short_erfcx": Case(exact_erfcx, (np.concatenate([linear(0, 10.4), linear(0, 1)]),), 0.502, 0.502),
}

EXACT = {"abs", "minimum", "maximum", "fma", "quotient", "product_error", "sum_error"}


@functools.cache
def compiled_loop(name: str, dtype: str) -> Any:
    """Compile a loop over arrays, as a kernel would call the function."""
    function = getattr(simd, name)
    array = numba.from_dtype(np.dtype(dtype))[::1]
    count = len(inspect.signature(simd.DEFINITIONS[name]).parameters)

    def one(x: Any, out: Any) -> None:
        for i in range(out.size):
            out[i] = function(x[i])

    def two(x: Any, y: Any, out: Any) -> None:
        for i in range(out.size):
            out[i] = function(x[i], y[i])

    def three(x: Any, y: Any, z: Any, out: Any) -> None:
        for i in range(out.size):
            out[i] = function(x[i], y[i], z[i])

    body = (one, two, three)[count - 1]
    return numba.njit([(array,) * (count + 1)], error_model="numpy", no_cpython_wrapper=False)(body)


def apply(name: str, *arguments: Array) -> Array:
    shape, dtype = arguments[0].shape, arguments[0].dtype
    out = np.empty(shape, dtype)
    compiled_loop(name, dtype.name)(*arguments, out)
    return out


def largest_error(name: str, case: Case, dtype: str) -> tuple[float, tuple[float, ...]]:
    """Find the largest error in units in the last place, and where it is."""
    points = [np.ascontiguousarray(column.astype(dtype)) for column in case.points]
    with np.errstate(all="ignore"):
        results = apply(name, *points)
    worst, where = 0.0, (NAN,)
    with CONTEXT:
        for *arguments, result in zip(*points, results, strict=True):
            truth = case.truth(*(gmpy2.mpfr(float(argument)) for argument in arguments))
            with np.errstate(over="ignore"):
                nearest = np.dtype(dtype).type(float(truth))
            if not np.isfinite(nearest) or not np.isfinite(result):
                error = 0.0 if nearest == result else INFINITY
            else:
                unit = float(np.spacing(np.abs(nearest)))
                error = abs(float((gmpy2.mpfr(float(result)) - truth) / gmpy2.mpfr(unit)))
            if not error <= worst:
                worst, where = error, tuple(float(argument) for argument in arguments)
    return worst, where


def limit_of(case: Case) -> float:
    return case.limit if target.has_fma() else case.limit_without_fma


def digest() -> str:
    """Hash the results of every function over the points of its case."""
    total = hashlib.sha256()
    for cases, dtype in ((FULL, "float64"), (SHORT, "float32")):
        for name, case in cases.items():
            total.update(apply(name, *(np.ascontiguousarray(c.astype(dtype)) for c in case.points)).tobytes())
    return total.hexdigest()
