"""Arrays beside x in compiled code: a gate, or parameters, along the channels or by broadcasting.

What follows x is a tuple of numbers and arrays of any types. Numba compiles no loop over such a tuple, so the
functions here that go through one are made for its length.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numba.core import types
from numba.extending import overload

from numact.engine.intrinsics import core
from numact.engine.jitarrays import ArrayCode, Compiled, compiled
from numact.engine.jitaxes import counter, partition, turning
from numact.errors import OutputError, ShapeError

DISAGREE = -1
FEW = 3  # items that are written out one by one, which compiles faster than one function for each


def along_channels(name: str, of_number: Compiled, count: int) -> ArrayCode:
    """Give the code for arrays with one value for each channel.

    Parameters
    ----------
    name : str
        The activation, for error sentences.
    of_number : compiled function
        ``of_number(x, parameters)``.
    count : int
        How many parameters there are.

    Returns
    -------
    ArrayCode
        Of what is ``(axis, parameters)``.
    """
    counted = counter(name)
    parted, agreed, taken = partition(counted), _folded(_agreed, count), _mapped(_at_channel, count)
    sentence = f"an array beside x of {name} must have one value, or one for each index along the axis of x"

    def fill(x: Any, out: Any, given: Any) -> None:
        before, length, after = 1, 1, x.size
        channels = agreed(1, given[1])
        if channels != 1:
            before, length, after = parted(x, given[0])
        if channels != length:
            raise ShapeError(sentence)
        shape = (before, length, after)
        source, target = x.reshape(shape), out.reshape(shape)
        for i in range(before):
            for j in range(length):
                numbers = taken(given[1], j)
                for k in range(after):
                    target[i, j, k] = of_number(source[i, j, k], numbers)

    return ArrayCode(name, compiled(fill), turning(counted))


class BroadcastCode:
    """The code of an activation for arrays that broadcast against x.

    Parameters
    ----------
    name : str
        The activation, for error sentences.
    of_number : compiled function
        ``of_number(x, given)``.
    count : int
        How many numbers and arrays follow x.
    dtype
        Of the result.
    companions : dict
        Places, counted from x on, and names of those that must have the shape of x.
    contiguous : bool
        Whether all arrays are C-contiguous, so that those of one shape can be gone through as vectors.

    Attributes
    ----------
    new, into : compiled function
        ``new(x, given)`` and ``into(x, out, given)``.
    """

    def __init__(
        self,
        name: str,
        of_number: Compiled,
        count: int,
        dtype: Any,
        *,
        companions: dict[int, str],
        contiguous: bool,
    ) -> None:
        self._name = name
        self._dtype = dtype
        self._of_number = of_number
        self._count = count + 1
        self._joined = self._join(_folded(_joined, self._count))
        for place, companion in companions.items():
            self._joined = self._join_alike(self._joined, place, companion)
        self._filled = self._fill_vectors() if contiguous else core(lambda items, out: False)
        self.new = compiled(self._new())
        self.into = compiled(self._into())

    def _join(self, joined: Compiled) -> Compiled:
        """Make the function that gives the result's shape."""
        sentence = f"the arrays that go into {self._name} do not broadcast together"

        def join(items: Any) -> Any:
            fitting = True
            try:  # Numba lets nothing be raised or returned inside
                joined((), items)
            except Exception:
                fitting = False
            if not fitting:
                raise ShapeError(sentence)
            return joined((), items)

        return core(join)

    def _join_alike(self, joined: Compiled, place: int, companion: str) -> Compiled:
        """Make the same function where an item must have the shape of x."""
        sentence = f"{companion} of {self._name} must have the shape of x"

        def join_alike(items: Any) -> Any:
            if items[0].shape != items[place].shape:
                raise ShapeError(sentence)
            return joined(items)

        return core(join_alike)

    def _fill_vectors(self) -> Compiled:
        """Make the function that computes arrays of one shape, and tells whether they are."""
        of_number, alike = self._of_number, _folded(_alike, self._count)
        flat, at = _mapped(_flat, self._count), _mapped(_at, self._count)

        def fill(items: Any, out: Any) -> bool:
            if alike(out.size, items) == DISAGREE:
                return False
            vectors, target = flat(items, 0), out.reshape(out.size)
            for i in range(out.size):
                numbers = at(vectors, i)
                target[i] = of_number(numbers[0], numbers[1:])
            return True

        return core(fill)

    def _new(self) -> Compiled:
        of_number, joined, filled, dtype = self._of_number, self._joined, self._filled, self._dtype
        spread, at = _mapped(_spread, self._count), _mapped(_at, self._count)

        def new(x: Any, given: Any) -> Any:
            items = (x, *given)
            shape = joined(items)
            out = np.empty(shape, dtype)
            if not filled(items, out):
                whole = spread(items, shape)
                for index in np.ndindex(shape):
                    numbers = at(whole, index)
                    out[index] = of_number(numbers[0], numbers[1:])
            return out

        return new

    def _into(self) -> Compiled:
        new = self.new
        sentence = f"out of {self._name} must have the shape that x and the arrays beside it make"

        def into(x: Any, out: Any, given: Any) -> Any:
            result = new(x, given)
            if out.shape != result.shape:
                raise OutputError(sentence)
            out[...] = result
            return out

        return into


@cache
def _mapped(f: Callable[..., Any], count: int) -> Compiled:
    """Make the function ``(items, other)`` that gives ``f(item, other)`` of every item."""
    if count > FEW:
        rest = _mapped(f, count - 1)
        return core(lambda items, other: (f(items[0], other), *rest(items[1:], other)))
    few: tuple[Callable[..., Any], ...] = (
        lambda items, other: (),
        lambda items, other: (f(items[0], other),),
        lambda items, other: (f(items[0], other), f(items[1], other)),
        lambda items, other: (f(items[0], other), f(items[1], other), f(items[2], other)),
    )
    return core(few[count])


@cache
def _folded(f: Callable[..., Any], count: int) -> Compiled:
    """Make the function ``(value, items)`` that goes on with ``f(value, item)`` from item to item."""
    if count > FEW:
        rest = _folded(f, count - 1)
        return core(lambda value, items: rest(f(value, items[0]), items[1:]))
    few: tuple[Callable[..., Any], ...] = (
        lambda value, items: value,
        lambda value, items: f(value, items[0]),
        lambda value, items: f(f(value, items[0]), items[1]),
        lambda value, items: f(f(f(value, items[0]), items[1]), items[2]),
    )
    return core(few[count])


def _of_item(name: str, of_array: Callable[..., Any], of_number: Callable[..., Any], place: int) -> Any:
    """Make a function of two arguments, of which that at `place` is an item, for compiled code.

    The functions are lambdas, as Numba asks for the very signature of the one that chooses.
    """

    def function(first: Any, second: Any) -> Any:
        raise NotImplementedError  # Numba takes one of the two

    function.__name__ = function.__qualname__ = name
    overload(function, jit_options={"forceinline": True})(
        lambda first, second: of_array if isinstance((first, second)[place], types.Array) else of_number
    )
    return function


@core
def _agree(size: int, other: int) -> int:
    if other in (1, size):
        return size
    return other if size == 1 else DISAGREE


_first: Callable[..., Any] = lambda first, second: first  # noqa: E731
_at = _of_item("at", lambda first, second: first[second], _first, 0)
_at_channel = _of_item("at_channel", lambda first, second: first[min(second, first.size - 1)], _first, 0)
_flat = _of_item("flat", lambda first, second: first.reshape(first.size), _first, 0)
_spread = _of_item("spread", lambda first, second: np.broadcast_to(first, second), _first, 0)  # noqa: PLW0108
_joined = _of_item("joined", lambda first, second: np.broadcast_shapes(first, second.shape), _first, 1)
_agreed = _of_item("agreed", lambda first, second: _agree(first, second.size), _first, 1)
_alike = _of_item("alike", lambda first, second: first if first == second.size else DISAGREE, _first, 1)
