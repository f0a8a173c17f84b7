"""The distribution function of the normal distribution, fitted to the square of relu."""

from __future__ import annotations

from math import pi, sqrt
from typing import Any

from numact import Activation, Param
from numact.scalar import exp_product, fma, is_wide, product_error, short_erfcx, short_exp, sum_error, where
from numact_modern._polynomials import horner

SQRT_HALF = 0.7071067811865476
ONE_OVER_SQRT_2PI, ONE_OVER_SQRT_2PI_REST = 0.3989422804014327, -2.49232720227773e-17
# From here on the normal distribution is 0 or 1, and its density 0, even by a small sigma.
SATURATION, DENSITY_END = 40, 53
# Keeps exponentials from being subnormal.
SCALE = 2.0**200
# exp(a*a/2) times the upper tail of the normal distribution, by t = 1/(1 + a/4), in q = 1 - 2t for a <= 40,
# relative error 2**-59. Made by tools/derive_modern.py.
LEADING = (
    0.18882128260393788,
    -0.15197416049297302,
    0.09678435018555372,
    -0.046630464489914696,
)
LEADING_RESTS = (
    -5.820502835771093e-18,
    -2.923649937544552e-18,
    4.823161464382506e-18,
    3.8191908019890686e-20,
)
FOLLOWING = (
    0.01509914372272929,
    -0.0018850472416694233,
    -0.0008699230917411408,
    0.0004077046142232933,
    3.333607687806511e-05,
    -5.7773732499329805e-05,
    -4.770564071584394e-07,
    8.786166148795258e-06,
    1.7913197829753024e-07,
    -1.4800314287381406e-06,
    -1.5732983128634332e-07,
    2.553793485523416e-07,
    6.778491259544244e-08,
    -3.875851101796907e-08,
    -2.1169113827379614e-08,
    3.369522380488056e-09,
    4.790477911966704e-09,
    4.330472553164903e-10,
    -5.994952098265105e-10,
    -1.6541491620702498e-10,
)


def standard(x: Any, mu: Any, sigma: Any, end: Any) -> Any:
    """Give v = (x - mu)/sigma, held at both ends."""
    v = (x - mu) / sigma
    return where(v > end, end, where(v < -end, -end, v))


def standard_rest(x: Any, mu: Any, sigma: Any, v: Any, end: Any) -> Any:
    """Give what v lacks of (x - mu)/sigma for float64 results; 0 where it is held."""
    remainder = ((x - mu) - v * sigma) - product_error(v, sigma)
    return where(abs(v) < end, (remainder + sum_error(x, -mu)) / sigma, 0)


def step(q: Any, value: Any, rest: Any, coefficient: Any, coefficient_rest: Any) -> Any:
    """Take a step of Horner's rule with sums of two numbers."""
    product = q * value
    lost = sum_error(coefficient, product) + product_error(q, value)
    return coefficient + product, lost + (q * rest + coefficient_rest)


def scaled_tail(size: Any, rest: Any) -> Any:
    """Compute exp(a*a/2) times the upper tail at a = size + rest, as the sum of two numbers.

    By t = 1/(1 + a/4): the number that the rounded t belongs to is `shift` less than a.
    """
    divisor = fma(size, 0.25, 1)
    q = 1 - 2 / divisor
    t = 0.5 * (1 - q)
    residual = ((1 - t * divisor) - product_error(t, divisor)) - t * fma(size, 0.25, 1 - divisor)
    shift = rest - 4 * divisor * residual
    fourth = q * q * (q * q)
    following = fma(fourth * fourth * (q * q), horner(q, FOLLOWING[10:]), horner(q, FOLLOWING[:10]))
    value, lost = step(q, following, 0, LEADING[3], LEADING_RESTS[3])
    value, lost = step(q, value, lost, LEADING[2], LEADING_RESTS[2])
    value, lost = step(q, value, lost, LEADING[1], LEADING_RESTS[1])
    value, lost = step(q, value, lost, LEADING[0], LEADING_RESTS[0])
    scaled = t * value
    slope = size * scaled - ONE_OVER_SQRT_2PI
    return scaled, product_error(t, value) + (t * lost + slope * shift)


def tail(size: Any, rest: Any) -> Any:
    """Compute the upper tail at a = size + rest for float64 results, all roundings but two put back."""
    scaled, scaled_rest = scaled_tail(size, rest)
    bell = exp_product(-0.5 * size * size, SCALE)
    bell_rest = -0.5 * product_error(size, size) - size * rest
    product = bell * scaled
    correction = product_error(bell, scaled) + bell * fma(scaled, bell_rest, scaled_rest)
    return (product + correction) * (1 / SCALE)


def forward(x: Any, mu: Any, sigma: Any) -> Any:
    """Compute the smaller tail t of the distribution, and t or 1 - t."""
    v = standard(x, mu, sigma, SATURATION)
    size = abs(v)
    rest = standard_rest(x, mu, sigma, v, SATURATION)
    narrow = 0.5 * short_erfcx(size * SQRT_HALF) * short_exp(-0.5 * size * size)
    smaller = where(is_wide(x), tail(size, where(v < 0, -rest, rest)), narrow)
    return where(v < 0, smaller, 1 - smaller)


def density(v: Any, rest: Any, sigma: Any, factor: Any) -> Any:
    """Compute factor*exp(-a*a/2)/(sigma*sqrt(2*pi)) with a = v + rest for float64 results."""
    scaled = factor * (ONE_OVER_SQRT_2PI / sigma)
    relative = ONE_OVER_SQRT_2PI_REST / ONE_OVER_SQRT_2PI - (0.5 * product_error(v, v) + v * rest)
    # Written so that a factor that underflows keeps its sign.
    return exp_product(-0.5 * v * v, where(abs(scaled) > 0, fma(scaled, relative, scaled), scaled))


def derivative_by_x(x: Any, mu: Any, sigma: Any) -> Any:
    """Give the density."""
    v = standard(x, mu, sigma, DENSITY_END)
    wide = density(v, standard_rest(x, mu, sigma, v, DENSITY_END), sigma, 1)
    return where(is_wide(x), wide, short_exp(-0.5 * v * v) * (ONE_OVER_SQRT_2PI / sigma))


def derivative_by_mu(x: Any, mu: Any, sigma: Any) -> Any:
    """Give minus the density."""
    return -derivative_by_x(x, mu, sigma)


def derivative_by_sigma(x: Any, mu: Any, sigma: Any) -> Any:
    """Give -v times the density."""
    v = standard(x, mu, sigma, DENSITY_END)
    wide = density(v, standard_rest(x, mu, sigma, v, DENSITY_END), sigma, -v)
    return where(is_wide(x), wide, -v * (short_exp(-0.5 * v * v) * (ONE_OVER_SQRT_2PI / sigma)))


laplace = Activation(
    name="laplace",
    summary="Distribution function of the normal distribution, by default close to the square of relu.",
    formula="erfc((mu - x) / (sigma * sqrt(2))) / 2",
    references=(
        "Ma et al., Mega: Moving Average Equipped Gated Attention, 2022, https://arxiv.org/abs/2209.10655",
        "https://github.com/huggingface/transformers/blob/main/src/transformers/activations.py",
    ),
    forward=forward,
    derivative={"x": derivative_by_x, "mu": derivative_by_mu, "sigma": derivative_by_sigma},
    params=(
        Param("mu", sqrt(1 / 2), closed="neither", doc="Mean of the distribution, sqrt(1/2)."),
        Param("sigma", sqrt(1 / (4 * pi)), low=0.0, closed="neither", doc="Its deviation, sqrt(1/(4*pi))."),
    ),
    limits=(0, 1),
    derivative_limits=(0, 0),
    range=(0, 1),
    max_ulp=0.54,
)
