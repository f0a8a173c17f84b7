"""The checks as pytest's tests: one for each activation and check."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from numact import registry
from numact.errors import NumactError
from numact.spec import Activation
from numact.testing.catalogue import checks_of


def parametrize_with_checks(activations: Iterable[Activation | str], *, strict: bool = False) -> Any:
    """Parametrize a test by activations and their checks.

    Parameters
    ----------
    activations : iterable of Activation or str
        The activations, or names of registered ones.
    strict : bool
        As for `check_activation`; otherwise what may be better is a `CheckWarning`.

    Returns
    -------
    pytest.MarkDecorator
        For a test with the arguments `activation` and `check`.

    Raises
    ------
    NumactError
        If there is no pytest.

    Examples
    --------
    >>> from numact.testing import parametrize_with_checks
    >>> @parametrize_with_checks(["relu"])
    ... def test_activation(activation, check):
    ...     check(activation)
    """
    try:
        import pytest
    except ImportError:
        raise NumactError("checks as tests need pytest: pip install 'numact[testing]'") from None
    specs = [registry.get_spec(each) if isinstance(each, str) else each for each in activations]
    return pytest.mark.parametrize(
        ("activation", "check"),
        [
            pytest.param(spec, check, id=f"{spec.name}-{check.name}")
            for spec in specs
            for check in checks_of(spec, strict)
        ],
    )
