"""Parameters bound to an activation: names resolved, values validated, defaults put in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numact import registry
from numact.calls.options import axis_from_dim, option_names
from numact.errors import ParameterError, ShapeError, UnknownParameterError, did_you_mean
from numact.spec import Activation


@dataclass(frozen=True)
class Binding:
    """
    An activation with values for its parameters.

    Parameters
    ----------
    spec : Activation
        What is computed; another activation than the one asked for where a choice stands for it.
    values : mapping
        The parameters' values by name, defaults included; required ones may still be missing.
    missing : tuple of str
        The required parameters that have no value yet.
    rounded : dict
        Kept by `numact.calls.parameters`: the numeric values as arrays, by their dtype.
    """

    spec: Activation
    values: Mapping[str, Any]
    missing: tuple[str, ...] = ()
    rounded: dict[np.dtype[Any], dict[str, NDArray[Any]]] = field(
        default_factory=dict, compare=False, repr=False
    )

    def require_complete(self) -> None:
        """
        Refuse to compute while a required parameter has no value.

        Raises
        ------
        ParameterError
            Naming what is missing.
        """
        if self.missing:
            names = " and ".join(repr(name) for name in self.missing)
            example = ", ".join(f"{name}=..." for name in self.missing)
            raise ParameterError(f"{self.spec.name} needs {names}: pass {example}")


def bind(spec: Activation, given: Mapping[str, Any]) -> Binding:
    """
    Bind parameters to an activation.

    Parameters
    ----------
    spec : Activation
        The activation asked for.
    given : mapping
        Values by name, as the caller wrote them.

    Returns
    -------
    Binding
        The activation to compute, with validated values and the defaults of the rest.

    Raises
    ------
    UnknownParameterError
        If the activation has no parameter of a name given.
    ParameterError
        If a value is out of bounds or of the wrong kind.
    """
    named = _respell(spec, given)
    spec, named = _follow_choices(spec, named)
    values: dict[str, Any] = {}
    for param in spec.params:
        if param.name in named:
            values[param.name] = _own(param.validate(spec.name, named[param.name]))
        elif not param.is_required:
            values[param.name] = param.default
    missing = tuple(param.name for param in spec.params if param.name not in values)
    if not missing:
        check_together(spec, values)
    return Binding(spec, values, missing)


def check_together(spec: Activation, values: Mapping[str, Any]) -> None:
    """
    Apply the activation's rule between parameters, to every combination that broadcasting makes.

    Parameters
    ----------
    spec : Activation
        The activation.
    values : mapping
        The parameters' values by name.

    Raises
    ------
    ParameterError
        As the activation's own rule says.
    """
    if spec.check is None:
        return
    arrays = {name: value for name, value in values.items() if isinstance(value, np.ndarray)}
    try:
        combinations = np.broadcast(*arrays.values()) if arrays else [()]
    except ValueError:
        shapes = ", ".join(f"{name} {value.shape}" for name, value in arrays.items())
        raise ShapeError(f"the parameters of {spec.name} do not broadcast together: {shapes}") from None
    for combination in combinations:
        numbers = {name: float(value) for name, value in zip(arrays, combination, strict=True)}
        spec.check_together({**values, **numbers})


def _respell(spec: Activation, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values under the parameters' own names; refuse the names that are none."""
    named = dict(given)
    if "dim" in named and "dim" not in spec.parameter_names and "axis" in spec.parameter_names:
        named["axis"] = axis_from_dim(spec, named)
        del named["dim"]
    for name in named:
        if name in spec.parameter_names:
            continue
        if name == "inplace":
            raise UnknownParameterError(f"{spec.name} has no parameter 'inplace': pass out=x instead")
        if name in option_names(spec):
            raise UnknownParameterError(f"{name!r} of {spec.name} belongs to a call and cannot be bound")
        if hint := did_you_mean(name, (*spec.parameter_names, *option_names(spec))):
            raise UnknownParameterError(f"{spec.name} has no parameter {name!r}{hint}")
        spec.param(name)  # raises, naming the nearest spelling
    return named


def _own(value: Any) -> Any:
    """Return a value that the caller cannot change later: arrays are copied."""
    return value.copy() if isinstance(value, np.ndarray) else value


def _follow_choices(spec: Activation, named: dict[str, Any]) -> tuple[Activation, dict[str, Any]]:
    """Return the activation that the choices among the parameters stand for, and its parameters."""
    for param in spec.params:
        if param.kind != "choice" or param.name not in named:
            continue
        value = param.validate(spec.name, named[param.name])
        target = dict(param.choices)[value]
        if target:
            rest = {name: each for name, each in named.items() if name != param.name}
            return registry.get_spec(target), rest
    return spec, named
