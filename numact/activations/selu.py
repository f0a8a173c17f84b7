"""The scaled exponential linear unit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from numact import Activation, hookimpl
from numact.scalar import short_exp_product, short_expm1, where

SCALE = 1.0507009873554804934193349852946
SCALE_TIMES_ALPHA = 1.7580993408473768599402175208123


def forward(x: Any) -> Any:
    """Compute scale*x or scale*alpha*(exp(x) - 1)."""
    return where(x > 0, SCALE * x, SCALE_TIMES_ALPHA * short_expm1(x))


def derivative(x: Any) -> Any:
    """Give the slope, the left one at the kink."""
    return where(x > 0, SCALE, short_exp_product(x, SCALE_TIMES_ALPHA))


selu = Activation(
    name="selu",
    summary="Scaled exponential linear unit, which keeps the mean and variance of its inputs.",
    formula=(
        "1.0507009873554804934193349852946"
        " * (x if x > 0 else 1.6732632423543772848170429916717 * (exp(x) - 1))"
    ),
    references=(
        "Klambauer, Unterthiner, Mayr and Hochreiter, Self-Normalizing Neural Networks, NeurIPS 2017, "
        "https://arxiv.org/abs/1706.02515",
        "https://pytorch.org/docs/stable/generated/torch.nn.SELU.html",
    ),
    forward=forward,
    derivative=derivative,
    limits=(-SCALE_TIMES_ALPHA, "inf"),
    derivative_limits=(0, SCALE),
    range=(-SCALE_TIMES_ALPHA, "inf"),
    kinks=(0,),
    max_ulp=0.51,
)


@hookimpl
def numact_activations() -> Iterator[Activation]:
    """Provide selu."""
    yield selu
