"""The gated linear unit whose gate is a relu."""

from __future__ import annotations

from typing import Any

from numact import Activation
from numact.scalar import where


def forward(a: Any, b: Any) -> Any:
    """Multiply by a positive gate; left of 0 the product is 0 whatever a, infinite ones included."""
    return where(b < 0, where(a == a, 0.0, a), a * b)


def by_value(a: Any, b: Any) -> Any:
    """Give max(b, 0)."""
    return where(b < 0, 0.0, b)


def by_gate(a: Any, b: Any) -> Any:
    """Give a where the gate is open; at 0 it is shut, as relu' is 0 there."""
    return where(b <= 0, 0.0, where(b > 0, a, b))


reglu = Activation(
    name="reglu",
    summary="Gated linear unit with a relu gate.",
    formula="a * max(b, 0)",
    references=(
        "Shazeer, GLU Variants Improve Transformer, 2020, https://arxiv.org/abs/2002.05202 (gate first)",
    ),
    forward=forward,
    derivative={"a": by_value, "b": by_gate},
    kind="gated",
    max_ulp=0.5,
)
