"""Compiled loops and functions: from the memory of this process, else from disk, else from the compiler."""

from __future__ import annotations

import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from .keys import fingerprint_of, key_of
from .overloads import OverloadCache, numbered_apart, statistics
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

_loops: dict[str, CompiledLoop] = {}
_dispatchers: dict[str, Any] = {}


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

    key = key_of("loop", name, str(signature), fingerprint)
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
    key = key_of(
        "dispatcher", function.__module__, name, str(signature), fingerprint, repr(sorted(options.items()))
    )
    with global_compiler_lock:
        dispatcher = _dispatchers.get(key)
        if dispatcher is not None:
            statistics["memory"] += 1
            return dispatcher
        dispatcher = numba.njit(**options)(_renamed(function, key, name))
        dispatcher._cache = OverloadCache(key)
        with numbered_apart():
            dispatcher.compile(signature)
        dispatcher.disable_compile()
        return _dispatchers.setdefault(key, dispatcher)


def _load_or_compile(
    build: Callable[[], types.FunctionType], signature: Any, key: str, name: str
) -> CompiledLoop:
    overloads = OverloadCache(key)
    result = overloads.load_overload(signature, None)
    origin: Literal["disk", "compiled"] = "disk"
    if result is None:
        origin = "compiled"
        result = _compile(_renamed(build(), key, name), signature)
        overloads.save_overload(signature, result)
    address = result.library.get_pointer_to_function(result.fndesc.llvm_cfunc_wrapper_name)
    return CompiledLoop(address, name, origin, result.library)


def compile_uncached(function: types.FunctionType, signature: Any) -> Any:
    """Return the code library of a loop compiled past every cache."""
    return _compile(function, signature).library


def _compile(function: types.FunctionType, signature: Any) -> Any:
    """Compile as `numba.cfunc` does, which offers no other way to hand in a cache."""
    from numba.core.ccallback import CFunc

    options = {"nopython": True, "error_model": "numpy"}
    loop: Any = CFunc(function, (signature.args, signature.return_type), locals={}, options=options)
    with numbered_apart():
        return loop._compile_uncached()


def _renamed(function: types.FunctionType, key: str, name: str) -> types.FunctionType:
    """Copy a function under a name that no other function in any process has.

    Numba derives the linker's symbols from it.  The copy belongs to this module, so that loading it imports
    no author's module.
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
