"""Calls of activations inside users' compiled functions: how Numba types and lowers them.

An activation (``numact.selu``), its ``derivative`` and the functions that take a name (``numact.apply``) are
Numba types that can be called. What a call means is resolved while its types are inferred; its code is that
of `numact.engine.jitcode`, which is loaded with the first call.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from inspect import Parameter, Signature
from typing import Any

import numpy as np
from numba.core import types
from numba.core.datamodel import models
from numba.core.errors import TypingError
from numba.core.imputils import lower_constant
from numba.core.registry import cpu_target
from numba.core.typing.templates import AttributeTemplate, infer_getattr, infer_global, signature
from numba.extending import (
    NativeValue,
    lower_builtin,
    lower_getattr_generic,
    register_model,
    unbox,
)

from numact.engine.jitarguments import written
from numact.engine.jittyping import Arguments, Call
from numact.errors import NumactError


class Calling(types.Callable, types.Opaque):
    """The type of what can be called to compute an activation.

    Parameters
    ----------
    name : str
        As users write it.
    role : str
        ``forward``, ``derivative`` or ``vjp``.
    """

    def __init__(self, name: str, role: str) -> None:
        self.role = role
        self._calls: dict[Any, Any] = {}
        super().__init__(name=name)

    @property
    def names(self) -> tuple[str, ...]:
        """The arguments by position."""
        return {"forward": ("x",), "derivative": ("x", "wrt"), "vjp": ("x", "g", "wrt")}[self.role]

    def activation(self, arguments: Arguments) -> tuple[str, tuple[tuple[str, Any], ...]]:
        """Give the activation's name and the parameters bound to it; take its name out of the arguments."""
        raise NotImplementedError

    def get_call_type(self, context: Any, args: tuple[Any, ...], kws: Mapping[str, Any]) -> Any:
        """Type a call, and make its code."""
        if len(args) > len(self.names) or set(self.names[: len(args)]) & set(kws):
            raise TypingError(
                f"{self.name} takes {' and '.join(self.names)} by position, and parameters by keyword"
            )
        arguments = {**dict(zip(self.names, args, strict=False)), **kws}
        pysig = Signature([Parameter(each, Parameter.POSITIONAL_OR_KEYWORD) for each in arguments])
        try:
            call = Call(context, self, dict(arguments))
        except NumactError as error:
            raise TypingError(str(error)) from error
        sig = signature(call.result, *arguments.values()).replace(pysig=pysig)
        lower_builtin(call, types.VarArg(types.Any))(call.lower)
        self._calls[sig.args, tuple(arguments)] = call
        return sig

    def get_impl_key(self, sig: Any) -> Any:
        """Give the call that a signature is of."""
        return self._calls[sig.args, tuple(sig.pysig.parameters)]

    def get_call_signatures(self) -> tuple[list[Any], bool]:
        """List none: they depend on the activation."""
        return [], True


class ByName(Calling):
    """The type of a function that takes an activation's name, such as `numact.apply`."""

    @property
    def names(self) -> tuple[str, ...]:
        """The arguments by position, as for Python."""
        return ("name", "x", "g") if self.role == "vjp" else ("name", "x")

    def activation(self, arguments: Arguments) -> tuple[str, tuple[tuple[str, Any], ...]]:
        """Read the name, which must be written out."""
        name = written(arguments.pop("name", None))
        if not isinstance(name, str):
            raise TypingError(
                f"{self.name} inside compiled code needs the activation's name written out, as in "
                f'{self.name}("selu", x)'
            )
        return name, ()


class OfActivation(Calling):
    """The type of an activation with bound parameters: `numact.selu`, its ``derivative`` or ``vjp``.

    Parameters
    ----------
    asked : str
        The activation's name.
    bound : tuple
        Names and values of bound parameters.
    role : str
        ``forward``, ``derivative`` or ``vjp``.
    """

    def __init__(self, asked: str, bound: tuple[tuple[str, Any], ...], role: str = "forward") -> None:
        self.asked = asked
        self.bound = bound
        given = "".join(f", {name}={value!r}" for name, value in bound)
        whole = f"numact.get({asked!r}{given})" if bound else f"numact.{asked}"
        super().__init__(whole + ("" if role == "forward" else f".{role}"), role)

    def __reduce__(self) -> tuple[Any, ...]:
        return OfActivation, (self.asked, self.bound, self.role)

    def activation(self, arguments: Arguments) -> tuple[str, tuple[tuple[str, Any], ...]]:
        """Give what the type is of."""
        return self.asked, self.bound


def type_of(name: str, bound: Mapping[str, Any]) -> OfActivation:
    """Give Numba's type of an activation.

    Parameters
    ----------
    name : str
        As `numact.get` takes it.
    bound : mapping
        Bound parameters.

    Returns
    -------
    OfActivation
    """
    announce()
    held = (
        (key, tuple(np.ravel(value).tolist()) if np.ndim(value) else value) for key, value in bound.items()
    )
    return OfActivation(name, tuple(sorted(held)))


@cache
def announce() -> None:
    """Let Numba take up what this module registers, in the midst of typing a function if need be."""
    cpu_target.typing_context.refresh()
    cpu_target.target_context.refresh()


def register(function: Any, role: str) -> None:
    """Let a function that takes an activation's name be called: see `numact.engine.extension`."""
    infer_global(function, ByName(f"numact.{function.__name__}", role))


@infer_getattr
class _Attributes(AttributeTemplate):
    """What an activation has inside compiled code."""

    key = OfActivation

    def resolve_derivative(self, activation: OfActivation) -> OfActivation:
        return OfActivation(activation.asked, activation.bound, "derivative")

    def resolve_vjp(self, activation: OfActivation) -> OfActivation:
        return OfActivation(activation.asked, activation.bound, "vjp")


register_model(ByName)(models.OpaqueModel)
register_model(OfActivation)(models.OpaqueModel)


@lower_getattr_generic(OfActivation)
def _attribute(context: Any, builder: Any, kind: Any, value: Any, attribute: str) -> Any:
    return context.get_dummy_value()


@lower_constant(OfActivation)
def _constant(context: Any, builder: Any, kind: Any, value: Any) -> Any:
    return context.get_dummy_value()


@unbox(OfActivation)
def _argument(kind: Any, value: Any, c: Any) -> Any:
    return NativeValue(c.context.get_dummy_value())
