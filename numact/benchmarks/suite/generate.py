"""One class for each activation."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from numact import registry
from numact.examples import example_parameters

ROW = 1000


class OfActivation:
    """A benchmark of one activation.

    asv takes classes without a leading underscore; this one has no benchmarks of its own.
    """

    activation: str

    def choose(self, dtype: str, size: int) -> None:
        """Choose the input: in one dimension, or rows for activations of rows and halves."""
        spec = registry.get_spec(self.activation)
        self.parameters = example_parameters(spec)
        by_rows = spec.kind in ("axis", "gated")
        shape = (max(1, size // ROW), max(2, min(size, ROW))) if by_rows else (size,)
        generator = np.random.default_rng(0)
        self.x: NDArray[Any] = (2 * generator.standard_normal(shape, dtype=np.float32)).astype(dtype)


def classes(base: type[OfActivation], module: str) -> dict[str, type[OfActivation]]:
    """Make a class of benchmarks for each registered activation, plugins' too.

    Parameters
    ----------
    base : type
        What to time of it.
    module : str
        Name of the module that will hold them.

    Returns
    -------
    dict
        By the activation's name, which is the class's name as well: no two can fall together.
    """
    return {
        entry.name: type(entry.name, (base,), {"activation": entry.name, "__module__": module})
        for entry in registry.entries()
    }
