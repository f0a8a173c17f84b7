"""The textbook formula of an activation, as somebody would type it with another library's arrays."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from numact import reference
from numact.benchmarks.problems import Problem
from numact.errors import FormulaError


def formula_function(
    problem: Problem, library: ModuleType, special: ModuleType | None
) -> Callable[[Any], Any] | None:
    """Make the activation's formula a function of x in a library that has NumPy's names.

    Parameters
    ----------
    problem : Problem
        Which activation, and the parameters' values.
    library : module
        numpy or jax.numpy.
    special : module, optional
        Where the error function is.

    Returns
    -------
    callable or None
        None where the formula is only there to be read, or needs a function that the library lacks.
    """
    spec, params = problem.spec, problem.numeric
    try:
        if spec.kind == "axis":
            rows = reference.numpy_rows(spec.formula, params, library, problem.axis)
            return rows
        function = reference.numpy_function(spec.parsed_formula(), library, special)
    except (FormulaError, AttributeError):
        return None
    if spec.kind == "gated":
        half = problem.x.shape[-1] // 2
        return lambda x: function(x[..., :half], x[..., half:], **params)
    if spec.kind == "random":
        # Outside training, a random activation takes the middle of what it would draw.
        return lambda x: function(x, 0.5, **params)
    return lambda x: function(x, **params)


def scalar_of(problem: Problem, value: float) -> Any:
    """Give a number the dtype of the problem's arrays."""
    return problem.x.dtype.type(value) if np.isscalar(value) else value
