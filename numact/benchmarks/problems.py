"""What one cell of a comparison computes: the activation, the arrays, the role."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from numact import api, registry
from numact.benchmarks.timer import Call, Contender
from numact.errors import NumactError
from numact.examples import example_parameters
from numact.spec import Activation

Array = NDArray[Any]
Role = Literal["forward", "out", "in place", "vjp", "value and vjp"]

ROLES: tuple[Role, ...] = ("forward", "out", "in place", "vjp", "value and vjp")
"""What is timed: the value in a fresh array, in one that is there, in the input's own place; the gradient
from input and incoming gradient; value and gradient both."""

ROW = 1000
"""Elements of a row, where rows matter and no shape is asked for."""


@dataclass(frozen=True)
class Problem:
    """One activation on one input.

    Parameters
    ----------
    spec : Activation
        Which one, as asked for by name.
    given : mapping
        The parameters that had to be chosen.
    x, g : ndarray
        The input, and the gradient of the output.
    """

    spec: Activation
    given: Mapping[str, Any]
    x: Array
    g: Array

    @property
    def function(self) -> Any:
        """The function that numact gives, its parameters bound."""
        return api.get(self.spec.name, **self.given)

    @property
    def parameters(self) -> Mapping[str, Any]:
        """All parameters by name, defaults included."""
        values: Mapping[str, Any] = self.function.parameters
        return values

    @property
    def numeric(self) -> dict[str, float]:
        """The parameters that stand in the formula."""
        values = self.parameters
        return {param.name: float(values[param.name]) for param in self.spec.numeric_params}

    @property
    def axis(self) -> int:
        """The axis along which rows lie, or halves to gate each other."""
        return int(self.parameters["axis"]) if self.spec.kind == "axis" else -1

    def moved(self, role: Role) -> int:
        """Count the bytes that a role has to read and write."""
        value, gradient = self.x.nbytes + self.g.nbytes, 2 * self.x.nbytes + self.g.nbytes
        return {"vjp": gradient, "value and vjp": gradient + self.g.nbytes}.get(role, value)

    def in_place(self, prepare: Callable[[Array], Call]) -> Contender:
        """Make a contender of a call that overwrites its input: it gets a copy, and the input again."""
        buffer = self.x.copy()
        return Contender(prepare(buffer), lambda: np.copyto(buffer, self.x))


def make_problem(
    name: str, dtype: str, size: int, shape: tuple[int, ...] | None = None, axis: int = -1
) -> Problem:
    """Choose an input.

    Parameters
    ----------
    name : str
        A registered activation.
    dtype : str
        float16, float32 or float64.
    size : int
        About so many elements, unless there is a shape: in one dimension, or rows of `ROW` for activations
        of rows and halves.
    shape : tuple of int, optional
        Shape of the input.
    axis : int
        For activations along an axis.

    Returns
    -------
    Problem
        Its input is normal with a standard deviation of 2.
    """
    spec = registry.get_spec(name)
    given = example_parameters(spec)
    if spec.kind == "axis":
        given["axis"] = axis
    if shape is None:
        by_rows = spec.kind in ("axis", "gated")
        shape = (max(1, size // ROW), min(size, ROW)) if by_rows else (size,)
    g_shape = (*shape[:-1], shape[-1] // 2) if spec.kind == "gated" else shape
    x, g = _normal(shape, g_shape, dtype)
    # A choice may stand for another activation: that is what peers are asked for.
    return Problem(api.get(name, **given).spec, given, x, g)


@lru_cache(maxsize=1)
def _normal(shape: tuple[int, ...], g_shape: tuple[int, ...], dtype: str) -> tuple[Array, Array]:
    """Draw an input and a gradient; the cells of one size follow each other and share them."""
    generator = np.random.default_rng(0)
    try:
        x = (2 * generator.standard_normal(shape, dtype=np.float32)).astype(dtype)
        return x, generator.standard_normal(g_shape, dtype=np.float32).astype(dtype)
    except (MemoryError, ValueError) as error:
        raise NumactError(f"arrays of shape {shape} do not fit into memory") from error


def own_contender(problem: Problem, role: Role) -> Contender | None:
    """Give numact's own call, or None where there is no such role.

    Parameters
    ----------
    problem : Problem
        What to compute.
    role : str
        One of `ROLES`.
    """
    function, x, g = problem.function, problem.x, problem.g
    if role == "forward":
        return Contender(lambda: function(x))
    if role == "out":
        out = np.zeros_like(g)
        return Contender(lambda: function(x, out=out))
    if role == "in place":
        if problem.spec.kind == "gated":
            return None
        return problem.in_place(lambda buffer: lambda: function(buffer, out=buffer))
    if role == "vjp":
        return Contender(lambda: function.vjp(x, g))
    return Contender(lambda: function.value_and_vjp(x, g))
