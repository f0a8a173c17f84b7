"""Loops with hints for LLVM's vectoriser, which judges the cost of long bodies too cautiously."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from llvmlite import ir
from llvmlite.ir.instructions import LoadInstr, StoreInstr
from llvmlite.ir.values import MDValue

WORD = ir.IntType(64)
DOUBLE = ir.DoubleType()
INTERLEAVED = 4  # vectors computed side by side, which hides the latency of polynomials
# Eight of float32 are up to a fifth faster than four, eight of float64 up to a fifth slower.
SINGLES_INTERLEAVED = 8

Hints = Mapping[str, int | None]


class AccessGroup(MDValue):
    """A metadata node that stands for the memory accesses of one loop; by LLVM's rule empty and distinct."""

    def __init__(self, module: Any) -> None:
        super().__init__(module, [], name=str(len(module.metadata)))

    # llvmlite takes nodes of equal operands for one; that of another loop is another.
    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def descr(self, buf: list[str]) -> None:
        """Write the node."""
        buf += ("distinct !{}", "\n")


class VectorLoop:
    """A loop while its body is written.

    Parameters
    ----------
    builder
        llvmlite's builder, at the head of the body.
    before : llvmlite.ir.Block
        Where the loop is entered from.
    """

    def __init__(self, builder: Any, before: Any) -> None:
        self._builder = builder
        self._before = before
        self.index = builder.phi(WORD)
        self.index.add_incoming(WORD(0), before)
        self._partial = builder.phi(DOUBLE)
        self._partial.add_incoming(DOUBLE(-0.0), before)
        self._sum: tuple[ir.Value, ir.Value] | None = None

    def sum(self, value: ir.Value, total: ir.Value) -> None:
        """Add a float64 of each turn up, one sum for each lane; at the end, all sums to what `total` holds.

        Only this addition may be reordered: its order follows from width and count of the vectors.
        """
        self._sum = self._builder.fadd(self._partial, value, flags=("reassoc",)), total

    def close(self, following: ir.Value) -> None:
        """Write the end of a turn."""
        block = self._builder.block
        self.index.add_incoming(following, block)
        self._partial.add_incoming(self._partial if self._sum is None else self._sum[0], block)

    def finish(self) -> None:
        """Write what follows the loop."""
        if self._sum is not None:
            value, total = self._sum
            self._builder.store(self._builder.fadd(self._builder.load(total), value), total)


def _prefer_widest_vectors(function: ir.Function) -> None:
    """Let LLVM use whole registers: for most of Intel's processors it takes half of them unless told."""
    # llvmlite knows attributes of LLVM by name only, those with a value are strings to it.
    set.add(function.attributes, '"prefer-vector-width"="512"')


@contextmanager
def vector_loop(builder: Any, count: ir.Value, hints: Hints, parallel: bool = False) -> Iterator[VectorLoop]:
    """Write a loop of `count` turns, at least one, with hints of the form ``{"vectorize.width": 8}``.

    Where it is parallel, no turn touches what another writes, which LLVM need not find out.
    """
    _prefer_widest_vectors(builder.function)
    body, end = builder.append_basic_block("loop"), builder.append_basic_block("loop.end")
    before = builder.block
    builder.branch(body)
    builder.position_at_end(body)
    loop = VectorLoop(builder, before)
    yield loop
    following = builder.add(loop.index, WORD(1), flags=("nuw", "nsw"))
    loop.close(following)
    jump = builder.cbranch(builder.icmp_signed("<", following, count), body, end)
    blocks = builder.function.blocks
    group = _group_accesses(builder.module, blocks[blocks.index(body) :]) if parallel else None
    jump.set_metadata("llvm.loop", _metadata(builder.module, hints, group))
    builder.position_at_end(end)
    loop.finish()


def _group_accesses(module: Any, blocks: Sequence[Any]) -> AccessGroup:
    """Mark the memory accesses of a loop's blocks: a call of an author's function makes several."""
    group = AccessGroup(module)
    for block in blocks:
        for instruction in block.instructions:
            if isinstance(instruction, LoadInstr | StoreInstr):
                instruction.set_metadata("llvm.access.group", group)
    return group


def _metadata(module: Any, hints: Hints, group: AccessGroup | None) -> Any:
    """Make the metadata of one loop, which by LLVM's rule names itself first."""
    nodes = []
    for name, value in hints.items():
        operands = [] if value is None else [ir.IntType(32)(value)]
        nodes.append(module.add_metadata([ir.MetaDataString(module, f"llvm.loop.{name}"), *operands]))
    if group is not None:
        name = ir.MetaDataString(module, "llvm.loop.parallel_accesses")
        nodes.append(module.add_metadata([name, group]))
    metadata = module.add_metadata([*nodes, ir.MetaDataString(module, f"loop {len(module.metadata)}")])
    metadata.operands = (metadata, *nodes)
    return metadata
