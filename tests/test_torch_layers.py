"""numact.torch: what modules keep, learn and refuse, and gradients beyond those of x."""

from __future__ import annotations

import copy
import io
import pickle
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from sample_calls import every_activation, of_kinds

import numact
from numact import Activation, Param
from numact.errors import (
    ArrayLibraryError,
    NumactError,
    ParameterError,
    UnknownParameterError,
)
from numact.examples import example_parameters

torch: Any = pytest.importorskip("torch")
import numact.torch as layers  # noqa: E402

X = np.array([[-2.9, -1.7, -0.83, -0.31], [0.23, 0.71, 1.37, 2.6]])

WAVE = Activation(
    name="damped_wave",
    summary="A plugin's activation.",
    formula="x / sqrt(1 + (x / c)**2)",
    references=("r",),
    params=(Param("c", 1.5, low=0.0, closed="neither"),),
)
GATE = Activation(
    name="damped_gate",
    summary="A plugin's gated activation.",
    formula="a * k / (1 + exp(-b))",
    references=("r",),
    params=(Param("k", 1.0),),
    kind="gated",
)


@pytest.fixture(autouse=True)
def plugins() -> Iterator[None]:
    """Let there be two activations more."""
    for each in (WAVE, GATE):
        numact.register(each)
    yield
    for each in (WAVE, GATE):
        numact.unregister(each)


def double(values: Any = X) -> Any:
    return torch.tensor(values, dtype=torch.float64, requires_grad=True)


def gradcheck(function: Any, *inputs: Any) -> None:
    assert torch.autograd.gradcheck(function, inputs)


@of_kinds("elementwise", "random")
def test_gradients_by_parameters(spec: Activation) -> None:
    values = {each.name: each.default for each in spec.params} | example_parameters(spec)
    for name in spec.differentiable[1:]:
        rest = {key: value for key, value in values.items() if key != name}

        def by_parameter(x: Any, value: Any, name: str = name, rest: Any = rest) -> Any:
            return layers.apply(spec.name, x, **{**rest, name: value})

        gradcheck(by_parameter, double(), double(values[name]))


@every_activation
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
def test_values_and_gradients_are_numacts(spec: Activation, dtype: str) -> None:
    fixed = example_parameters(spec)
    x = torch.tensor(X).to(getattr(torch, dtype)).T.requires_grad_()
    y = layers.apply(spec.name, x, **fixed)
    with torch.no_grad():
        assert torch.equal(y, numact.apply(spec.name, x, **fixed))
        g = torch.cos(y)
        expected = numact.vjp(spec.name, x, g, **fixed)
    y.backward(g)
    assert x.grad.dtype == x.dtype
    torch.testing.assert_close(x.grad, expected, rtol=2e-6 if dtype == "float32" else 0, atol=1e-7)


def test_memory_is_not_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    from numact.function import Function

    seen = []
    plain = Function.__call__

    def watched(self: Any, x: Any, /, **keywords: Any) -> Any:
        if isinstance(x, np.ndarray):
            seen.append((x.ctypes.data, x.strides))
        return plain(self, x, **keywords)

    monkeypatch.setattr(Function, "__call__", watched)
    for dtype in (torch.float32, torch.bfloat16):
        whole = torch.ones(6, 8, dtype=dtype)
        for x in (whole, whole.T, whole[::2, 1::3]):
            layers.selu(x)
            assert seen.pop() == (x.data_ptr(), tuple(step * x.element_size() for step in x.stride()))


class TestGated:
    def test_both_inputs_get_gradients(self) -> None:
        gradcheck(
            lambda x, gate, k: layers.damped_gate(x, gate=gate, k=k),
            double(),
            double(X[::-1].copy()),
            double(0.5),
        )

    @pytest.mark.parametrize("options", [{}, {"dim": 0}, {"axis": 0, "gate_first": True}])
    def test_halves(self, options: dict[str, Any]) -> None:
        module = layers.DampedGate(k=0.5, **options)
        gradcheck(module, double())
        assert torch.equal(module(double()), layers.damped_gate(double(), k=0.5, **options))

    def test_a_module_takes_a_gate(self) -> None:
        gradcheck(layers.DampedGate(), double(), double(X[::-1].copy()))


class TestRandom:
    def test_manual_seed_reproduces_it(self) -> None:
        layer = layers.RReLU()
        results = []
        for seed in (0, 0, 1):
            torch.manual_seed(seed)
            results.append(layer(-torch.ones(50)))
        assert torch.equal(results[0], results[1])
        assert not torch.equal(results[1], results[2])

    def test_backward_has_the_slopes_of_forward(self) -> None:
        x = torch.full((1000,), -1.0, requires_grad=True)
        y = layers.rrelu(x, training=True)
        y.sum().backward()
        assert torch.equal(x.grad, -y)
        assert len(torch.unique(y.detach())) > 900

    def test_evaluation_takes_the_mean_and_draws_nothing(self) -> None:
        layer = layers.RReLU(lower=0.25, upper=0.75).eval()
        torch.manual_seed(0)
        state = torch.get_rng_state()
        assert layer(torch.tensor(-2.0)) == -1.0
        assert torch.equal(torch.get_rng_state(), state)

    def test_a_module_may_be_kept_in_evaluation(self) -> None:
        assert layers.RReLU(lower=0.25, upper=0.75, training=False)(torch.tensor(-2.0)) == -1.0


def test_functional_transforms() -> None:
    x = torch.tensor(X)
    found = torch.func.grad(lambda x: layers.gelu(x).sum())(x)
    assert torch.equal(found, numact.derivative("gelu", x))


class TestModules:
    @every_activation
    def test_there_is_one_for_each(self, spec: Activation) -> None:
        fixed = example_parameters(spec)
        module = layers.Module(spec.name, **fixed).eval()
        assert torch.equal(module(torch.tensor(X)), numact.apply(spec.name, torch.tensor(X), **fixed))

    def test_channels_learn_unless_told_otherwise(self) -> None:
        layer = layers.PReLU(weight=np.linspace(0.1, 0.4, 4))
        assert [(name, each.shape) for name, each in layer.named_parameters()] == [("weight", (4,))]
        assert [each.shape for each in layers.PReLU().parameters()] == [(1,)]
        assert list(layers.PReLU(learnable=()).parameters()) == []
        layer(torch.tensor(X, dtype=torch.float32)).sum().backward()
        np.testing.assert_allclose(layer.weight.grad, X.clip(max=0).sum(axis=0), rtol=1e-6)

    @pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
    def test_parameters_follow_the_module(self, dtype: Any) -> None:
        layer = layers.PReLU().to(dtype)
        layer(torch.tensor(X, dtype=dtype)).sum().backward()
        assert layer.weight.grad.dtype == dtype

    def test_weights_are_those_of_pytorchs_own(self) -> None:
        own = torch.nn.PReLU(4)
        layer = layers.PReLU(weight=np.zeros(4))
        layer.load_state_dict(own.state_dict())
        x = torch.tensor(X, dtype=torch.float32)
        assert torch.equal(layer(x), own(x))

    def test_any_number_can_be_learnt(self) -> None:
        layer = layers.DampedWave(learnable=("c",), c=2.0)
        target = layers.damped_wave(torch.tensor(X), c=1.0)
        optimizer = torch.optim.SGD(layer.parameters(), lr=0.5)
        for _ in range(200):
            optimizer.zero_grad()
            ((layer(torch.tensor(X)) - target) ** 2).mean().backward()
            optimizer.step()
        assert abs(float(layer.c.detach()) - 1.0) < 1e-3

    def test_what_cannot_be_learnt_is_refused(self) -> None:
        with pytest.raises(ParameterError, match="'alhpa' to learn; did you mean 'alpha'"):
            layers.ELU(learnable=("alhpa",))
        with pytest.raises(ParameterError, match="rrelu has no numeric parameter 'training' to learn"):
            layers.RReLU(learnable=("training",))

    def test_mistakes_are_found_when_it_is_made(self) -> None:
        with pytest.raises(ParameterError, match="'alpha' of celu must be nonzero"):
            layers.CELU(alpha=0.0)
        with pytest.raises(UnknownParameterError, match="did you mean 'alpha'"):
            layers.CELU(alhpa=1.0)
        with pytest.raises(ParameterError, match="threshold needs 'threshold' and 'value'"):
            layers.Threshold()

    def test_it_is_saved_and_copied(self) -> None:
        layer = torch.nn.Sequential(layers.PReLU(), layers.LogSoftmax(dim=0), layers.Module("elu", alpha=0.5))
        x = torch.tensor(X, dtype=torch.float32)
        file = io.BytesIO()
        torch.save(layer, file)
        file.seek(0)
        for other in (
            pickle.loads(pickle.dumps(layer)),
            copy.deepcopy(layer),
            torch.load(file, weights_only=False),
        ):
            assert torch.equal(other(x), layer(x))

    def test_it_shows_its_parameters(self) -> None:
        assert repr(layers.Module("elu", alpha=0.5)) == "Module('elu', alpha=0.5)"
        assert repr(layers.Softmax(dim=1)) == "Softmax(dim=1)"
        assert repr(layers.PReLU()) == "PReLU(weight: learnt, shape (1,))"


class TestNames:
    def test_case_tells_functions_from_classes(self) -> None:
        assert layers.selu is layers.selu and layers.SELU is layers.SELU
        assert issubclass(layers.SELU, layers.Module)
        assert "damped_wave" in dir(layers) and "DampedWave" in dir(layers)
        assert "alpha" in layers.elu.__doc__

    def test_every_name_listed_is_there(self) -> None:
        for name in dir(layers):
            assert callable(getattr(layers, name))

    def test_unknown_names(self) -> None:
        with pytest.raises(AttributeError, match="did you mean 'selu'"):
            _ = layers.sellu
        with pytest.raises(AttributeError):
            _ = layers._private


class TestRefusals:
    def test_other_devices(self) -> None:
        for call in (layers.selu, layers.SELU(), layers.Softmax(dim=0)):
            with pytest.raises(ArrayLibraryError, match=r"on device 'meta': pass x\.cpu\(\)"):
                call(torch.empty(3, device="meta", requires_grad=True))

    def test_what_is_no_tensor(self) -> None:
        with pytest.raises(ArrayLibraryError, match=r"takes a torch.Tensor, got ndarray: use numact\.selu"):
            layers.selu(X)

    @pytest.mark.parametrize("call", [layers.tanh, layers.Softmax(dim=0)])
    def test_second_derivatives(self, call: Any) -> None:
        x = double()
        (first,) = torch.autograd.grad(call(x).square().sum(), x, create_graph=True)
        with pytest.raises(ArrayLibraryError, match=r"gradient of (tanh|softmax) has no derivative"):
            first.sum().backward()

    def test_parameters_without_gradients(self) -> None:
        rows = Activation(
            name="scaled_rows",
            summary="Rows.",
            formula="k * x_i",
            references=("r",),
            kind="axis",
            params=(Param("k", 1.0),),
            forward=lambda row, out, k: None,
        )
        numact.register(rows)
        try:
            with pytest.raises(ParameterError, match="must be 'x', got 'k'"):
                layers.scaled_rows(double(), k=double(1.0))
            with pytest.raises(ParameterError, match="must be 'x', got 'k'"):
                layers.ScaledRows(learnable="k")
        finally:
            numact.unregister(rows)

    def test_out(self) -> None:
        with pytest.raises(ParameterError, match="takes no 'out'"):
            layers.selu(double(), out=torch.empty(2, 4))

    def test_numacts_own_errors_pass(self) -> None:
        with pytest.raises(NumactError, match="float8"):
            layers.selu(torch.ones(3).to(torch.float8_e4m3fn))
        with pytest.raises(ParameterError, match="None"):
            layers.softmax(torch.ones(3), dim=None)


def test_a_network_with_a_plugins_activation_learns() -> None:
    torch.manual_seed(0)
    network = torch.nn.Sequential(
        torch.nn.Linear(8, 32), layers.DampedWave(learnable=("c",)), torch.nn.Linear(32, 1)
    )
    x = torch.randn(128, 8)
    target = x[:, :1] * x[:, 1:2]
    optimizer = torch.optim.Adam(network.parameters(), lr=0.02)
    losses = []
    for _ in range(150):
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(network(x), target)
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < losses[0] / 4
    assert float(network[1].c.detach()) != 1.5
