"""Keys of compiled code: digests of everything that decides what the machine code is.

A key covers the author's sources (a fingerprint that the caller makes), the engine's own sources, the
versions of Python, NumPy, Numba and llvmlite, Numba's target and settings, the name and the signature.  So
saved code is never stale: whatever changes, the key changes with it.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

# The names in numba.config that change the code compiled.
SETTINGS = (
    "OPT",
    "LOOP_VECTORIZE",
    "SLP_VECTORIZE",
    "LLVM_REFPRUNE_PASS",
    "BOUNDSCHECK",
    "DEBUGINFO_DEFAULT",
)


def fingerprint_of(*parts: str | bytes) -> str:
    """Return the SHA-256 of some texts, told apart where one ends and the next begins."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "little") + data)
    return digest.hexdigest()


def key_of(*parts: str) -> str:
    """Return the key of some code, given what is special to it: kind, name, signature, sources."""
    return fingerprint_of(_engine_fingerprint(), _environment(), *parts)


@cache
def _engine_fingerprint() -> str:
    """Digest the sources of the engine and of the functions that authors import."""
    package = files(__package__.rpartition(".")[0])
    sources = sorted(source.read_bytes() for source in _python_files(package.joinpath("engine")))
    return fingerprint_of(package.joinpath("scalar.py").read_bytes(), *sources)


def _python_files(folder: Traversable) -> Iterator[Traversable]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _python_files(entry)
        elif entry.name.endswith(".py"):
            yield entry


@cache
def _environment() -> str:
    """Describe what else decides the machine code: versions, Numba's target and its settings."""
    import llvmlite
    import numba
    import numpy as np
    from numba.core import config
    from numba.core.registry import cpu_target

    return repr(
        (
            (sys.implementation.cache_tag, sys.version, sys.maxsize),
            (numba.__version__, llvmlite.__version__, np.__version__),
            cpu_target.target_context.codegen().magic_tuple(),
            [(setting, getattr(config, setting, None)) for setting in SETTINGS],
        )
    )
