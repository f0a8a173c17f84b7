"""The machine code of kernels, to see that LLVM vectorised them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from numba.core.compiler_lock import global_compiler_lock

from numact.engine.cache import compile_uncached
from numact.engine.kernels import Recipe, elementwise
from numact.engine.loops import LOOP_SIGNATURE, inner_loop
from numact.spec import Activation

LABEL = re.compile(r"^([\w.$]+):")
LOCAL = re.compile(r"^\.?L")
JUMP = re.compile(r"^\s+(j\w+|b|b\.\w+|cbn?z|tbn?z)\s+(?:.*[\s,])?(\.?L[\w.$]*)\s*$")
LEAVING = re.compile(r"^\s+(?:jmpq?|b|ret\w*|ud2|brk)\b(?!\.)")  # no instruction after it follows from it
CALL = re.compile(r"^\s+(?:callq?|blr?)\s")
# x86 names packed operations ...ps and ...pd and those on one number ...ss and ...sd; AArch64 gives vectors
# an arrangement, v0.2d, and numbers a register, d0. Moves are left out of the first: zeros are packed
# too. vpmaxsd and its like work on packed integers.
PACKED = re.compile(r"^\s+(?:(?!v?(?:mov|xor|broadcast|perm|shuf|unpck))\w+p[sd]\s|f\w+\s+v\d+\.\d)")
SINGLE = re.compile(r"^\s+(?:(?!v?(?:broadcast|p))\w+s[sd]\s|(?:f\w+|ldr|str)\s+[sd]\d)")


@dataclass
class Block:
    """Instructions that run one after the other.

    Parameters
    ----------
    lines : list of str
        The instructions.
    followers : set of int
        The numbers of the blocks that may come next.
    """

    lines: list[str] = field(default_factory=list)
    followers: set[int] = field(default_factory=set)

    def has(self, pattern: re.Pattern[str]) -> bool:
        """Tell whether an instruction matches."""
        return any(pattern.match(line) for line in self.lines)


def assembly(spec: Activation, role: str, wrt: str, storage: str) -> str:
    """Give the assembly of a kernel.

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
    with global_compiler_lock:
        return str(_library(spec, role, wrt, storage).get_asm_str())


def llvm_code(spec: Activation, role: str, wrt: str, storage: str) -> str:
    """Give the optimised LLVM code of a kernel; arguments as for `assembly`."""
    with global_compiler_lock:
        return str(_library(spec, role, wrt, storage).get_llvm_str())


def _library(spec: Activation, role: str, wrt: str, storage: str) -> Any:
    """Give a kernel's code, compiled anew where it came from the disk, without assembly."""
    compiled = elementwise(spec, role, wrt, storage).compiled
    if compiled.origin != "disk":
        return compiled.library
    recipe = Recipe(spec, role, wrt, storage)
    library = compile_uncached(inner_loop(recipe.body()[0], recipe.layout), LOOP_SIGNATURE)
    library.finalize()
    return library


def hot_loops(text: str) -> list[list[str]]:
    """Give the innermost loops of assembly that compute: the instructions of each."""
    blocks = blocks_of(text)
    found = loops_of(blocks)
    innermost = [loop for loop in found if not any(other < loop for other in found)]
    lines = [[line for number in sorted(loop) for line in blocks[number].lines] for loop in innermost]
    return [loop for loop in lines if any(PACKED.match(line) or SINGLE.match(line) for line in loop)]


def is_packed(loop: list[str]) -> bool:
    """Tell whether a loop computes with vectors alone."""
    return any(map(PACKED.match, loop)) and not any(map(SINGLE.match, loop))


def has_call(loop: list[str]) -> bool:
    """Tell whether a loop calls a function."""
    return any(map(CALL.match, loop))


def blocks_of(text: str) -> list[Block]:
    """Cut assembly into blocks, each with its followers; what is never reached follows nothing."""
    blocks, labels = [Block()], {}
    for line in text.splitlines():
        label = LABEL.match(line)
        if label:
            blocks.append(Block())
            labels[label[1]] = len(blocks) - 1
        elif line.strip() and not line.strip().startswith((".", "#", "//")):
            blocks[-1].lines.append(line)
            if JUMP.match(line) or LEAVING.match(line):
                blocks.append(Block())
    for number, block in enumerate(blocks):
        jumps = [match for line in block.lines if (match := JUMP.match(line))]
        block.followers = {labels[jump[2]] for jump in jumps if jump[2] in labels}
        if number + 1 < len(blocks) and not block.has(LEAVING):
            block.followers.add(number + 1)
    functions = [number for label, number in labels.items() if not LOCAL.match(label)]
    reached = set(_closure(functions, [block.followers for block in blocks]))
    for number in set(range(len(blocks))) - reached:
        blocks[number].followers = set()
    return blocks


def loops_of(blocks: list[Block]) -> list[frozenset[int]]:
    """Give the natural loops: the blocks from which a jump back to the loop's first block is reached."""
    dominators = _dominators(blocks)
    loops: dict[int, set[int]] = {}
    for number, block in enumerate(blocks):
        for first in block.followers & dominators[number]:
            loop = loops.setdefault(first, {first})
            loop.update(_closure([number], _predecessors(blocks), {first}))
    return [frozenset(loop) for loop in loops.values()]


def _predecessors(blocks: list[Block]) -> list[set[int]]:
    before: list[set[int]] = [set() for _ in blocks]
    for number, block in enumerate(blocks):
        for follower in block.followers:
            before[follower].add(number)
    return before


def _dominators(blocks: list[Block]) -> list[set[int]]:
    """Give, for each block, the blocks that every way to it passes, itself included."""
    before = _predecessors(blocks)
    everything = set(range(len(blocks)))
    dominators = [everything if before[number] else {number} for number in range(len(blocks))]
    changed = True
    while changed:
        changed = False
        for number in range(len(blocks)):
            if before[number]:
                new = {number}.union(set.intersection(*(dominators[each] for each in before[number])))
                changed = changed or new != dominators[number]
                dominators[number] = new
    return dominators


def _closure(starts: list[int], edges: list[set[int]], without: set[int] | None = None) -> Iterator[int]:
    """Yield the blocks that edges lead to from some blocks, these included, without passing others."""
    seen, waiting = set(without or ()), list(starts)
    while waiting:
        number = waiting.pop()
        if number not in seen:
            seen.add(number)
            yield number
            waiting.extend(edges[number])
