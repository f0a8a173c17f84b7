"""Comparison of results bit by bit."""

from __future__ import annotations

from typing import Any

import numpy as np

from numact.testing.report import Problem


def same_bits(actual: Any, expected: Any, what: str) -> None:
    """Require one result to be another, in dtype, shape and bits; any NaN equals any other.

    Raises
    ------
    Problem
        Naming the first element that differs.
    """
    actual, expected = np.asarray(actual), np.asarray(expected)
    if actual.dtype != expected.dtype or actual.shape != expected.shape:
        forms = [f"{each.dtype} {each.shape}" for each in (actual, expected)]
        raise Problem(f"{what}: {forms[0]} instead of {forms[1]}")
    width = f"u{actual.dtype.itemsize}"
    same = np.ascontiguousarray(actual).view(width) == np.ascontiguousarray(expected).view(width)
    same = np.reshape(same, actual.shape) | (np.isnan(actual) & np.isnan(expected))
    if not same.all():
        place = np.unravel_index(int(np.argmin(same)), actual.shape)
        got, wanted = float(actual[place]), float(expected[place])
        where = [int(index) for index in place]
        raise Problem(f"{what}: other bits at {where}, {got!r} instead of {wanted!r}")
