"""Versions of what numact needs, and of the optional libraries by the extra that brings them."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from importlib import metadata

from numact.diagnosis.fact import Fact

NAME = re.compile(r"[\w.-]+")
EXTRA = re.compile(r"extra\s*==\s*['\"]([\w-]+)['\"]")


def look() -> Iterator[Fact]:
    """Tell the versions; what is needed and not installed is a problem, an optional library is none."""
    yield Fact("versions", "python", sys.version.split()[0])
    needed, extras = requirements()
    for name in ("numact", *needed, "llvmlite"):
        version = _version(name)
        found = version or "not installed"
        yield Fact.unless(bool(version), "versions", name, found, f"pip install {name}", "problem")
    for extra, libraries in extras.items():
        yield Fact("extras", extra, _describe(extra, libraries))


def requirements() -> tuple[list[str], dict[str, list[str]]]:
    """Give what numact needs, and by extra the libraries that no smaller extra brings."""
    try:
        stated = metadata.requires("numact") or []
    except metadata.PackageNotFoundError:
        stated = []
    needed: list[str] = []
    extras: dict[str, list[str]] = {}
    for requirement in stated:
        name = NAME.match(requirement)
        extra = EXTRA.search(requirement)
        if name and name[0] != "numact":
            (extras.setdefault(extra[1], []) if extra else needed).append(name[0])
    return needed, _without_repetition(extras)


def _without_repetition(extras: Mapping[str, list[str]]) -> dict[str, list[str]]:
    told: set[str] = set()
    remaining = {}
    for extra, libraries in sorted(extras.items(), key=lambda item: (len(item[1]), item[0])):
        new = [library for library in libraries if library not in told]
        told.update(new)
        if new:
            remaining[extra] = new
    return remaining


def _describe(extra: str, libraries: list[str]) -> str:
    versions = {library: _version(library) for library in libraries}
    found = ", ".join(f"{library} {version}" for library, version in versions.items() if version)
    missing = ", ".join(library for library, version in versions.items() if not version)
    lack = f"without {missing}: pip install 'numact[{extra}]'" if missing else ""
    return "; ".join(part for part in (found, lack) if part)


def _version(name: str) -> str:
    """Give the version; nothing where the library, or a sound description of it, is missing."""
    try:
        return str(metadata.version(name) or "")
    except (metadata.PackageNotFoundError, KeyError):
        return ""
