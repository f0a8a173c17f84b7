"""The vector math core against MPFR, and its special cases."""

from __future__ import annotations

import gmpy2
import numpy as np
import pytest
from simd_cases import (
    CONTEXT,
    EXACT,
    FULL,
    INFINITY,
    NAN,
    SHORT,
    TINY,
    Array,
    apply,
    largest_error,
    limit_of,
    logarithmic,
)

from numact.engine import simd, target
from numact.engine.simd import arithmetic, single


def test_every_function_is_tested() -> None:
    assert set(simd.DEFINITIONS) == set(FULL) | set(SHORT) | EXACT
    assert all(hasattr(simd, name) for name in simd.DEFINITIONS)


@pytest.mark.parametrize("name", FULL)
def test_full_functions_are_accurate(name: str) -> None:
    worst, where = largest_error(name, FULL[name], "float64")
    assert worst <= limit_of(FULL[name]), where


@pytest.mark.parametrize("name", SHORT)
def test_short_functions_are_accurate_for_float32(name: str) -> None:
    worst, where = largest_error(name, SHORT[name], "float32")
    assert worst <= limit_of(SHORT[name]), where


@pytest.mark.parametrize("name", sorted(name for name in SHORT if len(SHORT[name].points) == 1))
def test_short_functions_are_relatively_accurate_before_rounding(name: str) -> None:
    case = SHORT[name]
    points = case.points[0]
    results = apply(name, points)
    with CONTEXT:
        for point, result in zip(points, results, strict=True):
            truth = case.truth(gmpy2.mpfr(float(point)))
            assert abs(gmpy2.mpfr(float(result)) - truth) <= 2.0**-25 * abs(truth), point


# Arguments 0, -0, inf, -inf, NaN, and what comes out.
SPECIAL_ARGUMENTS = [0.0, -0.0, INFINITY, -INFINITY, NAN]
SPECIAL_RESULTS = {
    "exp": [1, 1, INFINITY, 0, NAN],
    "expm1": [0, -0.0, INFINITY, -1, NAN],
    "log": [-INFINITY, -INFINITY, INFINITY, NAN, NAN],
    "log1p": [0, -0.0, INFINITY, NAN, NAN],
    "sqrt": [0, -0.0, INFINITY, NAN, NAN],
    "rsqrt": [INFINITY, -INFINITY, 0, NAN, NAN],
    "sin": [0, -0.0, NAN, NAN, NAN],
    "cos": [1, 1, NAN, NAN, NAN],
    "tanh": [0, -0.0, 1, -1, NAN],
    "erf": [0, -0.0, 1, -1, NAN],
    "erfc": [1, 1, 0, 2, NAN],
    "short_exp": [1, 1, INFINITY, 0, NAN],
    "short_expm1": [0, -0.0, INFINITY, -1, NAN],
    "short_log1p": [0, -0.0, INFINITY, NAN, NAN],
    "short_tanh": [0, -0.0, 1, -1, NAN],
    "abs": [0, 0, INFINITY, INFINITY, NAN],
}


def assert_identical(actual: Array, desired: Array) -> None:
    """Compare values and signs of zeros."""
    np.testing.assert_array_equal(actual, desired)
    np.testing.assert_array_equal(np.signbit(actual[desired == 0]), np.signbit(desired[desired == 0]))


@pytest.mark.parametrize("name", SPECIAL_RESULTS)
def test_special_arguments(name: str) -> None:
    dtype = "float32" if name in SHORT else "float64"
    actual = apply(name, np.array(SPECIAL_ARGUMENTS, dtype))
    assert_identical(actual, np.array(SPECIAL_RESULTS[name], dtype))


def test_poles_and_range_ends() -> None:
    largest = np.finfo(np.float64).max
    assert simd.log1p(-1.0) == simd.short_log1p(-1.0) == -INFINITY
    assert np.isnan(simd.log1p(-1.5)) and np.isnan(simd.log(-1.0)) and np.isnan(simd.short_log1p(-1.5))
    assert simd.log(largest) == np.log(largest) and simd.log1p(largest) == np.log(largest)
    assert simd.erfcx(INFINITY) == 0 and np.isnan(simd.erfcx(NAN)) and np.isnan(simd.short_erfcx(NAN))
    assert np.float32(simd.short_erfcx(INFINITY)) == 0
    assert simd.exp(-746.0) == 0 and simd.exp(-745.0) == TINY and simd.exp(709.79) == INFINITY
    assert -1 <= simd.sin(1e300) <= 1 and -1 <= simd.cos(-1e300) <= 1


POW_ARGUMENTS = [0.0, 0.5, 1.0, 2.0, 3.0, 1e308, 2.5, INFINITY, NAN, 2.0**52 + 1, 2.0**53]


def test_pow_treats_special_cases_as_c_does() -> None:
    signed = np.array(POW_ARGUMENTS + [-value for value in POW_ARGUMENTS])
    x, y = (np.ascontiguousarray(grid.ravel()) for grid in np.meshgrid(signed, signed))
    with np.errstate(all="ignore"):
        desired = np.power(x, y)
    actual = apply("pow", x, y)
    special = ~np.isfinite(desired) | (desired == 0) | (np.abs(x) == 1) | (y == 0)
    assert_identical(actual[special], desired[special])


def test_minimum_and_maximum_propagate_nan() -> None:
    values = np.array([1.0, -2.0, NAN, INFINITY, -INFINITY])
    x, y = (np.ascontiguousarray(grid.ravel()) for grid in np.meshgrid(values, values))
    assert_identical(apply("minimum", x, y), np.minimum(x, y))
    assert_identical(apply("maximum", x, y), np.maximum(x, y))


def test_rounding_errors_are_exact() -> None:
    x, y, z = (logarithmic(1e-100, 1e100) for _ in range(3))
    products, sums, fused = apply("product_error", x, y), apply("sum_error", x, y), apply("fma", x, y, z)
    with gmpy2.context(precision=2000):
        for a, b, c, product, total, one in zip(x, y, z, products, sums, fused, strict=True):
            exact = gmpy2.mpfr(float(a)) * float(b)
            assert exact - float(a * b) == float(product)
            assert gmpy2.mpfr(float(a)) + float(b) - float(a + b) == float(total)
            assert float(one) == (float(exact + float(c)) if target.has_fma() else a * b + c)


def test_factor_of_exp_product_may_be_out_of_range_with_exp() -> None:
    x, factor = np.array([-800.0, 800.0, -1000.0]), np.array([1e200, 1e-200, -1e300])
    with CONTEXT:
        desired = [float(f * gmpy2.exp(gmpy2.mpfr(v))) for v, f in zip(x, factor, strict=True)]
    np.testing.assert_allclose(apply("exp_product", x, factor), desired, rtol=2.0**-52)


def test_first_guesses_at_reciprocals_are_as_near_as_said() -> None:
    for bits, guess_error, integer, kind in (
        (arithmetic.RECIPROCAL_BITS, single.GUESS_ERROR, np.int64, np.float64),
        (single.RECIPROCAL_BITS, single.GUESS_ERROR, np.int32, np.float32),
    ):
        x = np.linspace(1, 4, 10_001, dtype=kind)
        guess = (integer(bits) - x.view(integer)).view(kind)
        error = np.abs(1 - x.astype(float) * guess)
        assert 0.99 * guess_error < error.max() < 1.001 * guess_error
