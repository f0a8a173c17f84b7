"""Keywords of a call that are no parameters of the activation: ``where=`` and its like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from numact.errors import ParameterError
from numact.spec import Activation

# By kind of activation: the fields of `Options` that its calls take.
_BY_KIND = {
    "elementwise": ("where",),
    "random": ("where", "offset"),
    "axis": ("where",),
    "gated": ("where", "gate", "axis", "gate_first"),
}


@dataclass(frozen=True, slots=True)
class Options:
    """
    What one call asks for beside parameters and ``out=``.

    Parameters
    ----------
    where : array_like of bool, optional
        Where a value is wanted.
    offset : int
        Random activations: the index of the first element among all that one seed serves.
    gate : array_like, optional
        Gated activations: the second input; None splits x in halves.
    axis : int
        Gated activations: the axis to split.
    gate_first : bool
        Gated activations: whether the first half is the gate.
    y : array_like, optional
        Backward calls along an axis: the output, in place of the input.
    """

    where: Any = None
    offset: int = 0
    gate: Any = None
    axis: int = -1
    gate_first: bool = False
    y: Any = None


NO_OPTIONS = Options()


def option_names(spec: Activation) -> tuple[str, ...]:
    """
    Return the keywords that calls of an activation take beside parameters and ``out=``.

    Parameters
    ----------
    spec : Activation
        The activation.

    Returns
    -------
    tuple of str
        Their names.
    """
    return _BY_KIND[spec.kind]


def split_options(spec: Activation, keywords: Mapping[str, Any]) -> tuple[Options, dict[str, Any]]:
    """
    Separate a call's options from the parameters.

    Parameters
    ----------
    spec : Activation
        The activation.
    keywords : mapping
        What the caller passed by keyword.

    Returns
    -------
    options : Options
        The options given.
    parameters : dict
        Everything else.

    Raises
    ------
    ParameterError
        If the options contradict each other.
    """
    names = option_names(spec)
    if "dim" in keywords and "axis" in names:
        rest = {name: value for name, value in keywords.items() if name != "dim"}
        keywords = {**rest, "axis": axis_from_dim(spec, keywords)}
    options = {name: value for name, value in keywords.items() if name in names}
    if not options:
        return NO_OPTIONS, dict(keywords)
    _check_halves(spec, options)
    return Options(**options), {name: value for name, value in keywords.items() if name not in options}


def axis_from_dim(spec: Activation, keywords: Mapping[str, Any]) -> Any:
    """
    Return the axis that a caller named in PyTorch's spelling.

    Parameters
    ----------
    spec : Activation
        The activation.
    keywords : mapping
        What the caller passed by keyword, ``dim`` among them.

    Returns
    -------
    object
        The axis, unchecked.

    Raises
    ------
    ParameterError
        If there is an ``axis`` too, or ``dim`` is None.
    """
    if "axis" in keywords:
        raise ParameterError(f"'dim' of {spec.name} is another spelling of 'axis': pass one of them")
    if keywords["dim"] is None:
        raise ParameterError(
            f"dim=None of {spec.name} would let PyTorch guess an axis: pass axis=-1 for the last one"
            + (", or axis=None for all of them" if "axis" in spec.parameter_names else "")
        )
    return keywords["dim"]


def _check_halves(spec: Activation, options: Mapping[str, Any]) -> None:
    """Refuse what does not say how to split x, or says it where nothing is split."""
    first = options.get("gate_first", False)
    if not isinstance(first, (bool, np.bool_)):
        raise ParameterError(f"'gate_first' of {spec.name} must be True or False, got {first!r}")
    if first and options.get("gate") is not None:
        raise ParameterError(
            f"'gate_first' of {spec.name} tells the halves of x apart: leave it out where gate=... is given"
        )
