"""Where compiled kernels are kept, and what speaks against it."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from numact.diagnosis.fact import Fact
from numact.engine import folder, store


def look() -> Iterator[Fact]:
    """Tell the folder, its owner, whether it can be written to, and what it holds."""
    if folder.is_switched_off():
        advice = f"unset {folder.SWITCH_VARIABLE}, or every process compiles its kernels anew"
        yield Fact("cache", "kernels on disk", "switched off", "note", advice)
        return
    place, fault = folder.try_folder()
    if place is None:
        yield Fact("cache", "kernels on disk", fault, "problem", folder.ADVICE)
        return
    yield Fact("cache", "folder", str(place))
    obstacle = _write_obstacle(place)
    advice = f"make room or give write access, or set {folder.FOLDER_VARIABLE} to a folder of your own"
    found = f"no: {obstacle}" if obstacle else "yes"
    yield Fact.unless(not obstacle, "cache", "writable", found, advice, "problem")
    if os.name == "posix":
        status = place.stat()
        yield Fact("cache", "owner", f"user {status.st_uid}, mode {stat.S_IMODE(status.st_mode):04o}")
    info = store.info()
    used, most = info.size / 2**20, store.SIZE_LIMIT // 2**20
    yield Fact("cache", "kernels", f"{info.files}, {used:.1f} of at most {most} MiB")


def _write_obstacle(place: Path) -> str:
    """Say why nothing can be written; permission bits do not tell of full disks and read-only ones."""
    try:
        with tempfile.TemporaryFile(dir=place) as file:
            file.write(bytes(4096))
    except OSError as error:
        return error.strerror or str(error)
    return ""
