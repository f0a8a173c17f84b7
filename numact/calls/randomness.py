"""Where the uniform numbers of a random activation come from."""

from __future__ import annotations

import operator
import secrets
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numact.arrays import parameter_dtype
from numact.calls.binding import Binding
from numact.calls.options import Options
from numact.errors import ParameterError
from numact.spec import Activation

_SEED_BITS = 64
_MEAN_OF_UNIFORM = 0.5


@dataclass(frozen=True, slots=True)
class Draw:
    """
    How a kernel gets its uniform numbers.

    Parameters
    ----------
    suffix : str
        What is appended to a kernel's role.
    leading : tuple of numpy.ndarray
        Operands before the numeric parameters: the mean of the uniform number, outside training.
    seed : int or None
        Key of the generator, in training.
    offset : int
        Counter of the first element, in training.
    """

    suffix: str = ""
    leading: tuple[NDArray[Any], ...] = ()
    seed: int | None = None
    offset: int = 0


_MEANS = {np.dtype(each): np.array(_MEAN_OF_UNIFORM, each) for each in (np.float32, np.float64)}


def is_training(binding: Binding) -> bool:
    """
    Tell whether a random activation is to draw.

    Parameters
    ----------
    binding : Binding
        The activation and its parameters.

    Returns
    -------
    bool
        True where the activation is random and its switch, the parameter of kind "bool", is on.
    """
    return binding.spec.kind == "random" and any(
        binding.values[param.name] for param in binding.spec.params if param.kind == "bool"
    )


def leading_operands(spec: Activation, dtype: np.dtype[Any]) -> tuple[NDArray[Any], ...]:
    """
    Return what stands before the numeric parameters where nothing is drawn.

    Parameters
    ----------
    spec : Activation
        The activation.
    dtype : numpy.dtype
        The dtype of the input.

    Returns
    -------
    tuple of numpy.ndarray
        The mean of the uniform number for random activations, nothing for others.
    """
    return (_MEANS[parameter_dtype(dtype)],) if spec.kind == "random" else ()


def draw_for(binding: Binding, dtype: np.dtype[Any], options: Options, backward: bool) -> Draw:
    """
    Return where the kernel's uniform numbers come from.

    Parameters
    ----------
    binding : Binding
        The activation and its parameters.
    dtype : numpy.dtype
        The dtype of the input.
    options : Options
        The call's options.
    backward : bool
        Whether the numbers must be those of an earlier call, so that a seed is needed.

    Returns
    -------
    Draw
        Nothing for activations that are not random; the mean in evaluation.

    Raises
    ------
    ParameterError
        If a backward pass in training has no seed, or the offset is no index.
    """
    if not is_training(binding):
        return Draw(leading=leading_operands(binding.spec, dtype))
    seed = _seed(binding)
    if seed is None:
        if backward:
            raise ParameterError(
                f"{binding.spec.name} in training needs the seed of the forward pass here: pass seed=..."
            )
        seed = secrets.randbits(_SEED_BITS)
    return Draw("_random", (), _signed(seed), _offset(binding.spec, options.offset))


def _seed(binding: Binding) -> int | None:
    """Return the seed among the parameters, or None for fresh entropy."""
    for param in binding.spec.params:
        if param.kind == "seed":
            value = binding.values[param.name]
            return None if value is None else int(value)
    return None


def _signed(seed: int) -> int:
    """Return the integer of the same 64 bits that kernels take."""
    return seed - (1 << _SEED_BITS) if seed >> (_SEED_BITS - 1) else seed


def _offset(spec: Activation, offset: Any) -> int:
    """Return the offset as an index."""
    try:
        index = operator.index(offset)
    except TypeError:
        index = -1
    if index < 0:
        raise ParameterError(f"'offset' of {spec.name} must be an integer of at least 0, got {offset!r}")
    return index
