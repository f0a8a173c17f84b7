"""The gated linear unit whose gate is silu."""

from __future__ import annotations

from typing import Any

from numact import Activation
from numact.scalar import (
    abs,
    fma,
    is_wide,
    product_error,
    short_exp,
    short_expm1,
    short_quotient,
    short_sum_error,
    where,
)
from numact_gated._tails import LOWEST, joined, vanishing
from numact_gated.glu import sigmoid

# Where exp(b) is all of the sigmoid that a float64 shows.
FAR = -40
# The root r of 1 + r + exp(r), what its float64 lacks, and exp(r) there, which is -1 - r.
ROOT, ROOT_REST = -1.2784645427610737, -1.0946994183093437e-16
POWER_AT_ROOT = 0.2784645427610738


def held(b: Any) -> Any:
    """Give b, kept where silu is not 0 yet: times 0 a large b would lose its limit."""
    return where(b < LOWEST, LOWEST, b)


def forward(a: Any, b: Any) -> Any:
    """Multiply by silu, the smallest factor and the largest one first for float64."""
    x = held(b)
    share = sigmoid(x)
    is_small = abs(x) < 1
    wide = where(is_small, x * a, x * share) * where(is_small, share, a)
    near = where(is_wide(b), wide, a * (x * share))
    return joined(a, b, near, FAR, vanishing(a, x, x), -0.0)


def by_value(a: Any, b: Any) -> Any:
    """Give silu."""
    return forward(1.0, b)


def left_slope(x: Any) -> Any:
    """Compute silu'(x) = e (1 + e + x)/(1 + e)**2 with e = exp(x) for x <= 0.

    With d = x - r the sum is d + exp(r) (exp(d) - 1), two terms of one sign: it keeps its digits at its root.
    For float64 the roundings of d and of the quotient are put back.
    """
    e = short_exp(x)
    distance, rest = x - ROOT, short_sum_error(x, -ROOT) - ROOT_REST
    d = distance + rest
    total = fma(POWER_AT_ROOT, short_expm1(d), where(is_wide(x), distance, d))
    square = fma(e, 2 + e, 1)
    quotient = short_quotient(total, square)
    lacking = ((total - quotient * square) - product_error(quotient, square)) + rest
    return where(is_wide(x), fma(e, quotient, e * short_quotient(lacking, square)), e * quotient)


def by_gate(a: Any, b: Any) -> Any:
    """Multiply by silu'(b), which is 1 - silu'(-b)."""
    x = held(-abs(b))
    slope = left_slope(x)
    return joined(a, b, a * where(b < 0, slope, 1 - slope), FAR, vanishing(a, 1 + x, x), -0.0)


swiglu = Activation(
    name="swiglu",
    summary="Gated linear unit with a silu gate (swish with beta = 1).",
    formula="a * b / (1 + exp(-b))",
    references=(
        "Shazeer, GLU Variants Improve Transformer, 2020, https://arxiv.org/abs/2002.05202 (gate first)",
        "Touvron et al., LLaMA: Open and Efficient Foundation Language Models, 2023, "
        "https://arxiv.org/abs/2302.13971 (two projections; fused ones put the gate first)",
    ),
    forward=forward,
    derivative={"a": by_value, "b": by_gate},
    kind="gated",
    max_ulp=0.54,
)
