"""One call of an activation inside a user's compiled function: its arguments' types, and what is compiled."""

from __future__ import annotations

from typing import Any, cast

from numba.core import types
from numba.core.compiler import Flags
from numba.core.errors import TypingError
from numba.core.targetconfig import ConfigStack

from numact.arrays import normalize_axes
from numact.engine.jitarguments import (
    NONE,
    absent,
    check_companion,
    check_out,
    is_integer,
    operand,
    result_dtype,
    written,
)
from numact.engine.overloads import numbered_apart

COMPANIONS = ("gate", "g")
"""Arguments that are as x is: numbers beside a number, arrays of its shape beside an array."""

Arguments = dict[str, Any]
"""The types of a call's arguments by name."""


class Call:
    """One call: what it computes, and its compiled code.

    Parameters
    ----------
    context
        Numba's typing context.
    calling : numact.engine.jitcalls.Calling
        What is called.
    arguments : dict
        The types of the arguments by name.

    Attributes
    ----------
    result
        The type of the result.
    """

    def __init__(self, context: Any, calling: Any, arguments: Arguments) -> None:
        from numact.engine.jitcode import code_for, meaning_of

        self._kinds = dict(arguments)
        request = _request(calling, arguments)
        self._found = meaning_of(request)
        self._code: Any = code_for(request)
        self._name: str = self._code.name
        self._beside = self._arrays_beside()
        x, out = self._kinds["x"], absent(self._kinds.get("out", NONE))
        operands = [x, self._given()] if out is NONE else [x, out, self._given()]
        self._callee = types.Dispatcher(self._function(x, out))
        # Numba gives functions numbers that other processes give as well, and hands the options of the
        # function being compiled, such as fast-math, down to those that it calls.
        flags: Any = Flags()
        flags.nrt = True  # arrays may be made
        with numbered_apart(), ConfigStack().enter(flags):
            self._signature = cast(Any, self._callee.get_call_type(context, tuple(operands), {}))
        self.result = self._signature.return_type

    @property
    def _is_of_rows(self) -> bool:
        return bool(self._found.spec.kind == "axis")

    def _arrays_beside(self) -> list[str]:
        """Give the keywords whose values are arrays; those for channels go with no others."""
        arrays = [name for name in self._code.read if isinstance(self._kinds[name], types.Array)]
        parameters = [name for name in arrays if name not in COMPANIONS]
        if parameters and self._found.role == "vjp":
            raise TypingError(
                f"{parameters[0]!r} of {self._name} must be one number in a vjp inside compiled code"
            )
        along = [name for name in parameters if self._found.spec.param(name).kind == "channel"]
        if along and (along != arrays or not getattr(self._kinds["x"], "ndim", 0)):
            raise TypingError(
                f"{along[0]!r} of {self._name}, an array along an axis of x, goes with an array x alone "
                "inside compiled code"
            )
        self._has_axis = self._is_of_rows or bool(along)
        return arrays

    def _given(self) -> Any:
        """Give the type of what follows x: parameters, after the axis of rows or channels."""
        kinds = (
            operand(self._name, each, self._kinds[each], arrays=not self._is_of_rows)
            for each in self._code.read
        )
        numbers = types.Tuple(tuple(kinds))
        if not self._has_axis:
            return numbers
        axis = self._found.axis
        if isinstance(axis, str) and not is_integer(self._kinds[axis]):
            raise TypingError(
                f"{axis!r} of {self._name} must be one integer inside compiled code, got {self._kinds[axis]}"
            )
        if isinstance(axis, tuple) or (axis is None and not self._is_of_rows):
            allowed = "one integer or None" if self._is_of_rows else "one integer"
            raise TypingError(f"'axis' of {self._name} must be {allowed} inside compiled code")
        return types.Tuple((NONE if axis is None else types.int64, numbers))

    def _function(self, x: Any, out: Any) -> Any:
        """Give the compiled function for the types of x and out."""
        dtype = result_dtype(self._name, x)
        if self._beside and not self._has_axis:
            return self._broadcast(x, out, dtype)
        ndim = x.ndim if isinstance(x, types.Array) else None
        if out is not NONE:
            check_out(self._name, out, dtype, ndim)
        if ndim is not None and self._found.role == "vjp":
            check_companion(self._name, "g", x, self._kinds["g"], dtype)
        if ndim is None:
            if self._is_of_rows:
                raise TypingError(
                    f"{self._name} works on rows, not on numbers: pass an array inside compiled code, got {x}"
                )
            return self._code.of_number
        axis = self._found.axis
        if isinstance(axis, int) and self._is_of_rows:
            normalize_axes(self._name, axis, ndim)
        # A row of all elements has them in C's order.
        order = "A" if x.layout == "F" and self._is_of_rows and axis is None else x.layout
        arrays = self._code.along_channels if self._beside else self._code.arrays
        if out is NONE:
            return arrays.new(order, ndim, dtype)
        return arrays.into(order + out.layout, ndim, dtype)

    def _broadcast(self, x: Any, out: Any, dtype: Any) -> Any:
        """Give the compiled function where arrays broadcast against x."""
        companions = tuple(name for name in self._beside if name in COMPANIONS)
        for name in companions:
            check_companion(self._name, name, x, self._kinds[name], dtype)
        arrays = [each for each in (x, *map(self._kinds.get, self._beside)) if isinstance(each, types.Array)]
        if out is not NONE:
            check_out(self._name, out, dtype, max(each.ndim for each in arrays))
        code = self._code.broadcast(dtype, companions, all(each.layout == "C" for each in arrays))
        return code.new if out is NONE else code.into

    def lower(self, context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """Write the call."""
        values = dict(zip(self._kinds, args, strict=True))
        kinds = dict(zip(self._kinds, sig.args, strict=True))
        *targets, given = self._signature.args
        operands = [
            context.cast(builder, values[name], kinds[name], target)
            for name, target in zip(("x", "out"), targets, strict=False)
        ]
        operands.append(self._lowered(context, builder, values, kinds, given))
        return context.get_function(self._callee, self._signature)(builder, operands)

    def _lowered(self, context: Any, builder: Any, values: Any, kinds: Any, given: Any) -> Any:
        """Write what follows x."""
        read = [values[name] for name in self._code.read]
        if not self._has_axis:
            return context.make_tuple(builder, given, read)
        axis = self._found.axis
        if isinstance(axis, str):
            value = context.cast(builder, values[axis], kinds[axis], types.int64)
        else:
            value = context.get_dummy_value() if axis is None else context.get_constant(types.int64, axis)
        return context.make_tuple(builder, given, [value, context.make_tuple(builder, given[1], read)])


def _request(calling: Any, arguments: Arguments) -> tuple[Any, ...]:
    """Give the fields of the `numact.compiled.Request` that a call stands for."""
    arguments = dict(arguments)
    asked, bound = calling.activation(arguments)
    for name in ("x", "g") if calling.role == "vjp" else ("x",):
        if name not in arguments:
            raise TypingError(f"{calling.name} needs {name}")
    for name in ("x", "out"):
        arguments.pop(name, None)
    wrt = "x" if calling.role == "forward" else written(arguments.pop("wrt", types.literal("x")))
    if not isinstance(wrt, str):
        raise TypingError(f"'wrt' of {calling.name} must be a text written out inside compiled code")
    # A None that is written out is a value as a bound one is; in keywords it stands for what is not known.
    nones = [name for name, kind in arguments.items() if absent(kind) is NONE]
    held = {**dict(bound), **dict.fromkeys(nones)}
    keywords = tuple((name, written(kind)) for name, kind in arguments.items() if name not in nones)
    return asked, tuple(sorted(held.items())), calling.role, wrt, keywords
