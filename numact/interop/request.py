"""A call on an array of another library, as it is handed to that library's file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from numact.calls.bound import Bindings

FORWARD = "__call__"
OUTPUT = "y"
"""The name of a result that is no gradient: the value, or the derivative."""


@dataclass(frozen=True)
class Request:
    """
    A call of a `numact.Function`.

    Parameters
    ----------
    function : Function
        What was called.
    bindings : Bindings
        Its activation and parameters.
    method : str
        The method's name: "__call__", "derivative", "vjp" or "value_and_vjp".
    arrays : tuple
        x, and the gradient of the output where the method takes it.
    keywords : mapping
        Parameters and options of the call.
    wrt : str or tuple of str, optional
        What to differentiate by.
    y : array_like, optional
        The output, which stands for x.
    out : array, optional
        Where the result goes.
    """

    function: Any
    bindings: Bindings
    method: str
    arrays: tuple[Any, ...]
    keywords: Mapping[str, Any]
    wrt: Any = None
    y: Any = None
    out: Any = None

    @property
    def name(self) -> str:
        """Name of the activation."""
        return self.bindings.base.binding.spec.name

    def converted(self, convert: Callable[[Any], Any]) -> Request:
        """Return the same call with every argument that may be an array replaced."""
        out = tuple(map(convert, self.out)) if isinstance(self.out, tuple) else convert(self.out)
        keywords = {name: convert(value) for name, value in self.keywords.items()}
        arrays = tuple(map(convert, self.arrays))
        return replace(self, arrays=arrays, keywords=keywords, y=convert(self.y), out=out)

    def run(self) -> Any:
        """Make the call."""
        keywords = dict(self.keywords)
        if self.method != FORWARD:
            keywords["wrt"] = self.wrt
        if self.out is not None:
            keywords["out"] = self.out
        if self.y is not None:
            keywords["y"] = self.y
        return getattr(self.function, self.method)(*self.arrays, **keywords)

    def wrapped(self, result: Any, wrap: Callable[[Any, str], Any]) -> Any:
        """
        Return what `run` returned with each array handed to a function.

        Parameters
        ----------
        result : object
            What `run` returned.
        wrap : callable
            ``wrap(array, name)``, where the name is "y", or what the array is the gradient by.

        Returns
        -------
        object
            Arrays in the places where `result` has them; those of the caller where there was ``out=``.
        """
        if self.out is not None and not isinstance(self.out, tuple):
            return self.out
        if self.method == "value_and_vjp":
            value, gradients = result
            return wrap(value, OUTPUT), self._wrapped_gradients(gradients, wrap)
        return self._wrapped_gradients(result, wrap) if self.method == "vjp" else wrap(result, OUTPUT)

    def _wrapped_gradients(self, gradients: Any, wrap: Callable[[Any, str], Any]) -> Any:
        if isinstance(self.wrt, str):
            return wrap(gradients, self.wrt)
        outs = self.out or (None,) * len(self.wrt)
        triples = zip(gradients, self.wrt, outs, strict=True)
        return tuple(wrap(each, name) if out is None else out for each, name, out in triples)
