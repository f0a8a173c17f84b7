"""Compiled code on disk: how Numba's compile results are saved and restored.

Numba's own function cache is not used: it looks at the time stamp of one file alone, never hits for functions
made by other functions, and mistakes functions that share a name for each other.
"""

from __future__ import annotations

import itertools
import pickle
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from . import store

statistics = {"memory": 0, "disk": 0, "compiled": 0}
"""How many loops and dispatchers this process found in memory and on disk, and how many it compiled."""


@contextmanager
def numbered_apart() -> Iterator[None]:
    """Give the functions compiled inside numbers that no other process gives.

    Numba makes a symbol of a function's qualified name and of a number that starts from 1 in every process.
    When a helper is not inlined, the first one known under a symbol serves all: two helpers of one name, as
    the local functions of one factory have, would silently be mistaken for each other across processes.
    """
    from numba.core.bytecode import FunctionIdentity

    identity: Any = FunctionIdentity
    usual = identity._unique_ids
    identity._unique_ids = itertools.count(secrets.randbits(62))
    try:
        yield
    finally:
        identity._unique_ids = usual


def _is_bound_to_this_process(result: Any) -> bool:
    """Tell whether a compile result holds addresses of this process, or symbols only it resolves."""
    from numba.core.codegen import RuntimeLinker

    variables = result.library._get_module_for_linking().global_variables
    return (
        result.library.has_dynamic_globals
        or any(variable.name.startswith(RuntimeLinker.PREFIX) for variable in variables)
        or any(not lifted.can_cache for lifted in result.lifted)
    )


def _outside_symbols(library: Any) -> list[str]:
    """List the functions and variables that compiled code uses and does not contain."""
    module = library._get_module_for_linking()
    return [
        value.name
        for values in (module.functions, module.global_variables)
        for value in values
        if value.is_declaration and not value.name.startswith("llvm.")
    ]


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
        if any(address_of_symbol(symbol) is None for symbol in symbols):
            raise LookupError("a symbol is missing")  # LLVM would end the process
    return rebuild(context, *reduced)


class OverloadCache:
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
        if _is_bound_to_this_process(result):
            return
        try:
            payload = dumps((_outside_symbols(result.library), result._reduce()))
        except Exception:
            return  # something in it cannot be pickled: the kernel works all the same
        store.write(self._key, payload)

    def flush(self) -> None:
        """Forget what was loaded: nothing is kept here."""
