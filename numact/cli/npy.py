"""Arrays in ``.npy`` files, mapped into memory: read in place, and written whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.lib import format as npy_format
from numpy.typing import NDArray

_MAGIC = npy_format.MAGIC_PREFIX
_ZIP = b"PK\x03\x04"


def open_npy(path: Path) -> NDArray[Any]:
    """
    Map the array of a file into memory, to be read only.

    Parameters
    ----------
    path : Path
        A file that `numpy.save` wrote.

    Returns
    -------
    numpy.ndarray
        The array; what is not looked at is not read.

    Raises
    ------
    click.ClickException
        If the file is no such file, is damaged, or holds Python objects.
    """
    try:
        if not path.is_file():
            raise click.ClickException(
                f"{str(path)!r} is not a regular file, which could be mapped into memory"
            )
        with path.open("rb") as file:
            magic = file.read(len(_MAGIC))
        if magic != _MAGIC:
            advice = ": save one of its arrays by numpy.save" if magic.startswith(_ZIP) else ""
            raise click.ClickException(f"{str(path)!r} is not a .npy file{advice}")
        return np.asarray(npy_format.open_memmap(path, mode="r"))
    except OSError as error:
        raise click.ClickException(f"cannot read {str(path)!r}: {error.strerror}") from error
    except ValueError as error:
        if "Python objects" in str(error):
            raise click.ClickException(
                f"{str(path)!r} holds Python objects: convert the array first, by x.astype(np.float64)"
            ) from error
        raise click.ClickException(f"{str(path)!r} is damaged: {' '.join(str(error).split())}") from error


@contextmanager
def new_npy(
    path: Path, shape: tuple[int, ...], dtype: np.dtype[Any], fortran_order: bool
) -> Iterator[NDArray[Any]]:
    """
    Make a file with an array, which takes its place once it is whole and otherwise disappears.

    Parameters
    ----------
    path : Path
        The place; a file that is there already is replaced, a link is followed.
    shape, dtype, fortran_order : tuple of int, numpy.dtype, bool
        The array's.

    Yields
    ------
    numpy.ndarray
        To be filled.

    Raises
    ------
    click.ClickException
        If the file cannot be written, or the disk has no room for it.
    """
    target = path.resolve()
    if target.exists() and not target.is_file():
        raise click.ClickException(f"cannot write {str(path)!r}: it is not a regular file")
    if not target.parent.is_dir():
        raise click.ClickException(f"cannot write {str(path)!r}: there is no folder {str(path.parent)!r}")
    temporary = target.with_name(f".numact-{secrets.token_hex(8)}.npy")
    try:
        temporary.open("xb").close()
        mapped = npy_format.open_memmap(temporary, "w+", dtype, shape, fortran_order)
        _reserve(temporary)
        yield np.asarray(mapped)
        mapped.flush()
        _settle(temporary, target)
    except OSError as error:
        raise click.ClickException(f"cannot write {str(path)!r}: {error.strerror or error}") from error
    finally:
        temporary.unlink(missing_ok=True)


def _reserve(path: Path) -> None:
    """Take the room on the disk now: where it runs out under a mapped file, the process is killed."""
    size = path.stat().st_size
    if hasattr(os, "posix_fallocate"):
        with path.open("r+b") as file:
            os.posix_fallocate(file.fileno(), 0, size)
    elif shutil.disk_usage(path.parent).free < size:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _settle(temporary: Path, target: Path) -> None:
    """Give the finished file its name, once it is on the disk."""
    with temporary.open("rb") as file:
        os.fsync(file.fileno())
    with suppress(FileNotFoundError):
        shutil.copymode(target, temporary)
    os.replace(temporary, target)
