"""Compiled loops, kept in this process and on disk under a key made of everything they depend on.

The key covers the author's sources (the caller's fingerprint), the engine's own sources, the versions of
Python, NumPy, Numba and llvmlite, Numba's target and settings, the name and the signature.  So a saved kernel
is never stale: whatever changes, the key changes with it.  Numba's own function cache is not used, since it
looks at the time stamp of one file alone and confuses functions that share a name.
"""

from __future__ import annotations

import hashlib
import pickle
import sys
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Literal

from . import store
from .store import clear, info

__all__ = [
    "CompiledLoop",
    "cached_dispatcher",
    "clear",
    "compile_cached",
    "fingerprint_of",
    "info",
    "statistics",
]

# The names in numba.config that change the code compiled.
SETTINGS = (
    "OPT",
    "LOOP_VECTORIZE",
    "SLP_VECTORIZE",
    "LLVM_REFPRUNE_PASS",
    "BOUNDSCHECK",
    "DEBUGINFO_DEFAULT",
)

_loops: dict[str, CompiledLoop] = {}
_dispatchers: dict[str, Any] = {}

statistics = {"memory": 0, "disk": 0, "compiled": 0}
"""How many loops and dispatchers this process found in memory and on disk, and how many it compiled."""


@dataclass(frozen=True, slots=True)
class CompiledLoop:
    """A compiled loop: its address is good as long as this object lives."""

    address: int
    name: str
    origin: Literal["disk", "compiled"]
    library: Any


def compile_cached(
    build: Callable[[], types.FunctionType], signature: Any, fingerprint: str, *, name: str
) -> CompiledLoop:
    """Return the compiled form of a NumPy inner loop: from memory, else from disk, else compiled and saved.

    Parameters
    ----------
    build : callable
        Makes the Python function to compile; called only when no cache has it.
    signature : numba signature
        The C signature of the function.
    fingerprint : str
        A digest of everything the function reads that is not the engine's: see `fingerprint_of`.
    name : str
        An identifier that tells this loop from every other one with that fingerprint and signature
        (activation, role, argument, dtype).

    Returns
    -------
    CompiledLoop

    Raises
    ------
    Exception
        Whatever `build` or Numba's compiler raises; no failure of the cache itself.
    """
    from numba.core.compiler_lock import global_compiler_lock

    key = _key("loop", name, str(signature), fingerprint)
    loop = _loops.get(key)
    if loop is None:
        # Numba compiles one function at a time anyway; a lock of our own beside its lock could deadlock
        # when Numba, compiling a user's function, asks for one of our loops.
        with global_compiler_lock:
            loop = _loops.get(key) or _loops.setdefault(key, _load_or_compile(build, signature, key, name))
    else:
        statistics["memory"] += 1
    return loop


def cached_dispatcher(
    function: types.FunctionType, signature: Any, fingerprint: str = "", **options: Any
) -> Any:
    """Return `numba.njit(**options)(function)` for one signature: from memory, disk, or the compiler.

    Loading a function compiled with ``parallel=True`` starts Numba's threads, as compiling it does.

    Parameters
    ----------
    function : function
        The function to compile; what it reads must belong to the engine, or to the fingerprint.
    signature : numba signature
        The signature to compile for; others are refused.
    fingerprint : str
        A digest of whatever the function reads that is not the engine's.
    **options
        Options of `numba.njit`.

    Returns
    -------
    numba dispatcher
    """
    import numba
    from numba.core.compiler_lock import global_compiler_lock

    name = function.__qualname__
    key = _key("dispatcher", name, str(signature), fingerprint, repr(sorted(options.items())))
    with global_compiler_lock:
        dispatcher = _dispatchers.get(key)
        if dispatcher is not None:
            statistics["memory"] += 1
            return dispatcher
        dispatcher = numba.njit(**options)(_renamed(function, key, name))
        dispatcher._cache = _OverloadCache(key)
        dispatcher.compile(signature)
        dispatcher.disable_compile()
        return _dispatchers.setdefault(key, dispatcher)


def fingerprint_of(*parts: str | bytes) -> str:
    """Return the SHA-256 of some texts, told apart where one ends and the next begins."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "little") + data)
    return digest.hexdigest()


def _key(*parts: str) -> str:
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


def _load_or_compile(
    build: Callable[[], types.FunctionType], signature: Any, key: str, name: str
) -> CompiledLoop:
    overloads = _OverloadCache(key)
    result = overloads.load_overload(signature, None)
    origin: Literal["disk", "compiled"] = "disk"
    if result is None:
        origin = "compiled"
        result = _compile(_renamed(build(), key, name), signature)
        overloads.save_overload(signature, result)
    address = result.library.get_pointer_to_function(result.fndesc.llvm_cfunc_wrapper_name)
    return CompiledLoop(address, name, origin, result.library)


def _compile(function: types.FunctionType, signature: Any) -> Any:
    """Compile as `numba.cfunc` does, which offers no other way to hand in a cache."""
    from numba.core.ccallback import CFunc

    options = {"nopython": True, "error_model": "numpy"}
    loop: Any = CFunc(function, (signature.args, signature.return_type), locals={}, options=options)
    return loop._compile_uncached()


def _renamed(function: types.FunctionType, key: str, name: str) -> types.FunctionType:
    """Copy a function under a name that no other function in any process has.

    Numba derives the linker's symbols from the name; two kernels of one name, one of them loaded from disk,
    would call each other's code.  The copy belongs to this module, so loading it imports no author's module.
    """
    unique = f"{name}_{key[:16]}".replace(".", "_").replace("<", "").replace(">", "")
    namespace = {**function.__globals__, "__name__": __name__}
    copy = types.FunctionType(
        function.__code__, namespace, unique, function.__defaults__, function.__closure__
    )
    copy.__qualname__ = unique
    copy.__module__ = __name__
    copy.__kwdefaults__ = function.__kwdefaults__
    return copy


def _outside_symbols(library: Any) -> list[str]:
    """List the functions that compiled code calls and does not contain."""
    functions = library._get_module_for_linking().functions
    return [each.name for each in functions if each.is_declaration and not each.name.startswith("llvm.")]


def _restore(payload: bytes, context: Any) -> Any:
    """Make a compile result of a saved payload."""
    from llvmlite.binding import address_of_symbol
    from numba.core import compiler
    from numba.core.runtime.nrt import rtsys

    rebuild: Any = compiler.CompileResult._rebuild
    symbols, reduced = pickle.loads(payload)
    rtsys.initialize(context)
    for start in reduced[7]:  # starts the threads of a parallel function, which brings symbols too
        start()
    if any(address_of_symbol(symbol) is None for symbol in symbols):
        # Loads all that Numba knows, SciPy included: 0.3 s, which is why it is not done without need.
        context.refresh()
    return rebuild(context, *reduced)


class _OverloadCache:
    """The protocol by which Numba's dispatchers talk to a cache, over one file of ours."""

    cache_path = None

    def __init__(self, key: str) -> None:
        self._key = key

    def load_overload(self, signature: Any, target_context: Any) -> Any:
        """Return the saved compile result, or None."""
        from numba.core.registry import cpu_target

        payload = store.read(self._key)
        if payload is None:
            return None
        try:
            result = _restore(payload, cpu_target.target_context)
        except Exception:
            # The sum was right, so this is a file of another build of the same versions: compile instead.
            return None
        statistics["disk"] += 1
        return result

    def save_overload(self, signature: Any, result: Any) -> None:
        """Save a compile result, unless it holds addresses of this process."""
        from numba.core import serialize

        dumps: Any = serialize.dumps
        statistics["compiled"] += 1
        if result.library.has_dynamic_globals or any(not lifted.can_cache for lifted in result.lifted):
            return
        try:
            payload = dumps((_outside_symbols(result.library), result._reduce()))
        except Exception:
            return  # something in it cannot be pickled: the kernel works all the same
        store.write(self._key, payload)

    def flush(self) -> None:
        """Forget what was loaded: nothing is kept here."""
