"""Activations for PyTorch's networks: functions that record gradients, and modules.

``numact.torch.selu(x)`` computes on a tensor and takes part in autograd; ``numact.torch.SELU()`` is the same
as a `torch.nn.Module`. There is one of each for every activation that numact knows, plugins' included:
names in lower case are functions, names that begin with a capital, in PyTorch's spelling, are modules.
"""

from __future__ import annotations

from typing import Any

from numact.errors import MissingExtraError

try:
    import torch  # noqa: F401
except ModuleNotFoundError as _error:
    if _error.name != "torch":
        raise
    raise MissingExtraError("numact.torch needs PyTorch: pip install 'numact[torch]'") from _error

from numact.torch._calls import apply
from numact.torch._modules import Module
from numact.torch._names import find, spellings

__all__ = ["Module", "apply"]


def __getattr__(name: str) -> Any:
    """Find the function or the class of an activation."""
    if name.startswith("_"):
        raise AttributeError(f"module 'numact.torch' has no attribute {name!r}")
    return find(name)


def __dir__() -> list[str]:
    return sorted({*__all__, *spellings()})
