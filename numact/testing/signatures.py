"""How an activation is called: x by position, all else by keyword; its names; derivatives by name."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from inspect import Parameter, signature

import numpy as np

from numact import registry
from numact.errors import ParameterError, UnknownActivationError, UnknownParameterError
from numact.examples import example_value
from numact.spec import Activation
from numact.testing.check import Check
from numact.testing.refusals import refuse
from numact.testing.report import Problem
from numact.testing.subject import Subject


def checks(spec: Activation) -> Iterator[Check]:
    """Yield the checks of signatures and names."""
    yield Check("signature", check_signature)
    yield Check("positional-arguments", check_positional_arguments)
    yield Check("wrt", check_wrt)
    yield Check("names", check_names)


def check_signature(subject: Subject) -> None:
    """Ask for x by position alone, and for the parameters, with their defaults, by keyword."""
    found = signature(subject.function).parameters
    first, *rest = found.values()
    if first.name != "x" or first.kind is not Parameter.POSITIONAL_ONLY:
        raise Problem(f"the signature must begin with x, by position: {signature(subject.function)}")
    if any(each.kind is not Parameter.KEYWORD_ONLY for each in rest):
        raise Problem(f"all but x must be keywords: {signature(subject.function)}")
    for param in subject.spec.params:
        default = found[param.name].default
        expected = example_value(param)
        if default != expected:
            raise Problem(f"the signature shows {param.name}={default!r}, the default is {expected!r}")


def check_positional_arguments(subject: Subject) -> None:
    """Ask for a sentence that tells whoever passes a parameter by position what to write."""
    refuse(
        lambda: subject.function(np.ones(3), 1.0),
        UnknownParameterError,
        subject.spec.name,
        "by keyword",
        asked="a second argument by position",
    )


def check_wrt(subject: Subject) -> None:
    """Ask for an error that names what a gradient may be taken by."""
    x = subject.inputs((3,), "float64", special=False)
    refuse(
        lambda: subject.vjp(x, np.ones(3), "no_such_name", **subject.one_dimension()),
        ParameterError,
        subject.spec.name,
        *map(repr, subject.differentiable),
        asked="wrt='no_such_name'",
    )


def check_names(subject: Subject) -> None:
    """Ask that every name of a registered activation finds it, and that it pickles."""
    spec = subject.spec
    try:
        registry.provider(spec)
        prefix = registry.name_of(spec).removesuffix(spec.name)
    except UnknownActivationError:
        return  # it is not registered
    for name in spec.all_names:
        for spelling in (name, name.upper(), name.replace("_", "").title()):
            if registry.get_spec(prefix + spelling) is not spec:
                raise Problem(f"{prefix + spelling!r} finds another activation")
    if pickle.loads(pickle.dumps(subject.function)).spec is not spec:
        raise Problem("unpickled, it is another activation")
