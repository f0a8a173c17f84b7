"""The public functions: apply, derivative, vjp, get, warmup, threads."""

from __future__ import annotations

from typing import Any

from numact import registry
from numact.calls.warming import warmup
from numact.engine.extension import offer
from numact.engine.threads import threads
from numact.function import ARRAY, NUMPY, Function, Shortcuts

__all__ = ["apply", "derivative", "get", "threads", "vjp", "warmup"]

# By name as users type it. Both are forgotten when a name comes to mean something else.
_functions: dict[str, Function] = {}
_shortcuts: dict[str, Shortcuts] = {}


def _forget() -> None:
    _functions.clear()
    _shortcuts.clear()


registry.watch(_forget)


def get(name: str, /, **parameters: Any) -> Function:
    """
    Look up an activation.

    Parameters
    ----------
    name : str
        Its name, an alias, PyTorch's class name or ``distribution:name``.
    **parameters
        Values to bind; calls may still pass others.

    Returns
    -------
    Function
        Callable on arrays.

    Raises
    ------
    UnknownActivationError
        If there is no such activation; the sentence suggests the nearest name.
    ParameterError
        If a parameter is unknown or out of bounds.

    Examples
    --------
    >>> import numact
    >>> numact.get("elu", alpha=0.5)([-1.0, 1.0])
    array([-0.31606028,  1.        ])
    """
    if parameters:
        return Function(registry.get_spec(name), parameters)
    spec = registry.get_spec(name)
    function = _functions.get(name)
    if function is None:
        function = Function(spec, {})
        _functions[name] = function
        _shortcuts[name] = function.shortcuts
    return function


def apply(name: str, x: Any, /, *positional: Any, out: Any = None, **keywords: Any) -> Any:
    """
    Apply an activation.

    Parameters
    ----------
    name : str
        Its name, as `get` takes it.
    x : array_like
        The input.
    *positional
        Refused: parameters are passed by keyword.
    out : numpy.ndarray, optional
        Where the result goes: of its shape and dtype; may be x itself.
    **keywords
        Parameters, and ``where=`` or what else its kind takes.

    Returns
    -------
    numpy.ndarray or scalar
        The value, in x's shape and dtype (float64 for integers).

    Raises
    ------
    NumactError
        One of its kinds; nothing has been written then.

    Examples
    --------
    >>> import numact
    >>> numact.apply("relu", [-1.0, 2.0])
    array([0., 2.])
    """
    # As in Function.__call__, whose own call would cost a small array as much again.
    if out is None and not keywords and not positional:
        try:
            ufunc, operands, _, most = _shortcuts[name][x.dtype]
            is_small = x.size <= most
        except (KeyError, AttributeError, TypeError):
            is_small = False
        if is_small and (type(x) is ARRAY or isinstance(x, NUMPY)):
            return ufunc(x, *operands) if operands else ufunc(x)
    return get(name)(x, *positional, out=out, **keywords)


def derivative(name: str, x: Any, /, *, wrt: str = "x", out: Any = None, **keywords: Any) -> Any:
    """
    Differentiate an activation at every element.

    Parameters
    ----------
    name : str
        Its name, as `get` takes it.
    x : array_like
        The input.
    wrt : str
        "x", or the name of a numeric parameter.
    out : numpy.ndarray, optional
        Where the result goes.
    **keywords
        As for `apply`.

    Returns
    -------
    numpy.ndarray or scalar
        The derivative, of the shape and dtype of the value.

    Raises
    ------
    NumactError
        One of its kinds; nothing has been written then.

    Examples
    --------
    >>> import numact
    >>> numact.derivative("relu", [-1.0, 2.0])
    array([0., 1.])
    """
    return get(name).derivative(x, wrt, out=out, **keywords)


def vjp(
    name: str,
    x: Any,
    g: Any,
    /,
    *,
    wrt: str | tuple[str, ...] = "x",
    y: Any = None,
    out: Any = None,
    **keywords: Any,
) -> Any:
    """
    Multiply a gradient of the output by the derivative: the backward pass.

    Parameters
    ----------
    name : str
        The activation's name, as `get` takes it.
    x : array_like
        The input; None where `y` is given.
    g : array_like
        The gradient of the output, of its shape and dtype.
    wrt : str or tuple of str
        "x", or names of parameters.
    y : array_like, optional
        Activations along an axis: the output, from which the gradient is computed instead.
    out : numpy.ndarray, or tuple of them where `wrt` is one, optional
        Where the gradients go.
    **keywords
        As for `apply`.

    Returns
    -------
    numpy.ndarray, scalar or tuple of them
        The gradient of x, in its shape and dtype; a parameter's gradient is summed to the parameter's shape.

    Raises
    ------
    NumactError
        One of its kinds; nothing has been written then.

    Examples
    --------
    >>> import numact
    >>> numact.vjp("relu", [-1.0, 2.0], [3.0, 3.0])
    array([0., 3.])
    """
    return get(name).vjp(x, g, wrt, y=y, out=out, **keywords)


offer(apply, "forward")
offer(derivative, "derivative")
offer(vjp, "vjp")
