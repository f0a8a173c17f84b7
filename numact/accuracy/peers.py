"""The same activations of other libraries, measured against the same exact values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module, metadata
from types import MappingProxyType
from typing import Any

import numpy as np

from numact.accuracy import settings
from numact.accuracy.measure import Question
from numact.accuracy.ulp import Array, format_of
from numact.errors import NumactError, ParameterError
from numact.spec import Activation

PEERS = ("torch", "jax", "numpy")
"""Libraries that can be measured; NumPy computes the textbook formula, with SciPy's error function."""

# Activations that a peer has under another one's name, with an option.
_AS_OPTION: Mapping[str, tuple[str, str, Mapping[str, Any]]] = MappingProxyType(
    {
        "torch gelu_tanh": ("gelu", "approximate", {"approximate": "tanh"}),
        "jax gelu_tanh": ("gelu", "approximate", {"approximate": True}),
        "jax gelu": ("gelu", "approximate", {"approximate": False}),
    }
)


class PeerError(NumactError):
    """A peer that cannot be asked: not installed, or without that activation."""


@dataclass(frozen=True)
class PeerQuestion(Question):
    """What another library computes.

    Parameters
    ----------
    peer : str
        One of `PEERS`.
    """

    peer: str = "torch"

    def computed(self, x: Array) -> Array:
        """Compute with the peer; results of another dtype are rounded."""
        rounded = settings.rounded(self.spec, self.parameters, self.form)
        # A factor of 1 is what a function without that parameter has.
        rounded = {} if self.peer != "numpy" and rounded == {"beta": 1.0} else rounded
        try:
            with np.errstate(all="ignore"):
                found = _COMPUTE[self.peer](self.spec, x, rounded, self.wrt)
                return np.asarray(found).astype(x.dtype, copy=False)
        except TypeError as error:
            raise PeerError(f"{self.peer}'s {self.spec.name} has other parameters: {error}") from None


def version(peer: str) -> str:
    """Give the installed version of a peer.

    Raises
    ------
    PeerError
        ``torch is not installed; pip install torch``.
    """
    try:
        return metadata.version(peer)
    except metadata.PackageNotFoundError:
        raise PeerError(f"{peer} is not installed; pip install {peer}") from None


def _by_torch(spec: Activation, x: Array, numbers: Mapping[str, float], wrt: str | None) -> Array:
    import torch

    bits, form = (np.uint16, torch.bfloat16) if x.dtype.name == "bfloat16" else (None, None)
    tensor = torch.from_numpy(x.copy() if bits is None else x.view(bits).copy())
    tensor = tensor if form is None else tensor.view(form)
    function, options = _function(spec, "torch", torch.nn.functional, torch)
    options = {**options, **{name: value for name, value in numbers.items() if name != "u"}}
    if spec.name == "prelu":
        options["weight"] = torch.tensor([options["weight"]], dtype=tensor.dtype)
    if wrt is None:
        with torch.no_grad():
            result = function(tensor, **options)
    else:
        _check_slope(spec, "torch", wrt)
        tensor.requires_grad_()
        function(tensor, **options).sum().backward()
        result = tensor.grad
    found: Array = (result if form is None else result.view(torch.uint16)).detach().numpy()
    return found if form is None else found.view(x.dtype)


def _by_jax(spec: Activation, x: Array, numbers: Mapping[str, float], wrt: str | None) -> Array:
    import jax

    if x.dtype == np.float64:
        jax.config.update("jax_enable_x64", True)
    function, options = _function(spec, "jax", jax.nn, jax.numpy)
    if not numbers.keys() <= {"alpha", "negative_slope"}:
        raise PeerError(f"jax's {spec.name} has other parameters than numact's")

    if wrt is not None:
        _check_slope(spec, "jax", wrt)
    return np.asarray(_compiled(function, (*options.items(), *numbers.items()), wrt is not None)(x))


@lru_cache
def _compiled(function: Any, options: tuple[tuple[str, Any], ...], derivative: bool) -> Any:
    """Compile a function of jax once, not at every call."""
    import jax

    def call(value: Any) -> Any:
        return function(value, **dict(options))

    def slope(value: Any) -> Any:
        return jax.vjp(call, value)[1](jax.numpy.ones_like(value))[0]

    return jax.jit(slope if derivative else call)


def _by_numpy(spec: Activation, x: Array, numbers: Mapping[str, float], wrt: str | None) -> Array:
    from numact.reference import numpy_function

    if wrt is not None:
        raise PeerError("NumPy has no derivatives; --peer torch or jax has")
    function = numpy_function(spec.parsed_formula())
    found: Array = function(**{"x": x, **{name: x.dtype.type(value) for name, value in numbers.items()}})
    return np.broadcast_to(found, x.shape)


_COMPUTE: Mapping[str, Callable[..., Array]] = {"torch": _by_torch, "jax": _by_jax, "numpy": _by_numpy}


def _function(spec: Activation, peer: str, *homes: Any) -> tuple[Callable[..., Any], dict[str, Any]]:
    name, _, options = _AS_OPTION.get(f"{peer} {spec.name}", (spec.name, "", {}))
    for home in homes:
        for candidate in (name, *spec.aliases):
            if callable(getattr(home, candidate, None)):
                return getattr(home, candidate), dict(options)
    raise PeerError(f"{peer} has no activation named {spec.name!r}")


def _check_slope(spec: Activation, peer: str, wrt: str) -> None:
    if wrt != "x":
        raise PeerError(f"{peer}'s {spec.name} is differentiated by x only, not by {wrt!r}")


def has(peer: str, spec: Activation) -> bool:
    """Tell whether a peer has an activation, with its parameters."""
    numbers = settings.default(spec)
    try:
        PeerQuestion(spec, format_of("float32"), numbers, peer=peer).computed(np.ones(1, np.float32))
    except PeerError:
        return False
    return True


def check(peer: str) -> None:
    """Refuse a peer that is unknown or not installed."""
    if peer not in PEERS:
        raise ParameterError(f"the peer must be one of {', '.join(PEERS)}, got {peer!r}")
    version(peer)
    import_module(peer)
