"""Which checks an activation of some kind gets."""

from __future__ import annotations

from dataclasses import replace

from numact.spec import Activation
from numact.testing import (
    arrays,
    bounds,
    documents,
    edges,
    gates,
    gradients,
    loops,
    rows,
    signatures,
    threads,
    values,
)
from numact.testing.check import Check

_FIRST = (documents, signatures, bounds)
_BY_KIND = {
    "elementwise": (values, edges, gradients, loops),
    "random": (values, edges, gradients, loops),
    "gated": (gates, gradients, loops),
    "axis": (rows,),
}
_LAST = (arrays, threads)


def checks_of(spec: Activation, strict: bool = False) -> tuple[Check, ...]:
    """Give all checks of an activation.

    Parameters
    ----------
    spec : Activation
        Of any kind.
    strict : bool
        Whether doubts count as failures.
    """
    rooms = (*_FIRST, *_BY_KIND[spec.kind], *_LAST)
    return tuple(replace(check, strict=strict) for room in rooms for check in room.checks(spec))
