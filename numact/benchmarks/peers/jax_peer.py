"""JAX: its own function where there is one, else the formula, compiled by jit; gradients by its vjp."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from typing import Any

from numact.benchmarks.peers.base import Peer
from numact.benchmarks.peers.formulas import formula_function
from numact.benchmarks.problems import Problem, Role
from numact.benchmarks.timer import Contender
from numact.spec import canonical


class JaxPeer(Peer):
    """JAX under jit.

    It has no `out`. Its threads are as many as the process had processors when it started: the process that
    compares is limited to them.
    """

    name = "jax"
    packages = ("jax", "jaxlib")

    def __init__(self, threads: int) -> None:
        super().__init__(threads)
        self._jax: Any = importlib.import_module("jax")
        self._jax.config.update("jax_enable_x64", True)
        self._jax.config.update("jax_platforms", "cpu")

    def contender(self, problem: Problem, role: Role) -> Contender | None:
        """Give the call for a role, as `Peer.contender` says."""
        function = self._own(problem) or formula_function(
            problem, self._jax.numpy, importlib.import_module("jax.scipy.special")
        )
        if function is None or role in ("out", "in place"):
            return None
        jax = self._jax

        def gradient(x: Any, g: Any) -> Any:
            return jax.vjp(function, x)[1](g)[0]

        def both(x: Any, g: Any) -> Any:
            value, backward = jax.vjp(function, x)
            return value, backward(g)[0]

        x, g = jax.numpy.asarray(problem.x), jax.numpy.asarray(problem.g)
        if role == "forward":
            forward = jax.jit(function)
            return Contender(lambda: forward(x).block_until_ready())
        compiled = jax.jit(gradient if role == "vjp" else both)
        return Contender(lambda: jax.block_until_ready(compiled(x, g)))

    def _own(self, problem: Problem) -> Callable[[Any], Any] | None:
        """Find the function of that name in jax.nn."""
        spec = problem.spec
        wanted = {canonical(name) for name in spec.all_names}
        options = dict(problem.numeric)
        if spec.kind == "axis":
            options["axis"] = problem.axis
        if spec.name in ("gelu", "gelu_tanh"):
            wanted, options = {"gelu"}, {"approximate": spec.name == "gelu_tanh"}
        for name, function in vars(self._jax.nn).items():
            if canonical(name) in wanted:
                accepted = inspect.signature(function).parameters
                if set(options) <= set(accepted):
                    return lambda x: function(x, **options)
        return None
