"""Every registered activation, built in or installed beside numact, against the conformance kit."""

from __future__ import annotations

import built_in
import pytest

from numact import Activation, registry
from numact.testing import Check, parametrize_with_checks
from numact.testing.catalogue import checks_of

INSTALLED = [entry.activation for entry in registry.entries() if entry.activation not in built_in.SPECS]

# Checks that compile next to nothing; the others are run by the tests of the plugins themselves.
QUICK = {"documentation", "help", "signature", "positional-arguments", "wrt", "names", "unknown-parameters"}


@parametrize_with_checks(built_in.SPECS, strict=True)
def test_built_in(activation: Activation, check: Check) -> None:
    check(activation)


@pytest.mark.parametrize("activation", INSTALLED, ids=lambda activation: activation.name)
def test_installed_plugin(activation: Activation) -> None:
    outcomes = [check.outcome(activation) for check in checks_of(activation) if check.name in QUICK]
    assert len(outcomes) == len(QUICK)
    assert [outcome for outcome in outcomes if outcome.status == "failed"] == []
