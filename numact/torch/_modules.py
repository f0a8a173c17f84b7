"""`Module`: an activation as a layer of a network, its parameters fixed or learnt."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch

from numact import api, registry
from numact.calls.arguments import wrt_names
from numact.calls.options import option_names
from numact.errors import ParameterError, did_you_mean
from numact.spec import Activation
from numact.torch._calls import apply


class Module(torch.nn.Module):
    """
    An activation as a layer.

    Parameters
    ----------
    name : str
        The activation, as `numact.get` takes it.
    learnable : tuple of str, optional
        The parameters to learn. Left out, those that have one value per channel, such as PReLU's weight.
    **keywords
        Parameters' values, where learning starts from for those that are learnt; for softmax and its like
        ``dim``, for gated activations ``axis`` or ``dim``, and ``gate_first``.

    Raises
    ------
    NumactError
        If there is no such activation, or a parameter is unknown, out of bounds or missing.

    Notes
    -----
    Learnable parameters are `torch.nn.Parameter` of the default dtype, under the activation's own names.
    Nothing keeps an optimizer from leaving the activation's bounds; the next call says so then. In training,
    random activations draw, from PyTorch's generator, and outside they take the mean.

    Examples
    --------
    >>> import torch, numact.torch
    >>> numact.torch.Module("prelu")(torch.tensor([-1.0, 2.0]).reshape(2, 1)).tolist()
    [[-0.25], [2.0]]
    """

    def __init__(self, name: str, /, *, learnable: Iterable[str] | None = None, **keywords: Any) -> None:
        super().__init__()
        spec = registry.get_spec(name)
        self._activation = registry.name_of(spec)
        options = _options_to_keep(spec, keywords)
        given = {key: value for key, value in keywords.items() if key not in options}
        function = api.get(name, **given)
        learnt = _learnable(function.spec, learnable)
        values = dict(function.parameters)
        _require_complete(function.spec, values)
        self._constants = {**options, **{key: each for key, each in given.items() if key not in learnt}}
        for key in learnt:
            is_channel = function.spec.param(key).kind == "channel"
            start = torch.tensor(np.asarray(values[key]), dtype=torch.get_default_dtype())
            # torch.nn.PReLU has a row of one as well.
            self.register_parameter(key, torch.nn.Parameter(start.reshape(-1) if is_channel else start))
        self._learnt = tuple(learnt)
        # A random activation is switched on by the one flag it has, unless the user has set it.
        flags = [each.name for each in spec.params if each.kind == "bool" and spec.kind == "random"]
        self._switches = tuple(each for each in flags if each not in given)

    def forward(self, x: torch.Tensor, gate: torch.Tensor | None = None) -> torch.Tensor:
        """
        Apply the activation.

        Parameters
        ----------
        x : torch.Tensor
            The input.
        gate : torch.Tensor, optional
            Gated activations: the second input; left out, x is split in halves.
        """
        keywords = {
            **self._constants,
            **dict.fromkeys(self._switches, self.training),
            **{key: getattr(self, key) for key in self._learnt},
        }
        if gate is not None:
            keywords["gate"] = gate
        return apply(self._activation, x, **keywords)

    def extra_repr(self) -> str:
        """Show name and parameters."""
        own = [repr(self._activation)] if type(self) is Module else []
        fixed = [f"{key}={value!r}" for key, value in self._constants.items()]
        learnt = [f"{key}: learnt, shape {tuple(getattr(self, key).shape)}" for key in self._learnt]
        return ", ".join(own + fixed + learnt)


def _options_to_keep(spec: Activation, keywords: dict[str, Any]) -> dict[str, Any]:
    """Return the options of calls that a layer may keep: how a gated activation splits x."""
    if spec.kind != "gated":
        return {}
    kept = {"dim", *option_names(spec)} - {"gate", "where"}
    return {key: value for key, value in keywords.items() if key in kept}


def _learnable(spec: Activation, asked: Iterable[str] | None) -> tuple[str, ...]:
    """Return the names of the parameters to learn."""
    if asked is None:
        return tuple(each.name for each in spec.params if each.kind == "channel")
    names = (asked,) if isinstance(asked, str) else tuple(asked)
    numeric = [each.name for each in spec.numeric_params]
    for name in names:
        if name not in numeric:
            hint = did_you_mean(name, numeric)
            raise ParameterError(f"{spec.name} has no numeric parameter {name!r} to learn{hint}")
    return wrt_names(spec, names) if names else ()


def _require_complete(spec: Activation, values: dict[str, Any]) -> None:
    """Refuse a layer whose every call would miss a parameter."""
    missing = [each.name for each in spec.params if each.name not in values]
    if missing:
        example = ", ".join(f"{name}=..." for name in missing)
        raise ParameterError(f"{spec.name} needs {' and '.join(map(repr, missing))}: pass {example}")
