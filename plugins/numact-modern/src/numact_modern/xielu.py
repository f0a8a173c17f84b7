"""The expanded integral of the exponential linear unit."""

from __future__ import annotations

from math import inf
from typing import Any

from numact import Activation, Param
from numact.scalar import fma, product_error, sum_error, where
from numact_modern._exponential import expm1_pair

# Nearer to 0, four terms of the power series are enough.
NEAR = 2.0**-26


def product(a: Any, b: Any) -> Any:
    """Give a*b, also where it is 0 times infinity, and what it lacks."""
    rest = product_error(a, b)
    return where(a == 0, 0, a * b), where(abs(rest) < inf, rest, 0)


def forward(x: Any, alpha_p: Any, alpha_n: Any, beta: Any) -> Any:
    """Compute alpha_p x**2 + beta x, or alpha_n (exp(x) - 1 - x) + beta x for x <= 0."""
    near = x * line(x, 0.5 * alpha_n, beta, alpha_n * x * x * fma(x, 1 / 24, 1 / 6))
    negative = where(x > -NEAR, near, falling(x, alpha_n, beta))
    return where(x > 0, x * line(x, alpha_p, beta, 0), negative)


def line(x: Any, slope: Any, start: Any, small: Any) -> Any:
    """Compute slope*x + start + small, accurately also next to where it is 0."""
    rise, rest = product(slope, x)
    total = rise + start
    rest = sum_error(rise, start) + (rest + small)
    return total + where(abs(rest) < inf, rest, 0)


def falling(x: Any, alpha_n: Any, beta: Any) -> Any:
    """Compute alpha_n (exp(x) - 1) + (beta - alpha_n) x, which may be 0, accurately also next to there."""
    high, low = expm1_pair(x)
    bend, bend_rest = product(alpha_n, high)
    slope = beta - alpha_n
    linear, linear_rest = product(slope, x)
    total = bend + linear
    rest = sum_error(bend, linear) + (bend_rest + linear_rest)
    rest = rest + fma(alpha_n, low, sum_error(beta, -alpha_n) * x)
    return total + where(abs(rest) < inf, rest, 0)


def derivative_by_x(x: Any, alpha_p: Any, alpha_n: Any, beta: Any) -> Any:
    """Compute 2 alpha_p x + beta or alpha_n (exp(x) - 1) + beta, accurately also next to where it is 0."""
    high, low = expm1_pair(where(x > 0, 0, x))
    bend, bend_rest = product(alpha_n, high)
    falling = (bend + beta) + (sum_error(bend, beta) + fma(alpha_n, low, bend_rest))
    return where(x > 0, line(x, 2 * alpha_p, beta, 0), falling)


def derivative_by_alpha_p(x: Any, alpha_p: Any, alpha_n: Any, beta: Any) -> Any:
    """Square x where it is positive."""
    return where(x > 0, x * x, 0)


def derivative_by_alpha_n(x: Any, alpha_p: Any, alpha_n: Any, beta: Any) -> Any:
    """Compute exp(x) - 1 - x where x is negative."""
    high, low = expm1_pair(x)
    rest = sum_error(high, -x) + low
    far = (high - x) + where(abs(rest) < inf, rest, 0)
    return where(x > 0, 0, where(x > -NEAR, x * x * fma(x, 1 / 6, 0.5), far))


def derivative_by_beta(x: Any, alpha_p: Any, alpha_n: Any, beta: Any) -> Any:
    """Give x."""
    return x


xielu = Activation(
    name="xielu",
    summary="Expanded integral of the exponential linear unit, quadratic on one side.",
    formula="alpha_p * x**2 + beta * x if x > 0 else alpha_n * (exp(x) - 1 - x) + beta * x",
    references=(
        "Huang and Schlag, Deriving Activation Functions Using Integration, 2024, "
        "https://arxiv.org/abs/2411.13010",
        "https://github.com/huggingface/transformers/blob/main/src/transformers/activations.py, "
        "XIELUActivation (which learns alpha_p and alpha_n - beta by their inverse softplus)",
    ),
    forward=forward,
    derivative={
        "x": derivative_by_x,
        "alpha_p": derivative_by_alpha_p,
        "alpha_n": derivative_by_alpha_n,
        "beta": derivative_by_beta,
    },
    params=(
        Param("alpha_p", 0.8, low=0.0, closed="neither", doc="Curvature for x > 0, halved."),
        Param("alpha_n", 0.8, closed="neither", doc="Scale for x <= 0; the source keeps it above beta."),
        Param("beta", 0.5, closed="neither", doc="Slope at 0."),
    ),
    limits=("inf if alpha_n > beta else -inf if alpha_n < beta else -alpha_n", "inf"),
    derivative_limits=("beta - alpha_n", "inf"),
    max_ulp=0.5,
)
