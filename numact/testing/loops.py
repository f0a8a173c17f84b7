"""Machine code: the loops of every kernel compute with vectors and call nothing."""

from __future__ import annotations

import platform
from collections.abc import Iterator

from numact.spec import Activation
from numact.testing.check import Check
from numact.testing.report import Doubt
from numact.testing.subject import Subject

_READABLE = ("x86_64", "AMD64", "aarch64", "arm64")


def checks(spec: Activation) -> Iterator[Check]:
    """Yield the checks of machine code, where it can be read."""
    if platform.machine() in _READABLE:
        for role in ("forward", "derivative"):
            yield Check(f"vectorised-{role}", check_vectorised, (role,))


def check_vectorised(subject: Subject, role: str) -> None:
    """Look for packed instructions in the hot loops, and for calls."""
    from numact.engine.machine import assembly, has_call, hot_loops, is_packed

    spec = subject.spec
    for dtype in ("float32", "float64"):
        loops = hot_loops(assembly(spec, role, spec.arguments[0], dtype))
        # With parameters there are two: one for parameters that are constant, one for those that vary.
        if sum(map(is_packed, loops)) < (2 if spec.numeric_params else 1):
            raise Doubt(f"the {dtype} loop of its {role} is left scalar: a long loop, or one with branches?")
        if any(map(has_call, loops)):
            raise Doubt(f"the {dtype} loop of its {role} calls a function")
