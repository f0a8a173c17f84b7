"""What a picture shows: activations, each with one choice of its parameters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from numact.errors import NumactError, UnknownParameterError
from numact.examples import example_parameters
from numact.function import Function
from numact.spec import Activation

MOST = 12
"""Lines of one picture."""


@dataclass(frozen=True)
class Subject:
    """An activation with its parameters, and what its line is called."""

    function: Function
    label: str

    @property
    def spec(self) -> Activation:
        """The activation that is computed."""
        return self.function.spec

    @property
    def numbers(self) -> dict[str, float]:
        """The numeric parameters by name."""
        values = self.function.parameters
        return {param.name: float(values[param.name]) for param in self.spec.numeric_params}


def subjects(specs: Sequence[Activation], parameters: Mapping[str, Any]) -> list[Subject]:
    """Combine activations with parameters.

    Parameters
    ----------
    specs : sequence of Activation
        What to show.
    parameters : mapping
        Values by name; a list, tuple or array is several values. Each activation takes those it has, and a
        required one that is left out gets an example's value.

    Returns
    -------
    list of Subject
        One for every combination.

    Raises
    ------
    UnknownParameterError
        If none of the activations has a parameter of such a name.
    NumactError
        If there are more combinations than one picture can show.
    """
    for name in parameters:
        if not any(name in spec.parameter_names for spec in specs):
            _refuse(specs, name)
    found = [subject for spec in specs for subject in _of(spec, parameters, len(specs) > 1)]
    if len(found) > MOST:
        raise NumactError(f"a picture has at most {MOST} lines, got {len(found)}")
    return found


def _refuse(specs: Sequence[Activation], name: str) -> None:
    if len(specs) == 1:
        specs[0].param(name)
    listed = ", ".join(spec.name for spec in specs)
    raise UnknownParameterError(f"none of {listed} has a parameter {name!r}")


def _of(spec: Activation, parameters: Mapping[str, Any], is_named: bool) -> Iterator[Subject]:
    given = {name: _several(value) for name, value in parameters.items() if name in spec.parameter_names}
    chosen = {name: [value] for name, value in example_parameters(spec).items()} | given
    for values in product(*chosen.values()):
        bound = dict(zip(chosen, values, strict=True))
        yield Subject(Function(spec, bound), _label(spec.name if is_named else "", bound))


def _several(value: Any) -> list[Any]:
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        return [value]
    return [each.item() if isinstance(each, np.generic) else each for each in np.ravel(np.asarray(value))]


def _label(name: str, bound: Mapping[str, Any]) -> str:
    settings = [
        f"{key} = {value:.4g}" if isinstance(value, float) else f"{key} = {value}"
        for key, value in bound.items()
    ]
    return ", ".join([name, *settings] if name else settings)
