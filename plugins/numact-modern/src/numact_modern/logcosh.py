"""The logarithm of the hyperbolic cosine."""

from __future__ import annotations

from typing import Any

from numact import Activation
from numact.scalar import (
    exp,
    is_wide,
    log1p,
    product_error,
    short_expm1,
    short_log1p,
    short_quotient,
    short_tanh,
    where,
)
from numact_modern._polynomials import horner

# Held there, float32 results miss nothing of log(1 + exp(-2|x|)).
SATURATION = 100
LN2, LN2_REST = 0.6931471805599453, 2.3190468138462996e-17
# (1 - 2 log(cosh(x))/x**2)/x**2 in x**2 for |x| <= 1, error 2**-56.6. Made by tools/derive_modern.py.
END = 1.0
SERIES = (
    0.16666666666666402,
    -0.04444444444419926,
    0.013492063484073736,
    -0.004373897575376064,
    0.0014772046276565524,
    -0.0005131528935007115,
    0.0001819431552928933,
    -6.544617506818366e-05,
    2.3659089474295487e-05,
    -8.389594325472173e-06,
    2.7579021239783735e-06,
    -7.581324863529317e-07,
    1.4750864817454318e-07,
    -1.4585031996146237e-08,
)


def forward(x: Any) -> Any:
    """Compute log(1 + m**2/(2m + 2)) with m = exp(|x|) - 1 for float32 results."""
    size = abs(x)
    held = where(size > SATURATION, SATURATION, size)
    growth = short_expm1(held)
    narrow = short_log1p(short_quotient(growth * growth, 2 * growth + 2)) + (size - held)
    return where(is_wide(x), where(size < END, near_zero(size), far(size)), narrow)


def near_zero(size: Any) -> Any:
    """Compute x*x/2 less a part of it for |x| <= 1 and float64 results, the square's rounding put back."""
    square = size * size
    rest = product_error(size, size) - square * (square * horner(square, SERIES))
    return 0.5 * (square + rest)


def far(size: Any) -> Any:
    """Compute (|x| - log(2)) + log(1 + exp(-2|x|)) for |x| >= 1 and float64 results."""
    return (size - LN2) + (log1p(exp(-2 * size)) - LN2_REST)


def derivative(x: Any) -> Any:
    """Compute tanh(x)."""
    return short_tanh(x)


logcosh = Activation(
    name="logcosh",
    summary="Logarithm of the hyperbolic cosine.",
    # One of two forms of log(cosh(x)): neither cancels where it is used.
    formula=(
        "log1p((exp(x / 2) - exp(-x / 2))**2 / 2) if abs(x) < 1 else abs(x) + log((1 + exp(-2 * abs(x))) / 2)"
    ),
    references=(
        "Hyvärinen, Fast and Robust Fixed-Point Algorithms for Independent Component Analysis, IEEE "
        "Transactions on Neural Networks 10 (1999) 626-634",
        "https://keras.io/api/losses/regression_losses/#logcosh-class",
    ),
    forward=forward,
    derivative=derivative,
    aliases=("log_cosh",),
    limits=("inf", "inf"),
    derivative_limits=(-1, 1),
    range=(0, "inf"),
    max_ulp=0.51,
)
