"""The command that tells everything about one activation."""

from __future__ import annotations

from typing import Any

import click

from numact import registry
from numact.arrays import FLOATING
from numact.cli.console import console, json_option, print_json, table
from numact.cli.names import ActivationName
from numact.parameters import Param
from numact.spec import Activation


@click.command(short_help="Show everything about an activation.")
@click.argument("name", type=ActivationName())
@json_option
def show(name: str, as_json: bool) -> None:
    """Show everything about the activation NAME: formula, parameters, limits, range, kinks and references."""
    spec = registry.get_spec(name)
    if as_json:
        print_json(_as_dict(spec))
        return
    screen = console()
    screen.print(f"[bold]{spec.name}[/bold]  {spec.summary}")
    for title, text in _properties(spec):
        screen.print(f"  {title:<12}{text}", markup=False, soft_wrap=True)
    if spec.params:
        rows = [(param.name, default_text(param), _values(param), param.doc) for param in spec.params]
        screen.print(table("parameters", ("name", "default", "values", "meaning"), rows, numbers_from=4))


def default_text(param: Param) -> str:
    """Write a parameter's default, or that there is none.

    Parameters
    ----------
    param : Param
        Of any kind.

    Returns
    -------
    str
        The default as Python writes it, or ``required``.
    """
    return "required" if param.is_required else str(param.default)


def _properties(spec: Activation) -> list[tuple[str, str]]:
    lines = [("formula", spec.formula), ("kind", spec.kind), ("provider", str(registry.provider(spec)))]
    if spec.aliases:
        lines.append(("aliases", ", ".join(spec.aliases)))
    if spec.limits is not None:
        lines.append(("limits", _at_infinities(spec.limits)))
    if spec.derivative_limits is not None:
        lines.append(("derivative", _at_infinities(spec.derivative_limits)))
    if spec.range is not None:
        low, high = map(_bound, spec.range)
        lines.append(("range", f"from {low} to {high}"))
    if spec.derivative_domain is not None:
        low, high = map(_bound, spec.derivative_domain)
        lines.append(("derivatives", f"accurate for x from {low} to {high}"))
    if spec.kinks:
        lines.append(("kinks", "at " + ", ".join(map(_bound, spec.kinks))))
    lines.append(("dtypes", ", ".join(FLOATING)))
    if spec.max_ulp is not None:
        lines.append(("accuracy", f"within {spec.max_ulp:g} ULP"))
    return lines + [("reference", reference) for reference in spec.references]


def _at_infinities(limits: tuple[Any, Any]) -> str:
    low, high = map(_bound, limits)
    return f"at -inf: {low}; at inf: {high}"


def _bound(bound: float | str | None) -> str:
    if bound is None:
        return "not stated"
    return bound if isinstance(bound, str) else f"{bound:g}"


def _values(param: Param) -> str:
    if param.kind == "choice":
        return " or ".join(repr(value) for value, _ in param.choices)
    if param.kind not in ("real", "int", "channel"):
        return param.kind
    return f"{param.requirement() or 'any number'}{' per channel' if param.kind == 'channel' else ''}"


def _as_dict(spec: Activation) -> dict[str, Any]:
    provider = registry.provider(spec)
    return {
        "name": spec.name,
        "summary": spec.summary,
        "kind": spec.kind,
        "formula": spec.formula,
        "aliases": spec.aliases,
        "provider": {
            "distribution": provider.distribution,
            "version": provider.version,
            "module": provider.module,
        },
        "references": spec.references,
        "limits": spec.limits,
        "derivative_limits": spec.derivative_limits,
        "range": spec.range,
        "derivative_domain": spec.derivative_domain,
        "kinks": spec.kinks,
        "dtypes": FLOATING,
        "max_ulp": spec.max_ulp,
        "parameters": [_parameter_as_dict(param) for param in spec.params],
    }


def _parameter_as_dict(param: Param) -> dict[str, Any]:
    return {
        "name": param.name,
        "kind": param.kind,
        "required": param.is_required,
        "default": None if param.is_required else param.default,
        "values": _values(param),
        "meaning": param.doc,
    }
