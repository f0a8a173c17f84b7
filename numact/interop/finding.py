"""Which library an array is of, told by the names of its classes: no library is imported for that."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from numact.calls.bound import Bindings
from numact.errors import ArrayLibraryError
from numact.interop.request import Request

# By the first part of the class's module, and the class's name: the file here that answers.
_FILES = {
    ("dask", "Array"): "dask_arrays",
    ("jax", "Tracer"): "jax_arrays",
    ("jaxlib", "ArrayImpl"): "jax_arrays",
    ("numpy", "MaskedArray"): "masked_arrays",
    ("pandas", "DataFrame"): "pandas_objects",
    ("pandas", "Series"): "pandas_objects",
    ("torch", "Tensor"): "torch_tensors",
    ("xarray", "DataArray"): "xarray_objects",
    ("xarray", "Dataset"): "xarray_objects",
}

# What to do about arrays that are not taken, by the first part of the class's module.
_REMEDIES = {
    "cudf": "it lives on a GPU: pass x.to_pandas()",
    "cupy": "it lives on a GPU: pass cupy.asnumpy(x)",
    "mlx": "pass numpy.array(x)",
    "polars": "pass x.to_numpy()",
    "pyarrow": "pass x.to_numpy()",
    "scipy": "sparse arrays are not taken: pass x.toarray(), or x.data where the activation maps 0 to 0",
    "sparse": "sparse arrays are not taken: pass x.todense(), or x.data where the activation maps 0 to 0",
    "tensorflow": "pass x.numpy()",
}
_OF_DASK = "dask's data frames are not taken: pass x.to_dask_array(), or use x.map_partitions"


def answer(
    function: Any,
    bindings: Bindings,
    method: str,
    arrays: tuple[Any, ...],
    keywords: Mapping[str, Any],
    wrt: Any = None,
    y: Any = None,
    out: Any = None,
) -> Any:
    """
    Make a call if one of its arrays is of another library.

    Parameters
    ----------
    function : Function
        What was called.
    bindings : Bindings
        Its activation and parameters.
    method : str
        The method's name.
    arrays : tuple
        x, and the gradient of the output where the method takes it.
    keywords : mapping
        Parameters and options of the call.
    wrt, y, out : object, optional
        As the method takes them.

    Returns
    -------
    object
        The result, made of that library's arrays; NotImplemented where there is no such array.

    Raises
    ------
    ArrayLibraryError
        If the array is of a kind that is not taken; the sentence says what to pass instead.
    """
    for each in (*arrays, y):
        kind: Any = type(each)
        found = _file_or_remedy(kind)
        if found is None:
            continue
        file, remedy = found
        if not file:
            name = bindings.base.binding.spec.name
            raise ArrayLibraryError(f"{name} does not take {kind.__module__}.{kind.__qualname__}: {remedy}")
        library = importlib.import_module(f"numact.interop.{file}")
        return library.call(Request(function, bindings, method, arrays, keywords, wrt, y, out))
    return NotImplemented


@lru_cache(maxsize=256)
def _file_or_remedy(kind: Any) -> tuple[str, str] | None:
    """Return the file that answers for a class, or what to do instead; None for what NumPy reads."""
    for base in kind.__mro__:
        root = base.__module__.partition(".")[0]
        file = _FILES.get((root, base.__name__))
        if file is not None:
            return file, ""
        if root in _REMEDIES:
            return "", _REMEDIES[root]
        if root in ("dask", "dask_expr") and base.__name__ in ("DataFrame", "Series"):
            return "", _OF_DASK
    return None
