"""Calls of activations inside users' compiled functions: how Numba types and lowers them.

An activation (``numact.selu``), its ``derivative`` and the functions that take a name (``numact.apply``) are
Numba types that can be called. What a call means is resolved while its types are inferred; its code is that
of `numact.engine.jitcode`, which is loaded with the first call.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from inspect import Parameter, Signature
from typing import Any, cast

import numpy as np
from numba.core import types
from numba.core.compiler import Flags
from numba.core.datamodel import models
from numba.core.errors import TypingError
from numba.core.imputils import lower_constant
from numba.core.registry import cpu_target
from numba.core.targetconfig import ConfigStack
from numba.core.typing.templates import AttributeTemplate, infer_getattr, infer_global, signature
from numba.extending import (
    NativeValue,
    lower_builtin,
    lower_getattr_generic,
    register_model,
    unbox,
)

from numact.engine.overloads import numbered_apart
from numact.errors import NumactError

Arguments = dict[str, Any]
"""The types of a call's arguments by name."""


class Calling(types.Callable, types.Opaque):
    """The type of what can be called to compute an activation.

    Parameters
    ----------
    name : str
        As users write it.
    role : str
        ``forward`` or ``derivative``.
    """

    def __init__(self, name: str, role: str) -> None:
        self.role = role
        self._calls: dict[Any, Any] = {}
        super().__init__(name=name)

    @property
    def names(self) -> tuple[str, ...]:
        """The arguments by position."""
        return ("x",) if self.role == "forward" else ("x", "wrt")

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
    """The type of a function that takes an activation's name: `numact.apply`, `numact.derivative`."""

    @property
    def names(self) -> tuple[str, ...]:
        """The arguments by position: as for Python, only name and x."""
        return ("name", "x")

    def activation(self, arguments: Arguments) -> tuple[str, tuple[tuple[str, Any], ...]]:
        """Read the name, which must be written out."""
        name = _written(arguments.pop("name", None))
        if not isinstance(name, str):
            raise TypingError(
                f"{self.name} inside compiled code needs the activation's name written out, as in "
                f'{self.name}("selu", x)'
            )
        return name, ()


class OfActivation(Calling):
    """The type of an activation with bound parameters: `numact.selu`, or its ``derivative``.

    Parameters
    ----------
    asked : str
        The activation's name.
    bound : tuple
        Names and values of bound parameters.
    role : str
        ``forward`` or ``derivative``.
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


class Call:
    """One call: what it computes, and its compiled code.

    Parameters
    ----------
    context
        Numba's typing context.
    calling : Calling
        What is called.
    arguments : dict
        The types of the arguments by name.

    Attributes
    ----------
    result
        The type of the result.
    """

    def __init__(self, context: Any, calling: Calling, arguments: Arguments) -> None:
        from numact.engine.jitcode import code_for

        self._names = list(arguments)
        asked, bound = calling.activation(arguments)
        if "x" not in arguments:
            raise TypingError(f"{calling.name} needs x")
        x = arguments.pop("x")
        wrt = _written(arguments.pop("wrt", types.literal("x"))) if calling.role == "derivative" else "x"
        if not isinstance(wrt, str):
            raise TypingError(f"'wrt' of {calling.name} must be a text written out inside compiled code")
        keywords = tuple((name, _written(kind)) for name, kind in arguments.items())
        code = code_for((asked, bound, calling.role, wrt, keywords))
        self._read = code.read
        given = types.Tuple(tuple(_number(code.name, each, arguments[each]) for each in code.read))
        self._callee = types.Dispatcher(_function(code, code.name, x))
        # Numba gives functions numbers that other processes give as well, and hands the options of the
        # function being compiled, such as fast-math, down to those that it calls.
        flags: Any = Flags()
        flags.nrt = True  # arrays may be made
        with numbered_apart(), ConfigStack().enter(flags):
            self._signature = cast(Any, self._callee.get_call_type(context, (x, given), {}))
        self.result = self._signature.return_type

    def lower(self, context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """Write the call."""
        values = dict(zip(self._names, args, strict=True))
        given = context.make_tuple(builder, self._signature.args[1], [values[name] for name in self._read])
        kinds = dict(zip(self._names, sig.args, strict=True))
        x = context.cast(builder, values["x"], kinds["x"], self._signature.args[0])
        return context.get_function(self._callee, self._signature)(builder, [x, given])


def _written(kind: Any) -> Any:
    """Give the number or text that an argument's type holds where it is written out, else None."""
    if isinstance(kind, types.Omitted):
        return kind.value
    return kind.literal_value if isinstance(kind, types.Literal) else None


def _number(activation: str, name: str, kind: Any) -> Any:
    """Check the type of a number handed in by keyword."""
    if not isinstance(kind, types.Integer | types.Float) or isinstance(kind, types.Boolean):
        raise TypingError(f"{name!r} of {activation} must be one number inside compiled code, got {kind}")
    return types.unliteral(kind)


def _function(code: Any, activation: str, x: Any) -> Any:
    """Give the compiled function for the type of x."""
    element = x.dtype if isinstance(x, types.Array) else x
    if element == types.float16:
        raise TypingError(
            f"{activation} inside compiled code does not take float16: convert x to float32, or call "
            f"numact.{activation} outside, which does"
        )
    if not isinstance(element, types.Integer | types.Boolean) and element not in (
        types.float32,
        types.float64,
    ):
        raise TypingError(
            f"{activation} inside compiled code takes float32, float64, integers and arrays of them, got {x}"
        )
    if not isinstance(x, types.Array):
        return code.of_number
    return code.of_array(x.layout, x.ndim, np.float32 if element == types.float32 else np.float64)


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
    held = ((key, tuple(value.tolist()) if np.ndim(value) else value) for key, value in bound.items())
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
