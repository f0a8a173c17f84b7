"""The identity, which a network's last layer has for its activation."""

from __future__ import annotations

from numact import Activation

identity = Activation(
    name="identity",
    summary="The identity: no activation at all.",
    formula="x",
    references=(
        "https://docs.pytorch.org/docs/stable/generated/torch.nn.Identity.html",
        "https://docs.jax.dev/en/latest/_autosummary/jax.nn.identity.html",
        "https://keras.io/api/layers/activations/, linear",
        "https://onnx.ai/onnx/operators/onnx__Identity.html",
    ),
    aliases=("linear",),
    limits=("-inf", "inf"),
    derivative_limits=(1, 1),
    max_ulp=0.5,
)
