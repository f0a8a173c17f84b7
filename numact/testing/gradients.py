"""Backward passes: products of a gradient and the derivative, alone and with the value, and their sums."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from numact.spec import Activation
from numact.testing.bits import same_bits
from numact.testing.check import Check
from numact.testing.report import Example, Problem
from numact.testing.subject import Array, Subject, numbers

_SHAPE = (6, 8)
# Roundings of a product and of a derivative, in units of the last place.
_ROUNDINGS = 3


def checks(spec: Activation) -> Iterator[Check]:
    """Yield the checks of backward passes."""
    yield Check("vjp", check_vjp)
    yield Check("value-and-vjp", check_value_and_vjp)
    if any(param.kind in ("real", "channel") for param in spec.params):
        yield Check("vjp-of-parameters", check_vjp_of_parameters)


def check_vjp(subject: Subject) -> None:
    """Compare the product with g times the derivative."""
    inputs, g = subject.inputs(_SHAPE, "float32", special=False), numbers(_SHAPE, "float32", seed=9)
    for wrt in subject.operand_names:
        expected = g.astype(np.float64) * subject.derivative(inputs, wrt)
        _check_close(subject.vjp(inputs, g, wrt), expected, inputs[0], wrt)


def _check_close(actual: Array, expected: Array, x: Array, what: str) -> None:
    tolerance = _ROUNDINGS * float(np.finfo(np.float32).eps)
    allowed = tolerance * np.abs(expected) + tolerance * 1e-2
    error = np.abs(actual.astype(np.float64) - expected)
    if not (error <= allowed).all():
        place = int(np.argmax(np.where(np.isnan(error), np.inf, error / allowed)))
        got, wanted = float(actual.flat[place]), float(expected.flat[place])
        example = Example({"x": float(x.flat[place])}, got, wanted)
        raise Problem(f"the vjp by {what} is not g times the derivative", example)


def check_value_and_vjp(subject: Subject) -> None:
    """Ask that value and product computed together are those computed apart, the value to its last place."""
    inputs, g = subject.inputs(_SHAPE, "float32"), numbers(_SHAPE, "float32", seed=9)
    value, product = subject.value_and_vjp(inputs, g)
    alone = subject.value(inputs)
    is_next = (value != alone) & (np.nextafter(alone, value) == value)
    same_bits(np.where(is_next, alone, value), alone, "the value of value_and_vjp")
    same_bits(product, subject.vjp(inputs, g, "x"), "the gradient of value_and_vjp")


def check_vjp_of_parameters(subject: Subject) -> None:
    """Compare the gradient of each parameter with the sum of g times the derivative by it."""
    inputs, g = subject.inputs(_SHAPE, "float64", special=False), numbers(_SHAPE, "float64", seed=9)
    for param in subject.spec.params:
        if param.kind not in ("real", "channel"):
            continue
        products = g * subject.derivative(inputs, param.name)
        gradient = subject.vjp(inputs, g, param.name)
        scale = float(np.abs(products).sum())
        if not abs(float(gradient) - float(products.sum())) <= 1e-12 * scale:
            example = Example({}, float(gradient), float(products.sum()))
            raise Problem(f"the gradient of {param.name} is not the sum over the elements", example)
