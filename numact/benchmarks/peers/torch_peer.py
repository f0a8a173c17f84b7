"""PyTorch, eager: its functional forms, their ``out=`` forms, and the backward functions of its library."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

from numact.benchmarks.peers.base import Peer
from numact.benchmarks.peers.torch_backward import FROM_INPUT, FROM_OUTPUT
from numact.benchmarks.problems import Array, Problem, Role
from numact.benchmarks.timer import Call, Contender
from numact.spec import canonical

_ANOTHER_NAME = {"gelu_tanh": "gelu"}
_OWN_FUNCTIONS = ("tanh", "sigmoid", "softmax", "log_softmax", "threshold", "hardshrink")
_BY_POSITION = {"threshold": ("threshold", "value"), "hardshrink": ("lambd",)}


class TorchPeer(Peer):
    """PyTorch in eager mode, without recording, on the CPU."""

    name = "torch"
    packages = ("torch",)
    saves_output = True

    def __init__(self, threads: int) -> None:
        super().__init__(threads)
        self._torch: Any = importlib.import_module("torch")
        self._functional: Any = importlib.import_module("torch.nn.functional")
        self._torch.set_num_threads(threads)
        self._torch.set_grad_enabled(False)

    def contender(self, problem: Problem, role: Role) -> Contender | None:
        """Give the call for a role, as `Peer.contender` says."""
        name = self._name(problem)
        if role in ("vjp", "value and vjp"):
            return self._backward(problem, role)
        if role == "forward":
            function, x = self._forward(problem), self._torch.from_numpy(problem.x)
            return None if function is None else Contender(lambda: function(x))
        if role == "out":
            writer = self._writer(name, problem)
            x, out = self._torch.from_numpy(problem.x), self._torch.from_numpy(problem.g * 0)
            return None if writer is None else Contender(lambda: writer(x, out))
        overwriter = self._overwriter(name, problem)
        if overwriter is None:
            return None

        def prepare(buffer: Array) -> Call:
            tensor = self._torch.from_numpy(buffer)
            return lambda: overwriter(tensor)

        return problem.in_place(prepare)

    def _name(self, problem: Problem) -> str:
        """Find the name that PyTorch has for it, or nothing."""
        wanted = {canonical(name) for name in problem.spec.all_names}
        wanted.add(_ANOTHER_NAME.get(problem.spec.name, ""))
        known = [*vars(self._functional), "tanh", "sigmoid"]
        return next((name for name in known if canonical(name) in wanted and name.islower()), "")

    def _options(self, problem: Problem, function: Any) -> dict[str, Any]:
        """Give the keywords that a function takes: PyTorch's parameters have the same names."""
        spec = problem.spec
        options: dict[str, Any] = dict(problem.numeric)
        if spec.kind in ("axis", "gated"):
            options["dim"] = problem.axis
        if spec.name in ("gelu", "gelu_tanh"):
            options["approximate"] = "tanh" if spec.name == "gelu_tanh" else "none"
        if spec.name == "prelu":
            dtype = self._torch.from_numpy(problem.x).dtype
            options["weight"] = self._torch.tensor([options["weight"]], dtype=dtype)
        try:
            accepted = inspect.signature(function).parameters
        except ValueError:  # a function written in C
            return options
        return {key: value for key, value in options.items() if key in accepted}

    def _forward(self, problem: Problem) -> Callable[[Any], Any] | None:
        name = self._name(problem)
        if not name:
            return None
        function = getattr(self._torch if name in ("tanh", "sigmoid") else self._functional, name)
        options = self._options(problem, function)
        return partial(function, **options) if options else function

    def _writer(self, name: str, problem: Problem) -> Callable[[Any, Any], Any] | None:
        """Find the form that takes ``out=``: of PyTorch's own functions, not of those composed of others."""
        function = self._function_with_out(name)
        if function is None:
            return None
        options = self._options(problem, function)
        # The names of C's functions are not numact's; these take their parameters by position.
        first = [options.pop(key) for key in _BY_POSITION.get(name, ())]
        x = self._torch.from_numpy(problem.x[:1])
        try:
            function(x, *first, out=x.clone(), **options)
        except (TypeError, NotImplementedError, RuntimeError):  # no such form, or none for the dtype
            return None
        return lambda x, out: function(x, *first, out=out, **options)

    def _function_with_out(self, name: str) -> Any:
        if name in _OWN_FUNCTIONS:
            return getattr(self._torch, name)
        return getattr(self._torch._C._nn, {"logsigmoid": "log_sigmoid"}.get(name, name) or " ", None)

    def _overwriter(self, name: str, problem: Problem) -> Callable[[Any], Any] | None:
        """Find the form that works in place."""
        direct = getattr(self._torch, f"{name}_", None) if name in ("relu", "tanh", "sigmoid") else None
        if direct is not None:
            return partial(direct)
        function = getattr(self._functional, name, None)
        if function is not None and _takes_inplace(function):
            return partial(function, inplace=True, **self._options(problem, function))
        writer = self._writer(name, problem) if problem.spec.kind == "elementwise" else None
        return None if writer is None else lambda x: writer(x, x)

    def _backward(self, problem: Problem, role: Role) -> Contender | None:
        aten, name = self._torch.ops.aten, canonical(problem.spec.name)
        x, g = self._torch.from_numpy(problem.x), self._torch.from_numpy(problem.g)
        forward = self._forward(problem)
        if name in FROM_INPUT:
            gradient = FROM_INPUT[name](aten, problem)
            if role == "vjp":
                return Contender(lambda: gradient(g, x))
            return None if forward is None else Contender(lambda: (forward(x), gradient(g, x)))
        if role == "vjp" or forward is None:
            return None
        if name in FROM_OUTPUT:
            both = FROM_OUTPUT[name](aten, problem, forward)
            return Contender(lambda: both(x, g))
        return Contender(self._recorded(forward, x, g))

    def _recorded(self, forward: Callable[[Any], Any], x: Any, g: Any) -> Call:
        """Let PyTorch record a function composed of others, and go back."""
        torch = self._torch

        def both() -> tuple[Any, Any]:
            with torch.enable_grad():
                leaf = x.detach().requires_grad_()
                value = forward(leaf)
                (gradient,) = torch.autograd.grad(value, leaf, g)
            return value.detach(), gradient

        return both


def _takes_inplace(function: Callable[..., Any]) -> bool:
    try:
        return "inplace" in inspect.signature(function).parameters
    except ValueError:  # a function written in C
        return False
