"""The logarithm of the logistic function."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from numact import Activation, hookimpl
from numact.scalar import short_exp, short_log1p_unit, short_quotient, where


def forward(x: Any) -> Any:
    """Compute min(x, 0) - log(1 + exp(-|x|)), two terms of one sign; the upper tail ends in -0."""
    return where(x < 0, x, -0.0) - short_log1p_unit(short_exp(-abs(x)))


def derivative(x: Any) -> Any:
    """Compute the sigmoid of -x."""
    decay = short_exp(-abs(x))
    return short_quotient(where(x < 0, 1, decay), 1 + decay)


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
    max_ulp=0.53,
)


@hookimpl
def numact_activations() -> Iterator[Activation]:
    """Provide logsigmoid."""
    yield logsigmoid
