"""A network whose activations are numact's learns."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from click.testing import CliRunner

from numact import moments, registry, training
from numact.cli import group
from numact.errors import NumactError
from numact.examples import example_parameters
from numact.network import Activated, Network

# The built-ins: a plugin's activation need not be one for hidden layers (three exponentials, one in another).
SPECS = [entry.activation for entry in registry.entries() if entry.provider.distribution == "numact"]
TRAINABLE = [spec for spec in SPECS if training.trainable(spec)]
LEARNING = [spec for spec in TRAINABLE if any(param.kind == "channel" for param in spec.params)]
RANDOM = [spec for spec in TRAINABLE if spec.kind == "random"]


def a_network(name: str, seed: int = 0) -> Network:
    return Network.perceptron((6, 5, 4, 3), name, 1.0, seed, example_parameters(registry.get_spec(name)))


def inputs() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(5)
    return generator.standard_normal((40, 6), dtype=np.float32), generator.integers(0, 3, 40)


@pytest.mark.parametrize("name", [spec.name for spec in TRAINABLE])
def test_the_gradients_say_how_the_loss_falls(name: str) -> None:
    network = a_network(name)
    x, labels = inputs()
    # A random activation draws the same slopes again from the same generator.
    state = network._generator.bit_generator.state
    before = network.loss_gradient(x, labels)
    squares = sum(
        float(np.sum(g.astype(float) ** 2)) for layer in network.layers for g in layer.gradients.values()
    )
    step = 1e-2 / math.sqrt(squares)
    for layer in network.layers:
        for parameter, gradient in layer.gradients.items():
            layer.parameters[parameter] -= np.float32(step) * gradient
    network._generator.bit_generator.state = state
    after = network.loss_gradient(x, labels)
    assert before - after == pytest.approx(step * squares, rel=0.2)


@pytest.mark.parametrize("name", [spec.name for spec in TRAINABLE])
def test_every_elementwise_activation_learns_something(name: str) -> None:
    params = example_parameters(registry.get_spec(name))
    result = training.train(name, params, epochs=3)
    assert result.loss < result.epochs[0].loss
    assert result.accuracy > 0.8


def test_a_good_activation_tells_95_of_100_digits() -> None:
    seen: list[int] = []
    result = training.train("selu", after_epoch=lambda epoch: seen.append(epoch.number))
    assert result.accuracy >= 0.95
    assert seen == [epoch.number for epoch in result.epochs]


@pytest.mark.parametrize("name", [spec.name for spec in LEARNING])
def test_channel_parameters_are_learned_one_per_unit(name: str) -> None:
    learned = training.train(name, epochs=2).learned
    assert len(learned) == len(training.HIDDEN_WIDTHS)
    for values, width in zip(learned.values(), training.HIDDEN_WIDTHS, strict=True):
        assert values.shape == (width,)
        assert values.std() > 0


@pytest.mark.parametrize("name", [spec.name for spec in RANDOM])
def test_random_activations_repeat_by_their_seed_and_rest_outside_training(name: str) -> None:
    first, second = (training.train(name, epochs=2, seed=7) for _ in range(2))
    assert first.epochs == second.epochs
    assert first.epochs != training.train(name, epochs=2, seed=8).epochs
    x, _ = inputs()
    network = a_network(name)
    assert np.array_equal(network.forward(x), network.forward(x))
    assert not np.array_equal(network.forward(x, training=True), network.forward(x, training=True))


@pytest.mark.parametrize("name", [spec.name for spec in SPECS if not training.trainable(spec)])
def test_a_hidden_layer_refuses_what_maps_no_number_to_a_number(name: str) -> None:
    with pytest.raises(NumactError, match=f"{name} is of kind"):
        Activated(name, 3, {})
    assert CliRunner().invoke(group, ["train", name, "--epochs", "1"]).exit_code == 2


def test_the_derived_gain_is_lecuns_for_selu_and_hes_for_relu() -> None:
    assert training.unit_gain("selu") == pytest.approx(1, abs=1e-6)
    assert training.unit_gain("relu") == pytest.approx(math.sqrt(2), abs=1e-6)


def test_training_for_no_epoch_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        training.train("relu", epochs=0)


def test_selu_keeps_mean_and_variance_over_twenty_layers_and_the_others_do_not() -> None:
    found = {each.name: each for each in moments.customary_moments()}
    assert len(found["selu"].means) == 20
    assert np.abs(found["selu"].means).max() < 0.15
    assert 0.75 < min(found["selu"].variances) <= max(found["selu"].variances) < 1.3
    assert found["tanh"].variances[-1] < 0.2
    assert found["relu"].means[-1] > 0.3


def test_the_command_prints_losses_slopes_and_layers() -> None:
    for spec in (*LEARNING[:1], registry.get_spec("selu")):
        result = CliRunner().invoke(group, ["train", spec.name, "--epochs", "1"])
        assert result.exit_code == 0, result.output
        assert "test accuracy" in result.stdout
        assert ("Parameters that" in result.stdout) == (spec in LEARNING)
        assert ("LeCun normal" in result.stdout) == (spec.name == "selu")


def test_the_command_takes_parameters_and_prints_json() -> None:
    result = CliRunner().invoke(group, ["train", "elu", "--alpha", "0.5", "--epochs", "1", "--json"])
    assert result.exit_code == 0, result.output
    (network,) = json.loads(result.stdout)["networks"]
    assert network["parameters"] == {"alpha": 0.5}
    assert 0 <= network["accuracy"] <= 1


def test_all_takes_no_name() -> None:
    assert CliRunner().invoke(group, ["train", "selu", "--all"]).exit_code == 2
