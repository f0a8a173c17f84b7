"""Sums that keep what float64 would round away, from sums of float64 numbers.

A number is cut at 2**-50. The parts above are multiples of that, and add up without rounding as long as
their sum is below 4; the parts below are so small that the rounding of their sum is far below all else.
"""

from __future__ import annotations

import math
from typing import Any

from numact.scalar import sum_error, where

# Added and subtracted, it rounds numbers up to 1 to a multiple of 2**-50.
CUT = 6.0


def high(x: Any) -> Any:
    """Give the bits of a number from 0 to 1 down to 2**-50."""
    return (x + CUT) - CUT


def difference_error(a: Any, b: Any) -> Any:
    """Give what a - b lacks; nothing where it is infinite."""
    return where(a - b > -math.inf, sum_error(a, -b), 0.0)
