"""numexpr: the formula as one expression, compiled to its virtual machine."""

from __future__ import annotations

import ast
import importlib
from typing import Any

import numpy as np

from numact.benchmarks.peers.base import Peer
from numact.benchmarks.problems import Array, Problem, Role
from numact.benchmarks.timer import Call, Contender

_FUNCTIONS = frozenset({"exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tanh", "abs", "where"})
_BETWEEN = {"minimum": ast.Lt, "min": ast.Lt, "maximum": ast.Gt, "max": ast.Gt}


class NumexprPeer(Peer):
    """numexpr on elementwise formulas without an error function, forward only."""

    name = "numexpr"
    packages = ("numexpr",)

    def __init__(self, threads: int) -> None:
        super().__init__(threads)
        self._numexpr: Any = importlib.import_module("numexpr")
        self._numexpr.set_num_threads(threads)

    def contender(self, problem: Problem, role: Role) -> Contender | None:
        """Give the call for a role, as `Peer.contender` says."""
        if problem.spec.kind not in ("elementwise", "random") or role not in ("forward", "out", "in place"):
            return None
        if problem.x.dtype == np.float16:
            return None
        writer = _Writer()
        source = problem.spec.parsed_formula().source().partition("return ")[2]
        try:
            text = ast.unparse(writer.visit(ast.parse(source, mode="eval").body))
        except _NotInNumexpr:
            return None
        names = {**writer.constants, **problem.numeric, "u": 0.5}
        # numexpr would compute with float64 if its constants were.
        fixed = {name: problem.x.dtype.type(value) for name, value in names.items()}
        return self._contender(problem, role, text, fixed)

    def _contender(self, problem: Problem, role: Role, text: str, fixed: dict[str, Any]) -> Contender:
        x = problem.x
        evaluate = self._numexpr.evaluate
        if role == "forward":
            variables = {**fixed, "x": x}
            return Contender(lambda: evaluate(text, variables, {}))
        if role == "out":
            variables, out = {**fixed, "x": x}, np.zeros_like(x)
            return Contender(lambda: evaluate(text, variables, {}, out=out))

        def prepare(buffer: Array) -> Call:
            variables = {**fixed, "x": buffer}
            return lambda: evaluate(text, variables, {}, out=buffer)

        return problem.in_place(prepare)


class _NotInNumexpr(Exception):
    """The formula needs a function that numexpr lacks."""


class _Writer(ast.NodeTransformer):
    """Rewrites a branch-free formula for numexpr, with a name for every constant."""

    def __init__(self) -> None:
        self.constants: dict[str, float] = {}

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        """Name a constant, but for the small integers, which have no precision of their own."""
        if isinstance(node.value, int):
            return node
        assert isinstance(node.value, float)
        name = f"constant_{len(self.constants)}"
        self.constants[name] = node.value
        return ast.Name(name, ast.Load())

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """Write minimum and maximum as a choice."""
        assert isinstance(node.func, ast.Name)
        arguments = [self.visit(argument) for argument in node.args]
        if node.func.id in _BETWEEN:
            test = ast.Compare(arguments[0], [_BETWEEN[node.func.id]()], [arguments[1]])
            return ast.Call(ast.Name("where", ast.Load()), [test, *arguments], [])
        if node.func.id == "pow":
            return ast.BinOp(arguments[0], ast.Pow(), arguments[1])
        if node.func.id not in _FUNCTIONS:
            raise _NotInNumexpr
        return ast.Call(node.func, arguments, [])
