"""The gated linear unit."""

from __future__ import annotations

from typing import Any

from numact import Activation, get
from numact.scalar import abs, exp, fma, is_wide, short_exp, short_logistic_product, short_quotient, where
from numact_gated._tails import LOWEST, joined, vanishing

# Where exp(b) is all of the sigmoid that a float64 shows.
FAR = -40

wide_sigmoid: Any = get("sigmoid").spec.forward


def sigmoid(b: Any) -> Any:
    """Give the sigmoid, not yet rounded to float32."""
    return where(is_wide(b), wide_sigmoid(b), short_logistic_product(b, 1))


def decay(a: Any, b: Any) -> Any:
    """Compute a * exp(b) for b < FAR."""
    return vanishing(a, 1.0, where(b < LOWEST, LOWEST, b))


def forward(a: Any, b: Any) -> Any:
    """Multiply by the sigmoid."""
    return joined(a, b, a * sigmoid(b), FAR, decay(a, b), 0.0)


def by_value(a: Any, b: Any) -> Any:
    """Give the sigmoid."""
    return sigmoid(b)


def by_gate(a: Any, b: Any) -> Any:
    """Multiply by e/(1 + e)**2 with e = exp(-|b|), for float64 as s - s*s with s = e/(1 + e)."""
    x = -abs(b)
    e, wide_e = short_exp(x), exp(x)
    s = wide_e / (1 + wide_e)
    slope = where(is_wide(b), fma(-s, s, s), short_quotient(e, (1 + e) * (1 + e)))
    return joined(a, x, a * slope, FAR, decay(a, x), 0.0)


glu = Activation(
    name="glu",
    summary="Gated linear unit: the value times the sigmoid of the gate.",
    formula="a / (1 + exp(-b))",
    references=(
        "Dauphin et al., Language Modeling with Gated Convolutional Networks, 2017, "
        "https://arxiv.org/abs/1612.08083",
        "https://docs.pytorch.org/docs/stable/generated/torch.nn.GLU.html (value first)",
        "https://docs.jax.dev/en/latest/_autosummary/jax.nn.glu.html (value first)",
        "https://keras.io/api/layers/activations/#glu-function (value first)",
    ),
    forward=forward,
    derivative={"a": by_value, "b": by_gate},
    kind="gated",
    max_ulp=0.54,
)
