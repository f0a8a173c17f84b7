"""The rules that the fields of an `Activation` must keep, each with its sentence."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from types import FunctionType, MappingProxyType
from typing import Any, Literal, get_args

from numact._public import reserved_names
from numact.errors import FormulaError, SpecError, did_you_mean
from numact.formula import parse
from numact.parameters import Param, is_identifier

Kind = Literal["elementwise", "random", "axis", "gated"]
"""What an activation maps: a number, a number and a random one, a row, or two numbers."""

KINDS: tuple[Kind, ...] = get_args(Kind)

OPERANDS: Mapping[Kind, tuple[str, ...]] = MappingProxyType(
    {"elementwise": ("x",), "random": ("x", "u"), "axis": ("row", "out"), "gated": ("a", "b")}
)
"""Leading arguments of `forward`, by kind; for the scalar kinds also the variables of the formula."""

ROW_GRADIENT_OPERANDS = ("row", "g", "out")
"""Leading arguments of `vjp`, which kind ``axis`` has."""


def as_tuple(activation: str, field: str, value: Any) -> tuple[Any, ...]:
    """Make a sequence field a tuple; refuse a lone text or item."""
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise SpecError(f"activation {activation!r}: {field} must be a tuple, got {value!r}")
    return tuple(value)


def check_name(name: object, role: str = "name") -> None:
    """Refuse what is no lower-case identifier, or means something else in numact."""
    if not is_identifier(name):
        raise SpecError(f"activation {role} {name!r} must be a lower-case identifier and no keyword")
    if name in reserved_names():
        raise SpecError(f"activation {role} {name!r} is taken by numact itself; choose another")


def check_texts(activation: str, summary: object, formula: object, references: Sequence[object]) -> None:
    """Refuse an empty summary or formula, and references that are no texts."""
    for field, text in (("summary", summary), ("formula", formula)):
        if not isinstance(text, str) or not text.strip():
            raise SpecError(f"activation {activation!r}: {field} must be a text, got {text!r}")
    for reference in references:
        if not isinstance(reference, str):
            raise SpecError(f"activation {activation!r}: a reference must be a text, got {reference!r}")


def check_aliases(activation: str, aliases: Sequence[object]) -> None:
    """Refuse aliases that are no names, or repeat one."""
    for alias in aliases:
        check_name(alias, f"{activation!r}: alias")
    if len({activation, *aliases}) != 1 + len(aliases):
        raise SpecError(f"activation {activation!r}: aliases repeat a name")


def check_kind(activation: str, kind: object) -> None:
    """Refuse an unknown kind."""
    if kind not in KINDS:
        hint = did_you_mean(str(kind), KINDS)
        raise SpecError(
            f"activation {activation!r}: kind must be one of {', '.join(KINDS)}, got {kind!r}{hint}"
        )


def check_params(activation: str, kind: Kind, params: Sequence[object]) -> None:
    """Refuse what is no `Param`, names given twice, and names of the kind's own operands."""
    seen = set(OPERANDS[kind])
    for param in params:
        if not isinstance(param, Param):
            raise SpecError(f"activation {activation!r}: params must be numact.Param, got {param!r}")
        if param.name in seen:
            raise SpecError(f"activation {activation!r}: parameter name {param.name!r} is used twice")
        seen.add(param.name)


def check_formula(activation: str, field: str, text: str, names: tuple[str, ...]) -> None:
    """Refuse a text that is no formula in these names."""
    try:
        parse(text, names)
    except FormulaError as error:
        part = "" if field == "formula" else f", {field}"
        raise FormulaError(f"activation {activation!r}{part}: {error}") from None


def check_function(activation: str, role: str, function: object, arguments: tuple[str, ...]) -> None:
    """Refuse what is no plain function of exactly these arguments; the operands may be named freely."""
    prefix = f"activation {activation!r}: {role}"
    if not isinstance(function, FunctionType):
        raise SpecError(f"{prefix} must be a plain Python function, got {function!r}")
    wanted = f"{role}({', '.join(arguments)})"
    parameters = inspect.signature(function).parameters.values()
    if any(
        p.kind not in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) or p.default is not p.empty
        for p in parameters
    ) or len(parameters) != len(arguments):
        raise SpecError(f"{prefix} must have the arguments {wanted}, got {inspect.signature(function)}")
    for given, argument in zip((p.name for p in parameters), arguments, strict=True):
        # Parameters in another order than they are passed would compute something else silently.
        if given != argument and (given in arguments or argument not in _operand_names()):
            raise SpecError(f"{prefix} must have the arguments {wanted}, got {inspect.signature(function)}")


def _operand_names() -> frozenset[str]:
    return frozenset(ROW_GRADIENT_OPERANDS).union(*OPERANDS.values())


def check_derivative(
    activation: str, derivative: object, arguments: tuple[str, ...], differentiable: tuple[str, ...]
) -> None:
    """Refuse derivatives by what is no differentiable argument, and wrong signatures."""
    if not isinstance(derivative, Mapping):
        if "x" not in differentiable:
            raise SpecError(
                f"activation {activation!r}: derivative must be a mapping with keys among "
                f"{', '.join(differentiable) or 'none'}"
            )
        derivative = {"x": derivative}
    for name, function in derivative.items():
        if name not in differentiable:
            hint = did_you_mean(str(name), differentiable) or f"; known are {', '.join(differentiable)}"
            raise SpecError(f"activation {activation!r}: derivative by {name!r}, which is no argument{hint}")
        check_function(activation, f"derivative by {name}", function, arguments)


def check_row_functions(
    activation: str, forward: object, derivative: object, vjp: object, numeric: tuple[str, ...]
) -> None:
    """Kind ``axis`` has a `forward` over rows, perhaps a `vjp`, and no `derivative`."""
    if forward is None:
        raise SpecError(
            f"activation {activation!r}: kind 'axis' needs forward(row, out), its formula is not compiled"
        )
    if derivative is not None:
        raise SpecError(f"activation {activation!r}: kind 'axis' has a vjp, not a derivative")
    if vjp is not None:
        check_function(activation, "vjp", vjp, ROW_GRADIENT_OPERANDS + numeric)


def check_bound(activation: str, field: str, bound: object, names: tuple[str, ...]) -> None:
    """Refuse what is neither a number nor a formula of the parameters."""
    if isinstance(bound, str):
        check_formula(activation, field, bound, names)
    elif isinstance(bound, bool) or not isinstance(bound, (int, float)) or math.isnan(bound):
        raise SpecError(
            f"activation {activation!r}: {field} must be a number or a formula text, got {bound!r}"
        )


def check_no_limits(activation: str, kind: Kind, claims: Mapping[str, object]) -> None:
    """Limits and kinks are those of a function of x alone."""
    for field, claim in claims.items():
        if claim:
            raise SpecError(f"activation {activation!r}: kind {kind!r} has no {field}")


def check_bounds(
    activation: str, bounds: Mapping[str, tuple[object, ...] | None], names: tuple[str, ...]
) -> None:
    """Refuse pairs that are no pairs, and bounds that are no bounds; None in a pair is no claim."""
    for field, pair in bounds.items():
        if pair is None:
            continue
        if len(pair) != 2:
            raise SpecError(
                f"activation {activation!r}: {field} must be a pair (low end, high end), got {pair!r}"
            )
        for bound in pair:
            if bound is not None:
                check_bound(activation, field, bound, names)


def check_accuracy(activation: str, max_ulp: object) -> None:
    """Refuse an accuracy that is no positive number."""
    is_number = isinstance(max_ulp, (int, float)) and not isinstance(max_ulp, bool)
    if max_ulp is not None and not (is_number and 0.0 < max_ulp < math.inf):  # type: ignore[operator]
        raise SpecError(f"activation {activation!r}: max_ulp must be a positive number, got {max_ulp!r}")


def check_callable(activation: str, field: str, value: Callable[..., Any] | None) -> None:
    """Refuse what is neither None nor callable."""
    if value is not None and not callable(value):
        raise SpecError(f"activation {activation!r}: {field} must be a function, got {value!r}")
