"""The sigmoid linear unit, with a parameter known as swish."""

from __future__ import annotations

from math import inf
from typing import Any

from numact import Activation, Param
from numact.scalar import exp, exp_product, fma, is_wide, product_error, short_exp, short_quotient, where
from numact_modern import _swish
from numact_modern._rounding import known

# Where 1 + exp(-|p|) is 1, and exp(-|p|) not yet near the subnormal numbers.
TAIL = 600


def argument(x: Any, beta: Any) -> Any:
    """Give beta*x, also where it is 0 times infinity."""
    return where(beta == 0, 0, beta * x)


def forward(x: Any, beta: Any) -> Any:
    """Compute x times the sigmoid of beta*x."""
    return _swish.product(x, argument(x, beta), known(product_error(beta, x)))


def derivative_by_x(x: Any, beta: Any) -> Any:
    """Give the slope, a function of beta*x."""
    return _swish.slope(argument(x, beta), known(product_error(beta, x)))


def derivative_by_beta(x: Any, beta: Any) -> Any:
    """Square x exp(-|p|/2)/(1 + exp(-|p|)) with p = beta*x, which neither overflows nor underflows early."""
    size = abs(argument(x, beta))
    decay = short_exp(-0.5 * size)
    root = short_quotient(x * decay, fma(decay, decay, 1))
    # Where beta is 0 the square grows, else it falls.
    far = where(beta == 0, inf, 0)
    return where(abs(x) < inf, where(is_wide(x), wide_by_beta(x, beta), root * root), far)


def wide_by_beta(x: Any, beta: Any) -> Any:
    """Compute the same for float64 results, where r exp(-|p|) r with r = x/(1 + exp(-|p|)) rounds less."""
    p, rest = beta * x, known(product_error(beta, x))
    size, rest = abs(p), where(p < 0, rest, -rest)
    decay = exp(-size)
    whole = 1 + decay
    part = 1 / whole
    root = abs(x) * part
    product = exp_product(-size, root) * root
    remainder = (abs(x) - root * whole) - product_error(root, whole) - root * ((1 - whole) + decay)
    lacking = fma(rest, (1 - decay) * part, 2 * (remainder / abs(x)))
    near = where((product > 0) & (product < inf), fma(product, lacking, product), product)
    # No factor is subnormal there where the result is not.
    far = exp_product(-0.5 * size, x)
    return where(size > TAIL, fma(far * far, rest, far * far), near)


silu = Activation(
    name="silu",
    summary="Sigmoid linear unit, x times the sigmoid of beta*x; known as swish.",
    formula="x / (1 + exp(-beta * x))",
    references=(
        "Elfwing, Uchibe and Doya, Sigmoid-Weighted Linear Units, 2017, https://arxiv.org/abs/1702.03118",
        "Ramachandran, Zoph and Le, Searching for Activation Functions, 2017, "
        "https://arxiv.org/abs/1710.05941 (beta)",
        "https://pytorch.org/docs/stable/generated/torch.nn.SiLU.html",
    ),
    aliases=("swish",),
    forward=forward,
    derivative={"x": derivative_by_x, "beta": derivative_by_beta},
    params=(Param("beta", 1.0, closed="neither", doc="Sharpness of the gate; 0 gives x/2."),),
    limits=("-0.0 if beta > 0 else -inf", "0 if beta < 0 else inf"),
    derivative_limits=(
        "0 if beta > 0 else 1 if beta < 0 else 1 / 2",
        "1 if beta > 0 else 0 if beta < 0 else 1 / 2",
    ),
    range=(
        "-0.27846454276107379 / beta if beta > 0 else -inf",
        "-0.27846454276107379 / beta if beta < 0 else inf",
    ),
    max_ulp=0.54,
)
