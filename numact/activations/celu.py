"""The continuously differentiable exponential linear unit."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import Any

from numact import Activation, Param, hookimpl
from numact.scalar import exp, exp_product, expm1, fma, is_wide, product_error, short_exp, short_expm1, where

# Held there, the quotient x/alpha has reached its limits.
LOWEST, HIGHEST = -800.0, 720.0
# Above it, exp(q) - 1 rounds to exp(q).
LARGE = 100.0
# Below it, alpha*(exp(q) - 1) rounds to x.
TINY = 1e-17


def held(q: Any) -> Any:
    """Give q, kept away from the infinities."""
    return where(q < LOWEST, LOWEST, where(q > HIGHEST, HIGHEST, q))


def remainder(x: Any, alpha: Any, q: Any) -> Any:
    """Give what q lacks of x/alpha; 0 where q is held or infinite."""
    rest = ((x - q * alpha) - product_error(q, alpha)) * (1 / alpha)
    return where(abs(rest) < 1, rest, 0)


def corrected(x: Any, alpha: Any) -> Any:
    """Compute alpha*(exp(x/alpha) - 1) for float64 results: where x/alpha > 0, exp() magnifies its error."""
    q = x / alpha
    rest = remainder(x, alpha, q)
    growth = expm1(q)
    lack = fma((growth + 1) * alpha, rest, product_error(alpha, growth))
    result = alpha * growth + where(abs(lack) < inf, lack, 0)
    result = where(q > LARGE, exp_product(q, fma(alpha, rest, alpha)), result)
    return where(abs(q) < TINY, x, result)


def forward(x: Any, alpha: Any) -> Any:
    """Compute x or alpha*(exp(x/alpha) - 1); for float32 results x times 1/alpha is as good as a quotient."""
    narrow = alpha * short_expm1(x * (1 / alpha))
    return where(x > 0, x, where(is_wide(x), corrected(x, alpha), narrow))


def derivative_by_x(x: Any, alpha: Any) -> Any:
    """Give the slope 1 or exp(x/alpha)."""
    q = held(x / alpha)
    wide = exp_product(q, 1 + remainder(x, alpha, q))
    return where(x > 0, 1, where(is_wide(x), wide, short_exp(x * (1 / alpha))))


def derivative_by_alpha(x: Any, alpha: Any) -> Any:
    """Compute exp(q) - 1 - q*exp(q) with q = x/alpha where alpha is in use, such that little cancels."""
    q = held(x / alpha)
    rest = remainder(x, alpha, q)
    growth = expm1(q)
    near = -0.5 * q * (growth + 0.5 * (q * q) * exp(0.5 * q) * series(0.25 * (q * q)))
    falling = growth - q * exp_product(q, 1 + rest)
    growing = exp_product(q, (1 - q) * (1 + rest)) - 1
    far = where(q < 0, falling, growing)
    return where(x > 0, 0, where(abs(q) < 1, near, far))


def series(v: Any) -> Any:
    """Compute (u*cosh(u) - sinh(u))/u**3 from v = u*u <= 1/4: the sum of 2k/(2k + 1)! * v**(k - 1)."""
    high = fma(v, fma(v, fma(v, 1 / 93405312000, 1 / 518918400), 1 / 3991680), 1 / 45360)
    return fma(v, fma(v, fma(v, high, 1 / 840), 1 / 30), 1 / 3)


celu = Activation(
    name="celu",
    summary="Continuously differentiable exponential linear unit.",
    formula="max(0, x) + min(0, alpha * (exp(x / alpha) - 1))",
    references=(
        "Barron, Continuously Differentiable Exponential Linear Units, 2017, https://arxiv.org/abs/1704.07483",
        "https://pytorch.org/docs/stable/generated/torch.nn.CELU.html",
    ),
    forward=forward,
    derivative={"x": derivative_by_x, "alpha": derivative_by_alpha},
    params=(Param("alpha", 1.0, closed="neither", exclude=(0.0,), doc="Scale of the negative part."),),
    limits=("-alpha if alpha > 0 else -inf", "inf"),
    derivative_limits=("0 if alpha > 0 else inf", 1),
    range=("-alpha if alpha > 0 else -inf", "inf"),
    max_ulp=0.51,
)


@hookimpl
def numact_activations() -> Iterator[Activation]:
    """Provide celu."""
    yield celu
