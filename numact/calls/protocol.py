"""Arrays of other libraries that answer NumPy's ufuncs themselves: what ``__array_ufunc__`` prescribes."""

from __future__ import annotations

from typing import Any

import numpy as np

from numact.arrays import has_own_protocol, parameter_dtype, result_dtype
from numact.calls.binding import Binding
from numact.calls.kernels import elementwise_loop
from numact.calls.options import NO_OPTIONS, Options
from numact.calls.parameters import rounded_parameters
from numact.calls.randomness import is_training, leading_operands
from numact.errors import DTypeError, ParameterError


def call_ufunc(
    binding: Binding, role: str, wrt: str, inputs: tuple[Any, ...], out: Any, options: Options
) -> Any:
    """
    Hand arrays of another library the kernel's ufunc, and let them answer.

    Parameters
    ----------
    binding : Binding
        The activation and its parameters.
    role, wrt : str
        Which kernel.
    inputs : tuple
        The arguments, at least one of which has its own ``__array_ufunc__``.
    out : object or None
        Where the result goes.
    options : Options
        The call's options, none of which works here.

    Returns
    -------
    object
        Whatever the arrays' own protocol makes of the ufunc.

    Raises
    ------
    DTypeError
        If the array's dtype has no ufunc.
    ParameterError
        If the call asks for what only works on NumPy's own arrays.
    """
    name, library = binding.spec.name, library_of(inputs)
    if options is not NO_OPTIONS or is_training(binding):
        raise ParameterError(f"{name} of {library} takes no mask and no training: pass np.asarray(x)")
    dtype = result_dtype(name, _dtype_of(inputs[0]))
    if dtype.kind != "f":
        raise DTypeError(f"{name} of {library} does not work in {dtype}: convert x to float32 first")
    loop = elementwise_loop(binding.spec, role, wrt, dtype)
    rounded = rounded_parameters(binding, parameter_dtype(dtype)).values()
    numbers = (*leading_operands(binding.spec, dtype), *rounded)
    operands = (*inputs, *(each[()] for each in numbers))
    return loop.ufunc(*operands) if out is None else loop.ufunc(*operands, out=out)


def refuse(name: str, inputs: tuple[Any, ...]) -> None:
    """
    Refuse arrays of other libraries where no ufunc can stand for the computation.

    Parameters
    ----------
    name : str
        The activation, for the error's sentence.
    inputs : tuple
        The arguments.

    Raises
    ------
    DTypeError
        If one of them has its own ``__array_ufunc__``, or is a masked array.
    """
    subclassed = [each for each in inputs if isinstance(each, np.ndarray) and type(each) is not np.ndarray]
    if any(isinstance(each, np.ma.MaskedArray) for each in subclassed):
        raise DTypeError(f"{name} does not look at masks: pass x.filled(0) and where=~np.ma.getmaskarray(x)")
    if any(has_own_protocol(each) for each in inputs):
        raise DTypeError(f"{name} cannot hand this computation to {library_of(inputs)}: pass np.asarray(x)")


def library_of(inputs: tuple[Any, ...]) -> str:
    """
    Name the class that has its own protocol.

    Parameters
    ----------
    inputs : tuple
        The arguments, at least one of which has its own ``__array_ufunc__``.

    Returns
    -------
    str
        Module and name of the class.
    """
    kind = next(type(each) for each in inputs if has_own_protocol(each))
    return f"{kind.__module__}.{kind.__qualname__}"


def _dtype_of(x: Any) -> np.dtype[Any]:
    """Return the dtype of an array of another library, without computing a lazy one."""
    dtype = getattr(x, "dtype", None)
    try:
        return np.dtype(dtype) if dtype is not None else np.asarray(x).dtype
    except TypeError:
        # A dtype of the library's own: what NumPy would read decides.
        return np.asarray(x).dtype
