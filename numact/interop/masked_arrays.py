"""NumPy's masked arrays along an axis: what is masked takes no part in its row.

Elementwise calls come back masked by NumPy's own protocol.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from numact.interop.request import Request


def call(request: Request) -> Any:
    """
    Compute rows of the unmasked elements.

    Parameters
    ----------
    request : Request
        The call.

    Returns
    -------
    object
        Masked arrays with the mask of the argument; NotImplemented for other kinds of activation.
    """
    if request.bindings.base.kind != "axis":
        return NotImplemented
    masks = [np.ma.getmaskarray(each) for each in (*request.arrays, request.y) if _is_masked(each)]
    mask = masks[0]
    for other in masks[1:]:
        mask = mask | other
    where = request.keywords.get("where")
    keywords = {**request.keywords, "where": ~mask if where is None else ~mask & np.asarray(where)}
    bare = replace(request, keywords=keywords).converted(_bare)
    result = bare.run()
    return request.wrapped(result, lambda array, name: np.ma.array(array, mask=mask.copy()))


def _is_masked(value: Any) -> bool:
    return isinstance(value, np.ma.MaskedArray)


def _bare(value: Any) -> Any:
    """Return the values beneath a mask."""
    return np.ma.getdata(value) if _is_masked(value) else value
