"""The logistic function."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from numact import Activation, hookimpl
from numact.scalar import exp, fma, is_wide, rounded_logistic_product, short_exp, short_quotient, where


def share(x: Any) -> Any:
    """Compute e/(1 + e) with e = exp(-|x|) for float64 results: the smaller of sigmoid(x), sigmoid(-x)."""
    decay = exp(-abs(x))
    return decay / (1 + decay)


def forward(x: Any) -> Any:
    """Compute 1/(1 + exp(-x)), for float64 as n - n*share with n = exp(min(x, 0)), which rounds less."""
    n = where(x < 0, exp(-abs(x)), 1)
    return where(is_wide(x), fma(-n, share(x), n), rounded_logistic_product(x, 1))


def derivative(x: Any) -> Any:
    """Compute e/(1 + e)**2, for float64 as s - s*s with the smaller share s: y*(1 - y) would cancel."""
    s, growth = share(x), short_exp(x)
    part = short_quotient(1, growth + 1)
    return where(is_wide(x), fma(-s, s, s), growth * part * part)


sigmoid = Activation(
    name="sigmoid",
    summary="Logistic function.",
    formula="1 / (1 + exp(-x))",
    references=(
        "Cox, The Regression Analysis of Binary Sequences, Journal of the Royal Statistical Society B 20 "
        "(1958) 215-242",
        "https://pytorch.org/docs/stable/generated/torch.nn.Sigmoid.html",
    ),
    forward=forward,
    derivative=derivative,
    limits=(0, 1),
    derivative_limits=(0, 0),
    range=(0, 1),
    max_ulp=0.99,
)


@hookimpl
def numact_activations() -> Iterator[Activation]:
    """Provide sigmoid."""
    yield sigmoid
