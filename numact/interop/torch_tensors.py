"""PyTorch's tensors in the memory of the CPU: read and written where they lie."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from numact.errors import ArrayLibraryError, DTypeError, MissingExtraError
from numact.interop.request import Request

_BFLOAT16 = "bfloat16"


def call(request: Request) -> Any:
    """
    Compute on the memory of tensors.

    Parameters
    ----------
    request : Request
        The call.

    Returns
    -------
    torch.Tensor or tuple of them
        The results, which own their memory.
    """

    def convert(value: Any) -> Any:
        return as_array(request.name, value) if isinstance(value, torch.Tensor) else value

    return request.wrapped(request.converted(convert).run(), lambda array, name: as_tensor(array))


def as_array(name: str, tensor: torch.Tensor) -> np.ndarray[Any, Any]:
    """
    Return a tensor's memory as an array.

    Parameters
    ----------
    name : str
        The activation, for the errors' sentences.
    tensor : torch.Tensor
        Any tensor.

    Returns
    -------
    numpy.ndarray
        A view.

    Raises
    ------
    ArrayLibraryError
        If the tensor lies elsewhere, is sparse, or records gradients.
    """
    if tensor.device.type != "cpu":
        raise ArrayLibraryError(
            f"{name} computes on CPUs, and the tensor is on device {str(tensor.device)!r}: pass x.cpu()"
        )
    if tensor.layout != torch.strided:
        raise ArrayLibraryError(f"{name} does not take tensors of layout {tensor.layout}: pass x.to_dense()")
    if tensor.requires_grad and torch.is_grad_enabled():
        raise ArrayLibraryError(
            f"{name} on a tensor that requires gradients would lose them: use numact.torch, which records "
            "them, or pass x.detach()"
        )
    bare = tensor.detach().resolve_neg()
    if bare.dtype == torch.bfloat16:
        return bare.view(torch.int16).numpy().view(_bfloat16())
    try:
        return bare.numpy()
    except TypeError as error:
        raise DTypeError(f"{name} does not take tensors of dtype {tensor.dtype}: {error}") from None


def as_tensor(array: Any) -> torch.Tensor:
    """
    Return an array's memory as a tensor.

    Parameters
    ----------
    array : numpy.ndarray or scalar
        A result that nobody else holds.

    Returns
    -------
    torch.Tensor
        A view of it.
    """
    array = np.asarray(array)
    if array.dtype.name == _BFLOAT16:
        return torch.from_numpy(array.view(np.int16)).view(torch.bfloat16)
    return torch.from_numpy(array)


def _bfloat16() -> np.dtype[Any]:
    """Return NumPy's dtype for bfloat16."""
    try:
        import ml_dtypes
    except ImportError:
        raise MissingExtraError(
            "tensors of bfloat16 need ml_dtypes: pip install 'numact[bfloat16]'"
        ) from None
    return np.dtype(ml_dtypes.bfloat16)
