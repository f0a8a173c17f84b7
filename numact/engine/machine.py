"""The machine code of kernels, to see that LLVM vectorised them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from numba.core.compiler_lock import global_compiler_lock

from numact.engine.cache import compile_uncached
from numact.engine.kernels import Recipe
from numact.engine.loops import LOOP_SIGNATURE, inner_loop
from numact.spec import Activation

LABEL = re.compile(r"^(\.?L[\w.$]*):")
JUMP = re.compile(r"^\s+(?:j\w+|b|b\.\w+|cbn?z|tbn?z)\s+.*?(\.?L[\w.$]*)\s*$")
CALL = re.compile(r"^\s+(?:callq?|blr?)\s")
# x86 names packed arithmetic ...ps and ...pd; AArch64 gives its registers an arrangement such as v0.2d.
PACKED = re.compile(r"^\s+(?:v?\w+p[sd]\s|f\w+\s+v\d+\.\d)")
SCALAR = re.compile(r"^\s+(?:v?(?:add|sub|mul|div|sqrt|fn?m\w+)\w*s[sd]\s|f(?:add|sub|mul|div|madd|sqrt)\s+[ds]\d)")


def assembly(spec: Activation, role: str, wrt: str, storage: str) -> str:
    """Compile a kernel, past every cache, and give its assembly.

    Parameters
    ----------
    spec : Activation
        Of kind elementwise, random or gated.
    role, wrt, storage : str
        As for `numact.engine.kernels.elementwise`.

    Returns
    -------
    str
    """
    recipe = Recipe(spec, role, wrt, storage)
    with global_compiler_lock:
        library = compile_uncached(inner_loop(recipe.body()[0], recipe.layout), LOOP_SIGNATURE)
        library.finalize()
        return str(library.get_asm_str())


def loops(text: str) -> Iterator[list[str]]:
    """Yield the innermost loops of assembly: from a label to a jump back to it, no other such loop inside."""
    lines = text.splitlines()
    labels = {match[1]: number for number, line in enumerate(lines) if (match := LABEL.match(line))}
    spans = [
        (labels[match[1]], number)
        for number, line in enumerate(lines)
        if (match := JUMP.match(line)) and labels.get(match[1], number) < number
    ]
    for start, end in spans:
        if not any(start <= other and last <= end and (other, last) != (start, end) for other, last in spans):
            yield lines[start : end + 1]


def is_vectorized(text: str) -> bool:
    """Tell whether a loop with packed arithmetic is there, and none with arithmetic calls a function."""
    packed = False
    for loop in loops(text):
        arithmetic = any(PACKED.match(line) or SCALAR.match(line) for line in loop)
        if arithmetic and any(CALL.match(line) for line in loop):
            return False
        packed = packed or any(PACKED.match(line) for line in loop)
    return packed
