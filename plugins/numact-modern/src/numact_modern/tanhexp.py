"""tanh of the exponential, a self-gated rectifier."""

from __future__ import annotations

from typing import Any

from numact import Activation
from numact.scalar import exp_product, is_wide, product_error, short_exp, short_quotient, short_tanh, where
from numact_modern._polynomials import horner, twelve_and_more

# Below it exp(x) is 0, even times x; below the next tanh(exp(x)) rounds to exp(x); above the last to 1.
LOWEST, TAIL, SATURATION = -800, -40, 4
# The derivative's root, what its float64 lacks, and the derivative by the distance from there, from
# LEFT to RIGHT; up to 1/16 some terms do for float32 results. Made by tools/derive_modern.py.
ROOT, ROOT_REST = -1.078860058464624, -9.55786742622646e-17
LEFT, RIGHT, NARROW_NEAR_ROOT, NARROW_TERMS = -0.5, 0.8, 1 / 16, 6
SERIES = (
    0.3525036331603062,
    0.3252269138875309,
    0.1078603293644233,
    -0.02287597206073328,
    -0.045645387693471665,
    -0.025487703563807577,
    -0.0056297899647737085,
    0.0027715928934818564,
    0.003400274418286018,
    0.0016641690404808748,
    0.0003022981642615529,
    -0.0002018755899503471,
    -0.00021191308115300837,
    -9.603658009729575e-05,
    -1.4799002493336206e-05,
    1.2658627398085312e-05,
    1.2008806939785443e-05,
    5.075318003448014e-06,
    6.281656611077085e-07,
    -6.352902543517799e-07,
    -6.322543374523617e-07,
    -3.916592134875293e-07,
    1.0951491937914647e-08,
    1.1775229230757616e-07,
)


def forward(x: Any) -> Any:
    """Multiply x by tanh(exp(x)), far left by exp(x) itself, scaled last."""
    held = where(x < LOWEST, LOWEST, x)
    gated = held * short_tanh(short_exp(where(x > SATURATION, SATURATION, held)))
    return where(is_wide(x) & (x < TAIL), exp_product(held, held), gated)


def derivative(x: Any) -> Any:
    """Compute tanh(w) + x*w*(1 - tanh(w)**2) with w = exp(x), next to the root by a series."""
    held = where(x < LOWEST, LOWEST, where(x > SATURATION, SATURATION, x))
    w = short_exp(held)
    gate, decay = short_tanh(w), short_exp(-2 * w)
    whole = 1 + decay
    rising = gate + held * w * short_quotient(4 * decay, whole * whole)
    distance = (held - ROOT) - ROOT_REST
    few = distance * horner(distance, SERIES[:NARROW_TERMS])
    narrow = where(abs(distance) < NARROW_NEAR_ROOT, few, rising)
    wide = where(x < 0, left_slope(held, w, gate), rising)
    is_near = (distance > LEFT) & (distance < RIGHT)
    wide = where(is_near, distance * twelve_and_more(distance, SERIES), wide)
    return where(is_wide(x), wide, narrow)


def left_slope(x: Any, w: Any, gate: Any) -> Any:
    """Compute the derivative for x < 0 and float64 results, its greatest roundings put back."""
    product = x * w
    slope = (gate + product) + (product_error(x, w) - product * (gate * gate))
    return where(x < TAIL, exp_product(x, 1 + x), slope)


tanhexp = Activation(
    name="tanhexp",
    summary="Self-gated rectifier with the gate tanh(exp(x)).",
    formula="x * tanh(exp(x))",
    references=(
        "Liu and Di, TanhExp: A Smooth Activation Function with High Convergence Speed for Lightweight "
        "Neural Networks, 2020, https://arxiv.org/abs/2003.09855",
    ),
    forward=forward,
    derivative=derivative,
    aliases=("tanh_exp",),
    limits=(-0.0, "inf"),
    derivative_limits=(0, 1),
    range=(-0.35328577784821127, "inf"),
    max_ulp=0.54,
)
