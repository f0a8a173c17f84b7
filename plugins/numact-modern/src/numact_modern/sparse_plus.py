"""The integral of the sparse sigmoid: a parabola between 0 and the identity."""

from __future__ import annotations

from typing import Any

from numact import Activation
from numact.scalar import where


def forward(x: Any) -> Any:
    """Square (x + 1)/2 between -1, up to where the result is 0, and 1, from where on it is x."""
    half = 0.5 * (x + 1)
    return where(x <= -1, 0, where(x >= 1, x, half * half))


def derivative(x: Any) -> Any:
    """Give the slope (x + 1)/2, held between 0 and 1."""
    return where(x <= -1, 0, where(x >= 1, 1, 0.5 * (x + 1)))


sparse_plus = Activation(
    name="sparse_plus",
    summary="Rectified linear unit with a parabola for a bend.",
    formula="0 if x <= -1 else x if x >= 1 else (x + 1)**2 / 4",
    references=(
        "Blondel, Martins and Niculae, Learning with Fenchel-Young Losses, 2019, "
        "https://arxiv.org/abs/1901.02324",
        "https://docs.jax.dev/en/latest/_autosummary/jax.nn.sparse_plus.html",
        "https://keras.io/api/layers/activations/",
    ),
    forward=forward,
    derivative=derivative,
    limits=(0, "inf"),
    derivative_limits=(0, 1),
    range=(0, "inf"),
    max_ulp=0.5,
)
