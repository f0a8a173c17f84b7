"""Every activation on real input: how fast, and how exact."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numact import api, reference
from numact.errors import FormulaError
from numact.examples import example_parameters
from numact.spec import Activation

Array = NDArray[np.float32]

SAMPLE = 400
_SECONDS = 0.3
_FEWEST_ROUNDS = 7
_BYTES = np.dtype(np.float32).itemsize


@dataclass(frozen=True)
class Row:
    """What was measured of one activation.

    Attributes
    ----------
    name : str
        The activation.
    parameters : mapping
        What had to be chosen because it is required.
    nanoseconds_one_thread, nanoseconds : float
        Time per element of the input on one thread, and as numact chooses, the output allocated anew by each
        call.
    gigabytes_per_second : float
        Input read and output written, in the lesser of both times.
    times_faster : float, optional
        How many times the lesser of both NumPy takes for the textbook formula; None where it cannot
        compute it.
    worst_ulp : float, optional
        Greatest error found in a sample, in units in the last place; None where the formula of an axis
        activation is there only to be read.
    """

    name: str
    parameters: Mapping[str, Any]
    nanoseconds_one_thread: float
    nanoseconds: float
    gigabytes_per_second: float
    times_faster: float | None
    worst_ulp: float | None


def compile_kernel(spec: Activation, x: Array) -> None:
    """Call an activation once, which compiles its kernel or loads it from the cache.

    Parameters
    ----------
    spec : Activation
        Which one.
    x : ndarray
        The input it will be measured on.
    """
    api.apply(spec.name, x, **example_parameters(spec))


def measure(spec: Activation, x: Array) -> Row:
    """Measure one activation.

    Parameters
    ----------
    spec : Activation
        Which one; `compile_kernel` has been called.
    x : ndarray
        float32, 2-D, finite.

    Returns
    -------
    Row
        The fastest of calls that alternate with NumPy's.
    """
    given = example_parameters(spec)
    calls: list[Callable[[], Any]] = [lambda: api.apply(spec.name, x, **given)]
    calls.append(_on_one_thread(calls[0]))
    textbook = _textbook(spec, x, given)
    if textbook is not None:
        calls.append(textbook)
    times = _alternate(calls)
    fastest = min(times[:2])
    output: Array = calls[0]()
    return Row(
        name=spec.name,
        parameters=given,
        nanoseconds_one_thread=1e9 * times[1] / x.size,
        nanoseconds=1e9 * times[0] / x.size,
        gigabytes_per_second=_BYTES * (x.size + output.size) / fastest / 1e9,
        times_faster=times[2] / fastest if textbook is not None else None,
        worst_ulp=_worst_ulp(spec, x, output, given),
    )


def _on_one_thread(call: Callable[[], Any]) -> Callable[[], Any]:
    def limited() -> Any:
        with api.threads(1):
            return call()

    return limited


def _textbook(spec: Activation, x: Array, given: Mapping[str, Any]) -> Callable[[], Any] | None:
    params = _numeric(spec, given)
    try:
        if spec.kind == "axis":
            rows = reference.numpy_rows(spec.formula, params)
            return lambda: rows(x)
        function = reference.numpy_function(spec.parsed_formula())
    except (FormulaError, ModuleNotFoundError):
        return None
    operands = _operands(spec, x)
    return lambda: function(*operands, **params)


def _operands(spec: Activation, x: Array) -> tuple[Any, ...]:
    """Return what the formula takes beside its parameters."""
    if spec.kind == "gated":
        return tuple(np.split(x, 2, axis=-1))
    # Outside training, a random activation takes the middle of what it would draw.
    return (x, 0.5) if spec.kind == "random" else (x,)


def _numeric(spec: Activation, given: Mapping[str, Any]) -> dict[str, float]:
    values = api.get(spec.name, **given).parameters
    return {param.name: float(np.float32(values[param.name])) for param in spec.numeric_params}


def _alternate(calls: list[Callable[[], Any]]) -> list[float]:
    """Return the least time of each call, all of them taking turns: what disturbs a call only adds to it."""
    times: list[list[float]] = [[] for _ in calls]
    end = time.perf_counter() + _SECONDS
    with np.errstate(all="ignore"):
        while time.perf_counter() < end or len(times[0]) < _FEWEST_ROUNDS:
            for call, taken in zip(calls, times, strict=True):
                start = time.perf_counter()
                call()
                taken.append(time.perf_counter() - start)
    return [min(taken) for taken in times]


def _worst_ulp(spec: Activation, x: Array, output: Array, given: Mapping[str, Any]) -> float | None:
    params = _numeric(spec, given)
    if spec.kind == "axis":
        rows = slice(0, -(-SAMPLE // x.shape[-1]))
        try:
            exact = [value for row in x[rows] for value in reference.exact_row(spec.formula, row, params)]
        except FormulaError:
            return None
        return reference.worst_ulp(output[rows], exact)
    formula = spec.parsed_formula()
    chosen = _spread(output)
    operands = [
        np.broadcast_to(operand, output.shape).ravel()[chosen].tolist() for operand in _operands(spec, x)
    ]
    points = [dict(zip(formula.names, values, strict=False)) for values in zip(*operands, strict=True)]
    exact = [reference.exact_value(formula, {**point, **params}) for point in points]
    return reference.worst_ulp(output.ravel()[chosen], exact)


def _spread(values: Array) -> NDArray[np.intp]:
    """Choose positions whose values lie evenly among all, the least and the greatest included."""
    order = np.argsort(values, axis=None, kind="stable")
    return order[np.linspace(0, order.size - 1, SAMPLE).round().astype(np.intp)]
