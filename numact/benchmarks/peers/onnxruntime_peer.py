"""onnxruntime: a model of one operator, its input and output bound to memory that is there."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from numact.benchmarks.peers.base import Peer
from numact.benchmarks.problems import Problem, Role
from numact.benchmarks.timer import Contender
from numact.spec import canonical

_ANOTHER_NAME = {
    "gelutanh": "Gelu",
    "relu6": "Clip",
    "hardtanh": "Clip",
    "hardshrink": "Shrink",
    "softshrink": "Shrink",
    "silu": "Swish",
}
# The operators' attributes, where they do not have numact's names.
_ALPHA = {"leakyrelu": "negative_slope", "elu": "alpha", "celu": "alpha"}
_OPSET = 24
_MODEL_VERSION = 10


class OnnxruntimePeer(Peer):
    """onnxruntime's own operators, forward only."""

    name = "onnxruntime"
    packages = ("onnxruntime", "onnx")

    def __init__(self, threads: int) -> None:
        super().__init__(threads)
        self._runtime: Any = importlib.import_module("onnxruntime")
        self._onnx: Any = importlib.import_module("onnx")
        self._operators = {
            canonical(schema.name): schema.name
            for schema in self._onnx.defs.get_all_schemas()
            if schema.domain == ""
        }

    def contender(self, problem: Problem, role: Role) -> Contender | None:
        """Give the call for a role, as `Peer.contender` says."""
        if role not in ("forward", "out") or problem.spec.kind not in ("elementwise", "axis"):
            return None
        session = self._session(problem)
        if session is None:
            return None
        binding, x = session.io_binding(), problem.x
        binding.bind_input("x", "cpu", 0, x.dtype, x.shape, x.ctypes.data)
        if role == "out":
            out = np.zeros_like(x)
            binding.bind_output("y", "cpu", 0, x.dtype, x.shape, out.ctypes.data)

            def into() -> Any:
                session.run_with_iobinding(binding)
                return out

            return Contender(into)
        return Contender(lambda: session.run(["y"], {"x": x})[0])

    def _session(self, problem: Problem) -> Any:
        """Load the model, or give None where onnxruntime has no kernel for the dtype."""
        model = self._model(problem)
        if model is None:
            return None
        options = self._runtime.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.inter_op_num_threads = 1
        # Its idle threads would spin for tens of milliseconds, on the processors of the next library.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 4
        try:
            return self._runtime.InferenceSession(
                model.SerializeToString(), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            # Its exceptions are of classes that its C module makes; this is the one for a missing kernel.
            if type(error).__name__ in ("NotImplemented", "InvalidGraph", "Fail"):
                return None
            raise

    def _model(self, problem: Problem) -> Any:
        name = canonical(problem.spec.name)
        operator = self._operators.get(_ANOTHER_NAME.get(name, name).lower())
        if operator is None:
            return None
        helper, kind = self._onnx.helper, problem.x.dtype
        element = helper.np_dtype_to_tensor_dtype(kind)
        constants = _inputs(name, problem.numeric, kind)
        node = helper.make_node(operator, ["x", *constants], ["y"], **_attributes(name, problem))
        graph = helper.make_graph(
            [node],
            problem.spec.name,
            [helper.make_tensor_value_info("x", element, problem.x.shape)],
            [helper.make_tensor_value_info("y", element, problem.x.shape)],
            [self._onnx.numpy_helper.from_array(value, key) for key, value in constants.items()],
        )
        opset = helper.make_opsetid("", _OPSET)
        return helper.make_model(graph, opset_imports=[opset], ir_version=_MODEL_VERSION)


def _inputs(name: str, params: Mapping[str, float], kind: np.dtype[Any]) -> dict[str, Any]:
    """Give the operators that take their parameters as inputs what they need."""
    if name == "relu6":
        return {"low": np.array(0, kind), "high": np.array(6, kind)}
    if name == "hardtanh":
        return {"low": np.array(params["min_val"], kind), "high": np.array(params["max_val"], kind)}
    return {"slope": np.array([params["weight"]], kind)} if name == "prelu" else {}


def _attributes(name: str, problem: Problem) -> dict[str, Any]:
    params = problem.numeric
    if name in _ALPHA:
        return {"alpha": params[_ALPHA[name]]}
    if name.startswith("gelu"):
        return {"approximate": "tanh" if name == "gelutanh" else "none"}
    if name == "hardsigmoid":
        return {"alpha": 1 / 6, "beta": 0.5}
    if name in ("hardshrink", "softshrink"):
        return {"lambd": params["lambd"], "bias": params["lambd"] if name == "softshrink" else 0.0}
    return {"axis": problem.axis} if problem.spec.kind == "axis" else {}
