"""Products of a value and a gate that vanishes exponentially."""

from __future__ import annotations

import math
from typing import Any

from numact.scalar import abs, exp_product, is_wide, where

# No float64 times exp of this is more than 0, while exp of half of it is more.
LOWEST = -1488
# Of gates so near to 0 half is their gelu; the products of larger ones with a value round but once more.
NEAREST = 1e-20


def vanishing(a: Any, factor: Any, power: Any) -> Any:
    """Compute a * factor * exp(power) for LOWEST <= power < 0.

    Half of the exponential goes to the factor, the other half to the product with a, so that nothing
    overflows or becomes subnormal before the result does.
    """
    product = exp_product(0.5 * power, a * exp_product(0.5 * power, factor))
    # What underflows on the way loses its sign.
    return where(product == 0, 0.0 * a * factor, product)


def joined(a: Any, b: Any, near: Any, far: Any, tail: Any, last: Any) -> Any:
    """Choose between two forms of a product of a with a function of b, and give its limit at b = -inf.

    For float64 results that is `tail` where b < far, `near` elsewhere; narrower ones are `near` everywhere.
    The limit is that of the gate, the zero `last`, times a: no number where a is infinite.
    """
    chosen = where(is_wide(b), where(b < far, tail, near), near)
    return where(b == -math.inf, a * last, chosen)


def halved(a: Any, b: Any, near: Any) -> Any:
    """Give a*b/2 next to b = 0, where b/2 may be subnormal and the product with a large value is not."""
    return where(is_wide(b), where(abs(b) < NEAREST, 0.5 * (a * b), near), near)
