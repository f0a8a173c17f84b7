"""An inner loop as a true `numpy.ufunc`.

The only place that calls Numba's private `fromfunc`, which hands the loop's address to NumPy's C interface.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numba.np.ufunc import _internal  # type: ignore[attr-defined]


def make_ufunc(
    name: str,
    address: int,
    dtypes: Sequence[np.dtype[Any]],
    outputs: int,
    keepalive: Any,
    signature: str | None = None,
    settings: np.ndarray[Any, Any] | None = None,
) -> np.ufunc:
    """Make a ufunc of one inner loop.

    Parameters
    ----------
    name : str
        The ufunc's name.
    address : int
        Of a function with the signature of a NumPy inner loop.
    dtypes : sequence of numpy.dtype
        Of the operands, inputs first.
    outputs : int
        How many of the operands are outputs.
    keepalive
        Whatever must live as long as the ufunc.
    signature : str, optional
        Of a generalised ufunc, such as ``"(n)->(n)"``.
    settings : ndarray, optional
        What the loop gets as its last argument.

    Returns
    -------
    numpy.ufunc
    """
    numbers = [dtype.num for dtype in dtypes]
    inputs = len(dtypes) - outputs
    generalised = () if signature is None else (signature, ())
    made: np.ufunc = _internal.fromfunc(
        name,
        None,
        [address],
        [numbers],
        inputs,
        outputs,
        [None if settings is None else settings.ctypes.data],
        [(keepalive, settings)],
        _internal.PyUFunc_None,
        *generalised,
    )
    return made
