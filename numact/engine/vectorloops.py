"""Loops with hints for LLVM's vectoriser, which judges the cost of long bodies too cautiously."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from llvmlite import ir

WORD = ir.IntType(64)
INTERLEAVED = 4  # vectors computed side by side, which hides the latency of polynomials

Hints = Mapping[str, int | None]


@contextmanager
def vector_loop(builder: Any, count: ir.Value, hints: Hints) -> Iterator[ir.Value]:
    """Write a loop of `count` turns, at least one, with hints of the form ``{"vectorize.width": 8}``."""
    body, end = builder.append_basic_block("loop"), builder.append_basic_block("loop.end")
    before = builder.block
    builder.branch(body)
    builder.position_at_end(body)
    index = builder.phi(WORD)
    index.add_incoming(WORD(0), before)
    yield index
    following = builder.add(index, WORD(1), flags=("nuw", "nsw"))
    index.add_incoming(following, builder.block)
    jump = builder.cbranch(builder.icmp_signed("<", following, count), body, end)
    jump.set_metadata("llvm.loop", _metadata(builder.module, hints))
    builder.position_at_end(end)


def _metadata(module: Any, hints: Hints) -> Any:
    """Make the metadata of one loop, which by LLVM's rule names itself first."""
    nodes = []
    for name, value in hints.items():
        operands = [] if value is None else [ir.IntType(32)(value)]
        nodes.append(module.add_metadata([ir.MetaDataString(module, f"llvm.loop.{name}"), *operands]))
    metadata = module.add_metadata([*nodes, ir.MetaDataString(module, f"loop {len(module.metadata)}")])
    metadata.operands = (metadata, *nodes)
    return metadata
