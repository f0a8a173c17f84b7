"""An author's function made ready for the compiler.

Numba would look up ``math.exp`` or the builtin ``max`` for its own types, and would refuse a plain helper
function. So the function is rebound first: every global and closed-over name it reads is replaced by the
function of `numact.scalar` that it stands for, a helper by its jitted form, and a constant by a float.
Whatever else it reads is refused in one sentence with the author's line.
"""

from __future__ import annotations

import builtins
import difflib
import dis
import math
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from numact import rows, scalar
from numact.engine.cache import fingerprint_of
from numact.engine.intrinsics import core
from numact.errors import FormulaError

# Names under which authors know the functions of `numact.scalar`, beside those names themselves.
OTHER_SPELLINGS = {
    "fabs": "abs",
    "absolute": "abs",
    "fmin": "minimum",
    "fmax": "maximum",
    "min": "minimum",
    "max": "maximum",
    "power": "pow",
}
# What to use for functions that authors try and that no kernel has.
ADVICE = {
    "clip": "minimum(maximum(x, low), high)",
    "sign": "where(x > 0, 1, where(x < 0, -1, x))",
    "heaviside": "where(x > 0, 1, 0)",
    "exp2": "exp(x * 0.6931471805599453)",
    "log2": "log(x) * 1.4426950408889634",
    "log10": "log(x) * 0.4342944819032518",
    "cosh": "(exp(x) + exp(-x)) / 2",
    "sinh": "(expm1(x) - expm1(-x)) / 2",
    "tan": "sin(x) / cos(x)",
    "expit": "1 / (1 + exp(-x))",
    "logaddexp": "maximum(a, b) + log1p(exp(-abs(a - b)))",
    "square": "x**2",
    "isnan": "x != x",
    "round": "where and comparisons",
}
BUILTINS = {"abs": scalar.abs, "min": scalar.minimum, "max": scalar.maximum, "pow": scalar.pow}
PLAIN_BUILTINS = ("float", "int", "bool", "range", "len")
PROVIDERS = (
    "math",
    "numpy",
    "numact.scalar",
    "numact.rows",
    "numact",
    "torch",
    "jax.numpy",
    "scipy.special",
    "cmath",
)
CONSTANTS = {"pi": math.pi, "e": math.e, "inf": math.inf, "nan": math.nan}


@dataclass(frozen=True)
class Author:
    """What rebinding needs to know of the function at hand, for its error sentences."""

    activation: str
    function: types.FunctionType

    def error(self, line: int, text: str) -> FormulaError:
        """Give the error for a line of the function."""
        code = self.function.__code__
        return FormulaError(f"{self.activation}: {code.co_filename}:{line}: {text}")


@dataclass
class Rebound:
    """A jitted function and the digest of all that its code depends on.

    Parameters
    ----------
    dispatcher
        The function, callable from other jitted functions.
    parts : list of str
        Code, constants and the meaning of every outside name, helpers included.
    """

    dispatcher: Any
    parts: list[str] = field(default_factory=list)

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
        Where the function reads something that kernels do not have; names the line and what to use.
    """
    return _rebind(activation, function, {})


def _rebind(activation: str, function: Callable[..., Any], seen: dict[int, Rebound]) -> Rebound:
    function = getattr(function, "py_func", function)
    if not isinstance(function, types.FunctionType):
        raise FormulaError(f"{activation}: {function!r} is no plain Python function of numbers")
    if id(function) in seen:
        raise Author(activation, function).error(
            function.__code__.co_firstlineno, "functions must not call themselves"
        )
    rebound = seen[id(function)] = Rebound(None)
    author = Author(activation, function)
    rebound.parts.append(_code_text(function.__code__))
    names: dict[str, Any] = {}
    for name, value, line, attributes in _outside_names(author):
        names[name] = _replacement(author, name, value, line, attributes, rebound.parts, seen)
    rebound.dispatcher = core(_with_names(function, names))
    del seen[id(function)]
    return rebound


def _code_text(code: types.CodeType) -> str:
    """Give what a function's behaviour depends on beside its names: its instructions and constants."""
    return repr((code.co_code, code.co_names, code.co_varnames, code.co_freevars, code.co_consts))


def _outside_names(author: Author) -> Iterator[tuple[str, Any, int, list[tuple[str, int]]]]:
    """Yield each global or closed-over name: its value, the first line, and the attributes read from it."""
    function = author.function
    closure = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
    found: dict[str, tuple[Any, int, list[tuple[str, int]]]] = {}
    line, owner = function.__code__.co_firstlineno, None
    for instruction in dis.get_instructions(function):
        line = _line_of(instruction, line)
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_DEREF"):
            owner = instruction.argval
            if owner not in found:
                found[owner] = (_value_of(author, owner, closure, line), line, [])
        elif instruction.opname in ("LOAD_ATTR", "LOAD_METHOD") and owner is not None:
            found[owner][2].append((instruction.argval, line))
            owner = None
        elif instruction.opname not in ("PUSH_NULL", "CACHE", "PRECALL"):
            owner = None
    for name, (value, first, attributes) in found.items():
        yield name, value, first, attributes


def _line_of(instruction: dis.Instruction, line: int) -> int:
    number = getattr(instruction, "line_number", None) or instruction.starts_line
    return number if isinstance(number, int) and not isinstance(number, bool) else line


def _value_of(author: Author, name: str, closure: dict[str, Any], line: int) -> Any:
    namespace = author.function.__globals__
    if name in closure:
        return closure[name].cell_contents
    if name in namespace:
        return namespace[name]
    if hasattr(builtins, name):
        return getattr(builtins, name)
    raise author.error(line, f"'{name}' is not defined{_instead(name)}")


def _replacement(
    author: Author,
    name: str,
    value: Any,
    line: int,
    attributes: list[tuple[str, int]],
    parts: list[str],
    seen: Any,
) -> Any:
    """Give what the compiler is to see in place of an outside name's value."""
    if isinstance(value, bool | int | float | np.number | np.bool_):
        constant = value.item() if isinstance(value, np.generic) else value
        parts.append(f"{name}={constant!r}")
        return constant
    if isinstance(value, tuple) and all(isinstance(item, int | float) for item in value):
        parts.append(f"{name}={value!r}")
        return value
    if isinstance(value, types.ModuleType):
        return _module(author, name, value, line, attributes, parts, seen)
    known = _known_function(value)
    if known is not None:
        parts.append(f"{name}:{known.__name__}")
        return known
    if value in (getattr(builtins, plain) for plain in PLAIN_BUILTINS):
        return value
    if isinstance(value, types.FunctionType) or hasattr(value, "py_func"):
        helper = _rebind(author.activation, value, seen)
        parts.extend([name, *helper.parts])
        return helper.dispatcher
    kind = type(value).__name__
    raise author.error(line, f"'{name}' ({kind}) is not available in an activation{_instead(name)}")


def _known_function(value: Any) -> Any | None:
    """Give the function of `numact.scalar` that a value stands for, by identity or by its home and name."""
    for original, known in BUILTINS.items():
        if value is getattr(builtins, original):
            return known
    if any(value is known for known in (*scalar.FUNCTIONS.values(), *rows.FUNCTIONS.values())):
        return value
    name = getattr(value, "__name__", "")
    home = (getattr(value, "__module__", None) or "").partition(".")[0]
    if home in ("math", "numpy", "scipy") or isinstance(value, np.ufunc):
        return scalar.FUNCTIONS.get(OTHER_SPELLINGS.get(name, name))
    return None


def _module(
    author: Author,
    name: str,
    module: Any,
    line: int,
    attributes: list[tuple[str, int]],
    parts: list[str],
    seen: Any,
) -> types.ModuleType:
    """Give a module that holds, under the author's names, just what kernels have."""
    stand_in = types.ModuleType(name)
    for attribute, attribute_line in attributes:
        value = getattr(module, attribute, None)
        spelling = f"{name}.{attribute}"
        if attribute in CONSTANTS and isinstance(value, float):
            parts.append(f"{spelling}={value!r}")
            setattr(stand_in, attribute, float(value))
            continue
        known = _module_function(module, attribute)
        if known is None or module.__name__ not in PROVIDERS:
            if isinstance(value, types.FunctionType | int | float) and module.__name__ not in PROVIDERS:
                setattr(
                    stand_in,
                    attribute,
                    _replacement(author, spelling, value, attribute_line, [], parts, seen),
                )
                continue
            raise author.error(
                attribute_line, f"'{spelling}' is not available in an activation{_instead(attribute)}"
            )
        parts.append(f"{spelling}:{known.__name__}")
        setattr(stand_in, attribute, known)
    return stand_in


def _module_function(module: Any, attribute: str) -> Callable[..., Any] | None:
    if module is rows:
        return rows.FUNCTIONS.get(attribute)
    return scalar.FUNCTIONS.get(OTHER_SPELLINGS.get(attribute, attribute))


def _instead(name: str) -> str:
    """Give the end of an error sentence: what to use."""
    if name in ADVICE:
        return f"; use {ADVICE[name]}"
    near = difflib.get_close_matches(name, scalar.FUNCTIONS, n=1)
    if near:
        return f"; use numact.scalar.{near[0]}"
    return f"; use arithmetic, comparisons and numact.scalar's {', '.join(scalar.TEXTBOOK)}"


def _with_names(function: types.FunctionType, names: dict[str, Any]) -> types.FunctionType:
    """Copy a function with other values for its outside names."""
    closure = tuple(
        types.CellType(names.get(name, cell.cell_contents))
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    )
    namespace = {"__builtins__": builtins, "__name__": function.__module__, **names}
    copy = types.FunctionType(
        function.__code__, namespace, function.__name__, function.__defaults__, closure or None
    )
    copy.__kwdefaults__ = function.__kwdefaults__
    return copy
