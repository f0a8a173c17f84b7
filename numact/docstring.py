"""Documentation and signature of an activation, made from its spec: what ``help(numact.selu)`` shows."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import Parameter, Signature
from typing import Any

from numact.calls.options import option_names
from numact.parameters import Param
from numact.spec import Activation

_INDENT = "    "

_OPTION_TEXTS = {
    "where": "array_like of bool, optional",
    "offset": "int, default 0",
    "gate": "array_like, optional",
    "axis": "int, default -1",
    "gate_first": "bool, default False",
}
_OPTION_DOCS = {
    "where": "Where a value is wanted; elsewhere `out` keeps its values, and a new array is 0.",
    "offset": "Index of the first element, for callers that work through one array in blocks.",
    "gate": "The second input; left out, x is split in halves.",
    "axis": "The axis along which x is split.",
    "gate_first": "Whether the first half is the gate.",
}
_AXIS_WHERE_DOC = "What takes part; the rest contributes nothing to its row."

_OPTION_DEFAULTS = {"where": None, "offset": 0, "gate": None, "axis": -1, "gate_first": False}


def make_signature(spec: Activation, bound: dict[str, Any]) -> Signature:
    """
    Return the signature of an activation's call.

    Parameters
    ----------
    spec : Activation
        The activation.
    bound : dict
        Values that take the place of defaults.

    Returns
    -------
    inspect.Signature
        x, then keywords only: ``out``, the parameters, and the options of its kind.
    """
    parameters = [
        Parameter("x", Parameter.POSITIONAL_ONLY),
        Parameter("out", Parameter.KEYWORD_ONLY, default=None),
    ]
    for param in spec.params:
        default = bound.get(param.name, Parameter.empty if param.is_required else param.default)
        parameters.append(Parameter(param.name, Parameter.KEYWORD_ONLY, default=default))
    for name in option_names(spec):
        parameters.append(Parameter(name, Parameter.KEYWORD_ONLY, default=_OPTION_DEFAULTS[name]))
    return Signature(parameters)


def make_docstring(spec: Activation) -> str:
    """
    Return the documentation of an activation in numpydoc form.

    Parameters
    ----------
    spec : Activation
        The activation.

    Returns
    -------
    str
        Summary, formula, parameters with defaults and bounds, notes and references.
    """
    blocks = [
        f"{spec.name}{make_signature(spec, {})}",
        spec.summary,
        f".. code-block:: text\n\n{_INDENT}{spec.name}(x) = {spec.formula}",
        _section("Parameters", _parameter_lines(spec)),
        _section("Returns", _returns_lines(spec)),
        _section("Raises", _RAISES),
    ]
    notes = list(_note_lines(spec))
    if notes:
        blocks.append(_section("Notes", notes))
    if spec.references:
        references = [f".. [{number}] {text}" for number, text in enumerate(spec.references, start=1)]
        blocks.append(_section("References", references))
    return "\n\n".join(blocks) + "\n"


_RAISES = (
    "ParameterError",
    f"{_INDENT}If a parameter is unknown, out of bounds or missing.",
    "DTypeError, ShapeError, OutputError",
    f"{_INDENT}If an array does not fit; nothing has been written then.",
)


def _section(title: str, lines: Any) -> str:
    """Return a numpydoc section."""
    return "\n".join([title, "-" * len(title), *lines])


def _parameter_lines(spec: Activation) -> Iterator[str]:
    """Yield the lines about x, out, the parameters and the options."""
    yield "x : array_like"
    yield f"{_INDENT}float16, bfloat16, float32 or float64; integers and bools are computed in float64."
    yield "out : numpy.ndarray, optional"
    yield f"{_INDENT}Where the result goes: of its shape and dtype; may be x itself."
    for param in spec.params:
        yield f"{param.name} : {_type_text(param)}"
        yield from (_INDENT + line for line in _parameter_doc(param))
    for name in option_names(spec):
        yield f"{name} : {_OPTION_TEXTS[name]}"
        yield _INDENT + (_AXIS_WHERE_DOC if spec.kind == "axis" and name == "where" else _OPTION_DOCS[name])


_TYPES = {
    "real": "float or array_like",
    "int": "int",
    "bool": "bool",
    "seed": "int or None",
    "axis": "int, tuple of int or None",
    "channel": "float or 1-D array_like",
}


def _type_text(param: Param) -> str:
    """Return the type and default of a parameter."""
    kind = _TYPES.get(param.kind) or "{" + ", ".join(repr(value) for value, _ in param.choices) + "}"
    return kind if param.is_required else f"{kind}, default {param.default!r}"


def _parameter_doc(param: Param) -> Iterator[str]:
    """Yield what a parameter means and what it must be."""
    if param.doc:
        yield param.doc
    requirement = param.requirement() if param.is_numeric else ""
    if requirement:
        yield f"Must be {requirement}."
    for value, name in param.choices:
        if name:
            yield f"{value!r} stands for `{name}`."


def _returns_lines(spec: Activation) -> Iterator[str]:
    """Yield the lines about the result."""
    yield "numpy.ndarray or scalar"
    halved = "; half as long along `axis` where x was split" if spec.kind == "gated" else ""
    yield f"{_INDENT}Of the shape and dtype of x (float64 for integers and bools){halved}."


def _note_lines(spec: Activation) -> Iterator[str]:
    """Yield the facts that the spec states beside the formula."""
    names = ", ".join(spec.aliases)
    if names:
        yield f"Also called {names}."
    if spec.range is not None:
        low, high = spec.range
        yield f"Range: {_bound(low)} to {_bound(high)}."
    if spec.limits is not None:
        yield f"Limits: {_bound(spec.limits[0])} at -inf, {_bound(spec.limits[1])} at +inf."
    if spec.derivative_limits is not None:
        low, high = spec.derivative_limits
        yield f"Limits of the derivative: {_bound(low)} at -inf, {_bound(high)} at +inf."
    if spec.derivative_domain is not None:
        low, high = spec.derivative_domain
        yield f"Derivatives are accurate for x from {_bound(low)} to {_bound(high)}."
    if spec.kinks:
        yield f"Kinks at x = {', '.join(_bound(kink) for kink in spec.kinks)}."
    if spec.max_ulp is not None:
        yield f"Accuracy: at most {spec.max_ulp:g} ULP."


def _bound(value: float | str | None) -> str:
    """Return a limit as text."""
    if value is None:
        return "unstated"
    return value if isinstance(value, str) else f"{value:g}"
