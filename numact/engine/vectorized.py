"""An activation as Numba's `@vectorize` function, to be called from the user's own compiled code.

Inside ``@njit`` it takes scalars and arrays, broadcasts x and the parameters, and is inlined. Called from
Python it hands the call to numact's own path, since Numba's writes to the wrong places where ``out`` is
strided, refuses ``where`` and casts half precision to float32.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.typing.templates import signature
from numba.extending import intrinsic
from numba.np.ufunc.dufunc import DUFunc

from numact.engine.arithmetic import Lowering, Real
from numact.engine.bodies import Body
from numact.engine.explain import explained
from numact.engine.kernels import Recipe
from numact.errors import NumactError
from numact.spec import Activation

SINGLE, DOUBLE = ir.FloatType(), ir.DoubleType()

# Numba reads the number of arguments off a function's signature.
SHELLS: dict[int, Callable[[Any], Callable[..., Any]]] = {
    1: lambda f: lambda x: f((x,)),
    2: lambda f: lambda x, a: f((x, a)),
    3: lambda f: lambda x, a, b: f((x, a, b)),
    4: lambda f: lambda x, a, b, c: f((x, a, b, c)),
    5: lambda f: lambda x, a, b, c, d: f((x, a, b, c, d)),
    6: lambda f: lambda x, a, b, c, d, e: f((x, a, b, c, d, e)),
}


class Vectorized(DUFunc):
    """A `DUFunc` whose calls from Python are numact's own.

    Parameters
    ----------
    function
        The scalar function, for Numba.
    call
        What a call from Python does: x, then parameters in the order of the spec, `out` and `where` by name.
    """

    def __init__(self, function: Callable[..., Any], call: Callable[..., Any]) -> None:
        super().__init__(function, targetoptions={"nopython": True})
        self._call = call

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """Call as a ufunc, by numact's own path."""
        return self._call(*arguments, **options)


def vectorized(
    spec: Activation, call: Callable[..., Any], role: str = "forward", wrt: str = "x"
) -> Vectorized:
    """Make the `@vectorize` form of an activation or of its derivative.

    Parameters
    ----------
    spec : Activation
        Of kind elementwise or gated, or random in evaluation.
    call
        What a call from Python does.
    role : str
        ``forward`` or ``derivative``.
    wrt : str
        The argument to differentiate for.

    Returns
    -------
    Vectorized

    Raises
    ------
    NumactError
        For kind ``axis``, and for more arguments than there are shells for.
    """
    count = len(spec.arguments)
    if spec.kind == "axis" or count not in SHELLS:
        reason = "it works on rows" if spec.kind == "axis" else "it has too many parameters"
        raise NumactError(f"{spec.name} has no vectorized form: {reason}")
    bodies: dict[int, Body] = {}
    with explained(spec.name):
        for width, storage in ((32, "float32"), (64, "float64")):
            bodies[width] = Recipe(spec, role, wrt, storage).body()[0]
    shell = SHELLS[count](_scalar_code(bodies))
    shell.__name__ = shell.__qualname__ = f"{spec.name}_{role}"
    return Vectorized(shell, call)


def _scalar_code(bodies: dict[int, Body]) -> Any:
    """Make the intrinsic that computes one element, in float32 for a float32 x, else in float64."""

    @intrinsic
    def code(typingctx: Any, arguments: Any) -> Any:
        single = arguments[0] == types.float32
        result = types.float32 if single else types.float64

        def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            lowering = Lowering(context, builder, 32 if single else 64)
            numbers = [
                _number(lowering, context.cast(builder, value, kind, result), single)
                for kind, value in zip(arguments, cgutils.unpack_tuple(builder, args[0]), strict=True)
            ]
            value = bodies[lowering.width](numbers)[0].real.value
            return builder.fptrunc(value, SINGLE) if single else value

        return signature(result, arguments), lower

    return code


def _number(lowering: Lowering, value: ir.Value, single: bool) -> Real:
    return Real(lowering, lowering.builder.fpext(value, DOUBLE) if single else value)
