"""Files of compiled kernels: one file a kernel, named by its key, checked before it is used.

A file is the magic, the SHA-256 of what follows, the key, and the payload.  A file that is cut short,
altered, someone else's or writable by others is as good as absent: the kernel is compiled and the file
replaced.
Files are written under a temporary name and moved into place, so that any number of processes may read
and write at once and never see half a file.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from . import folder as _folder

MAGIC = b"numact kernel 1\n"
SUFFIX = ".kernel"
TEMPORARY_SUFFIX = ".tmp"
SIZE_LIMIT = 256 * 2**20
DAY = 86_400.0
READ_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0)
# No symbolic link is followed; no pipe of that name holds us up before it is refused.
READ_FLAGS |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)

_pruned = False


class CacheInfo(NamedTuple):
    """What the disk cache holds: `folder` is None when there is no disk cache."""

    folder: Path | None
    files: int
    size: int


def read(key: str) -> bytes | None:
    """Return the payload saved under a key, or None when no trustworthy file has it."""
    folder = _folder.open_folder()
    if folder is None:
        return None
    try:
        content = _read_own_file(folder / (key + SUFFIX))
    except OSError:
        return None
    return None if content is None else _unpack(content, key)


def write(key: str, payload: bytes) -> None:
    """Save a payload under a key; a failure to do so is one warning and no more."""
    global _pruned
    folder = _folder.open_folder()
    if folder is None:
        return
    try:
        _replace_file(folder / (key + SUFFIX), _pack(payload, key))
    except OSError as error:
        _folder.warn_write_failed(folder, error)
        return
    if not _pruned:
        _pruned = True
        prune(folder)


def info() -> CacheInfo:
    """Say where the disk cache is, and how many kernels and bytes it holds."""
    folder = _folder.open_folder()
    if folder is None:
        return CacheInfo(None, 0, 0)
    sizes = [size for _, size, path in _files(folder) if path.suffix == SUFFIX]
    return CacheInfo(folder, len(sizes), sum(sizes))


def clear() -> int:
    """Remove every saved kernel and return how many there were; nothing else in the folder is touched."""
    folder = _folder.open_folder()
    removed = 0
    for _, _, path in [] if folder is None else _files(folder):
        with contextlib.suppress(OSError):
            path.unlink()
            removed += path.suffix == SUFFIX
    return removed


def prune(folder: Path, limit: int = SIZE_LIMIT) -> None:
    """Remove what crashed writers left behind, and the longest unused kernels beyond a total size."""
    total = 0
    for used, size, path in sorted(_files(folder), reverse=True):
        total += size
        abandoned = path.suffix == TEMPORARY_SUFFIX and used < time.time() - DAY
        if abandoned or total > limit:
            with contextlib.suppress(OSError):
                path.unlink()


def _files(folder: Path) -> list[tuple[float, int, Path]]:
    """List time of last use, size and path of our files; others may be removing them meanwhile."""
    found = []
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            if path.suffix in (SUFFIX, TEMPORARY_SUFFIX):
                with contextlib.suppress(OSError):
                    status = path.lstat()
                    found.append((status.st_mtime, status.st_size, path))
    return found


def _pack(payload: bytes, key: str) -> bytes:
    body = key.encode() + payload
    return MAGIC + hashlib.sha256(body).digest() + body


def _unpack(content: bytes, key: str) -> bytes | None:
    magic, rest = content[: len(MAGIC)], content[len(MAGIC) :]
    digest, body = rest[:32], rest[32:]
    name = key.encode()
    if magic != MAGIC or hashlib.sha256(body).digest() != digest or not body.startswith(name):
        return None
    return body[len(name) :]


def _read_own_file(path: Path) -> bytes | None:
    """Read a file after checking, on the open file itself, that nobody else can have written it."""
    with os.fdopen(os.open(path, READ_FLAGS), "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            return None
        if os.name == "posix" and (
            status.st_uid != os.geteuid() or status.st_mode & _folder.WRITABLE_BY_OTHERS
        ):
            return None
        content = file.read()
    if time.time() - status.st_mtime > DAY:
        with contextlib.suppress(OSError):
            os.utime(path)  # the time of last use, for `prune`
    return content


def _replace_file(path: Path, content: bytes) -> None:
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, suffix=TEMPORARY_SUFFIX)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
