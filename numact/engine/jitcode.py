"""The code of an activation inside a user's compiled function: for one number, and for an array of them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, cached_property
from types import FunctionType
from typing import Any

import numpy as np
from numba.core import cgutils, types
from numba.core.typing.templates import signature
from numba.extending import intrinsic

from numact import _public
from numact.engine.arithmetic import Lowering, Real
from numact.engine.bodies import Body
from numact.engine.cache import fingerprint_of
from numact.engine.explain import explained
from numact.engine.intrinsics import core
from numact.engine.jitarrays import ArrayCode, Compiled, compiled, unturned
from numact.engine.jitmarks import Mark
from numact.engine.jitoperands import BroadcastCode, along_channels
from numact.engine.jitrows import CodeOfRows
from numact.engine.kernels import Recipe
from numact.engine.keys import key_of
from numact.engine.values import rounded_to_single

Request = tuple[Any, ...]


class Code:
    """The code of an activation, or of its derivative, from operands that are constants or come with a call.

    Parameters
    ----------
    request : tuple
        The fields of a `numact.compiled.Request`.
    found : numact.compiled.Inlined
        What it means.

    Attributes
    ----------
    name : str
        The activation that is computed.
    read : list of str
        Keywords whose values the call hands in, in this order.
    key : str
        Digest of everything that decides the machine code.
    of_number : compiled function
        ``of_number(x, given)``.
    arrays : ArrayCode
        The same for arrays.
    """

    def __init__(self, request: Request, found: Any) -> None:
        spec, role, wrt, operands = found.spec, found.role, found.wrt, found.operands
        self._request = request
        self._operands: tuple[str | float, ...] = operands
        self.name: str = spec.name
        self.read = [operand for operand in operands if isinstance(operand, str)]
        self._bodies: dict[int, Body] = {}
        parts: list[str] = []
        with explained(spec.name):
            for width, storage in ((32, "float32"), (64, "float64")):
                self._bodies[width], found = Recipe(spec, role, wrt, storage).body()
                parts += found
        self.key = key_of("inlined", spec.name, role, wrt, repr(operands), fingerprint_of(*parts))
        self._name = f"{spec.name}_{role}_{wrt}_{self.key[:16]}"
        # Compiled apart from the user's function, so that its fast-math and error model do not reach in.
        self.of_number = core(self._named(self._number(), "number"))
        self.arrays = ArrayCode(spec.name, self._fill(), unturned)
        self._broadcast: dict[Any, BroadcastCode] = {}

    @cached_property
    def along_channels(self) -> ArrayCode:
        """The same for arrays, with parameters that are arrays of a value for each channel."""
        return along_channels(self.name, self.of_number, len(self.read))

    def broadcast(self, dtype: Any, companions: tuple[str, ...], contiguous: bool) -> BroadcastCode:
        """Give the same for results of a dtype, with arrays that broadcast against x, or are as x is."""
        key = (dtype, companions, contiguous)
        if key not in self._broadcast:
            places = {1 + self.read.index(name): name for name in companions}
            self._broadcast[key] = BroadcastCode(
                self.name, self.of_number, len(self.read), dtype, companions=places, contiguous=contiguous
            )
        return self._broadcast[key]

    def _named(self, function: Any, what: str) -> Any:
        """Give a function a name that no other code in any process has: Numba makes the symbol of it."""
        assert isinstance(function, FunctionType)
        function.__name__ = function.__qualname__ = f"{self._name}_{what}"
        return function

    def _number(self) -> Any:
        bodies, operands, mark = self._bodies, self._operands, Mark(self._request, self.key)

        @intrinsic
        def code(typingctx: Any, x: Any, given: Any) -> Any:
            single = x == types.float32
            result = types.float32 if single else types.float64

            def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
                lowering = Lowering(context, builder, 32 if single else 64)
                mark.put(context)

                def number(value: Any, kind: Any) -> Real:
                    value = context.cast(builder, value, kind, result)
                    wide = context.cast(builder, value, result, types.float64)
                    return Real(lowering, wide)

                values = iter(zip(cgutils.unpack_tuple(builder, args[1]), given, strict=True))
                numbers = [number(args[0], x)]
                for operand in operands:
                    if isinstance(operand, str):
                        numbers.append(number(*next(values)))
                    else:
                        numbers.append(lowering.constant(float(np.float32(operand)) if single else operand))
                value = bodies[lowering.width](numbers)[0].real.value
                return rounded_to_single(builder, value) if single else value

            return signature(result, x, given), lower

        def of_number(x: Any, given: Any) -> Any:
            return code(x, given)  # type: ignore[call-arg]  # Numba passes the typing context

        return of_number

    def _fill(self) -> Compiled:
        of_number = self.of_number

        def fill(x: Any, out: Any, given: Any) -> None:
            source, target = x.reshape(x.size), out.reshape(x.size)
            for i in range(source.size):
                target[i] = of_number(source[i], given)

        return compiled(self._named(fill, "fill"))


def meaning_of(request: Request) -> Any:
    """Give what a request means, a `numact.compiled.Inlined`.

    Parameters
    ----------
    request : tuple
        The fields of a `numact.compiled.Request`.

    Returns
    -------
    numact.compiled.Inlined
    """
    return _public.found_above("numact.compiled", "Request")(*request).resolve()


def code_for(request: Request) -> Code | CodeOfRows:
    """Give the code of a request, made once in a process as long as names keep their meaning.

    Parameters
    ----------
    request : tuple
        The fields of a `numact.compiled.Request`.

    Returns
    -------
    Code or CodeOfRows
    """
    found = meaning_of(request)
    *rest, keywords = request
    read = {"axis", "dim", *(operand for operand in found.operands if isinstance(operand, str))}
    # One code serves all numbers, and all axes.
    general = (*rest, tuple((name, None if name in read else value) for name, value in keywords))
    return _code(general, replace(found, axis=None))


@cache
def _code(request: Request, found: Any) -> Code | CodeOfRows:
    return (CodeOfRows if found.spec.kind == "axis" else Code)(request, found)
