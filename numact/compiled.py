"""What a call of an activation inside a user's compiled code means, told before any code is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from numact import registry
from numact.calls.arguments import wrt_names
from numact.calls.binding import bind
from numact.calls.kernels import GATED_ARGUMENTS
from numact.calls.options import axis_from_dim, option_names
from numact.calls.randomness import is_training, leading_operands
from numact.errors import ParameterError
from numact.spec import Activation

_GRADIENT = "g"
"""What is multiplied by the derivative in the backward pass."""
_AXIS = ("axis", "dim")
"""Spellings of an axis."""


@dataclass(frozen=True)
class Inlined:
    """
    What is computed for one element, or one row, and from what.

    Parameters
    ----------
    spec : Activation
        What is computed.
    role, wrt : str
        ``forward``, ``derivative`` or ``vjp``, and the argument to differentiate for.
    operands : tuple of str or float
        What follows x: the name of a keyword of the call, or a number.
    axis : str, int, tuple of int or None
        What rows, or channels, lie along: the name of a keyword of the call, or an axis; None for all axes.
    """

    spec: Activation
    role: str
    wrt: str
    operands: tuple[str | float, ...]
    axis: Any


@dataclass(frozen=True)
class Request:
    """
    What a call asks for, in words that mean the same in another process.

    Parameters
    ----------
    name : str
        The activation, as `numact.get` takes it.
    bound : tuple
        Names and values of parameters bound before the call.
    role : str
        ``forward``, ``derivative`` or ``vjp``.
    wrt : str
        The argument to differentiate for.
    keywords : tuple
        Names of the call's keywords, and their values: numbers and texts as written, or None for what is
        known only when the code runs.
    """

    name: str
    bound: tuple[tuple[str, Any], ...]
    role: str
    wrt: str
    keywords: tuple[tuple[str, Any], ...]

    def resolve(self) -> Inlined:
        """
        Look up the activation and put the operands together.

        Returns
        -------
        Inlined

        Raises
        ------
        NumactError
            If there is no such activation, or compiled code cannot compute it so.
        """
        asked = registry.get_spec(self.name)
        self._check_rows(asked)
        axis = self._axis_handed_in(asked)
        choices, numbers = self._sorted(asked, axis)
        binding = bind(asked, {**dict(self.bound), **choices})
        spec = binding.spec
        if is_training(binding):
            raise ParameterError(
                f"{spec.name} in training draws random numbers, which compiled code cannot: "
                "leave 'training' off, or call it outside"
            )
        for name, value in numbers.items():
            self._check(spec, name, value)
        missing = [name for name in binding.missing if name not in numbers and not (axis and name == "axis")]
        if missing:
            raise ParameterError(f"{spec.name} needs {missing[0]!r}: pass {missing[0]}=...")
        (wrt,) = wrt_names(spec, self.wrt)
        if self.role == "vjp" and wrt not in ("x", "gate"):
            raise ParameterError(
                f"the gradient for {wrt!r} of {spec.name} is a sum, which compiled code leaves to you: "
                f"add up g * numact.derivative({spec.name!r}, x, wrt={wrt!r})"
            )
        if spec.kind == "gated":
            wrt = GATED_ARGUMENTS.get(wrt, wrt)
        axis = axis or binding.values.get("axis", -1 if spec.kind == "axis" else 1)
        return Inlined(spec, self.role, wrt, self._operands(spec, binding.values, numbers), axis)

    def _check_rows(self, asked: Activation) -> None:
        """Refuse derivatives where rows are mapped to rows."""
        if asked.kind != "axis" or self.role == "forward":
            return
        if self.role == "vjp":
            raise ParameterError(f"the vjp of {asked.name} works on rows: call it outside compiled code")
        raise ParameterError(
            f"{asked.name} maps rows to rows, so its derivative is a matrix for each row: "
            f"use numact.vjp({asked.name!r}, x, g) outside compiled code"
        )

    def _axis_handed_in(self, asked: Activation) -> str | None:
        """Return the keyword whose value, known only when the code runs, is the axis."""
        if "axis" not in asked.parameter_names:
            return None
        given = {name: value for name, value in self.keywords if name in _AXIS}
        if len(given) > 1:
            axis_from_dim(asked, given)  # raises
        return next((name for name, value in given.items() if value is None), None)

    def _sorted(self, asked: Activation, axis: str | None) -> tuple[dict[str, Any], dict[str, Any]]:
        """Tell what decides the code, such as a choice, from numbers that it reads; leave out the axis."""
        choices, numbers = {}, {}
        for name, value in self.keywords:
            if name == axis:
                continue
            if name in _AXIS and "axis" in asked.parameter_names:
                choices[name] = value
            elif name in asked.parameter_names and not asked.param(name).is_numeric:
                if value is None:
                    raise ParameterError(
                        f"{name!r} of {asked.name} must be written out, not a variable, inside compiled code"
                    )
                choices[name] = value
            else:
                numbers[name] = value
        return choices, numbers

    def _check(self, spec: Activation, name: str, value: Any) -> None:
        """Refuse a keyword that is no parameter, and a number written out that is out of bounds."""
        if (name == "gate" and spec.kind == "gated") or (name == _GRADIENT and self.role == "vjp"):
            return
        if name == "out" or name in option_names(spec):
            raise ParameterError(f"{name!r} of {spec.name} is not available inside compiled code")
        if name not in spec.parameter_names:
            bind(spec, {name: value})  # raises, naming the nearest spelling
        if value is not None:
            spec.param(name).validate(spec.name, value)

    def _operands(
        self, spec: Activation, values: Mapping[str, Any], given: Mapping[str, Any]
    ) -> tuple[str | float, ...]:
        operands: list[str | float] = []
        if spec.kind == "gated":
            if "gate" not in given:
                raise ParameterError(f"{spec.name} needs 'gate' inside compiled code: pass gate=...")
            operands.append("gate")
        if self.role == "vjp":
            operands.append(_GRADIENT)
        operands += [float(each) for each in leading_operands(spec, np.dtype(np.float64))]
        for param in spec.numeric_params:
            if param.name in given:
                operands.append(param.name)
            elif np.ndim(values[param.name]):
                raise ParameterError(
                    f"{param.name!r} of {spec.name} is bound to an array: "
                    f"pass it in the call, {param.name}=..., inside compiled code"
                )
            else:
                operands.append(float(values[param.name]))
        return tuple(operands)
