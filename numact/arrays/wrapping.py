"""What the caller gets back: an ndarray, a scalar, or an array of the class that was passed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def wrap(result: NDArray[Any], originals: tuple[Any, ...], ufunc: np.ufunc | None = None) -> Any:
    """
    Return a fresh result as NumPy's ufuncs do.

    Parameters
    ----------
    result : numpy.ndarray
        The values.
    originals : tuple
        The arguments as the caller passed them, in the order of the ufunc's inputs.
    ufunc : numpy.ufunc, optional
        The ufunc that the computation amounts to: the context from which subclasses such as
        masked arrays take what else they carry.

    Returns
    -------
    numpy.ndarray or scalar
        A scalar for 0-d results, an instance of the subclass of the highest
        ``__array_priority__`` among the arguments, or `result` itself.
    """
    subclassed = [each for each in originals if isinstance(each, np.ndarray) and type(each) is not np.ndarray]
    if not subclassed:
        return result[()] if result.ndim == 0 else result
    # max keeps the first of equals, as ufuncs do.
    chief = max(subclassed, key=lambda each: each.__array_priority__)
    context = None if ufunc is None else (ufunc, (*originals, result), 0)
    return chief.__array_wrap__(result, context, result.ndim == 0)
