"""The logistic function times a factor, without overflow and with the lower tail's digits.

Errors are the largest found against MPFR, in units of the last place of the result.
"""

from __future__ import annotations

from numact.engine.simd.arithmetic import short_quotient
from numact.engine.simd.exponential import exp, exp_product, short_exp
from numact.engine.values import Float64, absolute, where


def logistic_product(x: Float64, factor: Float64) -> Float64:
    """Compute factor/(1 + exp(-x)). Error 2.2."""
    size = -absolute(x)
    # With one argument both exponentials are computed once.
    return where(x < 0.0, exp_product(size, factor), factor) / (exp(size) + 1.0)


def short_logistic_product(x: Float64, factor: Float64) -> Float64:
    """Compute factor/(1 + exp(-x)) for a float32 result and a finite factor. Error 0.53 as a float32."""
    growth = short_exp(x)
    return short_quotient(factor * growth, growth + 1.0)
