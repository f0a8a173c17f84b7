"""The node that an activation is in autograd's graph: numact's forward pass, and its vjp backward."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from numact.calls.rows import takes_gradient_from_value
from numact.errors import ArrayLibraryError
from numact.function import Function
from numact.interop.torch_tensors import as_array


@dataclass(frozen=True)
class Call:
    """
    A call, but for the tensors that may get gradients.

    Parameters
    ----------
    function : Function
        What is called.
    constants : mapping
        Keywords without gradients.
    names : tuple of str
        What the tensors are: "x", then keywords.
    """

    function: Function
    constants: Mapping[str, Any]
    names: tuple[str, ...]

    def value(self, tensors: tuple[torch.Tensor, ...]) -> torch.Tensor:
        """Compute the activation."""
        x, *others = tensors
        result: torch.Tensor = self.function(x, **self._keywords(others))
        return result

    def gradients(
        self, wrt: tuple[str, ...], g: torch.Tensor, tensors: tuple[torch.Tensor, ...]
    ) -> tuple[torch.Tensor, ...]:
        """Multiply the gradient of the output by the derivatives by some of the tensors."""
        x, *others = tensors
        products: tuple[torch.Tensor, ...] = self.function.vjp(x, g, wrt, **self._keywords(others))
        return products

    def gradient_from_value(self, g: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Do the same from the output, of an activation along an axis."""
        product: torch.Tensor = self.function.vjp(None, g, y=y, **self.constants)
        return product

    def keeps_value(self, y: torch.Tensor) -> bool:
        """Tell whether the backward pass is computed from the output."""
        has_rows = self.function.spec.kind == "axis" and self.names == ("x",)
        return has_rows and takes_gradient_from_value(
            self.function.spec, as_array(self.function.name, y.detach()).dtype
        )

    def _keywords(self, others: list[torch.Tensor]) -> dict[str, Any]:
        return {**self.constants, **dict(zip(self.names[1:], others, strict=True))}


class Activate(torch.autograd.Function):
    """The value of an activation, and its gradients by x, gate and parameters."""

    @staticmethod
    def forward(call: Call, *tensors: torch.Tensor) -> torch.Tensor:
        """Compute the value."""
        return call.value(tensors)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: torch.Tensor) -> None:
        """Keep what the backward pass reads."""
        ctx.call, *tensors = inputs
        ctx.from_value = ctx.call.keeps_value(output)
        ctx.save_for_backward(*((output,) if ctx.from_value else tensors))

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        """Compute the gradients that are wanted."""
        (g,) = gradients
        needed = ctx.needs_input_grad[1:]
        wrt = tuple(name for name, wanted in zip(ctx.call.names, needed, strict=True) if wanted)
        products = iter(Differentiate.apply(ctx.call, wrt, ctx.from_value, g, *ctx.saved_tensors))
        return (None, *(next(products) if wanted else None for wanted in needed))


class Differentiate(torch.autograd.Function):
    """The backward pass as a node of its own, which says that it has no derivative."""

    @staticmethod
    def forward(
        call: Call, wrt: tuple[str, ...], from_value: bool, g: torch.Tensor, *tensors: torch.Tensor
    ) -> tuple[torch.Tensor, ...]:
        """Compute the gradients."""
        if from_value:
            return (call.gradient_from_value(g, tensors[0]),)
        own = dict(zip(call.names, tensors, strict=True))
        products = call.gradients(wrt, g, tensors)
        # A parameter's gradient is summed in the kernel's precision.
        return tuple(each.to(own[name].dtype) for name, each in zip(wrt, products, strict=True))

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """Keep the name for the sentence."""
        ctx.name = inputs[0].function.name

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> None:
        """Refuse."""
        raise ArrayLibraryError(
            f"the gradient of {ctx.name} has no derivative here: leave create_graph=True out, or take "
            "PyTorch's own function for second derivatives"
        )
