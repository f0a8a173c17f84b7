"""An author's function made ready for the compiler.

Numba would look up ``math.exp`` or the builtin ``max`` for its own types, and would refuse a plain helper
function. So the function is rebound first: every global and closed-over name it reads is replaced by the
function of `numact.scalar` that it stands for, a helper by its jitted form, and a constant by a float.
Whatever else it reads is refused in one sentence with the author's line.
"""

from __future__ import annotations

import builtins
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby
from typing import Any

import numpy as np

from numact.engine.cache import fingerprint_of
from numact.engine.instructions import (
    LARGEST_INTEGER,
    Reading,
    even,
    readings,
    refused,
    takes_elements,
    with_even_tuples,
)
from numact.engine.intrinsics import core
from numact.engine.spellings import instead, is_helper, is_plain_builtin, known_attribute, known_function
from numact.errors import FormulaError


@dataclass
class Rebound:
    """A jitted function and the digest of all that its code depends on.

    Parameters
    ----------
    dispatcher
        The function, callable from other jitted functions.
    parts : list of str
        Code, constants and the meaning of every outside name, helpers included.
    is_in_steps : bool
        Whether Python computes the same from numbers that know the functions of `numact.scalar`: nothing is
        taken by an index, and no other function stands for one of them.
    """

    dispatcher: Any
    parts: list[str] = field(default_factory=list)
    is_in_steps: bool = True

    @property
    def fingerprint(self) -> str:
        """The digest of the parts."""
        return fingerprint_of(*self.parts)


def rebind(activation: str, function: Callable[..., Any]) -> Rebound:
    """Make an author's function ready for the compiler.

    Parameters
    ----------
    activation : str
        The activation's name, for error sentences.
    function
        A plain Python function of scalars.

    Returns
    -------
    Rebound

    Raises
    ------
    FormulaError
        Where the function reads or does something that kernels do not have; names the line and what to use.
    """
    plain = getattr(function, "py_func", function)
    if not isinstance(plain, types.FunctionType):
        raise FormulaError(f"{activation}: {function!r} is no plain Python function of numbers")
    return _Rebinding(activation, plain, ()).rebound()


class _Rebinding:
    """One function being rebound, called from the functions `callers`."""

    def __init__(
        self, activation: str, function: types.FunctionType, callers: tuple[types.FunctionType, ...]
    ) -> None:
        self.activation = activation
        self.function = function
        self.callers = callers
        self.parts: list[str] = []
        self.is_in_steps = not takes_elements(function.__code__)

    def rebound(self) -> Rebound:
        """Check the function's statements and replace its outside names."""
        function, code = self.function, self.function.__code__
        found = refused(code)
        if found is not None:
            raise self._error(*found)
        self.parts.append(_text(function))
        closure = dict(zip(code.co_freevars, function.__closure__ or (), strict=True))
        by_name: dict[str, list[Reading]] = {}
        for reading in readings(code):
            by_name.setdefault(reading.name, []).append(reading)
        names = {
            name: self._replacement(name, self._value(name, closure, given[0].line), given)
            for name, given in by_name.items()
        }
        return Rebound(core(_with_names(function, names)), self.parts, self.is_in_steps)

    def _error(self, line: int, text: str) -> FormulaError:
        return FormulaError(f"{self.activation}: {self.function.__code__.co_filename}:{line}: {text}")

    def _value(self, name: str, closure: dict[str, Any], line: int) -> Any:
        namespace = self.function.__globals__
        if name in closure:
            return closure[name].cell_contents
        if name in namespace:
            return namespace[name]
        if hasattr(builtins, name):
            return getattr(builtins, name)
        raise self._error(line, f"'{name}' is not defined{instead(name)}")

    def _replacement(self, spelling: str, value: Any, given: list[Reading]) -> Any:
        """Give what the compiler is to see in place of an outside name's value.

        Parameters
        ----------
        spelling : str
            What the author wrote: a name, or a module's and its attribute's.
        value
            What it is.
        given : list of Reading
            Where it is read, and what attributes of it.
        """
        line = given[0].line
        if isinstance(value, types.ModuleType):
            return self._module(spelling, value, given)
        constant = _constant(value)
        if constant is not None:
            if isinstance(constant, int) and abs(constant) > LARGEST_INTEGER:
                raise self._error(line, f"the integer '{spelling}' is too large; make it a float")
            self.parts.append(f"{spelling}={constant!r}")
            return constant
        known = known_function(value)
        if known is not None:
            self.parts.append(f"{spelling}:{known.__name__}")
            self.is_in_steps = self.is_in_steps and known is value
            return known
        if is_plain_builtin(value):
            return value
        if is_helper(value):
            return self._helper(spelling, getattr(value, "py_func", value), line)
        raise self._unavailable(spelling, value, line)

    def _helper(self, spelling: str, function: types.FunctionType, line: int) -> Any:
        callers = (*self.callers, self.function)
        if function in callers:
            raise self._error(line, f"'{spelling}' calls itself, which activations cannot; use a loop")
        helper = _Rebinding(self.activation, function, callers).rebound()
        self.parts.extend([spelling, *helper.parts])
        self.is_in_steps = self.is_in_steps and helper.is_in_steps
        return helper.dispatcher

    def _unavailable(self, spelling: str, value: Any, line: int) -> FormulaError:
        kind = "" if "." in spelling else f" ({type(value).__name__})"
        name = spelling.rpartition(".")[2]
        advice = instead(name, value)
        return self._error(line, f"'{spelling}'{kind} is not available in an activation{advice}")

    def _module(self, spelling: str, module: types.ModuleType, given: list[Reading]) -> types.ModuleType:
        """Give a module that holds, under the author's names, just what the function reads from it."""
        stand_in = types.ModuleType(spelling)
        for reading in given:
            if not reading.attributes:
                raise self._error(reading.line, f"'{spelling}' is a module; use a function or constant of it")
        ordered = sorted(given, key=lambda reading: reading.attributes[0])
        for attribute, group in groupby(ordered, key=lambda reading: reading.attributes[0]):
            inner = [Reading(spelling, reading.attributes[1:], reading.line) for reading in group]
            whole = f"{spelling}.{attribute}"
            value = getattr(module, attribute, None)
            known = None if isinstance(value, types.ModuleType) else known_attribute(module, attribute)
            self.is_in_steps = self.is_in_steps and (known is None or known is value)
            setattr(stand_in, attribute, self._replacement(whole, value if known is None else known, inner))
        return stand_in


@cache
def as_written(function: Callable[..., Any], arguments: int) -> Callable[..., Any]:
    """Make a function of numbers, such as authors write, of one function of `numact.scalar`."""
    shells: dict[int, Callable[..., Any]] = {
        1: lambda x: function(x),  # noqa: PLW0108 - compiled from the call
        2: lambda x, y: function(x, y),  # noqa: PLW0108
        3: lambda x, y, z: function(x, y, z),  # noqa: PLW0108
    }
    return shells[arguments]


def _constant(value: Any) -> Any | None:
    """Give a number or a tuple of numbers as Python's own; None for anything else."""
    if isinstance(value, tuple) and value:
        items = tuple(map(_constant, value))
        return even(items) if all(isinstance(item, int | float) for item in items) else None
    if isinstance(value, np.generic):
        value = value.item()
    return value if isinstance(value, int | float) else None


def _text(function: types.FunctionType) -> str:
    """Give what a function's behaviour depends on beside its names: instructions, constants, defaults."""
    code = function.__code__
    parts = (code.co_code, code.co_names, code.co_varnames, code.co_freevars, code.co_consts)
    return repr((*parts, function.__defaults__, function.__kwdefaults__))


def _with_names(function: types.FunctionType, names: dict[str, Any]) -> types.FunctionType:
    """Copy a function with other values for its outside names."""
    closure = tuple(
        types.CellType(names.get(name, cell.cell_contents))
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    )
    namespace = {"__builtins__": builtins, "__name__": function.__module__, **names}
    copy = types.FunctionType(
        with_even_tuples(function.__code__),
        namespace,
        function.__name__,
        function.__defaults__,
        closure or None,
    )
    copy.__kwdefaults__ = function.__kwdefaults__
    return copy
