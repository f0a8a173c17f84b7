"""Every activation forward: one class each, so that a result never lands under another's name."""

from __future__ import annotations

import numpy as np

import numact
from numact.examples import example_parameters

ROW = 100


class _Forward:
    """Times one activation; asv passes over names with an underscore, so only its subclasses run."""

    activation: str
    params = (["float32", "float64", "float16"], [100_000, 10_000_000])
    param_names = ("dtype", "size")

    def setup(self, dtype: str, size: int) -> None:
        spec = numact.get(self.activation).spec
        normal = np.random.default_rng(0).standard_normal(size, dtype=np.float32)
        self.x = normal.reshape((-1, ROW) if spec.kind in ("axis", "gated") else -1).astype(dtype)
        self.arguments = example_parameters(spec)
        # The first call compiles, and tells the shape of `out`; asv must see neither cost.
        self.out = numact.apply(self.activation, self.x, **self.arguments)
        self.time_out(dtype, size)

    def time_fresh(self, dtype: str, size: int) -> None:
        numact.apply(self.activation, self.x, **self.arguments)

    def time_out(self, dtype: str, size: int) -> None:
        numact.apply(self.activation, self.x, out=self.out, **self.arguments)


def _class_name(activation: str) -> str:
    return "".join(part.title() for part in activation.split("_"))


for _name in numact.names():
    globals()[_class_name(_name)] = type(
        _class_name(_name), (_Forward,), {"activation": _name, "__module__": __name__}
    )
