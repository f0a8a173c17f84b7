"""The logarithm of the logistic function."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from numact import Activation, hookimpl
from numact.scalar import fma, is_wide, log1p, short_exp, where


def log1p_unit(e: Any) -> Any:
    """Compute log(1 + e) for 0 <= e <= 1; for float32 results as 2 artanh(e/(2 + e)), by its power series."""
    s = e / (e + 2)
    y = s * s
    high = fma(y, fma(y, fma(y, 1 / 15, 1 / 13), 1 / 11), 1 / 9)
    series = fma(y, fma(y, fma(y, high, 1 / 7), 1 / 5), 1 / 3)
    narrow = fma(2 * s * y, series, 2 * s)
    return where(is_wide(e), log1p(e), narrow)


def forward(x: Any) -> Any:
    """Compute min(x, 0) - log(1 + exp(-|x|)), two terms of one sign; the upper tail ends in -0."""
    return where(x < 0, x, -0.0) - log1p_unit(short_exp(-abs(x)))


def derivative(x: Any) -> Any:
    """Compute the sigmoid of -x."""
    decay = short_exp(-abs(x))
    return where(x < 0, 1, decay) / (1 + decay)


logsigmoid = Activation(
    name="logsigmoid",
    summary="Logarithm of the logistic function.",
    formula="log(1 / (1 + exp(-x)))",
    references=("https://pytorch.org/docs/stable/generated/torch.nn.LogSigmoid.html",),
    aliases=("log_sigmoid",),
    forward=forward,
    derivative=derivative,
    limits=("-inf", -0.0),
    derivative_limits=(1, 0),
    range=("-inf", 0),
)


@hookimpl
def numact_activations() -> Iterator[Activation]:
    """Provide logsigmoid."""
    yield logsigmoid
