"""`Function`: an activation with bound parameters, callable on arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from inspect import Signature
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numact import _public, interop, registry
from numact.arrays import empty_like
from numact.calls import elementwise, gated, gradients, rows
from numact.calls.arguments import outputs_for, positional_sentence, wrt_names
from numact.calls.bound import Bindings
from numact.calls.plain import Kernel
from numact.docstring import make_docstring, make_signature
from numact.errors import ParameterError, UnknownParameterError
from numact.spec import Activation, Kind

ARRAY = np.ndarray
NUMPY = (np.ndarray, np.generic)
"""What the ufunc takes and gives back; arrays of other libraries are led to `numact.interop`."""

Shortcuts = dict[np.dtype[Any], tuple[np.ufunc, tuple[NDArray[Any], ...], Kernel, int]]
"""By the dtype of x: the ufunc of the forward kernel, the operands that follow x, the whole kernel, and up to
how many elements the ufunc serves."""

_FORWARD: Mapping[Kind, Callable[..., Any]] = MappingProxyType(
    {
        "elementwise": elementwise.forward,
        "random": elementwise.forward,
        "axis": rows.forward,
        "gated": gated.forward,
    }
)
_DERIVATIVE: Mapping[Kind, Callable[..., Any]] = MappingProxyType(
    {"elementwise": elementwise.derivative, "random": elementwise.derivative, "gated": gated.derivative}
)
_VJP: Mapping[Kind, Callable[..., Any]] = MappingProxyType(
    {"elementwise": gradients.vjp, "random": gradients.vjp, "axis": rows.vjp, "gated": gated.vjp}
)
_VALUE_AND_VJP: Mapping[Kind, Callable[..., Any]] = MappingProxyType(
    {
        "elementwise": gradients.value_and_vjp,
        "random": gradients.value_and_vjp,
        "axis": rows.value_and_vjp,
        "gated": gated.value_and_vjp,
    }
)


class Function:
    """
    An activation with bound parameters: what `numact.get` returns.

    Parameters
    ----------
    asked : Activation
        The activation.
    parameters : dict
        Values by name. Arrays are copied: later changes to them have no effect.

    Attributes
    ----------
    spec : Activation
        What is computed.
    """

    def __init__(self, asked: Activation, parameters: Mapping[str, Any]) -> None:
        self._asked = asked
        self._given = dict(parameters)
        self._bindings = Bindings(asked, self._given)
        self.shortcuts: Shortcuts = {}
        self.__doc__ = make_docstring(self.spec)

    @property
    def spec(self) -> Activation:
        """The activation that is computed."""
        return self._bindings.base.binding.spec

    @property
    def name(self) -> str:
        """Name of the activation."""
        return self.spec.name

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The parameters' values by name, defaults included; a required one may be missing."""
        return MappingProxyType(dict(self._bindings.base.binding.values))

    @property
    def __signature__(self) -> Signature:
        return make_signature(self.spec, dict(self._bindings.base.binding.values))

    @property
    def vectorized(self) -> Any:
        """The activation as a function made by `numba.vectorize`, for use in compiled code."""
        from numact.engine.vectorized import vectorized

        return vectorized(self.spec, self)

    @property
    def _numba_type_(self) -> Any:
        """What Numba asks of a value that it finds in a user's compiled function."""
        from numact.engine.jitcalls import type_of

        return type_of(registry.name_of(self._asked), self._given)

    def __repr__(self) -> str:
        given = "".join(f", {name}={value!r}" for name, value in self._given.items())
        return f"numact.get({self._asked.name!r}{given})"

    def _repr_html_(self) -> str:
        return str(_public.found_above("numact.card", "card")(self.spec, self._bound))

    def plot(self, **options: Any) -> Any:
        """Draw value and derivative, as `Activation.plot` does, with the bound parameters."""
        return self.spec.plot(**{**self._bound, **options})

    @property
    def _bound(self) -> dict[str, Any]:
        # A choice may have been made by computing another activation, which has no such parameter.
        return {name: value for name, value in self._given.items() if name in self.spec.parameter_names}

    def __reduce__(self) -> tuple[Callable[..., Function], tuple[str, dict[str, Any]]]:
        return _restore, (registry.name_of(self._asked), self._given)

    def __call__(self, x: Any, /, *positional: Any, out: Any = None, **keywords: Any) -> Any:
        """
        Apply the activation.

        Parameters
        ----------
        x : array_like
            The input.
        *positional
            Refused: parameters are passed by keyword.
        out : numpy.ndarray, optional
            Where the result goes.
        **keywords
            Parameters, and ``where=`` or what else its kind takes.

        Returns
        -------
        numpy.ndarray or scalar
            The value, in x's shape and dtype (float64 for integers).
        """
        # The common call on a small array costs a look-up and the ufunc's own call. Subclasses are the
        # ufunc's business as well.
        if not keywords and not positional:
            try:
                ufunc, operands, kernel, most = self.shortcuts[x.dtype]
                is_small = x.size <= most
            except (KeyError, AttributeError, TypeError):
                return self._call(x, positional, out, keywords)
            if out is None:
                if is_small and (type(x) is ARRAY or isinstance(x, NUMPY)):
                    return ufunc(x, *operands) if operands else ufunc(x)
                if type(x) is ARRAY and x.size and x.ndim:
                    if x.size <= kernel.most_in_rows and x.flags.c_contiguous:
                        return ufunc(x, *operands)
                    result = empty_like(x)
                    kernel.launch(kernel.loop, (x,), operands, (result,))
                    return result
            elif type(out) is ARRAY is type(x) and x.dtype is out.dtype and x.shape == out.shape and x.ndim:
                if is_small:
                    try:
                        return ufunc(x, *operands, out) if operands else ufunc(x, out)
                    except ValueError:  # it is read-only, for which the general way has words of its own
                        pass
                elif x.size and out.flags.writeable:
                    if x.size <= kernel.most_in_rows and x.flags.c_contiguous and out.flags.c_contiguous:
                        return ufunc(x, *operands, out)
                    kernel.launch(kernel.loop, (x,), operands, (out,))
                    return out
        return self._call(x, positional, out, keywords)

    def _call(self, x: Any, positional: tuple[Any, ...], out: Any, keywords: Mapping[str, Any]) -> Any:
        """Apply the activation, whatever the arguments."""
        if positional:
            raise UnknownParameterError(positional_sentence(self.spec, positional))
        if type(x) is not ARRAY:
            foreign = interop.answer(self, self._bindings, "__call__", (x,), keywords, out=out)
            if foreign is not NotImplemented:
                return foreign
        call = self._bindings.call(keywords)
        results = call.plain.run("forward", "x", (x,), (out,)) if call.is_plain else None
        if results is None:
            return _FORWARD[call.kind](call.binding, x, out, call.options)
        if not keywords:
            self._remember(x.dtype)
        return results[0]

    def _remember(self, dtype: np.dtype[Any]) -> None:
        """Note the short cut that plain calls on a dtype may take."""
        kind = self.spec.kind
        if dtype in self.shortcuts or kind == "gated" or (kind == "axis" and not self._runs_along_last):
            return
        found = self._bindings.base.plain.kernel("forward", "x", dtype)
        if found is not None:
            self.shortcuts[dtype] = (found.loop.ufunc, found.operands, found, found.most)

    @property
    def _runs_along_last(self) -> bool:
        """Whether the rows of an activation along an axis are those of memory."""
        return bool(self._bindings.base.binding.values.get("axis", -1) == -1)

    def derivative(self, x: Any, /, wrt: str = "x", *, out: Any = None, **keywords: Any) -> Any:
        """
        Differentiate the activation at every element.

        Parameters
        ----------
        x : array_like
            The input.
        wrt : str
            "x", or the name of a numeric parameter.
        out : numpy.ndarray, optional
            Where the result goes.
        **keywords
            As for the call itself.

        Returns
        -------
        numpy.ndarray or scalar
            The derivative, of the shape and dtype of the value.

        Raises
        ------
        ParameterError
            If the activation maps rows to rows, or has no argument `wrt`.
        """
        if type(x) is not ARRAY:
            foreign = interop.answer(self, self._bindings, "derivative", (x,), keywords, wrt=wrt, out=out)
            if foreign is not NotImplemented:
                return foreign
        call = self._bindings.call(keywords)
        spec = call.binding.spec
        if spec.kind == "axis":
            raise ParameterError(
                f"{spec.name} maps rows to rows, so its derivative is a matrix for each row: "
                f"use numact.vjp({spec.name!r}, x, g)"
            )
        if not isinstance(wrt, str):
            raise ParameterError(f"'wrt' of the derivative of {spec.name} must be one name, got {wrt!r}")
        (name,) = wrt_names(spec, wrt)
        results = call.plain.run("derivative", name, (x,), (out,)) if call.is_plain else None
        if results is not None:
            return results[0]
        return _DERIVATIVE[spec.kind](call.binding, x, name, out, call.options)

    def vjp(
        self,
        x: Any,
        g: Any,
        /,
        wrt: str | tuple[str, ...] = "x",
        *,
        y: Any = None,
        out: Any = None,
        **keywords: Any,
    ) -> Any:
        """
        Multiply a gradient of the output by the derivative: the backward pass.

        Parameters
        ----------
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
            As for the call itself.

        Returns
        -------
        numpy.ndarray, scalar or tuple of them
            The gradient of x, in its shape and dtype. A parameter's gradient is summed to the parameter's
            shape; its dtype is float32, or float64 beside float64.
        """
        if wrt == "x" and y is None and out is None and not keywords:
            product = self._bindings.base.plain.product(x, g)
            if product is not None:
                return product
        if type(x) is not ARRAY or type(g) is not ARRAY:
            foreign = interop.answer(self, self._bindings, "vjp", (x, g), keywords, wrt=wrt, y=y, out=out)
            if foreign is not NotImplemented:
                return foreign
        call = self._bindings.call(keywords)
        spec, options = call.binding.spec, call.options
        names = wrt_names(spec, wrt)
        outs = outputs_for(spec, wrt, out)
        role, source = "vjp", x
        if y is not None:
            if spec.kind != "axis":
                raise ParameterError(f"only activations along an axis take 'y', not {spec.name}: pass x")
            options = replace(options, y=y)
            role, source = "vjp_from_output", y
        is_plain = call.is_plain and names == ("x",)
        products = call.plain.run(role, "x", (source, g), outs) if is_plain else None
        if products is None:
            products = _VJP[spec.kind](call.binding, x, g, names, outs, options)
        return products[0] if isinstance(wrt, str) else products

    def value_and_vjp(
        self, x: Any, g: Any, /, wrt: str | tuple[str, ...] = "x", **keywords: Any
    ) -> tuple[Any, Any]:
        """
        Apply the activation and compute its backward pass together.

        Parameters
        ----------
        x : array_like
            The input.
        g : array_like
            The gradient of the output, of its shape and dtype.
        wrt : str or tuple of str
            "x", or names of parameters.
        **keywords
            As for the call itself.

        Returns
        -------
        value : numpy.ndarray or scalar
            What the call returns, but for the last place of a float32: it shares parts with the derivative.
        gradient : numpy.ndarray, scalar or tuple of them
            What `vjp` returns.
        """
        if type(x) is not ARRAY or type(g) is not ARRAY:
            foreign = interop.answer(self, self._bindings, "value_and_vjp", (x, g), keywords, wrt=wrt)
            if foreign is not NotImplemented:
                value, products = foreign
                return value, products
        call = self._bindings.call(keywords)
        names = wrt_names(call.binding.spec, wrt)
        is_plain = call.is_plain and names == ("x",)
        results = call.plain.value_and_product(x, g) if is_plain else None
        if results is None:
            results = _VALUE_AND_VJP[call.kind](call.binding, x, g, names, call.options)
            value, products = results
        else:
            value, products = results[0], results[1:]
        return value, products[0] if isinstance(wrt, str) else products


def _restore(name: str, parameters: dict[str, Any]) -> Function:
    """Make a pickled Function again, from the activation of that name here."""
    return Function(registry.get_spec(name), parameters)
