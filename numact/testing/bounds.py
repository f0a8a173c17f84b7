"""Parameters: what their bounds leave out is refused in a sentence, what they allow is accepted."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from numact.errors import ParameterError, UnknownParameterError
from numact.examples import example_value
from numact.function import Function
from numact.parameters import Param
from numact.spec import Activation
from numact.testing.check import Check
from numact.testing.refusals import refuse
from numact.testing.report import Problem, shown
from numact.testing.subject import Array, Subject


def checks(spec: Activation) -> Iterator[Check]:
    """Yield the checks of the parameters."""
    for param in spec.params:
        yield Check(f"parameter-{param.name}", check_parameter, (param,))
    yield Check("unknown-parameters", check_unknown_parameters)
    if any(param.is_required for param in spec.params):
        yield Check("required-parameters", check_required_parameters)
    if spec.check is not None:
        yield Check("parameters-together", check_parameters_together)


def check_parameter(subject: Subject, param: Param) -> None:
    """Try values that the bounds leave out, of other types, and those at the bounds that are allowed."""
    x = subject.inputs((3,), "float64", special=False)
    out = np.full(3, 7.0)
    for bad in refused_values(param):
        refuse(
            _called(subject, x, {param.name: bad}, out=out),
            ParameterError,
            repr(param.name),
            subject.spec.name,
            asked=f"{param.name}={shown(bad)}",
        )
        if not (out == 7.0).all():
            raise Problem(f"{param.name}={shown(bad)} is refused only after something was written to out")
    for good in accepted_values(param):
        if _fits(subject, param.name, good):
            _called(subject, x, {param.name: good})()


def refused_values(param: Param) -> list[Any]:
    """Give values that a parameter must refuse."""
    if not param.is_numeric:
        return list(_REFUSED[param.kind])
    numbers = [end for end in (param.low, param.high) if not param.allows(end)]
    numbers += [param.low - 1.0] if math.isfinite(param.low) else []
    numbers += [param.high + 1.0] if math.isfinite(param.high) else []
    numbers += [*param.exclude, math.nan]
    if param.kind == "int":
        return [*(int(each) for each in numbers if math.isfinite(each)), 1.5, *_WRONG_TYPES, [1, 2]]
    in_an_array = [np.array([example_value(param), bad]) for bad in numbers]
    return [*numbers, *in_an_array, *_WRONG_TYPES]


_WRONG_TYPES: tuple[Any, ...] = ("1", None, 1j, True, {})
_REFUSED: Mapping[str, tuple[Any, ...]] = MappingProxyType(
    {
        "bool": (1, 0.0, "True", None),
        "choice": ("no such choice", 1, None),
        "seed": (-1, 2**64, 1.5, True, "1"),
        "axis": (1.5, "0", True, (0, 1.5)),
    }
)


def accepted_values(param: Param) -> list[Any]:
    """Give values that a parameter must accept: its example, and the numbers at the ends of its bounds."""
    found = [example_value(param)]
    if param.is_numeric:
        ends = (param.low, param.high)
        inside = [np.nextafter(end, 0.0 if end else math.copysign(1.0, param.high)) for end in ends]
        whole = [int(each) for each in ends if math.isfinite(each)]
        candidates = whole if param.kind == "int" else [float(each) for each in (*ends, *inside)]
        found += [each for each in candidates if math.isfinite(each) and param.allows(each)]
    return found


def _fits(subject: Subject, name: str, value: Any) -> bool:
    """Tell whether the rule between parameters lets a value stand beside the others' examples."""
    others = {param.name: example_value(param) for param in subject.spec.params}
    try:
        subject.spec.check_together({**others, name: value})
    except ParameterError:
        return False
    return True


def check_unknown_parameters(subject: Subject) -> None:
    """Try a name that is none, and one letter too many in each name."""
    x = subject.inputs((3,), "float64", special=False)
    unknown = _called(subject, x, {"no_such_name": 1})
    refuse(unknown, UnknownParameterError, subject.spec.name, asked="no_such_name=1")
    for name in subject.spec.parameter_names:
        misspelt = name + name[-1]
        if misspelt not in subject.spec.parameter_names:
            suggestion = f"did you mean {name!r}"
            refuse(
                _called(subject, x, {misspelt: 1}),
                UnknownParameterError,
                subject.spec.name,
                suggestion,
                asked=f"{misspelt}=1",
            )


def _called(subject: Subject, x: list[Array], given: Mapping[str, Any], out: Any = None) -> Callable[[], Any]:
    return lambda: subject.value(x, out=out, **subject.one_dimension() | dict(given))


def check_required_parameters(subject: Subject) -> None:
    """Leave out everything that is required."""
    required = [param.name for param in subject.spec.params if param.is_required]
    bare = Function(subject.spec, {})
    refuse(lambda: bare(np.ones(3)), ParameterError, *map(repr, required), asked="a call without parameters")


def check_parameters_together(subject: Subject) -> None:
    """Look for values that the rule between parameters forbids, and call with them."""
    spec = subject.spec
    x = subject.inputs((3,), "float64", special=False)
    tried = [accepted_values(param) + _spread(param) for param in spec.params]
    for values in itertools.islice(itertools.product(*tried), 10_000):
        named = dict(zip(spec.parameter_names, values, strict=True))
        try:
            spec.check_together(named)
        except ParameterError:
            refuse(
                _called(subject, x, named),
                ParameterError,
                spec.name,
                asked=f"parameters {named}",
            )
            return
    raise Problem("its check(params) forbids nothing that was tried")


def _spread(param: Param) -> list[float]:
    candidates = (-1.0, 0.25, 0.5, 2.0)
    return [each for each in candidates if param.allows(each)] if param.kind in ("real", "channel") else []
