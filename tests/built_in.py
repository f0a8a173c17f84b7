"""The activations that numact ships, whatever plugins are installed beside it.

Tests that sweep deeply are about these; the conformance kit's checks run for everything registered.
"""

from __future__ import annotations

from numact import Activation, activations

SPECS: tuple[Activation, ...] = tuple(
    sorted(
        (spec for module in activations.modules() for spec in module.numact_activations()),
        key=lambda spec: spec.name,
    )
)


def names(*kinds: str) -> list[str]:
    """Give the names of the built-ins, all or those of some kinds."""
    return [spec.name for spec in SPECS if not kinds or spec.kind in kinds]
