"""The exponential linear unit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from numact import Activation, Param, hookimpl
from numact.scalar import short_exp_product, short_expm1, where


def forward(x: Any, alpha: Any) -> Any:
    """Compute x or alpha*(exp(x) - 1)."""
    return where(x > 0, x, alpha * short_expm1(x))


def derivative_by_x(x: Any, alpha: Any) -> Any:
    """Give the slope, the left one at the kink."""
    return where(x > 0, 1, short_exp_product(x, alpha))


def derivative_by_alpha(x: Any, alpha: Any) -> Any:
    """Give exp(x) - 1 where alpha is in use."""
    return where(x > 0, 0, short_expm1(x))


elu = Activation(
    name="elu",
    summary="Exponential linear unit.",
    formula="x if x > 0 else alpha * (exp(x) - 1)",
    references=(
        "Clevert, Unterthiner and Hochreiter, Fast and Accurate Deep Network Learning by Exponential Linear "
        "Units (ELUs), ICLR 2016, https://arxiv.org/abs/1511.07289",
        "https://pytorch.org/docs/stable/generated/torch.nn.ELU.html",
    ),
    forward=forward,
    derivative={"x": derivative_by_x, "alpha": derivative_by_alpha},
    params=(Param("alpha", 1.0, closed="neither", doc="Negative of the limit at -inf."),),
    limits=("-alpha", "inf"),
    derivative_limits=(0, 1),
    range=("min(0, -alpha)", "inf"),
    kinks=(0,),
    max_ulp=0.51,
)


@hookimpl
def numact_activations() -> Iterator[Activation]:
    """Provide elu."""
    yield elu
