"""What the author of an axis activation, a row to a row, writes with.

An axis activation is a function ``forward(row, out, *parameters)``. It may read ``row[i]`` and ``len(row)``
and write ``out[i]`` in plain loops; the functions here do the same for a whole row at once, vectorised,
summed in a fixed order with more precision than the elements have, and on several threads where rows are few
and long.

`operands` are rows or numbers; a function `term` is called with an element of each row and with the numbers
as they are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

Term = Callable[..., Any]


def maximum(row: Any) -> Any:
    """Give the largest element; NaN if any element is NaN, -inf for an empty row.

    Parameters
    ----------
    row : row
        The elements.

    Returns
    -------
    number
    """
    if hasattr(row, "row_maximum"):
        return row.row_maximum()
    largest = -math.inf
    for value in row:
        if value != value:
            return value
        largest = max(largest, value)
    return largest


def total(term: Term, *operands: Any) -> Any:
    """Give the sum of ``term(...)`` over the row.

    Parameters
    ----------
    term : function
        A plain Python function of numbers.
    *operands : row or number
        The arguments of `term`; at least the first is a row.

    Returns
    -------
    number
        Summed in blocks, in an order that depends on the row's length alone.
    """
    if hasattr(operands[0], "row_total"):
        return operands[0].row_total(term, *operands)
    return math.fsum(term(*_element(operands, index)) for index in range(len(operands[0])))


def apply(term: Term, out: Any, *operands: Any) -> None:
    """Write ``term(...)`` to each element of `out`.

    Parameters
    ----------
    term : function
        A plain Python function of numbers.
    out : row
        Where the results go; may be one of the operands.
    *operands : row or number
        The arguments of `term`; at least the first is a row.
    """
    if hasattr(out, "row_apply"):
        out.row_apply(term, *operands)
        return
    for index in range(len(out)):
        out[index] = term(*_element(operands, index))


def apply_total(term: Term, out: Any, *operands: Any) -> Any:
    """Write ``term(...)`` to each element of `out`, and give the sum of the values before they were rounded.

    Parameters
    ----------
    term : function
        A plain Python function of numbers.
    out : row
        Where the results go; may be one of the operands.
    *operands : row or number
        The arguments of `term`; at least the first is a row.

    Returns
    -------
    number
        As from `total`.
    """
    if hasattr(out, "row_apply_total"):
        return out.row_apply_total(term, *operands)
    values = [term(*_element(operands, index)) for index in range(len(out))]
    for index, value in enumerate(values):
        out[index] = value
    return math.fsum(values)


def _element(operands: tuple[Any, ...], index: int) -> list[Any]:
    return [operand[index] if hasattr(operand, "__len__") else operand for operand in operands]


FUNCTIONS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {function.__name__: function for function in (maximum, total, apply, apply_total)}
)
