"""The conformance kit over every activation of the package."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numact_modern

from numact import Activation
from numact.testing import parametrize_with_checks


@parametrize_with_checks(list(numact_modern.numact_activations()), strict=True)
def test_activation(activation: Activation, check: Callable[[Activation], Any]) -> None:
    check(activation)
