"""All checks of one activation, run one after the other."""

from __future__ import annotations

from collections.abc import Callable

from numact import registry
from numact.spec import Activation
from numact.testing.catalogue import checks_of
from numact.testing.report import Outcome, Report
from numact.testing.subject import dtype_of


def check_activation(
    activation: Activation | str, *, strict: bool = False, on_check: Callable[[Outcome], None] | None = None
) -> Report:
    """Run every check that applies to an activation.

    Parameters
    ----------
    activation : Activation or str
        Registered or not; or the name of a registered one.
    strict : bool
        Whether warnings are failures, and the bounds of numact's own packages hold: accuracy without a stated
        `max_ulp`, vectorised loops, complete documentation.
    on_check : callable, optional
        Called with each `Outcome` as soon as there is one.

    Returns
    -------
    Report
        ``report.passed`` tells whether all is well; ``print(report)`` shows what is not.

    Raises
    ------
    UnknownActivationError
        If there is no activation of that name.
    MissingExtraError
        If what the checks compute with is not installed.

    Examples
    --------
    >>> from numact.testing import check_activation
    >>> check_activation("relu").passed
    True
    """
    spec = registry.get_spec(activation) if isinstance(activation, str) else activation
    dtype_of("bfloat16")  # fails before the first check, and once, where it is missing
    outcomes = []
    for check in checks_of(spec, strict):
        outcome = check.outcome(spec)
        outcomes.append(outcome)
        if on_check is not None:
            on_check(outcome)
    return Report(spec.name, tuple(outcomes))
