"""Times of every activation: fresh output, given output, gradient."""

from __future__ import annotations

from itertools import product

import numact

from .generate import OfActivation, classes

DTYPES = ["float32", "float64", "float16"]
SIZES = [1, 1000, 100_000, 10_000_000]
THREADS = ["1", "all"]
# Small arrays are worked on by one thread in any case.
SHARED_FROM = 100_000


class _Times(OfActivation):
    """asv passes over names with a leading underscore; the classes made from this one run."""

    params = (DTYPES, SIZES, THREADS)
    param_names = ("dtype", "size", "threads")
    skip_params = tuple(
        combination
        for combination in product(DTYPES, SIZES, THREADS)
        if combination[2] == "all" and combination[1] < SHARED_FROM
    )
    rounds = 1
    repeat = (3, 20, 0.3)
    warmup_time = 0.02
    timeout = 120

    def setup(self, dtype: str, size: int, threads: str) -> None:
        """Compile every kernel on the very arrays: asv would take that for the length of a call."""
        self.choose(dtype, size)
        if threads != "all":
            numact.threads(int(threads))
        self.function = numact.get(self.activation, **self.parameters)
        self.out = self.function(self.x)
        self.g = self.function(self.x)
        self.time_out(dtype, size, threads)
        self.time_vjp(dtype, size, threads)

    def time_forward(self, dtype: str, size: int, threads: str) -> None:
        """Compute the value in a fresh array."""
        self.function(self.x)

    def time_out(self, dtype: str, size: int, threads: str) -> None:
        """Compute the value in an array that is there."""
        self.function(self.x, out=self.out)

    def time_vjp(self, dtype: str, size: int, threads: str) -> None:
        """Compute the gradient from the input and the gradient of the output."""
        self.function.vjp(self.x, self.g)


globals().update(classes(_Times, __name__))
