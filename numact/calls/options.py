"""Keywords of a call that are no parameters of the activation: ``where=`` and its like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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
    """
    names = option_names(spec)
    options = {name: value for name, value in keywords.items() if name in names}
    if not options:
        return NO_OPTIONS, dict(keywords)
    return Options(**options), {name: value for name, value in keywords.items() if name not in options}
