"""The backward functions of PyTorch's library, by numact's name without underscores.

Those that start from the input are compared with `vjp`; those that start from a saved output, together with
the forward pass that saves it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from numact.benchmarks.problems import Problem

Gradient = Callable[[Any, Any], Any]
"""Takes g and x."""

_SELU_SCALE = 1.0507009873554804934193349852946
_SELU_ALPHA = 1.6732632423543772848170429916717


def _slope(name: str) -> Callable[[Any, Problem], Gradient]:
    def make(aten: Any, problem: Problem) -> Gradient:
        backward, slope = aten.leaky_relu_backward, problem.numeric[name]
        return lambda g, x: backward(g, x, slope, False)

    return make


def _mean_slope(aten: Any, problem: Problem) -> Gradient:
    backward = aten.leaky_relu_backward
    slope = (problem.numeric["lower"] + problem.numeric["upper"]) / 2
    return lambda g, x: backward(g, x, slope, False)


def _elu(alpha: float, scale: float, input_scale: float) -> Callable[[Any], Gradient]:
    return lambda aten: lambda g, x: aten.elu_backward(g, alpha, scale, input_scale, False, x)


def _plain(name: str, *names: str, **options: Any) -> Callable[[Any, Problem], Gradient]:
    """Give the function of that name, with the parameters of these names."""

    def make(aten: Any, problem: Problem) -> Gradient:
        backward, values = getattr(aten, name), [problem.numeric[each] for each in names]
        return lambda g, x: backward(g, x, *values, **options)

    return make


def _glu(aten: Any, problem: Problem) -> Gradient:
    return lambda g, x: aten.glu_backward(g, x, -1)


FROM_INPUT: Mapping[str, Callable[[Any, Problem], Gradient]] = {
    "relu": lambda aten, problem: lambda g, x: aten.threshold_backward(g, x, 0),
    "relu6": lambda aten, problem: lambda g, x: aten.hardtanh_backward(g, x, 0.0, 6.0),
    "hardtanh": _plain("hardtanh_backward", "min_val", "max_val"),
    "leakyrelu": _slope("negative_slope"),
    "prelu": _slope("weight"),
    "rrelu": _mean_slope,
    "elu": lambda aten, problem: _elu(problem.numeric["alpha"], 1, 1)(aten),
    "celu": lambda aten, problem: _elu(problem.numeric["alpha"], 1, 1 / problem.numeric["alpha"])(aten),
    "selu": lambda aten, problem: _elu(_SELU_ALPHA, _SELU_SCALE, 1)(aten),
    "gelu": _plain("gelu_backward", approximate="none"),
    "gelutanh": _plain("gelu_backward", approximate="tanh"),
    "softplus": _plain("softplus_backward", "beta", "threshold"),
    "threshold": _plain("threshold_backward", "threshold"),
    "hardshrink": _plain("hardshrink_backward", "lambd"),
    "softshrink": _plain("softshrink_backward", "lambd"),
    "silu": _plain("silu_backward"),
    "mish": _plain("mish_backward"),
    "hardswish": _plain("hardswish_backward"),
    "hardsigmoid": _plain("hardsigmoid_backward"),
    "glu": _glu,
}
"""Make the gradient function of an activation from ``torch.ops.aten``."""

Both = Callable[[Any, Any], tuple[Any, Any]]
"""Takes x and g."""
Forward = Callable[[Any], Any]


def _from_output(name: str) -> Callable[[Any, Problem, Forward], Both]:
    def make(aten: Any, problem: Problem, forward: Forward) -> Both:
        backward = getattr(aten, name)

        def both(x: Any, g: Any) -> tuple[Any, Any]:
            y = forward(x)
            return y, backward(g, y)

        return both

    return make


def _from_rows(name: str) -> Callable[[Any, Problem, Forward], Both]:
    def make(aten: Any, problem: Problem, forward: Forward) -> Both:
        backward, axis = getattr(aten, name), problem.axis

        def both(x: Any, g: Any) -> tuple[Any, Any]:
            y = forward(x)
            return y, backward(g, y, axis, x.dtype)

        return both

    return make


def _log_sigmoid(aten: Any, problem: Problem, forward: Forward) -> Both:
    def both(x: Any, g: Any) -> tuple[Any, Any]:
        y, buffer = aten.log_sigmoid_forward(x)
        return y, aten.log_sigmoid_backward(g, x, buffer)

    return both


FROM_OUTPUT: Mapping[str, Callable[[Any, Problem, Forward], Both]] = {
    "sigmoid": _from_output("sigmoid_backward"),
    "tanh": _from_output("tanh_backward"),
    "logsigmoid": _log_sigmoid,
    "softmax": _from_rows("_softmax_backward_data"),
    "logsoftmax": _from_rows("_log_softmax_backward_data"),
}
"""Make a function of x and g that goes forward and back."""
