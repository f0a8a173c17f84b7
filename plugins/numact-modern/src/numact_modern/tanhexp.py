"""tanh of the exponential, a self-gated rectifier."""

from __future__ import annotations

from typing import Any

from numact import Activation
from numact.scalar import exp_product, is_wide, product_error, short_exp, short_quotient, short_tanh, where
from numact_modern._polynomials import horner

# Below it exp(x) is 0, even times x; below the next tanh(exp(x)) rounds to exp(x); above the last to 1.
LOWEST, TAIL, SATURATION = -800, -40, 4
# The derivative's root, what its float64 lacks, and the derivative by the distance from there, for distances
# up to 2/5; up to 1/16 some terms do for float32 results. Made by tools/derive_modern.py.
ROOT, ROOT_REST = -1.078860058464624, -9.55786742622646e-17
NEAR_ROOT, NARROW_NEAR_ROOT, NARROW_TERMS = 0.4, 1 / 16, 6
SERIES = (
    0.3525036331603062,
    0.3252269138875304,
    0.10786032936442656,
    -0.022875972060588275,
    -0.04564538769389685,
    -0.02548770357665842,
    -0.005629789943763461,
    0.0027715934042653696,
    0.0034002739120212685,
    0.001664158274489729,
    0.0003023046978293216,
    -0.00020174669666687714,
    -0.0002119582683190047,
    -9.691872806791461e-05,
    -1.4653463100659357e-05,
    1.589451880271566e-05,
    1.1949821766841761e-05,
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
    wide = where(abs(distance) < NEAR_ROOT, distance * horner(distance, SERIES), wide)
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
