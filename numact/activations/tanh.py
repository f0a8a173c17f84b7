"""The hyperbolic tangent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from numact import Activation, hookimpl
from numact.scalar import abs, exp_product, fma, is_wide, rounded_tanh, short_expm1, short_quotient, where


def forward(x: Any) -> Any:
    """Compute tanh(x)."""
    return rounded_tanh(x)


def derivative(x: Any) -> Any:
    """Compute 1/cosh(x)**2 by exponentials: 1 - tanh(x)**2 would cancel."""
    return where(is_wide(x), wide(x), narrow(x))


def wide(x: Any) -> Any:
    """Compute 4s - 4s**2 with s = e/(1 + e) and e = exp(-2|x|), for float64 results."""
    decay = exp_product(-2 * abs(x), 4)
    share = decay / fma(decay, 0.25, 1)
    return fma(-0.25 * share, share, share)


def narrow(x: Any) -> Any:
    """Compute 4e/(1 + e)**2 with e = exp(2|x|), for float32 results; the parts are those of `short_tanh`."""
    growth = short_expm1(2 * abs(x))
    inverse = short_quotient(1, growth + 2)
    return 4 * (growth + 1) * inverse * inverse


tanh = Activation(
    name="tanh",
    summary="Hyperbolic tangent.",
    formula="tanh(x)",
    references=(
        "LeCun, Bottou, Orr and Müller, Efficient BackProp, 1998",
        "https://pytorch.org/docs/stable/generated/torch.nn.Tanh.html",
    ),
    forward=forward,
    derivative=derivative,
    limits=(-1, 1),
    derivative_limits=(0, 0),
    range=(-1, 1),
    max_ulp=0.74,
)


@hookimpl
def numact_activations() -> Iterator[Activation]:
    """Provide tanh."""
    yield tanh
