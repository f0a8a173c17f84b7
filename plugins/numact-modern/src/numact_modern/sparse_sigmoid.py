"""The piecewise linear sigmoid, the derivative of the sparse rectifier."""

from __future__ import annotations

from typing import Any

from numact import Activation
from numact.scalar import where


def forward(x: Any) -> Any:
    """Compute (x + 1)/2, held between 0 and 1."""
    return where(x <= -1, 0, where(x >= 1, 1, 0.5 * (x + 1)))


def derivative(x: Any) -> Any:
    """Give the slope, 0 at both kinks."""
    return where((x > -1) & (x < 1), 0.5, 0)


sparse_sigmoid = Activation(
    name="sparse_sigmoid",
    summary="Piecewise linear sigmoid, the derivative of sparse_plus.",
    formula="min(max(x + 1, 0), 2) / 2",
    references=(
        "Blondel, Martins and Niculae, Learning with Fenchel-Young Losses, 2019, "
        "https://arxiv.org/abs/1901.02324",
        "https://docs.jax.dev/en/latest/_autosummary/jax.nn.sparse_sigmoid.html",
        "https://keras.io/api/layers/activations/",
    ),
    forward=forward,
    derivative=derivative,
    limits=(0, 1),
    derivative_limits=(0, 0),
    range=(0, 1),
    kinks=(-1, 1),
    max_ulp=0.5,
)
