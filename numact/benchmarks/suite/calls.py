"""What a call costs beside its work: arrays of one element, Python numbers, and NumPy's tanh to compare."""

from __future__ import annotations

import numpy as np

import numact


class Calls:
    """Calls on one element."""

    def setup(self) -> None:
        """Compile."""
        self.x = np.ones(1, np.float32)
        self.bound = numact.get("selu")
        self.bound(self.x)
        self.bound(1.0)

    def time_attribute(self) -> None:
        """numact.selu(x)."""
        numact.selu(self.x)

    def time_apply(self) -> None:
        """numact.apply("selu", x)."""
        numact.apply("selu", self.x)

    def time_bound(self) -> None:
        """Call what numact.get gave."""
        self.bound(self.x)

    def time_python_number(self) -> None:
        """numact.selu(1.0)."""
        numact.selu(1.0)

    def time_numpy_tanh(self) -> None:
        """numpy.tanh(x), to compare with."""
        np.tanh(self.x)
