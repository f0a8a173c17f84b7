"""The product of both halves."""

from __future__ import annotations

from typing import Any

from numact import Activation


def forward(a: Any, b: Any) -> Any:
    """Multiply."""
    return a * b


bilinear = Activation(
    name="bilinear",
    summary="Gated linear unit without a function on the gate: the product of both halves.",
    formula="a * b",
    references=(
        "Shazeer, GLU Variants Improve Transformer, 2020, https://arxiv.org/abs/2002.05202 (gate first)",
        "Dauphin et al., Language Modeling with Gated Convolutional Networks, 2017, "
        "https://arxiv.org/abs/1612.08083",
    ),
    forward=forward,
    kind="gated",
    max_ulp=0.5,
)
