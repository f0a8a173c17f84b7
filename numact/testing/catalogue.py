"""Which checks an activation of some kind gets."""

from __future__ import annotations

from dataclasses import replace

from numact.spec import Activation
from numact.testing import bounds, documents, signatures
from numact.testing.check import Check

_ROOMS = (documents, signatures, bounds)


def checks_of(spec: Activation, strict: bool = False) -> tuple[Check, ...]:
    """Give all checks of an activation.

    Parameters
    ----------
    spec : Activation
        Of any kind.
    strict : bool
        Whether doubts count as failures.
    """
    return tuple(replace(check, strict=strict) for room in _ROOMS for check in room.checks(spec))
