"""From a spec to a compiled loop: which body, which operands, compiled once for each activation and dtype."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np

from numact.engine import bodies
from numact.engine.authors import Rebound, rebind
from numact.engine.bodies import Body
from numact.engine.cache import CompiledLoop, compile_cached, fingerprint_of
from numact.engine.drivers import parallel_ufunc
from numact.engine.explain import explained
from numact.engine.loops import LOOP_SIGNATURE, Layout, inner_loop
from numact.engine.memory import STORAGES
from numact.engine.ufuncs import make_ufunc
from numact.spec import Activation

ROLES = ("forward", "derivative", "second_derivative", "vjp", "value_and_vjp")
RANDOM = "_random"  # the ending of roles that draw u in the kernel


@dataclass(frozen=True)
class Loop:
    """A compiled inner loop and what its operands are.

    Parameters
    ----------
    name : str
        Activation and role, for messages and for tools that read machine code.
    layout : Layout
        The operands.
    compiled : CompiledLoop
        The machine code.
    """

    name: str
    layout: Layout
    compiled: CompiledLoop

    @property
    def inputs(self) -> int:
        """How many arrays are read."""
        return self.layout.inputs

    @property
    def parameters(self) -> int:
        """How many parameters there are."""
        return self.layout.parameters

    @property
    def outputs(self) -> int:
        """How many arrays are written."""
        return self.layout.outputs

    @property
    def address(self) -> int:
        """Where the machine code is."""
        return self.compiled.address

    @cached_property
    def dtype(self) -> np.dtype[Any]:
        """The dtype in which arrays are handed to the loop: uint16 for bfloat16."""
        return np.dtype("uint16" if self.layout.storage.name == "bfloat16" else self.layout.storage.name)

    @cached_property
    def parameter_dtype(self) -> np.dtype[Any]:
        """The dtype of the parameters."""
        return np.dtype(self.layout.parameter_storage.name)

    @cached_property
    def ufunc(self) -> Any:
        """The loop as a NumPy ufunc of inputs and parameters."""
        return make_ufunc(self.name, self.address, self.dtypes, self.outputs, self.compiled)

    def parallel_ufunc(self, multiple: int, least: int) -> np.ufunc:
        """Make a ufunc that has Numba's threads run the loop.

        Parameters
        ----------
        multiple : int
            Of elements, where a chunk begins.
        least : int
            Elements from which on there is work for one thread.
        """
        return parallel_ufunc(
            self.name, self.compiled, self.dtypes, self.outputs, multiple=multiple, least=least
        )

    @property
    def dtypes(self) -> list[np.dtype[Any]]:
        """The operands' dtypes."""
        parameters = [self.parameter_dtype] * self.parameters
        return [self.dtype] * self.inputs + parameters + [self.dtype] * self.outputs


def elementwise(spec: Activation, role: str, wrt: str, dtype: Any) -> Loop:
    """Give the compiled loop of an elementwise, random or gated activation.

    Parameters
    ----------
    spec : Activation
    role : str
        ``forward``, ``derivative``, ``second_derivative``, ``vjp`` or ``value_and_vjp``; with the ending
        ``_random`` the kernel draws the random numbers itself.
    wrt : str
        The argument to differentiate for: ``x``, ``gate`` or a parameter's name.
    dtype
        The arrays' dtype.

    Returns
    -------
    Loop

    Raises
    ------
    FormulaError
        Where the author's function does not compile.
    """
    # By the dtype itself: its name is put together anew, in microseconds, each time it is asked for.
    key = (spec, role, "" if role.startswith("forward") else wrt, np.dtype(dtype))
    loop = _loops.get(key)
    if loop is None:
        loop = _loops.setdefault(key, Recipe(*key[:3], key[3].name).compile())
    return loop


_loops: dict[tuple[Activation, str, str, np.dtype[Any]], Loop] = {}


@dataclass(frozen=True)
class Recipe:
    """How one loop is made: the choice of body and operands for a spec, role, argument and storage."""

    spec: Activation
    role: str
    wrt: str
    storage: str

    @property
    def draws(self) -> bool:
        """Whether the kernel draws random numbers."""
        return self.role.endswith(RANDOM)

    @property
    def arrays(self) -> int:
        """How many arrays the author's function takes."""
        return 2 if self.spec.kind == "gated" else 1

    @property
    def layout(self) -> Layout:
        """Arrays and g are inputs; u, unless drawn, is handed in like a parameter."""
        inputs = self.arrays + ("vjp" in self.role)
        constants = len(self.spec.arguments) - self.arrays - self.draws
        outputs = 2 if self.role.startswith("value_and") else 1
        return Layout(STORAGES[self.storage], inputs, constants, outputs, int(self.draws))

    def compile(self) -> Loop:
        """Compile, or load from the cache."""
        name = "_".join(part for part in (self.spec.name, self.role, self.wrt, self.storage) if part)
        with explained(self.spec.name):
            body, parts = self.body()
            fingerprint = fingerprint_of(self.role, self.wrt, *parts)
            compiled = compile_cached(
                lambda: inner_loop(body, self.layout), LOOP_SIGNATURE, fingerprint, name=name
            )
        return Loop(name, self.layout, compiled)

    def body(self) -> tuple[Body, list[str]]:
        """Give the body, and the parts of its fingerprint."""
        base = self.role.removesuffix(RANDOM)
        if base == "forward":
            return self._value()
        if base == "second_derivative":
            return self._second_derivative()
        derivative, finish, parts = self._derivative()
        if base == "derivative":
            return finish(derivative), parts
        product = finish(bodies.product(derivative, self.arrays))
        if base == "vjp":
            return product, parts
        value, value_parts = self._value()
        return bodies.value_and_product(value, product, self.arrays), parts + value_parts

    def _forward(self) -> Rebound:
        return rebind(self.spec.name, self.spec.forward or self.spec.parsed_formula().function())

    def _value(self) -> tuple[Body, list[str]]:
        """Take the careful form as it is; a bare formula keeps NaN, and gets its declared limits put in."""
        rebound = self._forward()
        body = bodies.value(rebound.dispatcher)
        if self.spec.forward is not None:
            return body, ["as written", *rebound.parts]
        return self._limited(body, rebound.parts, self.spec.limits or (None, None))

    def _derivative(self) -> tuple[Body, Callable[[Body], Body], list[str]]:
        """Take the author's derivative, else the dual number's, with its limits put in.

        Gives the body, and what makes it right at NaN, which costs least when done last, on float32 numbers.
        """
        finish = partial(bodies.nan_kept, arrays=self.arrays)
        explicit = self._explicit_derivative()
        if explicit is not None:
            rebound = rebind(self.spec.name, explicit)
            return bodies.value(rebound.dispatcher), finish, ["as written", *rebound.parts]
        rebound = self._forward()
        index = self.spec.arguments.index(self.wrt)
        body = bodies.tangent(rebound.dispatcher, index)
        if index == 0 and self.spec.derivative_limits is not None:
            body, parts = self._limited(body, rebound.parts, self.spec.derivative_limits)
            return body, lambda limited: limited, parts
        return body, finish, rebound.parts

    def _second_derivative(self) -> tuple[Body, list[str]]:
        """Take the tangent of the tangent of the value itself, whatever derivative the author gives."""
        rebound = self._forward()
        body = bodies.tangent(rebound.dispatcher, self.spec.arguments.index(self.wrt), order=2)
        return bodies.nan_kept(body, self.arrays), rebound.parts

    def _explicit_derivative(self) -> Callable[..., Any] | None:
        given = self.spec.derivative
        if isinstance(given, Mapping):
            return given.get(self.wrt)
        return given if self.wrt == self.spec.arguments[0] else None

    def _limited(self, body: Body, parts: list[str], limits: tuple[Any, Any]) -> tuple[Body, list[str]]:
        if None in limits:
            return bodies.nan_kept(body, self.arrays), ["without limits", *parts]
        made = [self._limit(limit) for limit in limits]
        return bodies.limited(body, (made[0], made[1])), [*map(repr, limits), *parts]

    def _limit(self, limit: float | str) -> Body:
        formula = self.spec.parsed_bound(limit)
        if not formula.used_names:
            return bodies.constant(formula.value())
        return bodies.of_parameters(rebind(self.spec.name, formula.function()).dispatcher, self.arrays)
