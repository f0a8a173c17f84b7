"""The linearly scaled hyperbolic tangent."""

from __future__ import annotations

from typing import Any

from numact import Activation
from numact.scalar import abs, fma, is_wide, short_exp, short_expm1, short_quotient, short_tanh, where

# From here on the second term of the derivative is far below the first.
SATURATION = 110


def forward(x: Any) -> Any:
    """Multiply x by tanh(x)."""
    return x * short_tanh(x)


def derivative(x: Any) -> Any:
    """Compute tanh(x) + x*(4s - 4s**2) with s = e/(1 + e) and e = exp(-2|x|): two terms of one sign."""
    held = where(x > SATURATION, SATURATION, where(x < -SATURATION, -SATURATION, x))
    decay = short_exp(-2 * abs(held))
    share = short_quotient(decay, 1 + decay)
    wide = fma(4 * held, fma(-share, share, share), short_tanh(x))
    return where(is_wide(x), wide, narrow(held))


def narrow(x: Any) -> Any:
    """Compute it for float32 results by e = exp(2|x|) - 1: tanh is e/(e + 2), s - s**2 (e + 1)/(e + 2)**2."""
    growth = short_expm1(2 * abs(x))
    inverse = short_quotient(1, growth + 2)
    slope = 4 * abs(x) * (growth + 1) * inverse
    size = (growth + slope) * inverse
    return where(x < 0, -size, size)


lisht = Activation(
    name="lisht",
    summary="Linearly scaled hyperbolic tangent.",
    formula="x * tanh(x)",
    references=(
        "Roy, Manna, Dubey and Chaudhuri, LiSHT: Non-Parametric Linearly Scaled Hyperbolic Tangent "
        "Activation Function for Neural Networks, 2019, https://arxiv.org/abs/1901.05894",
        "https://www.tensorflow.org/addons/api_docs/python/tfa/activations/lisht",
    ),
    forward=forward,
    derivative=derivative,
    limits=("inf", "inf"),
    derivative_limits=(-1, 1),
    range=(0, "inf"),
    max_ulp=0.51,
)
