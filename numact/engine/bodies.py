"""What a kernel computes for one element: value, derivative, or both, of an author's function.

A body is a Python function from the numbers a loop read to the list of numbers it writes; called once while
the loop is lowered, it writes the instructions. The numbers come in the order of the loop's operands: arrays,
then (for derivatives times a gradient) g, then drawn numbers and parameters.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from numba.core import types
from numba.core.errors import NumbaError, TypingError

from numact.engine.arithmetic import Dual, Lowering, choose
from numact.engine.numbers import NumberType, Plain, as_number, pack
from numact.engine.values import as_single

Numbers = Sequence[Any]
Body = Callable[[Numbers], list[Any]]


def call(dispatcher: Any, numbers: Numbers) -> list[Any]:
    """Write the call of a jitted author's function; gives its result as a number."""
    lowering: Lowering = numbers[0].lowering
    context, builder = lowering.context, lowering.builder
    kinds = tuple(kind_of(number) for number in numbers)
    function = types.Dispatcher(dispatcher)
    signature = _typed(dispatcher, lambda: function.get_call_type(context.typing_context, kinds, {}))
    implementation = context.get_function(function, signature)
    packed = [pack(context, builder, kind, number) for kind, number in zip(kinds, numbers, strict=True)]
    value = implementation(builder, packed)
    return [as_number(lowering, signature.return_type, value)]


def kind_of(number: Any) -> NumberType:
    """Give the type in which a number is handed to an author's function."""
    lowering = number.lowering
    single = number.order == 0 and lowering.width == 32 and as_single(number.value) is not None
    return NumberType(lowering.width, number.order, single, lowering.shared)


def _typed(dispatcher: Any, infer: Callable[[], Any]) -> Any:
    """Infer the types in an author's function; errors tell where it stands, if they tell no other place."""
    try:
        signature = infer()
        if not isinstance(signature.return_type, NumberType | Plain):
            raise TypingError(f"gives {signature.return_type} instead of a number")
    except NumbaError as error:
        code = dispatcher.py_func.__code__
        error.add_context(f"typing of a function at {code.co_filename} ({code.co_firstlineno})")
        raise
    return signature


def value(dispatcher: Any) -> Body:
    """Give f."""
    return lambda numbers: call(dispatcher, numbers)


def tangent(dispatcher: Any, index: int, order: int = 1) -> Body:
    """Give the derivative of f, of the order asked for, by dual numbers with respect to argument `index`."""

    def body(numbers: Numbers) -> list[Any]:
        arguments = list(numbers)
        arguments[index] = variable(arguments[index], order)
        result = call(dispatcher, arguments)[0]
        if result.order < order:
            return [numbers[0].lowering.constant(0.0)]
        for _ in range(order):
            result = result.tangent
        return [result]

    return body


def variable(number: Any, order: int) -> Any:
    """Make a real number the variable of differentiation."""
    one, zero = number.lowering.constant(1.0), number.lowering.constant(0.0)
    for level in range(order):
        slope = one
        for _ in range(level):
            slope = Dual(slope, zero) if slope.order == 0 else Dual(slope, Dual(zero, zero))
        number = Dual(number, slope)
    return number


def limited(inner: Body, limits: tuple[Body, Body]) -> Body:
    """Put the limits at -inf and +inf in at the infinities of the first array, and keep its NaN."""

    def body(numbers: Numbers) -> list[Any]:
        x = numbers[0]
        low, high = (limit(numbers)[0] for limit in limits)
        finite = x.lowering.builder.and_(x.compare("<", math.inf), x.compare(">", -math.inf))
        special = choose(x.compare("<", 0.0), low, choose(x.compare(">", 0.0), high, x))
        return [choose(finite, result, special) for result in inner(numbers)]

    return body


def constant(number: float) -> Body:
    """Give a number whatever the arguments."""
    return lambda numbers: [numbers[0].lowering.constant(number)]


def of_parameters(dispatcher: Any, arrays: int) -> Body:
    """Give a function of the numbers that follow the arrays."""
    return lambda numbers: call(dispatcher, numbers[arrays:])


def nan_kept(inner: Body, arrays: int) -> Body:
    """Pass a NaN of the arrays on, which a constant derivative, or a comparison, would lose."""

    def body(numbers: Numbers) -> list[Any]:
        results = inner(numbers)
        for x in numbers[:arrays]:
            results = [choose(x.compare("==", x), result, x) for result in results]
        return results

    return body


def product(derivative: Body, gradient: int) -> Body:
    """Give g times the derivative; g stands at place `gradient`, between arrays and parameters."""

    def body(numbers: Numbers) -> list[Any]:
        own = [number for index, number in enumerate(numbers) if index != gradient]
        return [numbers[gradient] * derivative(own)[0]]

    return body


def value_and_product(value_of: Body, product_of: Body, gradient: int) -> Body:
    """Give the value and g times the derivative; LLVM computes what the two have in common once."""

    def body(numbers: Numbers) -> list[Any]:
        own = [number for index, number in enumerate(numbers) if index != gradient]
        return [value_of(own)[0], product_of(numbers)[0]]

    return body
