"""Measure where PyTorch, JAX and Keras differ from numact, for the pages about the activations.

Writes docs/peers.json. Functions are found by name and called with numact's parameters, in float32; a result
differs where it is more than 4 units in the last place away, or is a number where the other is none. The
activations of installed plugins are compared too, but for gated ones.

    KERAS_BACKEND=jax python tools/compare_peers.py
"""

from __future__ import annotations

import inspect
import json
import math
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import jax
import keras
import numpy as np
import torch

import numact
from numact import registry
from numact.examples import example_parameters
from numact.spec import Activation, canonical

PLACE = Path(__file__).parent.parent / "docs" / "peers.json"
MOST_ULP = 4
POINTS = (
    *(-math.inf, -1e30, -1e5, -100.0, -20.0, -8.0, -1e-3, -1e-30, -1e-40, 0.0),
    *(1e-40, 1e-30, 1e-3, 8.0, 20.0, 100.0, 1e5, 1e30, math.inf, math.nan),
)
ROWS = ((0.0, 0.0), (20.0, 0.0), (1000.0, 0.0), (math.inf, 0.0), (-math.inf, -math.inf), (math.nan, 0.0))
# gelu_tanh is a choice of gelu elsewhere, and a flag in JAX and Keras.
SPECIAL: Mapping[tuple[str, str], tuple[str, dict[str, Any]]] = {
    ("gelu", "JAX"): ("gelu", {"approximate": False}),
    ("gelu", "Keras"): ("gelu", {"approximate": False}),
    ("gelu_tanh", "PyTorch"): ("gelu", {"approximate": "tanh"}),
    ("gelu_tanh", "JAX"): ("gelu", {"approximate": True}),
    ("gelu_tanh", "Keras"): ("gelu", {"approximate": True}),
}

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Peer:
    """A library: where its functions are, its own array, and its derivative of a function of arrays."""

    name: str
    distribution: str
    homes: tuple[Any, ...]
    array: Callable[[Array], Any]
    derivative: Callable[[Callable[[Any], Any], Array], Array]

    def find(self, spec: Activation) -> tuple[str, Callable[..., Any], dict[str, Any]] | None:
        """Find the function of an activation: its full name, itself, and options."""
        wanted, options = SPECIAL.get((spec.name, self.name), ("", {}))
        names = {canonical(wanted)} if wanted else {canonical(name) for name in spec.all_names}
        for home in self.homes:
            for name in (name for name in dir(home) if not name.startswith("_")):
                found = getattr(home, name)
                if canonical(name) in names and callable(found) and not inspect.isclass(found):
                    return f"{home.__name__}.{name}", found, options
        return None


def _torch_derivative(function: Callable[[Any], Any], x: Array) -> Array:
    tensor = torch.from_numpy(x.copy()).requires_grad_(True)
    function(tensor).sum().backward()
    return tensor.grad.numpy()


def _jax_derivative(function: Callable[[Any], Any], x: Array) -> Array:
    return np.asarray(jax.vmap(jax.grad(function))(x))


PEERS = (
    Peer("PyTorch", "torch", (torch.nn.functional, torch), torch.from_numpy, _torch_derivative),
    Peer("JAX", "jax", (jax.nn,), jax.numpy.asarray, _jax_derivative),
    Peer("Keras", "keras", (keras.activations,), jax.numpy.asarray, _jax_derivative),
)


def compare(spec: Activation, peer: Peer) -> dict[str, Any] | None:
    """Compare an activation with a library's; None where the library has none."""
    found = peer.find(spec)
    if found is None:
        return None
    name, function, options = found
    accepted = signature_of(function)
    ours = {**{param.name: param.default for param in spec.params}, **example_parameters(spec)}
    # A function written in C tells no signature; its defaults are PyTorch's own, but for the weight of PReLU.
    taken = accepted or {param.name for param in spec.params if param.kind == "channel"}
    given = {key: _converted(peer, spec, key, value) for key, value in ours.items() if key in taken}
    given.update(options)
    # Keras has other names for what must be given: the order is the same.
    required = [key for key, default in accepted.items() if default is inspect.Parameter.empty][1:]
    if not set(required) <= set(given):
        given.update(zip(required, (ours[param.name] for param in spec.numeric_params), strict=True))
    if spec.kind == "axis":
        given["dim" if peer.name == "PyTorch" else "axis"] = -1
        x = np.array(ROWS, np.float32)
        differences = list(
            _different_rows(x, numact.apply(spec.name, x), _as_array(function(peer.array(x), **given)))
        )
    else:
        x = _points(spec, ours)
        params = {param.name: ours[param.name] for param in spec.numeric_params}
        differences = list(different(spec, peer, lambda value: function(value, **given), x, params))
    return {"function": name, "defaults": other_defaults(spec, accepted, options), "differences": differences}


def _converted(peer: Peer, spec: Activation, name: str, value: Any) -> Any:
    is_weight = peer.name == "PyTorch" and spec.param(name).kind == "channel"
    return torch.tensor([value], dtype=torch.float32) if is_weight else value


def signature_of(function: Callable[..., Any]) -> dict[str, Any]:
    """Give the parameters of a function and their defaults; nothing for one written in C."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:
        return {}
    return {each.name: each.default for each in parameters}


def other_defaults(spec: Activation, accepted: Mapping[str, Any], options: Mapping[str, Any]) -> list[str]:
    """Say which defaults are not numact's."""
    ours = {param.name: param.default for param in spec.params if param.kind in ("real", "int", "channel")}
    both = [name for name in ours if isinstance(accepted.get(name), (int, float))]
    differing = [f"{name}={accepted[name]!r}" for name in both if accepted[name] != ours[name]]
    # What was set above to get the same function, and is something else unless it is set.
    set_here = [name for name in options if accepted.get(name, options[name]) != options[name]]
    differing += [f"{name}={accepted[name]!r}" for name in set_here]
    return differing


def _points(spec: Activation, parameters: Mapping[str, Any]) -> Array:
    numeric = {param.name: float(parameters[param.name]) for param in spec.numeric_params}
    kinks = [spec.parsed_bound(kink).value(**numeric) for kink in spec.kinks]
    return np.array([*sorted({*POINTS[:-1], *filter(math.isfinite, kinks)}), math.nan], np.float32)


def _as_array(value: Any) -> Array:
    return value.detach().numpy() if isinstance(value, torch.Tensor) else np.asarray(value)


def different(
    spec: Activation, peer: Peer, function: Callable[[Any], Any], x: Array, params: Mapping[str, Any]
) -> Iterator[dict[str, str]]:
    """Yield the points where a value or a derivative differs."""
    theirs = _as_array(function(peer.array(x)))
    yield from _listed("value", x, numact.apply(spec.name, x, **params), theirs)
    yield from _listed(
        "derivative", x, numact.derivative(spec.name, x, **params), peer.derivative(function, x)
    )


def _listed(of: str, x: Array, ours: Array, theirs: Array) -> Iterator[dict[str, str]]:
    for place, own, other in zip(x, ours, theirs, strict=True):
        if _differs(own, other):
            yield {"of": of, "x": _text(place), "numact": _text(own), "peer": _text(other)}


def _different_rows(x: Array, ours: Array, theirs: Array) -> Iterator[dict[str, str]]:
    for row, own, other in zip(x, ours, theirs, strict=True):
        if any(_differs(*pair) for pair in zip(own, other, strict=True)):
            texts = (", ".join(map(_text, values)) for values in (row, own, other))
            yield dict(
                zip(("of", "x", "numact", "peer"), ("value", *(f"[{each}]" for each in texts)), strict=True)
            )


def _differs(own: Any, other: Any) -> bool:
    if np.isnan(own) or np.isnan(other) or np.isinf(own) or np.isinf(other):
        return not (own == other or (np.isnan(own) and np.isnan(other)))
    return bool(abs(float(own) - float(other)) > MOST_ULP * float(np.spacing(np.abs(own))))


def _text(value: Any) -> str:
    return f"{float(value):.7g}"


def main() -> None:
    """Write what was measured."""
    compared: dict[str, dict[str, Any]] = {}
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for spec in (entry.activation for entry in registry.entries() if entry.activation.kind != "gated"):
            found = {peer.name: compare(spec, peer) for peer in PEERS}
            compared[spec.name] = {name: result for name, result in found.items() if result is not None}
    versions = {peer.name: metadata.version(peer.distribution).partition("+")[0] for peer in PEERS}
    written = {"versions": versions, "most_ulp": MOST_ULP, "activations": compared}
    PLACE.write_text(json.dumps(written, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
