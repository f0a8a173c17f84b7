"""The hyperbolic tangent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from numact import Activation, hookimpl
from numact.scalar import fma, short_exp_product, short_tanh


def forward(x: Any) -> Any:
    """Compute tanh(x)."""
    return short_tanh(x)


def derivative(x: Any) -> Any:
    """Compute 4s - 4s**2 with s = e/(1 + e) and e = exp(-2|x|): 1 - tanh(x)**2 would cancel."""
    decay = short_exp_product(-2 * abs(x), 4)
    share = decay / fma(decay, 0.25, 1)
    return fma(-0.25 * share, share, share)


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
    max_ulp=0.51,
)


@hookimpl
def numact_activations() -> Iterator[Activation]:
    """Provide tanh."""
    yield tanh
