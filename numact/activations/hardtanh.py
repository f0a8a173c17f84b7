"""The identity clipped at both ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import inf
from typing import Any

import numpy as np

from numact import Activation, Param, hookimpl
from numact.scalar import where


def forward(x: Any, min_val: Any, max_val: Any) -> Any:
    """Clip to [min_val, max_val]; NaN stays NaN."""
    return where(x < min_val, min_val, where(x > max_val, max_val, x))


def derivative_by_x(x: Any, min_val: Any, max_val: Any) -> Any:
    """Give the slope, 0 at both kinks; an infinite end is none."""
    is_above = (x > min_val) | (min_val == -inf)
    is_below = (x < max_val) | (max_val == inf)
    return where(is_above & is_below, 1, 0)


def check(params: Mapping[str, Any]) -> str | None:
    """Refuse an empty interval."""
    is_ordered = np.all(np.less_equal(params["min_val"], params["max_val"]))
    return None if is_ordered else "'min_val' must not exceed 'max_val'"


hardtanh = Activation(
    name="hardtanh",
    summary="Identity clipped to an interval, a piecewise linear tanh.",
    formula="min_val if x < min_val else max_val if x > max_val else x",
    references=(
        "Collobert, Large Scale Machine Learning, 2004",
        "https://pytorch.org/docs/stable/generated/torch.nn.Hardtanh.html",
    ),
    aliases=("hard_tanh",),
    forward=forward,
    derivative={"x": derivative_by_x},
    params=(
        Param("min_val", -1.0, doc="Lower end."),
        Param("max_val", 1.0, doc="Upper end."),
    ),
    limits=("min_val", "max_val"),
    derivative_limits=("1 if min_val == -inf else 0", "1 if max_val == inf else 0"),
    range=("min_val", "max_val"),
    kinks=("min_val", "max_val"),
    check=check,
    max_ulp=0.5,
)


@hookimpl
def numact_activations() -> Iterator[Activation]:
    """Provide hardtanh."""
    yield hardtanh
