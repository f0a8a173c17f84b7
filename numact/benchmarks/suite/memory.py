"""Peak memory of every activation on a large array, the arrays themselves included."""

from __future__ import annotations

import numact

from .generate import OfActivation, classes


class _Memory(OfActivation):
    params = (["float32", "float64"], [10_000_000])
    param_names = ("dtype", "size")

    def setup(self, dtype: str, size: int) -> None:
        """Compile on a small array: memory of the compiler is no memory of the kernel."""
        self.choose(dtype, 2000)
        self.function = numact.get(self.activation, **self.parameters)
        self.function.vjp(self.x, self.function(self.x))
        self.choose(dtype, size)

    def peakmem_forward(self, dtype: str, size: int) -> None:
        """Compute the value."""
        self.function(self.x)

    def peakmem_vjp(self, dtype: str, size: int) -> None:
        """Compute the value, and from it as a gradient the product."""
        self.function.vjp(self.x, self.function(self.x))


globals().update(classes(_Memory, __name__))
