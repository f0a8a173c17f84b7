"""Numba's errors in an author's function, told in one sentence with the author's line."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from numact import scalar
from numact.engine.spellings import instead
from numact.errors import FormulaError

ENGINE = str(Path(__file__).parent)
PLACE = re.compile(r"\b(?:at|location:) (?P<file>\S[^\n]*?) \((?P<line>\d+)\)")
NOISE = ("Failed in nopython mode", "During: ")
SIGNS = {
    "mod": "%",
    "floordiv": "//",
    "matmul": "@",
    "and_": "&",
    "or_": "|",
    "xor": "^",
    "invert": "~",
    "lshift": "<<",
    "rshift": ">>",
    "add": "+",
    "sub": "-",
    "mul": "*",
    "truediv": "/",
    "pow": "**",
    "lt": "<",
    "le": "<=",
    "gt": ">",
    "ge": ">=",
    "eq": "==",
    "ne": "!=",
}
# The same with an assignment: s %= 2 is Numba's operator imod.
SIGNS |= {f"i{name.rstrip('_')}": f"{sign}=" for name, sign in SIGNS.items()}
OF_ROWS = {
    "getitem": "a number has no elements",
    "setitem": "a number has no elements",
    "len": "a number has no length",
}
CONDITIONS = {"&": "and", "|": "or", "~": "not"}
KINDS = (
    (r"Number\(\d+, \d\)|Literal\[(?:int|bool)\]\([^)]*\)|\b(?:u?int|float)\d+\b|\bbool(?:ean)?\b", "number"),
    (r"Literal\[str\]\([^)]*\)|\bunicode_type\b", "string"),
    (r"\bcomplex\d+\b", "complex number"),
    (r"\bnone\b", "None value"),
    (r"\b(?:Uni)?Tuple\(.*\)", "tuple"),
    (r"\b(?:type\()?(?:CPUDispatcher|Function)\(.*\)", "function"),
    (r"\bRow\(\w+\)", "row"),
)  # fmt: skip
BUILTIN = r"Function\(<built-in function (?P<name>\w+)>\) found for signature:\s+>>> \w+\((?P<types>.*)\)"
FUNCTION = r"Function\(<function (?P<name>\w+)[^>]*>\) found for signature:\s+>>> \w+\((?P<types>.*)\)"
CLASS = r"Function\(<class '(?P<name>\w+)'>\) found for signature:\s+>>> \w+\((?P<types>.*)\)"
OTHERS = (
    (
        r"Unknown attribute '(?P<name>\w+)' of type Module\(<module '(?P<module>[\w.]+)'",
        "'{module}.{name}' is for functions of rows, not of numbers",
    ),
    (
        r"Unknown attribute '(?P<name>\w+)' of type (?P<kind>.*)",
        "a {kind} has no attribute '{name}'; use the functions of numact.scalar",
    ),
    (
        r"Cannot bind 'args=.*' to signature '(?P<signature>.*)' due to",
        "a function with the arguments {signature} is called with others",
    ),
    (
        r"Cannot unify (?P<first>.*) and (?P<second>.*) for '(?P<name>\w+)",
        "'{name}' is a {first} in one branch and a {second} in another; use numbers",
    ),
    (
        r"Type of variable '.*' cannot be determined",
        "a value is not told; set every name in a line of its own, without ':='",
    ),
    (
        r"Invalid use of getiter with parameters \((?P<kind>.*)\)",
        "a loop cannot run over a {kind}; use range() or a tuple of numbers",
    ),
    (r"[Ff]ailed to unpack (?P<kind>.*)", "a {kind} is not several values"),
    (
        r"No type info available for (?P<kind>.*) as a callable",
        "a {kind} cannot be called; call a function by its name",
    ),
    (r"gives (?P<kind>.*) instead of a number", "the function gives a {kind}; return a number"),
    (r"Can't return function object", "the function gives a function; return a number"),
)


@contextmanager
def explained(activation: str) -> Iterator[None]:
    """Turn an error of Numba's compiler into a FormulaError of one sentence."""
    from numba.core.errors import NumbaError, UnsupportedBytecodeError

    try:
        yield
    except (NumbaError, UnsupportedBytecodeError, NotImplementedError) as error:
        raise FormulaError(f"{activation}: {sentence(str(error))}") from error


def sentence(message: str) -> str:
    """Give one sentence for a message of Numba's: where, and what is not available.

    Parameters
    ----------
    message : str
        Many lines, the innermost place first.

    Returns
    -------
    str
    """
    return next(_places(message), "") + _text(message)


def _places(message: str) -> Iterator[str]:
    for match in PLACE.finditer(message):
        if not match["file"].startswith(ENGINE):
            yield f"{match['file']}:{match['line']}: "


def _text(message: str) -> str:
    for pattern, told in ((BUILTIN, _of_operator), (FUNCTION, _of_function), (CLASS, _of_class)):
        match = re.search(pattern, message)
        if match:
            return told(match["name"], match["types"])
    for pattern, template in OTHERS:
        match = re.search(pattern, message)
        if match:
            return template.format(**{key: readable(text) for key, text in match.groupdict().items()})
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    telling = [line for line in lines if not line.startswith(NOISE)] or lines
    return f"does not compile: {telling[0]}"


def readable(types: str) -> str:
    """Name Numba's types in an author's words."""
    for pattern, kind in KINDS:
        types = re.sub(pattern, kind, types)
    return types


def _of_operator(name: str, types: str) -> str:
    sign, kinds = SIGNS.get(name), readable(types)
    if sign in CONDITIONS:
        return f"the operator '{sign}' is for comparisons, not for numbers; use {CONDITIONS[sign]}, or where"
    if sign and set(kinds.split(", ")) == {"number"}:
        return f"the operator '{sign}' is not available in an activation; use + - * / ** and comparisons"
    if name in OF_ROWS and kinds.startswith("number"):
        return OF_ROWS[name]
    shown = f"the operator '{sign}'" if sign else f"'{name}'"
    return f"{shown} is not available for ({kinds}); use numbers"


def _of_function(name: str, types: str) -> str:
    if "=" in types:
        return f"'{name}' takes its arguments by position"
    wrong = f"'{name}' does not take the arguments ({readable(types)})"
    known = scalar.FUNCTIONS.get(name)
    return f"{wrong}; use {name}({', '.join(inspect.signature(known).parameters)})" if known else wrong


def _of_class(name: str, types: str) -> str:
    return f"'{name}' of a {readable(types)} is not available in an activation{instead(name)}"
