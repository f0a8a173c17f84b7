"""Kernels fetched from the engine, which is imported when the first one is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from numact import registry
from numact.errors import FormulaError, NumactError, UnknownActivationError
from numact.rules import OPERANDS
from numact.spec import Activation

if TYPE_CHECKING:
    from numact.engine.launch import Loop, RowLoop, SumLoop

# What callers call the two inputs of a gated activation, and what its author calls them.
GATED_ARGUMENTS = dict(zip(("x", "gate"), OPERANDS["gated"], strict=True))

_OWN = ("numact", "this process")


def elementwise_loop(spec: Activation, role: str, wrt: str, dtype: np.dtype[Any]) -> Loop:
    """
    Return the kernel of an elementwise, random or gated activation.

    Parameters
    ----------
    spec : Activation
        The activation.
    role, wrt : str
        Which kernel.
    dtype : numpy.dtype
        The arrays' dtype.

    Returns
    -------
    Loop
        Compiled, or loaded from the cache.

    Raises
    ------
    FormulaError
        If the activation's code does not compile.
    PluginError
        If it is an installed plugin's, which is disabled then.
    """
    from numact.engine import launch

    if spec.kind == "gated":
        wrt = GATED_ARGUMENTS.get(wrt, wrt)
    try:
        return launch.elementwise(spec, role, wrt, dtype)
    except FormulaError as error:
        raise _reported(spec, error) from error.__cause__


def row_loop(spec: Activation, role: str, dtype: np.dtype[Any]) -> RowLoop:
    """
    Return the kernel of an activation along an axis.

    Parameters
    ----------
    spec : Activation
        The activation.
    role : str
        Which kernel.
    dtype : numpy.dtype
        The arrays' dtype.

    Returns
    -------
    RowLoop
        Compiled, or loaded from the cache.

    Raises
    ------
    FormulaError, PluginError
        As `elementwise_loop`.
    """
    from numact.engine import launch

    try:
        return launch.rows(spec, role, dtype)
    except FormulaError as error:
        raise _reported(spec, error) from error.__cause__


def sum_loop(spec: Activation, wrt: str, dtype: np.dtype[Any]) -> SumLoop:
    """
    Return the kernel that sums the gradient of a parameter.

    Parameters
    ----------
    spec : Activation
        The activation.
    wrt : str
        The parameter.
    dtype : numpy.dtype
        The arrays' dtype.

    Returns
    -------
    SumLoop
        Compiled, or loaded from the cache.

    Raises
    ------
    FormulaError, PluginError
        As `elementwise_loop`.
    """
    from numact.engine import launch

    try:
        return launch.sum_loop(spec, wrt, dtype)
    except FormulaError as error:
        raise _reported(spec, error) from error.__cause__


def _reported(spec: Activation, error: FormulaError) -> NumactError:
    """Return the error to raise: a plugin that does not compile is taken out, one's own may be mended."""
    try:
        distribution = registry.provider(spec).distribution
    except UnknownActivationError:  # nobody can look it up, so there is nothing to disable
        return error
    return error if distribution in _OWN else registry.disable(registry.name_of(spec), error)
