"""Masks of activations along an axis: what takes no part in a row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numact.calls.kernels import row_loop
from numact.errors import ParameterError
from numact.spec import Activation


@dataclass(frozen=True, slots=True)
class MaskRule:
    """
    How an activation leaves elements out.

    Parameters
    ----------
    fill : float
        The input that contributes nothing to its row.
    value : float
        The output in its place.
    """

    fill: float
    value: float


def find_mask_rule(spec: Activation, dtype: np.dtype[Any], parameters: tuple[NDArray[Any], ...]) -> MaskRule:
    """
    Find out what stands for an absent element, by trying both infinities beside a 0.

    An infinity that leaves the other element as if it were alone contributes nothing, and what the
    activation answers in its place is the value of absence: 0 for softmax, -inf for its logarithm.
    Every activation along an axis has a mask by this rule, or is found not to support one.

    Parameters
    ----------
    spec : Activation
        The activation.
    dtype : numpy.dtype
        The dtype of the input.
    parameters : tuple of numpy.ndarray
        The numeric parameters.

    Returns
    -------
    MaskRule
        What to put in, and what comes out.

    Raises
    ------
    ParameterError
        If neither infinity leaves the rest of the row alone.
    """
    from numact.engine import launch

    loop = row_loop(spec, "forward", dtype)

    def answer(*row: float) -> NDArray[Any]:
        inputs = np.array(row, dtype)
        output = np.empty_like(inputs)
        launch.launch_rows(loop, [inputs], parameters, [output])
        return output

    (alone,) = answer(0.0)
    for fill in (-np.inf, np.inf):
        absent, present = answer(fill, 0.0)
        if present == alone and not np.isnan(absent):
            return MaskRule(fill, float(absent))
    raise ParameterError(f"{spec.name} has no masked form: 'where' is not supported")
