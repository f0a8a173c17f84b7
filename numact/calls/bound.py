"""What a call computes, but for its arrays; bound once for keywords that come again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numact.calls.binding import Binding, bind
from numact.calls.options import NO_OPTIONS, Options, split_options
from numact.calls.plain import PlainCalls
from numact.spec import Activation

_RECENT = 32
"""How many sets of keywords are kept bound."""

_SIMPLE = frozenset({bool, int, float, str, type(None)})


class BoundCall:
    """
    What a call computes, but for its arrays.

    Parameters
    ----------
    binding : Binding
        The activation and its parameters.
    options : Options
        What the call asks for beside them.
    """

    __slots__ = ("binding", "is_plain", "kind", "options", "plain")

    def __init__(self, binding: Binding, options: Options) -> None:
        self.binding = binding
        self.options = options
        self.kind = binding.spec.kind
        self.plain = PlainCalls(binding)
        self.is_plain = options is NO_OPTIONS


class Bindings:
    """
    An activation with parameters, and what calls with further keywords make of it.

    Parameters
    ----------
    asked : Activation
        The activation.
    given : mapping
        Parameters bound beforehand.

    Attributes
    ----------
    base : BoundCall
        What a call without keywords computes.
    """

    def __init__(self, asked: Activation, given: Mapping[str, Any]) -> None:
        self._asked = asked
        self._given = given
        self._recent: dict[tuple[Any, ...], BoundCall] = {}
        self.base = BoundCall(bind(asked, given), NO_OPTIONS)

    def call(self, keywords: Mapping[str, Any]) -> BoundCall:
        """
        Return what one call computes: all parameters, none missing, and its options.

        Parameters
        ----------
        keywords : mapping
            What the caller passed by keyword.

        Returns
        -------
        BoundCall
            The same object for the same numbers and texts.

        Raises
        ------
        ParameterError
            If a parameter is unknown, out of bounds or missing.
        """
        if not keywords:
            self.base.binding.require_complete()
            return self.base
        key = _key(keywords)
        known = self._recent.get(key)
        if known is not None:
            return known
        options, parameters = split_options(self._asked, keywords)
        call = BoundCall(bind(self._asked, {**self._given, **parameters}), options)
        call.binding.require_complete()
        if key:
            if len(self._recent) >= _RECENT:
                self._recent.clear()
            self._recent[key] = call
        return call


def _key(keywords: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what tells calls apart whose keywords are all numbers or texts; nothing for others."""
    if any(type(value) not in _SIMPLE for value in keywords.values()):
        return ()
    # 1, 1.0 and True are equal, as are 0.0 and -0.0, but they mean different things.
    return tuple((name, type(value), repr(value)) for name, value in keywords.items())
