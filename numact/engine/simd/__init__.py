"""The vector math core: elementary functions of float64 numbers that LLVM vectorises.

Each function is a Numba dispatcher, for compiled code and for trying out; code that lowers whole functions
uses `DEFINITIONS`. The full functions are for float64 results. The short ones, several times cheaper, have a
relative error of about 2**-32, enough for float32 results, and need no more than the range of float32.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from numba.core import types

from numact.engine import values
from numact.engine.intrinsics import core, primitive
from numact.engine.simd import (
    arithmetic,
    error_function,
    exponential,
    hyperbolic,
    logarithm,
    logistic,
    power,
    single,
    trigonometric,
)
from numact.engine.values import Definition, Float32, Float64

DEFINITIONS: dict[str, Definition] = {
    definition.__name__: definition
    for definition in (
        exponential.exp,
        exponential.expm1,
        exponential.exp_product,
        exponential.exp_of_sum,
        exponential.short_exp,
        exponential.short_expm1,
        exponential.short_exp_below_0,
        exponential.short_exp_product,
        logarithm.log,
        logarithm.log1p,
        logarithm.log1p_unit,
        logarithm.short_log1p,
        logarithm.short_log1p_unit,
        power.pow,
        logistic.logistic_product,
        logistic.short_logistic_product,
        hyperbolic.tanh,
        hyperbolic.short_tanh,
        error_function.erf,
        error_function.erfc,
        error_function.erfcx,
        error_function.short_erfcx,
        error_function.normal_tail,
        error_function.short_normal_tail,
        trigonometric.sin,
        trigonometric.cos,
        arithmetic.sqrt,
        arithmetic.abs,
        arithmetic.maximum,
        arithmetic.minimum,
        arithmetic.quotient,
        arithmetic.short_quotient,
        arithmetic.quotient_by_inverse,
        arithmetic.short_quotient_by_inverse,
        arithmetic.quotient_estimate,
        arithmetic.rsqrt,
        arithmetic.short_rsqrt,
        arithmetic.rsqrt_estimate,
        arithmetic.product_error,
        arithmetic.sum_error,
        values.fma,
    )
}

# Functions for results alone, which may be rounded at once: the form in float32 arithmetic, for float32
# arguments and targets with FMA, and the name of what else serves.
ROUNDED: dict[str, tuple[Callable[..., Float32], str]] = {
    "rounded_tanh": (single.tanh, "short_tanh"),
    "rounded_logistic_product": (single.logistic_product, "short_logistic_product"),
}


def _dispatcher(name: str) -> Any:
    """Make a Numba function of a definition."""
    definition = DEFINITIONS[name]
    parameters = list(inspect.signature(definition).parameters.values())

    def write(builder: Any, *arguments: Any) -> Any:
        return definition(*(Float64(builder, argument) for argument in arguments)).value

    builder = inspect.Parameter("builder", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    write.__signature__ = inspect.Signature([builder, *parameters])  # type: ignore[attr-defined]
    written = primitive(types.float64, *[types.float64] * len(parameters))(write)

    # A compiled function has a fixed number of arguments.
    def one(x: Any) -> Any:
        return written(x)

    def two(x: Any, y: Any) -> Any:
        return written(x, y)

    def three(x: Any, y: Any, z: Any) -> Any:
        return written(x, y, z)

    return core((one, two, three)[len(parameters) - 1])


exp = _dispatcher("exp")
expm1 = _dispatcher("expm1")
exp_product = _dispatcher("exp_product")
exp_of_sum = _dispatcher("exp_of_sum")
log = _dispatcher("log")
log1p = _dispatcher("log1p")
log1p_unit = _dispatcher("log1p_unit")
pow = _dispatcher("pow")
sqrt = _dispatcher("sqrt")
abs = _dispatcher("abs")
sin = _dispatcher("sin")
cos = _dispatcher("cos")
tanh = _dispatcher("tanh")
erf = _dispatcher("erf")
erfc = _dispatcher("erfc")
erfcx = _dispatcher("erfcx")
normal_tail = _dispatcher("normal_tail")
maximum = _dispatcher("maximum")
minimum = _dispatcher("minimum")
product_error = _dispatcher("product_error")
sum_error = _dispatcher("sum_error")
fma = _dispatcher("fma")
quotient = _dispatcher("quotient")
short_quotient = _dispatcher("short_quotient")
quotient_by_inverse = _dispatcher("quotient_by_inverse")
short_quotient_by_inverse = _dispatcher("short_quotient_by_inverse")
quotient_estimate = _dispatcher("quotient_estimate")
rsqrt = _dispatcher("rsqrt")
short_rsqrt = _dispatcher("short_rsqrt")
rsqrt_estimate = _dispatcher("rsqrt_estimate")
logistic_product = _dispatcher("logistic_product")
short_logistic_product = _dispatcher("short_logistic_product")
short_exp = _dispatcher("short_exp")
short_expm1 = _dispatcher("short_expm1")
short_exp_below_0 = _dispatcher("short_exp_below_0")
short_exp_product = _dispatcher("short_exp_product")
short_log1p = _dispatcher("short_log1p")
short_log1p_unit = _dispatcher("short_log1p_unit")
short_tanh = _dispatcher("short_tanh")
short_erfcx = _dispatcher("short_erfcx")
short_normal_tail = _dispatcher("short_normal_tail")
