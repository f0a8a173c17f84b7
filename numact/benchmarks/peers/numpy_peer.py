"""NumPy and SciPy: a loop of their own where there is one, else the plain formula."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from numact.benchmarks.peers.base import Peer
from numact.benchmarks.peers.formulas import formula_function
from numact.benchmarks.problems import Array, Problem, Role
from numact.benchmarks.timer import Contender

Writer = Callable[..., Any]
"""Takes x and ``out=``."""


class NumpyPeer(Peer):
    """NumPy, with SciPy's special functions where that is installed; always on one thread.

    It has no derivatives.
    """

    name = "numpy"
    packages = ("numpy",)

    def __init__(self, threads: int) -> None:
        super().__init__(threads)
        self._special: ModuleType | None = None
        if importlib.util.find_spec("scipy") is not None:
            self._special = importlib.import_module("scipy.special")

    @classmethod
    def versions(cls) -> dict[str, str]:
        """Give the versions, SciPy's too where it is installed."""
        found = super().versions()
        if importlib.util.find_spec("scipy") is not None:
            found["scipy"] = importlib.metadata.version("scipy")
        return found

    def contender(self, problem: Problem, role: Role) -> Contender | None:
        """Give the call for a role, as `Peer.contender` says."""
        x, writer = problem.x, self._writer(problem)
        if role == "forward":
            function = writer or self._rows(problem) or formula_function(problem, np, self._special)
            if function is None or function(x[:1]).dtype != x.dtype:  # SciPy's erf makes float32 of halves
                return None
            return Contender(lambda: function(x))
        if writer is None:
            return None
        if role == "out":
            out = np.zeros_like(x)
            return Contender(lambda: writer(x, out=out))
        if role == "in place":
            return problem.in_place(lambda buffer: lambda: writer(buffer, out=buffer))
        return None

    def _writer(self, problem: Problem) -> Writer | None:
        """Find a function that is one loop and takes ``out=``."""
        zero, six = problem.x.dtype.type(0), problem.x.dtype.type(6)
        params = {name: problem.x.dtype.type(value) for name, value in problem.numeric.items()}
        own: dict[str, Writer] = {
            "tanh": np.tanh,
            "relu": lambda x, out=None: np.maximum(x, zero, out=out),
            "relu6": lambda x, out=None: np.clip(x, zero, six, out=out),
            "hardtanh": lambda x, out=None: np.clip(x, *params.values(), out=out),
        }
        # SciPy has no loops for halves.
        if self._special is not None and problem.x.dtype != np.float16:
            own |= {"sigmoid": self._special.expit, "logsigmoid": self._special.log_expit}
        return own.get(problem.spec.name)

    def _rows(self, problem: Problem) -> Callable[[Array], Any] | None:
        if problem.spec.name not in ("softmax", "log_softmax") or self._special is None:
            return None
        function, axis = getattr(self._special, problem.spec.name), problem.axis
        return lambda x: function(x, axis=axis)
