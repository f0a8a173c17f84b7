"""The activation under test, called in the same way whatever its kind."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numact.errors import MissingExtraError
from numact.examples import example_parameters
from numact.function import Function
from numact.spec import Activation

Array = NDArray[Any]

HALVES = ("float16", "bfloat16")
DTYPES = (*HALVES, "float32", "float64")


def dtype_of(name: str) -> np.dtype[Any]:
    """Find a dtype by its name.

    Raises
    ------
    MissingExtraError
        If it is bfloat16 and there is none.
    """
    if name != "bfloat16":
        return np.dtype(name)
    try:
        import ml_dtypes
    except ImportError:
        raise MissingExtraError("checks need ml_dtypes: pip install 'numact[testing]'") from None
    bfloat16: np.dtype[Any] = np.dtype(ml_dtypes.bfloat16)
    return bfloat16


def numbers(shape: tuple[int, ...], dtype: str, seed: int = 1) -> Array:
    """Give normal numbers, all finite."""
    return np.random.default_rng(seed).normal(0, 2, shape).astype(dtype_of(dtype))


def with_specials(shape: tuple[int, ...], dtype: str, seed: int = 1) -> Array:
    """Give normal numbers with a NaN, infinities and zeros among them, where there is room."""
    values = numbers(shape, dtype, seed)
    specials = [np.nan, np.inf, -np.inf, 0.0, -0.0]
    if values.size > 4 * len(specials):
        values.reshape(-1)[3 : 3 + len(specials)] = specials
    return values


@dataclass(frozen=True)
class Subject:
    """An activation under test.

    Parameters
    ----------
    spec : Activation
        Registered or not.
    strict : bool
        Whether it must keep the bounds of numact's own packages.
    """

    spec: Activation
    strict: bool = False

    @cached_property
    def function(self) -> Function:
        """The activation, with examples of the parameters that it requires."""
        return Function(self.spec, example_parameters(self.spec))

    @property
    def operand_names(self) -> tuple[str, ...]:
        """Names of the arrays, as callers of `derivative` and `vjp` name them."""
        return ("x", "gate") if self.spec.kind == "gated" else ("x",)

    @property
    def differentiable(self) -> tuple[str, ...]:
        """What a gradient may be taken by, as callers name it."""
        if self.spec.kind == "axis":
            return ("x",)
        inputs = len(self.operand_names)
        return (*self.operand_names, *self.spec.differentiable[inputs:])

    def inputs(self, shape: tuple[int, ...], dtype: str, special: bool = True) -> list[Array]:
        """Give arrays to compute with, one or, for a gated activation, two."""
        draw = with_specials if special else numbers
        return [draw(shape, dtype, seed) for seed, _ in enumerate(self.operand_names, start=1)]

    def value(self, inputs: list[Array], **keywords: Any) -> Any:
        """Apply the activation."""
        return self.function(inputs[0], **self._gate(inputs), **keywords)

    def derivative(self, inputs: list[Array], wrt: str, **keywords: Any) -> Any:
        """Differentiate it."""
        return self.function.derivative(inputs[0], wrt, **self._gate(inputs), **keywords)

    def vjp(self, inputs: list[Array], g: Array, wrt: str, **keywords: Any) -> Any:
        """Multiply a gradient by its derivative."""
        return self.function.vjp(inputs[0], g, wrt, **self._gate(inputs), **keywords)

    def value_and_vjp(self, inputs: list[Array], g: Array) -> tuple[Any, Any]:
        """Do both at once, for x."""
        return self.function.value_and_vjp(inputs[0], g, "x", **self._gate(inputs))

    def one_dimension(self) -> dict[str, Any]:
        """Give the parameters with which it takes arrays of one dimension: an axis that they have."""
        return {param.name: 0 for param in self.spec.params if param.kind == "axis"}

    @staticmethod
    def _gate(inputs: list[Array]) -> dict[str, Any]:
        return {"gate": inputs[1]} if len(inputs) > 1 else {}
