"""A call of an activation on tensors: which of the arguments get gradients, and the seed of random ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from numact import api
from numact.calls.arguments import differentiable_names, wrt_names
from numact.errors import ArrayLibraryError, ParameterError
from numact.spec import Activation
from numact.torch._autograd import Activate, Call

_SEED_LIMIT = 2**63 - 1


def apply(name: str, x: torch.Tensor, /, **keywords: Any) -> torch.Tensor:
    """
    Apply an activation to a tensor, and record it for autograd.

    Parameters
    ----------
    name : str
        The activation, as `numact.get` takes it.
    x : torch.Tensor
        The input, in the memory of the CPU: of any strides, of float16, bfloat16, float32 or float64.
    **keywords
        As for `numact.apply`, but for ``out``. Parameters may be tensors, and get gradients then, and so may
        the gate of a gated activation.

    Returns
    -------
    torch.Tensor
        The value, of the shape and dtype of x.

    Raises
    ------
    NumactError
        One of its kinds: ArrayLibraryError for tensors on other devices.

    Notes
    -----
    A random activation in training takes its seed from PyTorch's generator unless ``seed`` is given, so
    `torch.manual_seed` reproduces it. There are no second derivatives: differentiating a gradient is refused.

    Examples
    --------
    >>> import torch, numact.torch
    >>> x = torch.tensor([-1.0, 2.0], requires_grad=True)
    >>> numact.torch.apply("relu", x).sum().backward()
    >>> x.grad
    tensor([0., 1.])
    """
    if not isinstance(x, torch.Tensor):
        raise ArrayLibraryError(
            f"numact.torch.{name} takes a torch.Tensor, got {type(x).__name__}: use numact.{name}"
        )
    if "out" in keywords:
        raise ParameterError(f"numact.torch.{name} takes no 'out': autograd keeps what has been computed")
    spec = api.get(name).spec
    # A choice may stand for another activation, so it decides what is called.
    choices = {each.name for each in spec.params if each.kind == "choice"} & keywords.keys()
    function = api.get(name, **{each: keywords[each] for each in choices})
    rest = {each: value for each, value in keywords.items() if each not in choices}
    rest.update(draw_seed(spec, rest))
    tensors = {each: value for each, value in rest.items() if _gets_gradients(function.spec, each, value)}
    constants = {each: value for each, value in rest.items() if each not in tensors}
    call = Call(function, constants, ("x", *tensors))
    result: torch.Tensor = Activate.apply(call, x, *tensors.values())
    return result


def draw_seed(spec: Activation, keywords: Mapping[str, Any]) -> dict[str, int]:
    """
    Draw the seed of a call from PyTorch's generator where the call needs one.

    Parameters
    ----------
    spec : Activation
        The activation.
    keywords : mapping
        The call's keywords.

    Returns
    -------
    dict
        The seed by its name; nothing where nothing is drawn, or the caller gave a seed.
    """
    if spec.kind != "random":
        return {}
    values = {each.name: keywords.get(each.name, each.default) for each in spec.params}
    if not any(values[each.name] for each in spec.params if each.kind == "bool"):
        return {}
    seeds = [each.name for each in spec.params if each.kind == "seed" and values[each.name] is None]
    return {each: int(torch.randint(_SEED_LIMIT, ())) for each in seeds}


def _gets_gradients(spec: Activation, name: str, value: Any) -> bool:
    """Tell whether an argument is a tensor that may get gradients; refuse it where there are none."""
    if not isinstance(value, torch.Tensor):
        return False
    if value.requires_grad and torch.is_grad_enabled():
        return name in wrt_names(spec, name)
    return name in differentiable_names(spec)
