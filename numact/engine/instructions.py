"""What an author's function reads and does, told by its instructions: no source is needed, and no Numba."""

from __future__ import annotations

import dis
import types
from collections.abc import Iterator
from dataclasses import dataclass

OUTSIDE = ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_DEREF")
ATTRIBUTE = ("LOAD_ATTR", "LOAD_METHOD")
SILENT = ("PUSH_NULL", "CACHE", "PRECALL")
LARGEST_INTEGER = 2**63 - 1
SUBSCRIPTS = ("BINARY_SUBSCR", "STORE_SUBSCR", "BINARY_SLICE", "STORE_SLICE")
SUBSCRIPT_OR_POWER = ("[]", "**", "**=")  # as dis shows the operators

_LISTS = "lists are not available in an activation; use a tuple"
_SETS = "sets are not available in an activation; use a tuple"
_DICTIONARIES = "dictionaries are not available in an activation; use a tuple"
_STRINGS = "strings are not available in an activation; use numbers"
_EXCEPTIONS = "exceptions are not available in an activation; give nan where there is no answer"
_GENERATORS = "generators are not available in an activation; use a loop"
_FUNCTIONS = "a function inside a function is not available in an activation; define it outside"
_GLOBALS = "an activation cannot set global variables; use the activation's parameters"
REFUSED = {
    **dict.fromkeys(("BUILD_LIST", "LIST_APPEND", "LIST_EXTEND"), _LISTS),
    **dict.fromkeys(("BUILD_SET", "SET_ADD", "SET_UPDATE"), _SETS),
    **dict.fromkeys(("BUILD_MAP", "BUILD_CONST_KEY_MAP", "MAP_ADD", "DICT_UPDATE"), _DICTIONARIES),
    **dict.fromkeys(("BUILD_STRING", "FORMAT_VALUE", "FORMAT_SIMPLE", "FORMAT_WITH_SPEC"), _STRINGS),
    **dict.fromkeys(("RAISE_VARARGS", "LOAD_ASSERTION_ERROR", "PUSH_EXC_INFO"), _EXCEPTIONS),
    **dict.fromkeys(("RETURN_GENERATOR", "YIELD_VALUE"), _GENERATORS),
    **dict.fromkeys(("STORE_GLOBAL", "DELETE_GLOBAL"), _GLOBALS),
    "BEFORE_WITH": "'with' is not available in an activation; use plain assignments",
    "LOAD_BUILD_CLASS": "classes are not available in an activation; use functions of numbers",
    "IMPORT_NAME": "'import' is not available in an activation; import at the head of the module",
    "STORE_ATTR": "attributes cannot be set in an activation; use plain names",
    "DELETE_FAST": "'del' is not available in an activation; give the name another value",
    "UNARY_INVERT": "the operator '~' is not available in an activation; use not or the opposite comparison",
}
# What is compiled to a function of its own.
INNER = {"<listcomp>": _LISTS, "<setcomp>": _SETS, "<dictcomp>": _DICTIONARIES, "<genexpr>": _GENERATORS}


@dataclass(frozen=True)
class Reading:
    """One place where a function reads a name that is not its own.

    Parameters
    ----------
    name : str
        A global or closed-over name.
    attributes : tuple of str
        What is read from it: ``("special", "erf")`` in ``scipy.special.erf``.
    line : int
        In the file.
    """

    name: str
    attributes: tuple[str, ...]
    line: int


def readings(code: types.CodeType) -> Iterator[Reading]:
    """Yield every reading of a global or closed-over name, in the order of the instructions."""
    name, first = "", code.co_firstlineno
    attributes: tuple[str, ...] = ()
    for instruction, line in _with_lines(code):
        if name and instruction.opname in ATTRIBUTE:
            attributes = (*attributes, instruction.argval)
        elif instruction.opname not in SILENT:
            if name:
                yield Reading(name, attributes, first)
            name, attributes, first = "", (), line
            if instruction.opname in OUTSIDE:
                name = instruction.argval


def refused(code: types.CodeType) -> tuple[int, str] | None:
    """Find the first statement or constant that no kernel has: its line, and a sentence."""
    found = []
    for instruction, line in _with_lines(code):
        text = REFUSED.get(instruction.opname)
        if text is None and instruction.opname in ("LOAD_CONST", "RETURN_CONST"):
            text = _refused_constant(instruction.argval)
        if text is not None:
            found.append((line, text))
    # A string is mostly part of something else that is not available, an exception's message perhaps.
    found.sort(key=lambda each: each[1] == _STRINGS)
    return found[0] if found else None


def takes_elements(code: types.CodeType) -> bool:
    """Tell whether a function reads or writes by an index, or raises to a power."""
    found = (
        instruction.opname in SUBSCRIPTS or instruction.argrepr in SUBSCRIPT_OR_POWER
        for instruction in dis.get_instructions(code)
    )
    return any(found)


def _refused_constant(value: object) -> str | None:
    if isinstance(value, types.CodeType):
        return INNER.get(value.co_name, _FUNCTIONS)
    if isinstance(value, str | bytes):
        return _STRINGS
    if isinstance(value, complex):
        return "complex numbers are not available in an activation; use real ones"
    if isinstance(value, int) and abs(value) > LARGEST_INTEGER:
        return f"the integer {value} is too large; write it as a float"
    return None


def _with_lines(code: types.CodeType) -> Iterator[tuple[dis.Instruction, int]]:
    line = code.co_firstlineno
    for instruction in dis.get_instructions(code):
        position = instruction.positions
        line = (position.lineno if position else None) or line
        yield instruction, line


def with_even_tuples(code: types.CodeType) -> types.CodeType:
    """Make floats of the numbers in tuples that mix integers and floats: a loop needs items of one type."""
    return code.replace(co_consts=tuple(map(even, code.co_consts)))


def even(value: object) -> object:
    """Give a tuple of numbers as floats unless all are integers; anything else as it is."""
    if not isinstance(value, tuple) or not all(isinstance(item, int | float) for item in value):
        return value
    return value if all(isinstance(item, int) for item in value) else tuple(map(float, value))
