"""The algebraic sigmoid x/(1 + |x|)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from numact import Activation, hookimpl
from numact.scalar import abs, is_wide, short_quotient, where

# From here on x/(1 + |x|) rounds to 1, the square of 1/(1 + |x|) to 0 as a float32, and inf/inf is avoided.
SATURATION = 1e24


def forward(x: Any) -> Any:
    """Divide, with x held where the quotient has become +-1."""
    held = where(x > SATURATION, SATURATION, where(x < -SATURATION, -SATURATION, x))
    return short_quotient(held, 1 + abs(held))


def derivative(x: Any) -> Any:
    """Square 1/(1 + |x|): the quotient rule would cancel."""
    size = where(is_wide(x) | (abs(x) < SATURATION), abs(x), SATURATION)
    t = short_quotient(1, 1 + size)
    return t * t


softsign = Activation(
    name="softsign",
    summary="Algebraic sigmoid with polynomial tails.",
    formula="x / (1 + abs(x))",
    references=(
        "Bergstra, Desjardins, Lamblin and Bengio, Quadratic Polynomials Learn Better Image Features, 2009",
        "https://pytorch.org/docs/stable/generated/torch.nn.Softsign.html",
    ),
    aliases=("soft_sign",),
    forward=forward,
    derivative=derivative,
    limits=(-1, 1),
    derivative_limits=(0, 0),
    range=(-1, 1),
    max_ulp=0.51,
)


@hookimpl
def numact_activations() -> Iterator[Activation]:
    """Provide softsign."""
    yield softsign
