"""Where and with what a comparison was measured."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from numact.benchmarks.peers import PEERS

_OWN = ("numact", "numba", "llvmlite", "numpy")


def describe(peers: Iterable[str]) -> dict[str, Any]:
    """Describe the machine and the libraries.

    Parameters
    ----------
    peers : iterable of str
        Names of `PEERS`.

    Returns
    -------
    dict
        ``processor``, ``processors``, ``system``, ``python``, ``date``, ``versions`` of what is installed and
        ``missing``, the packages of peers that are not, by peer.
    """
    chosen = {name: PEERS[name] for name in peers}
    versions = {name: metadata.version(name) for name in _OWN}
    for peer in chosen.values():
        versions |= {} if peer.missing() else peer.versions()
    return {
        "processor": processor(),
        "processors": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "date": datetime.now(UTC).date().isoformat(),
        "versions": versions,
        "missing": {name: list(peer.missing()) for name, peer in chosen.items() if peer.missing()},
    }


def processor() -> str:
    """Name the processor as well as the system can."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
