"""Activations inside PyTorch: gradients, modules, what is learned and what is refused."""

from __future__ import annotations

import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from built_in import SPECS

import numact
from numact import Activation
from numact.errors import ArrayLibraryError, ParameterError

torch = pytest.importorskip("torch")
import numact.torch as nt  # noqa: E402

# Away from every kink of the built-ins with their defaults.
X = [-3.3, -1.7, -0.8, -0.3, 0.2, 0.7, 1.4, 2.9]
REQUIRED = {"threshold": {"threshold": -0.4, "value": 0.3}}


def tensor(*shape: int, **options: Any) -> Any:
    return torch.tensor(np.reshape(X, shape or (len(X),)), dtype=torch.float64, **options)


def numbers(spec: Activation) -> dict[str, float]:
    return REQUIRED.get(spec.name, {})


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_gradients_are_those_of_differences(spec: Activation) -> None:
    call = getattr(nt, spec.name)
    x = tensor(2, 4, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: call(x, **numbers(spec)), (x,))


@pytest.mark.parametrize(
    ("name", "keywords"),
    [
        ("elu", {"alpha": 0.7}),
        ("celu", {"alpha": 1.3}),
        ("softplus", {"beta": 1.5}),
        ("leaky_relu", {"negative_slope": 0.2}),
        ("prelu", {"weight": [0.1, 0.2, 0.3, 0.4]}),
        ("softshrink", {"lambd": 0.5}),
    ],
)
def test_parameters_have_gradients_too(name: str, keywords: dict[str, Any]) -> None:
    names = tuple(keywords)
    values = [torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in keywords.values()]
    call = getattr(nt, name)
    x = tensor(2, 4, requires_grad=True)
    assert torch.autograd.gradcheck(
        lambda x, *given: call(x, **dict(zip(names, given, strict=True))), (x, *values)
    )


def test_values_are_numacts_in_every_dtype() -> None:
    pytest.importorskip("ml_dtypes")
    for dtype in (torch.float16, torch.bfloat16, torch.float32, torch.float64):
        x = tensor(2, 4).to(dtype).T
        y = nt.gelu(x)
        assert y.dtype == dtype and torch.equal(y, numact.gelu(x))


def test_a_gate_has_a_gradient_as_well() -> None:
    double = Activation("torch_gated", "A gate.", "a * tanh(b)", (), kind="gated")
    numact.register(double)
    try:
        x, gate = tensor(2, 4, requires_grad=True), tensor(2, 4).flip(0).requires_grad_()
        assert torch.autograd.gradcheck(lambda x, gate: nt.torch_gated(x, gate=gate), (x, gate))
        assert torch.autograd.gradcheck(nt.torch_gated, (x,))
    finally:
        numact.unregister("torch_gated")


def test_random_activations_follow_torchs_seed() -> None:
    module, x = nt.RReLU(), tensor(requires_grad=True)
    torch.manual_seed(3)
    first = module(x)
    first.sum().backward()
    torch.manual_seed(3)
    assert torch.equal(module(x), first)
    assert not torch.equal(module(x), first)
    slopes = first.detach() / x.detach()
    torch.testing.assert_close(x.grad, slopes)
    assert torch.equal(module.eval()(x), numact.rrelu(x.detach()))


def test_a_network_learns_its_slopes() -> None:
    torch.manual_seed(0)
    slopes = nt.PReLU(weight=torch.full((8,), 0.25))
    net = torch.nn.Sequential(torch.nn.Linear(2, 8), slopes, torch.nn.Linear(8, 1), nt.Sigmoid())
    x = torch.randn(256, 2)
    wanted = (x[:, :1] * x[:, 1:] > 0).float()
    optimiser = torch.optim.Adam(net.parameters(), 0.05)
    losses = []
    for _ in range(60):
        optimiser.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy(net(x), wanted)
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.5 * losses[0]
    assert slopes.weight.shape == (8,) and not torch.equal(slopes.weight, torch.full((8,), 0.25))


def test_modules_are_pickled_and_shown() -> None:
    module = nt.Module("elu", learnable=("alpha",), alpha=0.5)
    again = pickle.loads(pickle.dumps(nt.ELU(alpha=0.5)))
    assert torch.equal(again(tensor()), numact.elu(tensor(), alpha=0.5))
    assert [name for name, _ in module.named_parameters()] == ["alpha"]
    assert "alpha=0.5" in repr(nt.ELU(alpha=0.5))


def test_what_is_refused() -> None:
    with pytest.raises(AttributeError, match="did you mean 'selu'"):
        _ = nt.sellu
    with pytest.raises(ParameterError, match="to learn"):
        nt.Module("elu", learnable=("beta",))
    with pytest.raises(ArrayLibraryError, match="meta"):
        nt.selu(torch.empty(3, device="meta"))
    x = tensor(requires_grad=True)
    (slope,) = torch.autograd.grad(nt.tanh(x).sum(), x, create_graph=True)
    with pytest.raises(ArrayLibraryError, match="create_graph"):
        slope.sum().backward()


def test_a_missing_torch_is_named() -> None:
    code = "import sys; sys.modules['torch'] = None; import numact.torch"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "pip install 'numact[torch]'" in done.stderr
