"""Cutting an array into blocks, so that a file larger than memory is worked through in its own order."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from itertools import product

Block = tuple[slice, ...]
"""A slice for each axis."""


def cut(
    shape: Sequence[int], limit: int, whole: Collection[int] = (), fortran_order: bool = False
) -> list[Block]:
    """
    Cut an array into blocks that follow each other in memory.

    Parameters
    ----------
    shape : sequence of int
        The array's.
    limit : int
        Elements that a block has at most, unless the whole axes alone have more.
    whole : collection of int
        Axes that are not cut.
    fortran_order : bool
        Whether the first axis is the innermost one in memory, not the last.

    Returns
    -------
    list of tuple of slice
        Blocks that cover the array once, in the order of memory; one for an array of 0 dimensions.
    """
    size = math.prod(shape[axis] for axis in whole)
    innermost_first = range(len(shape)) if fortran_order else reversed(range(len(shape)))
    steps = {axis: max(1, shape[axis]) for axis in whole}
    for axis in (axis for axis in innermost_first if axis not in whole):
        steps[axis] = max(1, min(shape[axis], limit // max(1, size)))
        size *= max(1, shape[axis])
    axes = sorted(steps, reverse=fortran_order)
    starts = product(*(range(0, max(1, shape[axis]), steps[axis]) for axis in axes))
    return [_block(shape, dict(zip(axes, start, strict=True)), steps) for start in starts]


def first_index(block: Block, shape: Sequence[int]) -> int:
    """
    Count the elements before a block in C order, whatever their order in memory.

    Parameters
    ----------
    block : tuple of slice
        One that `cut` gave.
    shape : sequence of int
        The array's.

    Returns
    -------
    int
        The number of the block's first element.
    """
    index = 0
    for part, length in zip(block, shape, strict=True):
        index = index * length + part.start
    return index


def _block(shape: Sequence[int], start: dict[int, int], steps: dict[int, int]) -> Block:
    return tuple(slice(start[axis], start[axis] + steps[axis]) for axis in range(len(shape)))
