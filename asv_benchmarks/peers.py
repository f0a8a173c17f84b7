"""What other libraries call the same activation: found by name, so that a new one is compared by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Call = Callable[[], Any]

# The spellings that differ from numact's.
TORCH_NAMES = {"gelu_tanh": "gelu"}
TORCH_OPTIONS: Mapping[str, dict[str, Any]] = {"gelu_tanh": {"approximate": "tanh"}}
# PyTorch's functions that write to `out`; the others have no such form.
TORCH_OUT = {
    "celu": None,
    "elu": "torch._C._nn.elu",
    "gelu": "torch._C._nn.gelu",
    "gelu_tanh": "torch._C._nn.gelu",
    "hardtanh": "torch._C._nn.hardtanh",
    "leaky_relu": "torch._C._nn.leaky_relu",
    "log_softmax": "torch.log_softmax",
    "logsigmoid": "torch._C._nn.log_sigmoid",
    "sigmoid": "torch.sigmoid",
    "softmax": "torch.softmax",
    "softplus": "torch._C._nn.softplus",
    "softshrink": "torch._C._nn.softshrink",
    "tanh": "torch.tanh",
    "threshold": "torch.threshold",
}


def numpy_calls(name: str, x: Array, out: Array) -> Iterator[tuple[str, str, Call]]:
    """Yield NumPy's and SciPy's own loops for an activation: library, way, call."""
    import scipy.special

    functions = {
        "tanh": np.tanh,
        "sigmoid": scipy.special.expit,
        "logsigmoid": scipy.special.log_expit,
    }
    function = functions.get(name)
    if function is not None:
        library = "numpy" if isinstance(function, np.ufunc) and name == "tanh" else "scipy"
        yield library, "fresh", lambda: function(x)
        yield library, "out", lambda: function(x, out=out)
    if name == "relu":
        yield "numpy", "fresh", lambda: np.maximum(x, np.float32(0))
        yield "numpy", "out", lambda: np.maximum(x, np.float32(0), out=out)
    if name in ("softmax", "log_softmax"):
        rows = getattr(scipy.special, name)
        yield "scipy", "fresh", lambda: rows(x, axis=-1)


def torch_calls(
    name: str, x: Array, out: Array, parameters: Mapping[str, Any]
) -> Iterator[tuple[str, str, Call]]:
    """Yield PyTorch's forward calls for an activation: library, way, call."""
    import torch
    import torch.nn.functional as functional

    tensor, target = torch.from_numpy(x), torch.from_numpy(out)
    options = dict(TORCH_OPTIONS.get(name, {}), **parameters)
    if name.endswith(("softmax", "softmin")):
        options["dim"] = -1
    function = getattr(functional, TORCH_NAMES.get(name, name), None)
    if name in ("tanh", "sigmoid"):
        function = getattr(torch, name)
    if function is None:
        return
    if name == "prelu":
        options["weight"] = torch.tensor([0.25], dtype=tensor.dtype)

    @torch.no_grad()
    def fresh() -> Any:
        return function(tensor, **options)

    yield "torch", "fresh", fresh
    path = TORCH_OUT.get(name)
    if path is None:
        return
    parts = path.split(".")
    writer: Any = torch
    for part in parts[1:]:
        writer = getattr(writer, part)
    positional = [options[key] for key in ("threshold", "value") if key in options]
    keywords = {key: value for key, value in options.items() if key not in ("threshold", "value")}

    @torch.no_grad()
    def into() -> Any:
        return writer(tensor, *positional, out=target, **keywords)

    yield "torch", "out", into
