"""The certificates of an activation: the greatest errors found, where, and among how many inputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from markdown import table

from numact import registry
from numact.accuracy.certificate import Certificate, makers, read
from numact.errors import UnknownActivationError
from numact.spec import Activation

ROOT = Path(__file__).parents[2]
_DTYPES = ("float32", "float64", "float16", "bfloat16")
_HEADS = ("dtype", "of", "inputs", "greatest error", "at", "rounded right")
_LIBRARIES = ("numact", "numpy", "numba")


def accuracy(spec: Activation, folder: Path | None = None) -> str:
    """Tell an activation's certificates, and what its author promises.

    Parameters
    ----------
    spec : Activation
        Which one.
    folder : Path, optional
        Where the certificates are: those in this repository, of its packages, by default.
    """
    folder = folder or _folder(spec)
    places = [folder / dtype / f"{spec.name}.json" for dtype in _DTYPES]
    made = [read(place) for place in places if place.exists()]
    blocks = [*_promise(spec), *(_shown(made) if made else _missing(spec))]
    return "\n\n".join(blocks)


def _folder(spec: Activation) -> Path:
    try:
        provider = str(registry.provider(spec).distribution)
    except UnknownActivationError:  # of no package yet
        provider = "numact"
    return (ROOT if provider == "numact" else ROOT / "plugins" / provider) / "certificates"


def _promise(spec: Activation) -> Iterator[str]:
    if spec.max_ulp is not None:
        yield (
            f"In float32, with the parameters' defaults, errors are at most {spec.max_ulp:g} units in the "
            "last place, by the author's promise."
        )


def _missing(spec: Activation) -> Iterator[str]:
    yield f"Not yet measured here; `numact certify {spec.name}` measures it on your machine."


def _shown(made: Sequence[Certificate]) -> Iterator[str]:
    yield (
        "Certificates: the greatest errors in units in the last place, beside exact values by ball "
        "arithmetic; 0.5 is rounding right."
    )
    yield table(_HEADS, [_row(each, found) for each in made for found in each["results"]])
    with_peers = [line for each in made for line in _peers(each)]
    if with_peers:
        yield "Other libraries, at the same inputs:"
        yield "\n".join(with_peers)
    with_what = dict.fromkeys(_versions(maker) for each in made for maker in makers(each))
    yield f"Measured with {'; '.join(with_what)}."


def _versions(maker: Mapping[str, str]) -> str:
    versions = ", ".join(f"{name} {maker[name]}" for name in _LIBRARIES)
    return f"{versions} on {maker['target']}"


def _row(made: Certificate, found: Mapping[str, Any]) -> tuple[str, ...]:
    chosen = ", ".join(f"`{name}={value:g}`" for name, value in found["parameters"].items())
    of = f"{found['of']}, {chosen}" if chosen else found["of"]
    manner = found["inputs"].partition(":")[0].partition(",")[0]
    places = found["at"]["decimal"].split(", ") if found["at"] else ()
    at = ", ".join(f"`{float(place):.7g}`" for place in places)
    return (
        made["dtype"],
        of,
        f"{found['points']:,} ({manner})",
        error_text(found["max_ulp"]),
        at,
        f"{100 * found['correctly_rounded']:.6g} %",
    )


def _peers(made: Certificate) -> Iterator[str]:
    for peer, measured in made.get("peers", {}).items():
        errors = ", ".join(f"{found['of']} {error_text(found['max_ulp'])}" for found in measured["results"])
        yield f"- {peer} {measured['version']}, {made['dtype']}: {errors}"


def error_text(error: Any) -> str:
    """Write an error, which may be infinite or, where nothing was to be rounded, none."""
    if not isinstance(error, float):
        return str(error or "none")
    return f"{error:.4f}" if error < 1000 else f"{error:.1e}"
