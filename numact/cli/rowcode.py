"""Source of an axis activation's ``forward``, made of a formula such as ``exp(x_i) / sum_j exp(x_j)``."""

from __future__ import annotations

import builtins
import re
from collections.abc import Sequence
from dataclasses import dataclass

from numact.cli.pycode import call
from numact.errors import FormulaError
from numact.formula import Formula, parse
from numact.scalar import TEXTBOOK

_SUM = re.compile(r"\bsum_j\b\s*")
_MORE = "other_"


@dataclass(frozen=True)
class RowCode:
    """
    What a formula of rows becomes.

    Parameters
    ----------
    functions : str
        Source of `forward` and of the functions it calls.
    imports : tuple of str
        Names from `numact.scalar` that they need.
    """

    functions: str
    imports: tuple[str, ...]


def row_code(text: str, parameters: Sequence[str]) -> RowCode:
    """
    Write the functions of an axis activation.

    Parameters
    ----------
    text : str
        An expression in ``x_i``, the parameters and sums ``sum_j f(x_j)``, each of one function call or of an
        expression in parentheses.
    parameters : sequence of str
        Names of the numeric parameters.

    Returns
    -------
    RowCode
        Functions that compute the formula as it stands.

    Raises
    ------
    FormulaError
        If the text is no such formula.
    """
    value_text, terms = _without_sums(text)
    prefix = "" if not {"total", "value", "term"} & set(parameters) else _MORE
    names = tuple(parameters)
    totals = [f"{prefix}total{_number(index, terms)}" for index in range(len(terms))]
    value = _parsed(value_text.format(*totals), "x_i", (*totals, *names))
    functions = [_function(f"{prefix}value", value, "One element of the result.")]
    body = []
    for index, term_text in enumerate(terms):
        name = f"{prefix}term{_number(index, terms)}"
        term = _parsed(term_text, "x_j", names)
        functions.append(_function(name, term, "One term of the sum."))
        body.append(call("rows.total", [name, "row", *_used(term)], 1, before=f"{totals[index]} = "))
    body.append(call("rows.apply", [f"{prefix}value", "out", "row", *_used(value)], 1))
    head = call("def forward", [f"{name}: Any" for name in ("row", "out", *names)], after=" -> None:")
    functions.append("\n".join([head, '    """Write the result of a row to out."""', *body, ""]))
    used = {word for function in functions for word in re.findall(r"\b(\w+)\(", function)}
    imports = sorted(name for name in used & set(TEXTBOOK) if not hasattr(builtins, name))
    return RowCode("\n\n".join(functions), tuple(imports))


def _without_sums(text: str) -> tuple[str, list[str]]:
    """Replace each sum by a place to fill in, and give what is summed."""
    pieces, terms, rest = [], [], text.replace("{", "{{").replace("}", "}}")
    while match := _SUM.search(rest):
        end = _end_of_term(rest, match.end())
        pieces.append(f"{rest[: match.start()]}{{}}")
        terms.append(rest[match.end() : end])
        rest = rest[end:]
    return "".join([*pieces, rest]), terms


def _end_of_term(text: str, start: int) -> int:
    opening = re.compile(r"\w*\s*\(").match(text, start)
    if opening is None:
        raise FormulaError(f"formula {text!r}: after sum_j comes a function of x_j, as in 'sum_j exp(x_j)'")
    depth = 1
    for index in range(opening.end(), len(text)):
        depth += {"(": 1, ")": -1}.get(text[index], 0)
        if not depth:
            return index + 1
    raise FormulaError(f"formula {text!r}: a parenthesis after sum_j is not closed")


def _parsed(text: str, variable: str, names: tuple[str, ...]) -> Formula:
    """Check an expression with its own variable, and read it with x in its place."""
    parse(text, (variable, *names))
    # Python's own min and max have no kernels.
    spelt = re.sub(r"\b(min|max)(?=\()", r"\1imum", re.sub(rf"\b{variable}\b", "x", text))
    return parse(spelt, ("x", *names))


def _function(name: str, formula: Formula, doc: str) -> str:
    expression = formula.source().partition("return ")[2].strip()
    head = call(f"def {name}", [f"{argument}: Any" for argument in ("x", *_used(formula))], after=" -> Any:")
    return f'{head}\n    """{doc}"""\n    return {expression}\n'


def _used(formula: Formula) -> list[str]:
    """Name what a formula takes beside x."""
    return [name for name in formula.names if name in formula.used_names and name != "x"]


def _number(index: int, items: Sequence[str]) -> str:
    return f"_{index + 1}" if len(items) > 1 else ""
