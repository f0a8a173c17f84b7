"""The Gaussian error linear unit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from numact import Activation, Param, hookimpl
from numact.scalar import (
    erfcx,
    exp,
    exp_product,
    fma,
    is_wide,
    product_error,
    short_exp_product,
    short_normal_tail,
    short_quotient,
    where,
)

SQRT_HALF, SQRT_HALF_REST = 0.7071067811865476, -4.833646656726457e-17
TWO_OVER_SQRT_PI = 1.1283791670955126
ONE_OVER_SQRT_2PI, ONE_OVER_SQRT_2PI_REST = 0.3989422804014327, -2.49232720227773e-17
# From here on the normal distribution is 0 or 1, as a float64 and as a float32.
WIDE_SATURATION, SATURATION = 40, 37
# The root of erfcx(a/sqrt(2))/2 - a/sqrt(2 pi), what its float64 lacks, and how far the power series there
# serves float64 results: 20 terms from the first power on.
ROOT, ROOT_REST = 0.7517915246935645, -1.4956759177009883e-17
WIDE_NEAR_ROOT = 0.44
# That difference over ROOT - a for 0 <= a <= 20, with relative error 2**-26.2. Made by tools/derive_gelu.py.
SLOPE_NUMERATOR = (
    0.6650779867841119,
    0.7625989613363572,
    0.38664928315768465,
    0.09916379353156436,
    0.011003642579097165,
)
SLOPE_DENOMINATOR = (1.0, 1.4122432561351819, 0.809783503220037, 0.22783570091080374, 0.027581955844811094)
TERMS_1_TO_4 = (-0.5724061752276146, 0.0847563696385306, -0.03658159148937988, 0.014313659799253144)
TERMS_5_TO_8 = (-0.005164140672990876, 0.0017385504348288805, -0.0005510161701191732, 0.00016553764352052235)
TERMS_9_TO_12 = (-4.739626363363333e-05, 1.29905534218615e-05, -3.4209159699998974e-06, 8.682281490772262e-07)
TERMS_13_TO_16 = (
    -2.129376466171737e-07,
    5.0581673647302976e-08,
    -1.1660718204287701e-08,
    2.61345278309247e-09,
)
TERMS_17_TO_20 = (
    -5.703497971630573e-10,
    1.2137047997081056e-10,
    -2.5216026261737467e-11,
    5.1206642570392995e-12,
)


def saturated(x: Any) -> Any:
    """Give |x|, held where nothing changes any more."""
    end = where(is_wide(x), WIDE_SATURATION, SATURATION)
    return where(abs(x) > end, end, abs(x))


def forward(x: Any) -> Any:
    """Compute max(x, 0) - a exp(-a*a/2) erfcx(a/sqrt(2))/2 with a = |x|.

    The second term is a times the upper tail of the normal distribution. It is at most half the first, or the
    first is 0, so nothing cancels.
    """
    size = saturated(x)
    rectified = where(x < 0, -0.0, x)
    return where(is_wide(x), rectified - tail(size), fma(-size, short_normal_tail(size), rectified))


def tail(size: Any) -> Any:
    """Compute a exp(-a*a/2) erfcx(a/sqrt(2))/2 for float64 results, its arguments' roundings put back."""
    bell, scaled = exp(-0.5 * size * size), erfcx(size * SQRT_HALF)
    rest = scaled_rest(size, scaled) - 0.5 * product_error(size, size) * scaled
    half = 0.5 * size
    product = half * scaled
    lacking = fma(half, rest, product_error(half, scaled)) * bell
    return product * bell + (product_error(product, bell) + lacking)


def scaled_rest(size: Any, scaled: Any) -> Any:
    """Give what erfcx(size * SQRT_HALF) lacks of erfcx(size/sqrt(2)): its derivative times the rest."""
    rest = product_error(size, SQRT_HALF) + size * SQRT_HALF_REST
    return rest * (2 * (size * SQRT_HALF) * scaled - TWO_OVER_SQRT_PI)


def derivative(x: Any) -> Any:
    """Compute w or 1 - w with w = exp(-a*a/2) (erfcx(a/sqrt(2))/2 - a/sqrt(2 pi)) and a = |x|."""
    size = saturated(x)
    w = where(is_wide(x), wide_slope(size), narrow_slope(size))
    return where(x < 0, w, 1 - w)


def narrow_slope(size: Any) -> Any:
    """Compute w for float32 results, its root as a factor."""
    numerator, denominator = quartic(size, SLOPE_NUMERATOR), quartic(size, SLOPE_DENOMINATOR)
    return short_quotient(short_exp_product(-0.5 * size * size, ROOT - size) * numerator, denominator)


def quartic(x: Any, coefficients: Any) -> Any:
    """Evaluate a polynomial of degree 4, lowest power first."""
    first, second, third, fourth, fifth = coefficients
    return fma(x, fma(x, fma(x, fma(x, fifth, fourth), third), second), first)


def wide_slope(size: Any) -> Any:
    """Compute w for float64 results; the difference comes from its power series near its root."""
    slope = exp_product(-0.5 * size * size, wide_difference(size))
    # A zero keeps its sign.
    return where(slope == 0, slope, fma(slope, -0.5 * product_error(size, size), slope))


def wide_difference(size: Any) -> Any:
    """Compute erfcx(a/sqrt(2))/2 - a/sqrt(2 pi) for float64 results."""
    scaled = erfcx(size * SQRT_HALF)
    rest = 0.5 * scaled_rest(size, scaled) - size * ONE_OVER_SQRT_2PI_REST
    rest = rest - product_error(size, ONE_OVER_SQRT_2PI)
    far = (0.5 * scaled - size * ONE_OVER_SQRT_2PI) + rest
    distance = size - ROOT
    first, others = TERMS_1_TO_4[0], series(distance)
    factor = first + others
    factor_rest = (first - factor) + others
    rest_near = product_error(distance, factor) + fma(distance, factor_rest, -ROOT_REST * factor)
    near = distance * factor + rest_near
    return where(abs(distance) < WIDE_NEAR_ROOT, near, far)


def series(distance: Any) -> Any:
    """Sum terms 2 to 20 of the power series at the root, divided by the distance."""
    fourth = (distance * distance) * (distance * distance)
    high = fma(fourth, cubic(distance, TERMS_17_TO_20), cubic(distance, TERMS_13_TO_16))
    high = fma(fourth, fma(fourth, high, cubic(distance, TERMS_9_TO_12)), cubic(distance, TERMS_5_TO_8))
    _, second, third, last = TERMS_1_TO_4
    return fma(fourth, high, distance * fma(distance, fma(distance, last, third), second))


def cubic(x: Any, coefficients: Any) -> Any:
    """Evaluate a polynomial of degree 3, lowest power first."""
    first, second, third, fourth = coefficients
    return fma(x, fma(x, fma(x, fourth, third), second), first)


gelu = Activation(
    name="gelu",
    summary="Gaussian error linear unit, x times the normal distribution function.",
    formula="x * erfc(-x / sqrt(2)) / 2",
    references=(
        "Hendrycks and Gimpel, Gaussian Error Linear Units (GELUs), 2016, https://arxiv.org/abs/1606.08415",
        "https://pytorch.org/docs/stable/generated/torch.nn.GELU.html",
    ),
    forward=forward,
    derivative=derivative,
    params=(
        Param(
            "approximate",
            "none",
            kind="choice",
            choices=(("none", ""), ("tanh", "gelu_tanh")),
            doc="'tanh' computes gelu_tanh instead.",
        ),
    ),
    limits=(-0.0, "inf"),
    derivative_limits=(0, 1),
    range=(-0.16997120747990369, "inf"),
    max_ulp=0.7,
)


@hookimpl
def numact_activations() -> Iterator[Activation]:
    """Provide gelu."""
    yield gelu
