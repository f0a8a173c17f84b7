"""The gated linear unit whose gate is gelu approximated by tanh."""

from __future__ import annotations

from typing import Any

from numact import Activation, get
from numact.scalar import fma, product_error, sum_error, where
from numact_gated._tails import halved, joined, vanishing

# Left of the first, float64 results take the tail; where it is held, no float64 times gelu is more than 0.
FAR, FARTHEST = -18, -27.25
# 2 sqrt(2/pi) and 0.044715 times that, each with what its float64 lacks.
LINEAR, LINEAR_REST = 1.5957691216057308, -9.96930880911092e-17
CUBIC, CUBIC_REST = 0.07135481627260025, -6.175149918155315e-19

gelu: Any = get("gelu_tanh").spec.forward
gelu_slope: Any = get("gelu_tanh").spec.derivative


def multiple(b: Any, times: Any) -> tuple[Any, Any]:
    """Compute b (LINEAR + times CUBIC b**2) as a sum of two numbers."""
    square = b * b
    cubic = CUBIC * square
    cubic_rest = product_error(CUBIC, square) + (CUBIC * product_error(b, b) + CUBIC_REST * square)
    slope = LINEAR + times * cubic
    slope_rest = sum_error(LINEAR, times * cubic) + product_error(times, cubic)
    slope_rest = slope_rest + fma(times, cubic_rest, LINEAR_REST)
    return b * slope, product_error(b, slope) + b * slope_rest


def tail(a: Any, b: Any, factor: Any, factor_rest: Any) -> Any:
    """Compute a * factor * exp(p) with p = b (LINEAR + CUBIC b**2), all roundings before put back."""
    power, rest = multiple(b, 1.0)
    return vanishing(a, factor + fma(factor, rest, factor_rest), power)


def held(b: Any) -> Any:
    """Give b, kept where the tail is not 0 yet."""
    return where(b < FARTHEST, FARTHEST, where(b > FAR, FAR, b))


def forward(a: Any, b: Any) -> Any:
    """Multiply by gelu_tanh, in the tail b exp(p)."""
    x = held(b)
    return joined(a, b, halved(a, b, a * gelu(b)), FAR, tail(a, x, x, 0.0), -0.0)


def by_value(a: Any, b: Any) -> Any:
    """Give gelu_tanh."""
    return gelu(b)


def by_gate(a: Any, b: Any) -> Any:
    """Multiply by gelu_tanh', in the tail exp(p) (1 + b p')."""
    x = held(b)
    product, rest = multiple(x, 3.0)
    factor = 1 + product
    far = tail(a, x, factor, sum_error(1.0, product) + rest)
    return joined(a, b, a * gelu_slope(b), FAR, far, -0.0)


geglu_tanh = Activation(
    name="geglu_tanh",
    summary="Gated linear unit with a gelu gate, its distribution function approximated by tanh.",
    formula="a * b * (1 + tanh(sqrt(2 / pi) * (b + 0.044715 * b**3))) / 2",
    references=(
        "Shazeer, GLU Variants Improve Transformer, 2020, https://arxiv.org/abs/2002.05202 (gate first)",
        "https://github.com/google-research/text-to-text-transfer-transformer (T5 1.1: two projections)",
        "https://github.com/google-deepmind/gemma (two projections)",
    ),
    forward=forward,
    derivative={"a": by_value, "b": by_gate},
    kind="gated",
    max_ulp=0.54,
)
