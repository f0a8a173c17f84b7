"""Documentation: what the author writes, and the help that is made of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from numact.spec import Activation
from numact.testing.check import Check
from numact.testing.report import Doubt, Problem
from numact.testing.subject import Subject


def checks(spec: Activation) -> Iterator[Check]:
    """Yield the checks of the documentation."""
    yield Check("documentation", check_documentation)
    yield Check("help", check_help)


def check_documentation(subject: Subject) -> None:
    """Ask for a summary of one sentence, a reference, and a line about every parameter."""
    spec = subject.spec
    if not re.fullmatch(r"[A-Z0-9][^\n]*\.", spec.summary):
        raise Doubt(f"summary must be one line, from a capital to a '.': {spec.summary!r}")
    if not spec.references:
        raise Doubt("there is no reference: say in references=(...) where the definition comes from")
    undocumented = [param.name for param in spec.params if not param.doc]
    if undocumented:
        raise Doubt(f"Param(..., doc=...) is empty for {', '.join(undocumented)}")


def check_help(subject: Subject) -> None:
    """Ask for all of it in the help text, in the sections of numpydoc."""
    spec, text = subject.spec, subject.function.__doc__ or ""
    titles = re.findall(r"^(\w+)\n-+$", text, re.MULTILINE)
    wanted = ["Parameters", "Returns", "Raises"]
    if titles[:3] != wanted:
        raise Problem(f"the help text has the sections {titles}, it must begin with {wanted}")
    described = re.findall(r"^(\w+) : \S", text, re.MULTILINE)
    for name in ("x", "out", *spec.parameter_names):
        if described.count(name) != 1:
            raise Problem(f"the help text describes {name!r} {described.count(name)} times")
    for part in (spec.summary, spec.formula, *spec.references):
        if part not in text:
            raise Problem(f"the help text lacks {part!r}")
