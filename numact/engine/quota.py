"""How many processors this process may use: those of its affinity, and what its container is granted."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path


def available_processors() -> int:
    """Return the number of processors the scheduler may give this process."""
    affinity = getattr(os, "sched_getaffinity", None)  # not every system has it
    return (len(affinity(0)) if affinity else os.cpu_count()) or 1


def granted_processors(root: Path = Path("/")) -> int | None:
    """Return the processors that the control group's quota pays for, rounded up; None without a quota.

    Parameters
    ----------
    root : Path
        The folder below which ``proc/self/cgroup`` and ``sys/fs/cgroup`` are read.

    Notes
    -----
    A group is held to the quota of every group above it, so the least of them counts.  Inside a container the
    path in ``proc/self/cgroup`` may name folders that only the host has: these are passed over.
    """
    least = min((_read_quota(folder) for folder in _group_folders(root)), default=math.inf)
    return max(1, math.ceil(least)) if math.isfinite(least) else None


def _group_folders(root: Path) -> Iterator[Path]:
    """Yield the folders of this process's control group, of those above it, for versions 2 and 1."""
    mount = root / "sys" / "fs" / "cgroup"
    for line in _read(root / "proc" / "self" / "cgroup").splitlines():
        _, _, rest = line.partition(":")
        controllers, _, name = rest.partition(":")
        if not controllers:  # version 2
            tops = [mount, mount / "unified"]
        elif "cpu" in controllers.split(","):
            tops = [mount / controllers, mount / "cpu"]
        else:
            continue
        parts = [part for part in name.split("/") if part not in ("", ".", "..")]
        for top in tops:
            for depth in range(len(parts) + 1):
                yield top.joinpath(*parts[:depth])


def _read_quota(folder: Path) -> float:
    """Return the quota set on one control group, in processors; infinite where there is none."""
    fields = _read(folder / "cpu.max").split()
    if not fields:
        fields = [_read(folder / "cpu.cfs_quota_us"), _read(folder / "cpu.cfs_period_us")]
    try:
        quota, period = (float(field) for field in fields)
    except ValueError:  # no such file, or "max"
        return math.inf
    return quota / period if quota > 0 and period > 0 else math.inf


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
