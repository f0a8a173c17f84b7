"""The self-regularised activation x tanh(softplus(x))."""

from __future__ import annotations

from typing import Any

from numact import Activation
from numact.scalar import exp, exp_product, fma, is_wide, product_error, short_exp, short_quotient, where
from numact_modern._polynomials import horner
from numact_modern._rounding import quotient, square_rest

# Held there, tanh(softplus(x)) has become 1 and, times x, 0.
LARGEST, LOWEST = 40, -800
# The root of the derivative.
ROOT = -1.1924312145154952
# The power series of `numerator` there, which float32 results need so near, from the first power on.
NEAR_ROOT = 1 / 4
SERIES = (
    6.407964080090054,
    2.2632074335192134,
    1.286182291977346,
    0.5578184890230967,
    0.2085348386108657,
    0.0716825354043923,
    0.0232452953734544,
    0.00713752469673982,
    0.0020670392756840066,
    0.0005622392837959497,
)


def forward(x: Any) -> Any:
    """Compute x n/(n + 2) with n = w (w + 2) and w = exp(x), for tanh(log(1 + w)) = n/(n + 2)."""
    growth = short_exp(x)
    n = growth * (growth + 2)
    finite = where(is_wide(x), wide(x), short_quotient(x * n, n + 2))
    return where(x < LOWEST, -0.0, where(x > LARGEST, x, finite))


def wide(x: Any) -> Any:
    """Compute it for float64 results with v = exp(-|x|); a normal product never passes a subnormal."""
    decay = exp(-abs(x))
    n, n_rest, denominator, rest = parts(decay)
    inverse = 1 / denominator
    share = n * inverse
    lacking = fma(-denominator, share, n) + (n_rest - share * rest)
    factor = fma(x, share, x * (lacking * inverse))
    square = decay * decay
    rising = x - x * (2 * square / (2 * square + 2 * decay + 1))
    return where(x < 0, exp_product(-abs(x), factor), rising)


def parts(w: Any) -> tuple[Any, Any, Any, Any]:
    """Give w + 2 and w (w + 2) + 2 for w <= 1, each with what it lacks; 2 less the latter is exact."""
    n = w + 2
    n_rest = (2 - n) + w
    denominator = fma(w, n, 2)
    return n, n_rest, denominator, fma(w, n, 2 - denominator) + w * n_rest


def derivative(x: Any) -> Any:
    """Compute w ((w + 2)(n + 2) + 4x (1 + w))/(n + 2)**2, where little cancels but next to the root."""
    held = where(x > LARGEST, LARGEST, where(x < LOWEST, LOWEST, x))
    growth = short_exp(held)
    denominator = growth * (growth + 2) + 2
    distance = held - ROOT
    numerator = (growth + 2) * denominator + 4 * held * (1 + growth)
    numerator = where(abs(distance) < NEAR_ROOT, distance * horner(distance, SERIES), numerator)
    narrow = growth * short_quotient(numerator, denominator * denominator)
    return where(is_wide(x), where(x < 0, wide_left_slope(held), wide_right_slope(held)), narrow)


def wide_left_slope(x: Any) -> Any:
    """Compute the derivative for x <= 0 and float64 results, the numerator's roundings put back."""
    held = where(x > 0, 0, x)
    growth = exp(held)
    n, n_rest, denominator, denominator_rest = parts(growth)
    whole = 1 + growth
    rising, falling = n * denominator, 4 * held * whole
    numerator = rising + falling
    rest = product_error(n, denominator) + fma(n, denominator_rest, n_rest * denominator)
    rest = rest + (product_error(4 * held, whole) + 4 * held * ((1 - whole) + growth))
    rest = rest + ((rising - numerator) + falling)
    square = denominator * denominator
    fraction = quotient(numerator, rest, square, square_rest(denominator, denominator_rest))
    return exp_product(held, fraction)


def wide_right_slope(x: Any) -> Any:
    """Compute the derivative for x >= 0 and float64 results, 1 - 2v**2 (D + 1 - 2x (1 + v))/D**2.

    There D = 1 + 2v + 2v**2 and v = exp(-x).
    """
    decay = exp(-abs(x))
    square = decay * decay
    denominator = 2 * square + 2 * decay + 1
    excess = 2 * square * (denominator - 2 * x * (1 + decay)) / (denominator * denominator)
    return 1 - excess


mish = Activation(
    name="mish",
    summary="Self-regularised activation, x times tanh(softplus(x)).",
    formula="x * tanh(log(1 + exp(x)))",
    references=(
        "Misra, Mish: A Self Regularized Non-Monotonic Activation Function, 2019, "
        "https://arxiv.org/abs/1908.08681",
        "https://pytorch.org/docs/stable/generated/torch.nn.Mish.html",
    ),
    forward=forward,
    derivative=derivative,
    limits=(-0.0, "inf"),
    derivative_limits=(0, 1),
    range=(-0.30884341301725041, "inf"),
    max_ulp=0.54,
)
