"""numact's activations inside PyTorch: functions that record gradients, and modules.

``numact.torch.selu(x)`` is `numact.selu` on a tensor, with the derivative that numact computes, and
``numact.torch.SELU()`` the same as a module. Both are there for every registered activation, a plugin's too.
Tensors lie in the memory of the CPU and are read there, not copied.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

from numact import api, registry
from numact.errors import (
    ArrayLibraryError,
    MissingExtraError,
    ParameterError,
    UnknownActivationError,
    did_you_mean,
)
from numact.spec import Activation

try:
    import torch
except ModuleNotFoundError:
    raise MissingExtraError("numact.torch needs PyTorch: pip install 'numact[torch]'") from None

LARGEST_SEED = 2**63 - 1


def apply(name: str, x: torch.Tensor, /, **keywords: Any) -> torch.Tensor:
    """
    Apply an activation to a tensor, recording gradients.

    Parameters
    ----------
    name : str
        Its name, as `numact.get` takes it.
    x : torch.Tensor
        The input, on the CPU.
    **keywords
        As for `numact.apply`. Parameters, and the gate of a gated activation, may be tensors, which get
        gradients too. An activation that draws random numbers in training draws its seed from PyTorch's
        generator, unless one is given.

    Returns
    -------
    torch.Tensor
        The value. Its gradient cannot be differentiated again.

    Raises
    ------
    ArrayLibraryError
        If a tensor lies elsewhere than in the CPU's memory, and where the gradient is to be differentiated.
    """
    spec = registry.get_spec(name)
    if spec.kind == "random" and keywords.get("training") and keywords.get("seed") is None:
        keywords["seed"] = int(torch.randint(LARGEST_SEED, ()))
    tensors = {key: value for key, value in keywords.items() if isinstance(value, torch.Tensor)}
    options = {key: value for key, value in keywords.items() if key not in tensors}
    result: torch.Tensor = _Recorded.apply(api.get(name), tuple(tensors), options, x, *tensors.values())
    return result


class _Recorded(torch.autograd.Function):
    """The call and its backward pass; `names` are those of the keywords that are tensors."""

    @staticmethod
    def forward(
        ctx: Any, function: Any, names: tuple[str, ...], options: Mapping[str, Any], x: Any, *tensors: Any
    ) -> Any:
        """Compute the value."""
        ctx.function, ctx.names, ctx.options = function, names, options
        ctx.save_for_backward(x, *tensors)
        return function(x, **options, **dict(zip(names, tensors, strict=True)))

    @staticmethod
    def backward(ctx: Any, g: Any) -> tuple[Any, ...]:
        """Compute the gradients that are asked for."""
        if torch.is_grad_enabled():
            raise ArrayLibraryError(
                f"the gradient of {ctx.function.name} is not recorded in its turn: leave create_graph out, "
                "or take PyTorch's own function for second derivatives"
            )
        x, *tensors = ctx.saved_tensors
        inputs = dict(zip(("x", *ctx.names), (x, *tensors), strict=True))
        needed = zip(inputs, ctx.needs_input_grad[3:], strict=True)
        asked = tuple(name for name, is_needed in needed if is_needed)
        keywords = {name: inputs[name] for name in ctx.names}
        found = ctx.function.vjp(x, g, wrt=asked, **ctx.options, **keywords)
        gradients = {
            name: torch.as_tensor(gradient).to(inputs[name].dtype).reshape(inputs[name].shape)
            for name, gradient in zip(asked, found, strict=True)
        }
        return None, None, None, *(gradients.get(name) for name in inputs)


class Module(torch.nn.Module):
    """
    An activation as a module.

    Parameters
    ----------
    name : str
        Its name, as `numact.get` takes it.
    learnable : sequence of str, optional
        Parameters to learn; by default those that are one for each channel, such as PReLU's weight.
    **parameters
        As for `numact.apply`.

    Raises
    ------
    ParameterError
        If a parameter to learn is none of the activation's numeric ones, or has no value.
    """

    def __init__(self, name: str, *, learnable: tuple[str, ...] | None = None, **parameters: Any) -> None:
        super().__init__()
        self._name = name
        spec = registry.get_spec(name)
        numeric = {param.name: param for param in spec.numeric_params}
        by_channel = tuple(key for key, param in numeric.items() if param.kind == "channel")
        self._learnable = by_channel if learnable is None else tuple(learnable)
        for key in self._learnable:
            self.register_parameter(key, _parameter(spec, key, parameters))
        self._options = {key: value for key, value in parameters.items() if key not in self._learnable}
        api.get(name, **self._options)  # finds what is wrong with them

    def forward(self, x: torch.Tensor, **keywords: Any) -> torch.Tensor:
        """
        Apply the activation.

        Parameters
        ----------
        x : torch.Tensor
            The input.
        **keywords
            What changes from call to call, such as the gate of a gated activation.

        Returns
        -------
        torch.Tensor
            The value.
        """
        options = dict(self._options)
        if registry.get_spec(self._name).kind == "random":
            options.setdefault("training", self.training)
        learned = {key: getattr(self, key) for key in self._learnable}
        return apply(self._name, x, **options, **learned, **keywords)

    def extra_repr(self) -> str:
        """Show the name and the parameters that are not learned."""
        return ", ".join([repr(self._name), *(f"{key}={value!r}" for key, value in self._options.items())])


def _parameter(spec: Activation, key: str, given: Mapping[str, Any]) -> torch.nn.Parameter:
    known = {param.name: param for param in spec.numeric_params}
    if key not in known:
        hint = did_you_mean(key, known)
        raise ParameterError(f"{spec.name} has no numeric parameter {key!r} to learn{hint}")
    value = given.get(key, known[key].default)
    if not isinstance(value, (int, float, torch.Tensor)):
        raise ParameterError(f"{key!r} of {spec.name} needs a value to begin with, a number or a tensor")
    return torch.nn.Parameter(torch.as_tensor(value, dtype=torch.get_default_dtype()).clone())


@cache
def _module_class(name: str) -> type[Module]:
    """Make the class of one activation's modules, which the name finds again, as pickles need it."""

    def __init__(self: Module, **parameters: Any) -> None:
        Module.__init__(self, name, **parameters)

    names = {"__init__": __init__, "__module__": __name__, "__doc__": f"{registry.get_spec(name).summary}"}
    return type(name, (Module,), names)


def __getattr__(name: str) -> type[Module] | Callable[..., torch.Tensor]:
    """Give a function by an activation's name, and a module by its name in PyTorch's spelling of classes."""
    if name.startswith("_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        registry.get_spec(name)
    except UnknownActivationError as error:
        raise AttributeError(str(error), name=name) from None
    return _module_class(name) if name[0].isupper() else partial(apply, name)
