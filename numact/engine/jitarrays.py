"""What compiled code does with whole arrays: a new one or the caller's ``out``, of any layout, from one fill.

A fill computes the elements of contiguous arrays; arrays in Fortran's order are turned round for it, others
are copied.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

from numact.engine.intrinsics import core
from numact.errors import OutputError

Compiled = Callable[..., Any]
"""A function that Numba compiles for the types it is called with."""


def compiled(function: Callable[..., Any]) -> Compiled:
    """Compile a function of arrays, apart from the user's: his fast-math and error model do not reach in."""
    made: Compiled = njit(error_model="numpy")(function)
    return made


class ArrayCode:
    """The code of an activation for arrays.

    Parameters
    ----------
    name : str
        The activation, for error sentences.
    fill : compiled function
        ``fill(x, out, given)`` computes `out` from `x`, both C-contiguous, of one shape and not empty; they
        may be the same.
    turned : compiled function
        ``turned(given, ndim)`` gives what goes with arrays whose axes are reversed.
    """

    def __init__(self, name: str, fill: Compiled, turned: Compiled) -> None:
        self._name = name
        self._fill = fill
        self._turned = turned
        self._made: dict[Any, Compiled] = {}

    def new(self, layout: str, ndim: int, dtype: Any) -> Compiled:
        """Give the function ``(x, given)`` that makes a new array; of 0-d arrays it makes a number."""
        kind = layout if ndim else "0"
        make = {"0": self._number, "C": self._new, "F": self._new_turned}.get(kind, self._new_copied)
        return self._kept(("new", kind, dtype), lambda: make(dtype))

    def into(self, layouts: str, ndim: int, dtype: Any) -> Compiled:
        """Give the function ``(x, out, given)`` that computes into an array and gives it."""
        if ndim and layouts in ("CC", "FF"):
            return self._kept((layouts,), self._into if layouts == "CC" else self._into_turned)
        new = self.new(layouts[0], ndim, dtype)
        return self._kept(("into", new), lambda: self._into_by_copy(new))

    def _kept(self, key: Any, make: Callable[[], Any]) -> Compiled:
        if key not in self._made:
            self._made[key] = compiled(make())
        return self._made[key]

    def _number(self, dtype: Any) -> Compiled:
        fill = self._fill

        def number(x: Any, given: Any) -> Any:
            out = np.empty(1, dtype)
            fill(x.reshape(1), out, given)
            return out[0]

        return number

    def _new(self, dtype: Any) -> Compiled:
        fill = self._fill

        def new(x: Any, given: Any) -> Any:
            out = np.empty(x.shape, dtype)
            fill(x, out, given)
            return out

        return new

    def _new_turned(self, dtype: Any) -> Compiled:
        new, turned = self.new("C", 1, dtype), self._turned

        def new_turned(x: Any, given: Any) -> Any:
            return new(x.T, turned(given, x.ndim)).T

        return new_turned

    def _new_copied(self, dtype: Any) -> Compiled:
        new = self.new("C", 1, dtype)

        def new_copied(x: Any, given: Any) -> Any:
            return new(np.ascontiguousarray(x), given)

        return new_copied

    def _into(self) -> Compiled:
        fill, check = self._fill, self._check()

        def into(x: Any, out: Any, given: Any) -> Any:
            check(x, out)
            fill(x.copy() if overlaps(x, out) else x, out, given)
            return out

        return into

    def _into_turned(self) -> Compiled:
        into, turned = self._kept(("CC",), self._into), self._turned

        def into_turned(x: Any, out: Any, given: Any) -> Any:
            into(x.T, out.T, turned(given, x.ndim))
            return out

        return into_turned

    def _into_by_copy(self, new: Compiled) -> Compiled:
        check = self._check()

        def into_by_copy(x: Any, out: Any, given: Any) -> Any:
            check(x, out)
            out[...] = new(x, given)
            return out

        return into_by_copy

    def _check(self) -> Compiled:
        sentence = f"out of {self._name} must have the shape of x"

        def check(x: Any, out: Any) -> None:
            if x.shape != out.shape:
                raise OutputError(sentence)

        return core(check)


@core
def overlaps(x: Any, out: Any) -> bool:
    """Tell whether two contiguous arrays of one shape share memory but not each element's place."""
    start, target = x.ctypes.data, out.ctypes.data
    if start == target and x.itemsize == out.itemsize:
        return False
    return bool(start < target + out.size * out.itemsize and target < start + x.size * x.itemsize)


@core
def unturned(given: Any, ndim: int) -> Any:
    """Give what goes with reversed axes where nothing depends on an axis."""
    return given
