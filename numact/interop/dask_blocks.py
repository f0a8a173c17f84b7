"""What runs on Dask's workers: one block with one thread, by an activation that is looked up there."""

from __future__ import annotations

import os
import platform
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np

from numact import _public
from numact.engine.threads import VARIABLE, threads
from numact.errors import PluginError, UnknownActivationError
from numact.registry import THIS_PROCESS


@dataclass(frozen=True)
class Task:
    """
    What is computed of every block: plain data, which any worker can read.

    Parameters
    ----------
    activation : str
        Its name.
    provider : str
        The distribution, with its version, that brings it where the call was made.
    parameters : tuple of (str, object)
        All of them.
    method : str
        The method of the function.
    arrays : tuple of str
        What the blocks are: "x", "g", and keywords.
    wrt : str, optional
        What to differentiate by.
    shape : tuple of int
        The shape of the whole array.
    offset : int or None
        Random activations in training: the index of the array's first element.
    is_sum : bool
        Whether the result is a parameter's gradient, to be summed over blocks.
    """

    activation: str
    provider: str
    parameters: tuple[tuple[str, Any], ...]
    method: str
    arrays: tuple[str, ...]
    wrt: str | None = None
    shape: tuple[int, ...] = ()
    offset: int | None = None
    is_sum: bool = False


def compute(*blocks: Any, task: Task, offset: int | None = None) -> Any:
    """
    Compute a block.

    Parameters
    ----------
    *blocks : numpy.ndarray
        The blocks of the task's arrays.
    task : Task
        What to do.
    offset : int, optional
        Random activations in training: the index of the block's first element.

    Returns
    -------
    numpy.ndarray
        The block of the result.

    Raises
    ------
    PluginError
        If there is no such activation here.
    """
    named = dict(zip(task.arrays, blocks, strict=True))
    positional = [named.pop(name) for name in ("x", "g") if name in named]
    if "y" in named:
        positional.insert(0, None)
    if task.wrt is not None:
        named["wrt"] = task.wrt
    if offset is not None:
        named["offset"] = offset
    function = _function(task)
    with _limit():
        result = getattr(function, task.method)(*positional, **named)
    if task.is_sum:
        result = np.asarray(result)
        return result.reshape((1,) * len(task.shape) + result.shape)
    return np.asarray(result)


def compute_random(*blocks: Any, task: Task, block_info: Any = None) -> Any:
    """
    Compute a block of a random activation in training: its numbers are those of its place in the array.

    Parameters
    ----------
    *blocks : numpy.ndarray
        The blocks of the task's arrays, cut along the first axis alone.
    task : Task
        What to do.
    block_info : dict
        Dask's account of where the block lies.

    Returns
    -------
    numpy.ndarray
        The block of the result.
    """
    first = block_info[0]["array-location"][0][0] if task.shape else 0
    row = int(np.prod(task.shape[1:], dtype=np.int64))
    return compute(*blocks, task=task, offset=(task.offset or 0) + first * row)


def _function(task: Task) -> Any:
    """Look the activation up in this process."""
    try:
        return _public.found_above("numact.api", "get")(task.activation, **dict(task.parameters))
    except UnknownActivationError as error:
        distribution = task.provider.partition(" ")[0]
        remedy = (
            "it was registered in the client's process alone: call numact.register on the workers too"
            if task.provider == str(THIS_PROCESS)
            else f"it comes from {task.provider}: install it there with pip install {distribution}"
        )
        place = f"the Dask worker in process {os.getpid()} on {platform.node()}"
        raise PluginError(f"{task.activation} is not known to {place}; {remedy}") from error


def _limit() -> AbstractContextManager[Any]:
    """Return a context with one thread, as Dask computes a block on every processor, or with what is set."""
    return nullcontext() if os.environ.get(VARIABLE, "").strip() else threads(1)
