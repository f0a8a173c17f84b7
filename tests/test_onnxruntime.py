"""numact behind the logits of a real ONNX model."""

from __future__ import annotations

import numpy as np
import pytest

import numact

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")


def test_logits_become_probabilities() -> None:
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    weights = np.random.default_rng(0).normal(0, 3, (4, 5)).astype(np.float32)
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["logits"])],
        "linear",
        [helper.make_tensor_value_info("x", kind, ["rows", 4])],
        [helper.make_tensor_value_info("logits", kind, ["rows", 5])],
        [helper.make_tensor("w", kind, weights.shape, weights.ravel())],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    x = np.random.default_rng(1).normal(0, 1, (6, 4)).astype(np.float32)
    (logits,) = session.run(None, {"x": x})
    shares = numact.softmax(logits, axis=-1, out=logits)
    np.testing.assert_allclose(shares.sum(axis=-1), 1, rtol=1e-6)
    np.testing.assert_allclose(shares, numact.softmax(x @ weights, axis=-1), rtol=1e-5)
