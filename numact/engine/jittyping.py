"""One call of an activation inside a user's compiled function: its arguments' types, and what is compiled."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from numba.core import types
from numba.core.compiler import Flags
from numba.core.errors import TypingError
from numba.core.targetconfig import ConfigStack

from numact.arrays import normalize_axes
from numact.engine.overloads import numbered_apart

Arguments = dict[str, Any]
"""The types of a call's arguments by name."""

NONE = types.none


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
        self._code = code_for(request)
        self._name: str = self._code.name
        x, out = self._kinds["x"], _absent(self._kinds.get("out", NONE))
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

    def _given(self) -> Any:
        """Give the type of what follows x: the parameters, after the axis where there are rows."""
        numbers = types.Tuple(tuple(_number(self._name, each, self._kinds[each]) for each in self._code.read))
        if not self._is_of_rows:
            return numbers
        axis = self._found.axis
        if isinstance(axis, str) and not _is_integer(self._kinds[axis]):
            raise TypingError(
                f"{axis!r} of {self._name} must be one integer inside compiled code, got {self._kinds[axis]}"
            )
        if isinstance(axis, tuple):
            raise TypingError(f"'axis' of {self._name} must be one integer or None inside compiled code")
        return types.Tuple((NONE if axis is None else types.int64, numbers))

    def _function(self, x: Any, out: Any) -> Any:
        """Give the compiled function for the types of x and out."""
        dtype = _result_dtype(self._name, x)
        if out is not NONE:
            _check_out(self._name, x, out, dtype)
        if not isinstance(x, types.Array):
            if self._is_of_rows:
                raise TypingError(
                    f"{self._name} works on rows, not on numbers: pass an array inside compiled code, got {x}"
                )
            return cast(Any, self._code).of_number
        if isinstance(self._found.axis, int) and self._is_of_rows:
            normalize_axes(self._name, self._found.axis, x.ndim)
        # A row of all elements has them in C's order.
        order = "A" if x.layout == "F" and self._is_of_rows and self._found.axis is None else x.layout
        if out is NONE:
            return self._code.arrays.new(order, x.ndim, dtype)
        return self._code.arrays.into(order + out.layout, x.ndim, dtype)

    def lower(self, context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """Write the call."""
        values = dict(zip(self._kinds, args, strict=True))
        kinds = dict(zip(self._kinds, sig.args, strict=True))
        *operands, given = self._signature.args
        written = [
            context.cast(builder, values[name], kinds[name], operand)
            for name, operand in zip(("x", "out"), operands, strict=False)
        ]
        written.append(self._lowered(context, builder, values, kinds, given))
        return context.get_function(self._callee, self._signature)(builder, written)

    def _lowered(self, context: Any, builder: Any, values: Any, kinds: Any, given: Any) -> Any:
        """Write what follows x."""
        read = [values[name] for name in self._code.read]
        if not self._is_of_rows:
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
    if "x" not in arguments:
        raise TypingError(f"{calling.name} needs x")
    for name in ("x", "out"):
        arguments.pop(name, None)
    wrt = written(arguments.pop("wrt", types.literal("x"))) if calling.role == "derivative" else "x"
    if not isinstance(wrt, str):
        raise TypingError(f"'wrt' of {calling.name} must be a text written out inside compiled code")
    # A None that is written out is a value as a bound one is; in keywords it stands for what is not known.
    nones = [name for name, kind in arguments.items() if _absent(kind) is NONE]
    held = {**dict(bound), **dict.fromkeys(nones)}
    keywords = tuple((name, written(kind)) for name, kind in arguments.items() if name not in nones)
    return asked, tuple(sorted(held.items())), calling.role, wrt, keywords


def written(kind: Any) -> Any:
    """Give the number or text that an argument's type holds where it is written out, else None."""
    if isinstance(kind, types.Omitted):
        return kind.value
    return kind.literal_value if isinstance(kind, types.Literal) else None


def _absent(kind: Any) -> Any:
    """Give the type of None for None left out or written out, any other type as it is."""
    return NONE if isinstance(kind, types.NoneType) or kind == types.Omitted(None) else kind


def _is_integer(kind: Any) -> bool:
    return isinstance(kind, types.Integer) and not isinstance(kind, types.Boolean)


def _number(activation: str, name: str, kind: Any) -> Any:
    """Check the type of a number handed in by keyword."""
    if not isinstance(kind, types.Float) and not _is_integer(kind):
        raise TypingError(f"{name!r} of {activation} must be one number inside compiled code, got {kind}")
    return types.unliteral(kind)


def _result_dtype(activation: str, x: Any) -> Any:
    """Check the type of x, and give the dtype of the result."""
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
    return np.float32 if element == types.float32 else np.float64


def _check_out(activation: str, x: Any, out: Any, dtype: Any) -> None:
    """Refuse an out that cannot take the result, as far as its type tells."""
    if not isinstance(x, types.Array) or not isinstance(out, types.Array):
        problem = f"goes with an array of its shape, got {out} beside {x}"
    elif out.dtype is not (types.float32 if dtype is np.float32 else types.float64):
        problem = f"must be of the result's dtype {dtype.__name__}, got {out.dtype}"
    elif out.ndim != x.ndim:
        problem = f"must have the shape of x, but has {out.ndim} axes where x has {x.ndim}"
    elif not out.mutable:
        problem = "is read-only"
    else:
        return
    raise TypingError(f"out of {activation} {problem}")
