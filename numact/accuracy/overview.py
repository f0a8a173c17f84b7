"""The certificates as one table: the greatest error of each activation, beside other libraries'."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from numact import registry
from numact.accuracy.certificate import Certificate, CertificateError, default_result
from numact.accuracy.peers import PEERS

COLUMNS = (
    "activation",
    "float32",
    "float32 derivative",
    "float64",
    "float64 derivative",
    "halves",
    *(f"{peer} float32" for peer in PEERS[:2]),
)
"""Heads of the table: greatest errors of the value and of the derivative by x, with default parameters."""


def rows(made: Iterable[Certificate]) -> list[list[str]]:
    """Lay out certificates, an activation in each row; what was not measured is left blank."""
    by_name: dict[str, dict[str, Certificate]] = {}
    for each in made:
        by_name.setdefault(each["activation"], {})[each["dtype"]] = each
    return [_row(name, of_dtype) for name, of_dtype in sorted(by_name.items())]


def markdown_table(made: Iterable[Certificate]) -> str:
    """Write the table in Markdown."""
    lines = ["| " + " | ".join(COLUMNS) + " |", "|---|" + "---:|" * (len(COLUMNS) - 1)]
    for name, *cells in rows(made):
        lines.append("| " + " | ".join([f"`{name}`", *cells]) + " |")
    return "\n".join(lines)


def _row(name: str, made: Mapping[str, Certificate]) -> list[str]:
    halves = [_error(made.get(dtype), None) for dtype in ("float16", "bfloat16")]
    return [
        name,
        *(_text(_error(made.get(dtype), wrt)) for dtype in ("float32", "float64") for wrt in (None, "x")),
        _text(max((each for each in halves if each is not None), default=None)),
        *(_peer(made.get("float32"), peer) for peer in PEERS[:2]),
    ]


def _error(made: Certificate | None, wrt: str | None) -> float | None:
    if made is None:
        return None
    try:
        found = default_result(registry.get_spec(made["activation"]), made, wrt)["max_ulp"]
    except CertificateError:
        return None
    return found if isinstance(found, float) else float("inf")


def _peer(made: Certificate | None, peer: str) -> str:
    results = (made or {}).get("peers", {}).get(peer, {}).get("results", ())
    for found in results:
        if found["of"] == "value":
            worst: Any = found["max_ulp"]
            return _text(worst if isinstance(worst, float) else float("inf"))
    return ""


def _text(error: float | None) -> str:
    if error is None:
        return ""
    return f"{error:.4f}" if error < 1000 else f"{error:.1e}"
