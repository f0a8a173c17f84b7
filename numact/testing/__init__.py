"""The conformance kit: what every activation has to keep, checked for built-ins and third parties alike.

A plugin's whole test file::

    from numact.testing import parametrize_with_checks
    from numact_softclip import softclip

    @parametrize_with_checks([softclip])
    def test_activation(activation, check):
        check(activation)

`check_activation` runs the same checks without pytest and gives a report.
"""

from numact.testing.check import Check, CheckFailure, CheckWarning
from numact.testing.hookup import parametrize_with_checks
from numact.testing.report import Example, Outcome, Report
from numact.testing.runner import check_activation

__all__ = [
    "Check",
    "CheckFailure",
    "CheckWarning",
    "Example",
    "Outcome",
    "Report",
    "check_activation",
    "parametrize_with_checks",
]
