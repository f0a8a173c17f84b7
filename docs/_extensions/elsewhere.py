"""What PyTorch, JAX and Keras call an activation, and where they were found to differ."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from markdown import table

from numact.spec import Activation

ROOT = Path(__file__).parents[2]


@cache
def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def elsewhere(spec: Activation) -> str:
    """Tell what PyTorch, JAX and Keras call an activation, and where they differ.

    Parameters
    ----------
    spec : Activation
        Which one.
    """
    measured = _json(ROOT / "docs" / "peers.json")
    found: Mapping[str, Any] | None = measured["activations"].get(spec.name)
    if found is None:
        return "Not yet compared with other libraries."
    if not found:
        return "Neither PyTorch nor JAX nor Keras has a function of this name."
    lines = [_library(name, measured["versions"][name], peer) for name, peer in found.items()]
    rows = list(_differences(found))
    if not rows:
        lines.append("None of them differs from numact at the points compared, in float32.")
        return "\n".join(f"- {line}" for line in lines[:-1]) + f"\n\n{lines[-1]}"
    intro = (
        f"Where they differ in float32, by more than {measured['most_ulp']} units in the last place or in "
        "being a number at all:"
    )
    heads = ["", "x", "numact", *found]
    return "\n".join(f"- {line}" for line in lines) + f"\n\n{intro}\n\n{table(heads, rows)}"


def _library(name: str, version: str, peer: Mapping[str, Any]) -> str:
    defaults = ", ".join(f"`{text}`" for text in peer["defaults"])
    other = f", by default with {defaults}" if defaults else ""
    return f"{name} {version}: `{peer['function']}`{other}"


def _differences(found: Mapping[str, Any]) -> Iterator[list[str]]:
    """Yield a line for each point at which some library differs."""
    points: dict[tuple[str, str], dict[str, str]] = {}
    own: dict[tuple[str, str], str] = {}
    for library, peer in found.items():
        for difference in peer["differences"]:
            place = (difference["of"], difference["x"])
            points.setdefault(place, {})[library] = difference["peer"]
            own[place] = difference["numact"]
    for place, theirs in points.items():
        cells = [f"`{theirs[library]}`" if library in theirs else "same" for library in found]
        yield [place[0], f"`{place[1]}`", f"`{own[place]}`", *cells]
