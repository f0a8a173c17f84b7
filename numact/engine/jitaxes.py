"""An axis of an array in compiled code, known only when it runs."""

from __future__ import annotations

from typing import Any

from numact.engine.intrinsics import core
from numact.engine.jitarrays import Compiled
from numact.errors import ShapeError


def counter(name: str) -> Compiled:
    """Make the function ``(axis, ndim)`` that counts an axis from 0, for the activation of that name."""
    sentence = f"'axis' of {name} must be one of the axes of x"

    def counted(axis: int, ndim: int) -> int:
        if axis < -ndim or axis >= ndim:
            raise ShapeError(sentence)
        return axis + ndim if axis < 0 else axis

    return core(counted)


def partition(counted: Compiled) -> Compiled:
    """Make the function ``(x, axis)`` that gives how many elements lie before, along and after an axis."""

    def parted(x: Any, axis: Any) -> tuple[int, int, int]:
        if axis is None:
            return 1, x.size, 1
        place, before, after = counted(axis, x.ndim), 1, 1
        for i in range(x.ndim):
            if i < place:
                before *= x.shape[i]
            if i > place:
                after *= x.shape[i]
        return before, x.shape[place], after

    return core(parted)


def turning(counted: Compiled) -> Compiled:
    """Make the function that gives what goes with reversed axes, of what is ``(axis, others)``."""

    def turned(given: Any, ndim: int) -> Any:
        return ndim - 1 - counted(given[0], ndim), given[1]

    return core(turned)
