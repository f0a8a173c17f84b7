"""Arguments of a call: what a derivative is taken by and where it goes, and what stood in the wrong place."""

from __future__ import annotations

from typing import Any

import numpy as np

from numact.errors import OutputError, ParameterError, did_you_mean
from numact.spec import Activation


def wrt_names(spec: Activation, wrt: Any) -> tuple[str, ...]:
    """
    Return the names of the arguments to differentiate by.

    Parameters
    ----------
    spec : Activation
        The activation.
    wrt : str or tuple of str
        What the caller gave.

    Returns
    -------
    tuple of str
        The names, at least one.

    Raises
    ------
    ParameterError
        If one of them has no derivative, or is named twice.
    """
    if isinstance(wrt, str) and wrt == "x":  # every activation has it
        return ("x",)
    names = tuple(wrt) if isinstance(wrt, (tuple, list)) else (wrt,)
    allowed = differentiable_names(spec)
    for name in names:
        if name not in allowed:
            hint = did_you_mean(str(name), allowed)
            listed = " or ".join(repr(each) for each in allowed)
            raise ParameterError(f"'wrt' of {spec.name} must be {listed}, got {name!r}{hint}")
    if not names or len(set(names)) < len(names):
        raise ParameterError(f"'wrt' of {spec.name} must name each argument once, got {wrt!r}")
    return names


def outputs_for(spec: Activation, wrt: Any, out: Any) -> tuple[Any, ...]:
    """
    Return where each gradient goes.

    Parameters
    ----------
    spec : Activation
        The activation.
    wrt : str or tuple of str
        What the caller gave.
    out : object
        What the caller gave: one array for one name, a tuple for a tuple of names.

    Returns
    -------
    tuple
        An array or None for each name.

    Raises
    ------
    OutputError
        If `out` is no tuple where `wrt` is, or of another length.
    """
    if isinstance(wrt, str):
        return (out,)
    if out is None:
        return (None,) * len(wrt)
    if not isinstance(out, tuple) or len(out) != len(wrt):
        raise OutputError(f"out of the vjp of {spec.name} must be a tuple as long as wrt, {len(wrt)}")
    return out


def positional_sentence(spec: Activation, positional: tuple[Any, ...]) -> str:
    """
    Return the sentence about arguments that were passed by position.

    Parameters
    ----------
    spec : Activation
        The activation.
    positional : tuple
        What followed x.

    Returns
    -------
    str
        The sentence, with the call as it should be written.
    """
    leading = ("gate",) if spec.kind == "gated" else ()
    shown = [
        f"{name}={value!r}" if np.ndim(value) == 0 else f"{name}=..."
        for name, value in zip((*leading, *spec.parameter_names), positional, strict=False)
    ]
    advice = ", ".join(shown) or "out=..."
    return f"{spec.name} takes x alone by position: pass {advice} by keyword, as in {spec.name}(x, {advice})"


def differentiable_names(spec: Activation) -> tuple[str, ...]:
    """
    Return the arguments that have a gradient, under the names that callers use.

    Parameters
    ----------
    spec : Activation
        The activation.

    Returns
    -------
    tuple of str
        "x", for gated activations "gate", and numeric parameters' names.
    """
    if spec.kind == "axis":
        return ("x",)
    parameters = tuple(name for name in spec.differentiable if name in spec.parameter_names)
    return ("x", "gate", *parameters) if spec.kind == "gated" else ("x", *parameters)
