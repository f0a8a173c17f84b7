"""The gated linear unit whose gate is gelu."""

from __future__ import annotations

from typing import Any

from numact import Activation, Param, get
from numact.scalar import erfcx, fma, is_wide, product_error, short_exp, where
from numact_gated._tails import halved, joined, vanishing

# Left of the first, float64 results take the tail; where it is held, no float64 times gelu is more than 0.
FAR, FARTHEST = -30, -54.5
SQRT_HALF, SQRT_HALF_REST = 0.7071067811865476, -4.833646656726457e-17
ONE_OVER_SQRT_2PI = 0.3989422804014327
# Left of it float32 gelu is near 0, and its kernel no longer has the digits that a large value would show.
NARROW_FAR = -14

gelu: Any = get("gelu").spec.forward
gelu_slope: Any = get("gelu").spec.derivative


def held(b: Any) -> Any:
    """Give b, kept where the tail is not 0 yet."""
    return where(b < FARTHEST, FARTHEST, where(b > FAR, FAR, b))


def square_rest(b: Any) -> Any:
    """Give what -b*b/2 lacks."""
    return -0.5 * product_error(b, b)


def forward(a: Any, b: Any) -> Any:
    """Multiply by gelu, in the tail b exp(-b*b/2) erfcx(-b/sqrt(2))/2 with all roundings put back."""
    x = held(b)
    t = -x * SQRT_HALF
    scaled = erfcx(t)
    # Far out erfcx(t) is about 1/(sqrt(pi) t): it feels the rounding of t.
    t_rest = product_error(-x, SQRT_HALF) - x * SQRT_HALF_REST
    factor = 0.5 * x * scaled
    lacking = product_error(0.5 * x, scaled) + factor * (square_rest(x) - t_rest / t)
    near = halved(a, b, a * where(is_wide(b), gelu(b), narrow_gelu(b)))
    return joined(a, b, near, FAR, vanishing(a, factor + lacking, -0.5 * x * x), -0.0)


def narrow_gelu(b: Any) -> Any:
    """Compute gelu for float32 products, in the tail by the asymptotic series of erfc."""
    x = where(b < NARROW_FAR, b, NARROW_FAR)
    u = 1 / (x * x)
    series = fma(u, fma(u, fma(u, fma(u, fma(u, -945, 105), -15), 3), -1), 1)
    tail = -ONE_OVER_SQRT_2PI * series * short_exp(-0.5 * x * x)
    return where(b < NARROW_FAR, tail, gelu(b))


def by_value(a: Any, b: Any) -> Any:
    """Give gelu."""
    return gelu(b)


def by_gate(a: Any, b: Any) -> Any:
    """Multiply by gelu', in the tail exp(-b*b/2) (erfcx(-b/sqrt(2))/2 + b/sqrt(2 pi))."""
    x = held(b)
    factor = fma(x, ONE_OVER_SQRT_2PI, 0.5 * erfcx(-x * SQRT_HALF))
    factor = fma(factor, square_rest(x), factor)
    return joined(a, b, a * gelu_slope(b), FAR, vanishing(a, factor, -0.5 * x * x), -0.0)


geglu = Activation(
    name="geglu",
    summary="Gated linear unit with a gelu gate.",
    formula="a * b * erfc(-b / sqrt(2)) / 2",
    references=(
        "Shazeer, GLU Variants Improve Transformer, 2020, https://arxiv.org/abs/2002.05202 (gate first)",
        "https://github.com/lucidrains/x-transformers (GLU: value first)",
        "https://github.com/huggingface/diffusers (GEGLU: value first)",
    ),
    forward=forward,
    derivative={"a": by_value, "b": by_gate},
    params=(
        Param(
            "approximate",
            "none",
            kind="choice",
            choices=(("none", ""), ("tanh", "geglu_tanh")),
            doc="'tanh' computes geglu_tanh instead.",
        ),
    ),
    kind="gated",
    max_ulp=0.7,
)
