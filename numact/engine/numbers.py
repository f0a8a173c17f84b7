"""Numba's type of the numbers that an author's function computes with, and what it may do with them.

`NumberType(width, order)` is a real number for order 0 and a dual for higher orders. The operations are typed
and lowered here, straight to LLVM through `numact.engine.arithmetic` and `differentiation`, which compiles
faster than overloads written in Python.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from functools import partial, reduce
from typing import Any

from llvmlite import ir
from numba.core import types
from numba.core.datamodel import models
from numba.core.typeconv.castgraph import Conversion
from numba.core.typing.templates import AbstractTemplate, Signature, infer_global, signature
from numba.extending import lower_builtin, lower_cast, register_model

from numact import scalar
from numact.engine import arithmetic, differentiation
from numact.engine.arithmetic import Dual, Lowering, Real
from numact.engine.values import rounded_to_single

# How many arguments each function of the SIMD core takes.
ARITY = {
    **dict.fromkeys(
        ("exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tanh", "erf", "erfc", "erfcx"), 1
    ),
    **dict.fromkeys(("normal_tail", "log1p_unit", "short_normal_tail", "short_log1p_unit"), 1),
    **dict.fromkeys(("short_exp", "short_expm1", "short_log1p", "short_tanh", "short_erfcx"), 1),
    **dict.fromkeys(("pow", "exp_product", "short_exp_product"), 2),
    **dict.fromkeys(("quotient", "short_quotient", "quotient_estimate"), 2),
    **dict.fromkeys(("rounded_tanh", "rsqrt", "short_rsqrt", "rsqrt_estimate"), 1),
    **dict.fromkeys(("logistic_product", "short_logistic_product", "rounded_logistic_product"), 2),
    **dict.fromkeys(("product_error", "sum_error"), 2),
    **dict.fromkeys(("fma", "quotient_by_inverse", "short_quotient_by_inverse"), 3),
}

LARGEST_SINGLE_INTEGER = 2**24  # such that all integers to it are float32 numbers
# Whose result is an argument, or its opposite.
CHOOSING = ("abs", "minimum", "maximum")

LARGEST_EXPONENT = 64  # of a power written out as multiplications
MOST_ARGUMENTS = 16  # of minimum and maximum


class NumberType(types.Type):
    """The type of a real (order 0) or dual (order 1, 2) number.

    Parameters
    ----------
    width : int
        32 for a kernel whose results are float32 or narrower, 64 for float64; the carrier is float64 in both.
        0 for what is made of constants alone, the same in either.
    order : int
        How many times the number is differentiated.
    single : bool
        Whether the number is known to be a float32, and carried as one: what is read from memory, and
        choices among such, which LLVM then computes in float32.
    shared : bool
        Whether the kernel computes value and derivative, as `Lowering` says.
    """

    def __init__(self, width: int, order: int, single: bool = False, shared: bool = False) -> None:
        self.width = width
        self.order = order
        self.single = single
        self.shared = shared
        words = [", single"] * single + [", shared"] * shared
        super().__init__(name=f"Number({width}, {order}{''.join(words)})")

    @property
    def inner(self) -> NumberType:
        """The type of the value and of the tangent of a dual number."""
        return NumberType(self.width, self.order - 1, shared=self.shared)

    def can_convert_from(self, typingctx: Any, other: Any) -> Any:
        """Accept plain numbers, and reals where a dual is wanted."""
        if self.single:
            return None
        if isinstance(other, types.Integer | types.Float | types.Boolean):
            return Conversion.safe
        if isinstance(other, NumberType) and other.order == 0:
            return Conversion.promote
        return None

    def unify(self, typingctx: Any, other: Any) -> NumberType | None:
        """Give the common type of the arms of a branch."""
        if isinstance(other, types.Integer | types.Float | types.Boolean):
            return _widest((self,))
        if isinstance(other, NumberType):
            return _widest((self, other))
        return None


@register_model(NumberType)
class _NumberModel(models.StructModel):
    """A struct of one float64 for each coefficient: 1, 2 or 4 of them; of one float32 for a single."""

    def __init__(self, manager: Any, number: NumberType) -> None:
        member = types.float32 if number.single else types.float64
        members = [(f"c{index}", member) for index in range(2**number.order)]
        super().__init__(manager, number, members)  # type: ignore[no-untyped-call]


Plain = types.Integer | types.Float | types.Boolean


def unpack(lowering: Lowering, number: NumberType, value: ir.Value) -> Any:
    """Give the real or dual number that an LLVM value of a number's type holds."""
    builder = lowering.builder
    if number.single:
        return Real(lowering, builder.fpext(builder.extract_value(value, 0), arithmetic.DOUBLE))
    coefficients: list[Any] = [
        Real(lowering, builder.extract_value(value, i)) for i in range(2**number.order)
    ]
    while len(coefficients) > 1:
        coefficients = [Dual(*coefficients[i : i + 2]) for i in range(0, len(coefficients), 2)]
    return coefficients[0]


def coefficients_of(number: Any) -> list[ir.Value]:
    """Give the LLVM values of a number's coefficients, the value itself first."""
    if isinstance(number, Real):
        return [number.value]
    return [*coefficients_of(number.value), *coefficients_of(number.tangent)]


def pack(context: Any, builder: Any, target: NumberType, number: Any) -> ir.Value:
    """Give the LLVM value of a number of the target's type; missing tangents are 0."""
    result = ir.Constant(context.get_value_type(target), ir.Undefined)
    values = coefficients_of(number)
    if target.single:
        return builder.insert_value(result, rounded_to_single(builder, values[0]), 0)
    values += [arithmetic.DOUBLE(0.0)] * (2**target.order - len(values))
    for index, value in enumerate(values):
        result = builder.insert_value(result, value, index)
    return result


def as_number(lowering: Lowering, given: Any, value: ir.Value) -> Any:
    """Give the number of a value of any type that a number can be made from."""
    if isinstance(given, NumberType):
        return unpack(lowering, given, value)
    if isinstance(value, ir.Constant) and isinstance(given, types.Integer):
        return lowering.constant(float(value.constant))
    converted = lowering.context.cast(lowering.builder, value, given, types.float64)
    return Real(lowering, converted)


def _common(args: tuple[Any, ...]) -> Any | None:
    """Give the type of an operation's result: a number, float64 for plain arguments, None for any others."""
    if not all(isinstance(arg, NumberType | Plain) for arg in args):
        return None
    numbers = [arg for arg in args if isinstance(arg, NumberType)]
    return _widest(numbers) if numbers else types.float64


def _widest(numbers: Sequence[NumberType]) -> NumberType:
    """Give the type that holds numbers of all these types after arithmetic."""
    width, order = (max(getattr(number, name) for number in numbers) for name in ("width", "order"))
    return NumberType(width, order, shared=any(number.shared for number in numbers))


def _chosen(args: tuple[Any, ...]) -> Any | None:
    """Give the type of one of the arguments, or of its opposite: single where all of them are."""
    common = _common(args)
    if common is None or not all(map(_is_single, args)):
        return common
    if not isinstance(common, NumberType):
        return NumberType(0, 0, single=True)
    return NumberType(common.width, 0, single=True, shared=common.shared)


def _is_single(kind: Any) -> bool:
    """Tell whether all values of a type are float32 numbers."""
    if isinstance(kind, types.IntegerLiteral):
        return abs(kind.literal_value) <= LARGEST_SINGLE_INTEGER
    return isinstance(kind, NumberType) and kind.single


def register_typing(operation: Any, typer: Callable[[tuple[Any, ...]], Any]) -> None:
    """Register how Numba types a call of an operation."""

    class Template(AbstractTemplate):
        key: Any = operation
        prefer_literal = True

        def generic(self, args: tuple[Any, ...], kws: dict[str, Any]) -> Signature | None:
            result = None if kws else typer(args)
            return None if result is None else signature(result, *args)

    infer_global(operation)(Template)


def _lowering_of(context: Any, builder: Any, sig: Signature) -> Lowering:
    """Give the state of an operation; where its arguments are constants, the full functions serve."""
    numbers = [arg for arg in sig.args if isinstance(arg, NumberType)]
    width = max((number.width for number in numbers), default=0) or 64
    return Lowering(context, builder, width, any(number.shared for number in numbers))


def _lowering(key: Any, shapes: Iterable[tuple[Any, ...]], lower: Callable[..., Any]) -> None:
    """Register the code of `key` for each shape of arguments: `lower(*numbers)`, conditions as they are."""

    def implementation(context: Any, builder: Any, sig: Signature, args: tuple[Any, ...]) -> Any:
        lowering = _lowering_of(context, builder, sig)
        is_condition = [
            arg == types.boolean and index == 0 and key is scalar.where for index, arg in enumerate(sig.args)
        ]
        values = [
            value if condition else as_number(lowering, arg, value)
            for condition, arg, value in zip(is_condition, sig.args, args, strict=True)
        ]
        result = lower(*values)
        if isinstance(sig.return_type, NumberType):
            return pack(context, builder, sig.return_type, result)
        return result.value if isinstance(result, Real) else result

    for shape in shapes:
        lower_builtin(key, *shape)(implementation)


_PLAIN_CLASSES = (types.Integer, types.Float, types.Boolean)
_UNARY = [(NumberType,)]
_BINARY = [
    (NumberType, NumberType),
    *[(NumberType, plain) for plain in _PLAIN_CLASSES],
    *[(plain, NumberType) for plain in _PLAIN_CLASSES],
]


def _with_number(
    count: int, result: Any | None = None, common: Callable[..., Any] = _common
) -> Callable[[tuple[Any, ...]], Any]:
    """Give the typer of an operator: only where a number takes part, else Numba's own rules hold."""

    def typer(args: tuple[Any, ...]) -> Any:
        if len(args) != count or not any(isinstance(arg, NumberType) for arg in args):
            return None
        found = common(args)
        return found if found is None or result is None else result

    return typer


def _of_numbers(
    counts: Sequence[int], common: Callable[..., Any] = _common
) -> Callable[[tuple[Any, ...]], Any]:
    """Give the typer of a function that takes one of these counts of numbers."""
    return lambda args: common(args) if len(args) in counts else None


def _register_operators() -> None:
    for name in ("add", "sub", "mul", "truediv"):
        operation = getattr(operator, name)
        for key in (operation, getattr(operator, f"i{name}")):
            register_typing(key, _with_number(2))
            _lowering(key, _BINARY, operation)
    comparisons = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}
    for name, sign in comparisons.items():
        key = getattr(operator, name)
        register_typing(key, _with_number(2, types.boolean))
        _lowering(key, _BINARY, lambda a, b, sign=sign: a.compare(sign, b))
    register_typing(operator.neg, _with_number(1, common=_chosen))
    _lowering(operator.neg, _UNARY, operator.neg)
    for identity in (operator.pos, float):
        register_typing(identity, _with_number(1, common=_chosen))
        _lowering(identity, _UNARY, lambda x: x)
    for key, sign in ((bool, "!="), (operator.not_, "==")):
        register_typing(key, _with_number(1, types.boolean))
        _lowering(key, _UNARY, lambda x, sign=sign: x.compare(sign, 0.0))


def _lower_power(context: Any, builder: Any, sig: Signature, args: tuple[Any, ...]) -> Any:
    lowering = _lowering_of(context, builder, sig)
    base, exponent = (as_number(lowering, arg, value) for arg, value in zip(sig.args, args, strict=True))
    # An exponent written in the author's code is a constant here, and small integers need no logarithm.
    constant = args[1].constant if isinstance(args[1], ir.Constant) else None
    if constant is not None and constant == int(constant) and abs(constant) <= LARGEST_EXPONENT:
        result = arithmetic.power(base, int(constant))
    elif constant == 0.5:
        result = differentiation.apply("sqrt", base)
    else:
        result = differentiation.apply("pow", base, exponent)
    return pack(context, builder, sig.return_type, result)


def _register_power() -> None:
    for key in (operator.pow, operator.ipow):
        register_typing(key, _with_number(2))
        for shape in _BINARY:
            lower_builtin(key, *shape)(_lower_power)


def _type_where(args: tuple[Any, ...]) -> Any:
    if len(args) != 3 or not isinstance(args[0], NumberType | Plain):
        return None
    return _chosen(args[1:])


def _condition(condition: Any) -> ir.Value:
    return condition.compare("!=", 0.0) if isinstance(condition, Real | Dual) else condition


def _reduced(function: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    return lambda *numbers: reduce(function, numbers)


def _register_functions() -> None:
    several = range(2, MOST_ARGUMENTS + 1)
    special: dict[str, tuple[Any, Sequence[int], Callable[..., Any]]] = {
        "abs": (scalar.abs, (1,), arithmetic.absolute),
        "minimum": (scalar.minimum, several, _reduced(arithmetic.minimum)),
        "exp_of_sum": (scalar.exp_of_sum, (2,), differentiation.exp_of_sum),
        "short_sum_error": (scalar.short_sum_error, (2,), differentiation.short_sum_error),
        "short_exp_of_sum": (scalar.short_exp_of_sum, (2,), differentiation.short_exp_of_sum),
        "short_exp_of_sum_below_0": (
            scalar.short_exp_of_sum_below_0,
            (2,),
            differentiation.short_exp_of_sum_below_0,
        ),
        "maximum": (scalar.maximum, several, _reduced(arithmetic.maximum)),
    }
    for name, arity in ARITY.items():
        special.setdefault(name, (getattr(scalar, name), (arity,), partial(differentiation.apply, name)))
    for name, (key, counts, lower) in special.items():
        common = _chosen if name in CHOOSING else _common
        register_typing(key, _of_numbers(counts, common))
        _lowering(key, [(types.Any,) * count for count in counts], lower)
    register_typing(scalar.where, _type_where)
    _lowering(scalar.where, [(types.Any,) * 3], lambda c, a, b: arithmetic.choose(_condition(c), a, b))


@lower_cast(types.Integer, NumberType)
@lower_cast(types.Float, NumberType)
@lower_cast(types.Boolean, NumberType)
@lower_cast(NumberType, NumberType)
def _cast(context: Any, builder: Any, fromty: Any, toty: NumberType, value: ir.Value) -> ir.Value:
    lowering = Lowering(context, builder, toty.width, toty.shared)
    return pack(context, builder, toty, as_number(lowering, fromty, value))


_register_operators()
_register_power()
_register_functions()
