"""erf of softplus, a self-gated rectifier."""

from __future__ import annotations

from typing import Any

from numact import Activation
from numact.scalar import (
    erf,
    exp_product,
    expm1,
    is_wide,
    product_error,
    short_exp,
    short_log1p,
    short_quotient,
    where,
)
from numact_modern._polynomials import horner, twelve_and_more

TWO_OVER_SQRT_PI, TWO_OVER_SQRT_PI_REST = 1.1283791670955126, 1.533545961316588e-17
# Below it exp(x) is 0, even times x; below the next erf(log(1 + exp(x))) rounds to 2/sqrt(pi)*exp(x); above
# the last to 1.
LOWEST, TAIL, SATURATION = -800, -40, 8
# The derivative's root, what its float64 lacks, and the derivative by the distance from there, from
# LEFT to RIGHT; up to 1/16 some terms do for float32 results. Made by tools/derive_modern.py.
ROOT, ROOT_REST = -1.193059968928188, 3.096701676302884e-17
LEFT, RIGHT, NARROW_NEAR_ROOT, NARROW_TERMS = -0.95, 1.0, 1 / 16, 6
SERIES = (
    0.30150488936299114,
    0.23161220121136644,
    0.04754569104272782,
    -0.023334206031377154,
    -0.01871308403687294,
    -0.004524531631043329,
    0.0008716960652419267,
    0.0010481488697951398,
    0.0003321028841401248,
    -1.201570162071492e-06,
    -4.460455004351718e-05,
    -1.8353872211952533e-05,
    -1.890029828674773e-06,
    1.486480373624047e-06,
    8.12159606058787e-07,
    1.4196120928087475e-07,
    -3.848231109159251e-08,
    -3.0437446868533535e-08,
    -7.102029524128516e-09,
    7.170698685744806e-10,
    1.0348322788478047e-09,
    2.7485867486465305e-10,
    -2.045536959145994e-11,
    -2.7537458823876716e-11,
    -4.224756818669916e-12,
)


def held(x: Any) -> Any:
    """Give x, kept where the gate changes."""
    return where(x < LOWEST, LOWEST, where(x > SATURATION, SATURATION, x))


def forward(x: Any) -> Any:
    """Multiply x by erf(log(1 + exp(x))), far left by 2/sqrt(pi)*exp(x), scaled last."""
    inner = held(x)
    gated = where(x < LOWEST, LOWEST, x) * erf(short_log1p(short_exp(inner)))
    return where(is_wide(x) & (x < TAIL), exp_product(inner, TWO_OVER_SQRT_PI * inner), gated)


def derivative(x: Any) -> Any:
    """Compute erf(p) + x*p'*2/sqrt(pi)*exp(-p*p) with p = log(1 + exp(x)), next to the root by a series."""
    inner = held(x)
    w = short_exp(inner)
    p = short_log1p(w)
    gate = erf(p)
    rising = gate + TWO_OVER_SQRT_PI * inner * short_exp(-p * p) * short_quotient(w, 1 + w)
    distance = (inner - ROOT) - ROOT_REST
    few = distance * horner(distance, SERIES[:NARROW_TERMS])
    narrow = where(abs(distance) < NARROW_NEAR_ROOT, few, rising)
    wide = where(x < 0, left_slope(inner, w, p, gate), rising)
    is_near = (distance > LEFT) & (distance < RIGHT)
    wide = where(is_near, distance * twelve_and_more(distance, SERIES), wide)
    return where(is_wide(x), wide, narrow)


def left_slope(x: Any, w: Any, p: Any, gate: Any) -> Any:
    """Compute the derivative for x < 0 and float64 results, its second term as b + b*(exp(-p - p*p) - 1).

    Here 1/(1 + w) is exp(-p), and the greatest roundings are those of b = 2/sqrt(pi)*x*w.
    """
    product = x * w
    b = TWO_OVER_SQRT_PI * product
    rest = product_error(TWO_OVER_SQRT_PI, product)
    rest = rest + (TWO_OVER_SQRT_PI * product_error(x, w) + TWO_OVER_SQRT_PI_REST * product)
    slope = (gate + b) + (b * expm1(-p - p * p) + rest)
    return where(x < TAIL, exp_product(x, TWO_OVER_SQRT_PI * (1 + x)), slope)


serf = Activation(
    name="serf",
    summary="Self-gated rectifier with the gate erf(softplus(x)).",
    formula="x * erf(log1p(exp(x)))",
    references=(
        "Nag, Bhattacharyya, Mukherjee and Kundu, SERF: Towards Better Training of Deep Neural Networks "
        "Using Log-Softplus ERror Activation Function, 2021, https://arxiv.org/abs/2108.09598",
    ),
    forward=forward,
    derivative=derivative,
    limits=(-0.0, "inf"),
    derivative_limits=(0, 1),
    range=(-0.34843745875960642, "inf"),
    max_ulp=0.54,
)
