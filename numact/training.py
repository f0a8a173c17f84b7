"""Training a small network on the handwritten digits with any registered activation."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numact import api, digits
from numact.network import Activated, Adam, Network
from numact.spec import Activation

HIDDEN_WIDTHS = (128, 128)
CLASSES = 10


@dataclass(frozen=True)
class Epoch:
    """Where training stands after one pass over the data."""

    number: int
    loss: float
    accuracy: float


@dataclass(frozen=True)
class Result:
    """What came of training a network with one activation."""

    name: str
    parameters: Mapping[str, Any]
    gain: float
    epochs: tuple[Epoch, ...]
    seconds: float
    learned: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)

    @property
    def loss(self) -> float:
        """Mean training loss over the last epoch."""
        return self.epochs[-1].loss

    @property
    def accuracy(self) -> float:
        """Share of the test images told right at the end."""
        return self.epochs[-1].accuracy


def unit_gain(name: str, params: Mapping[str, Any] | None = None) -> float:
    """Return the gain that keeps the variance of pre-activations from layer to layer.

    Parameters
    ----------
    name : str
        An elementwise activation f.
    params : mapping, optional
        Its parameters other than the defaults.

    Returns
    -------
    float
        1 / sqrt(E[f(z)**2]) for a standard normal z: 1 for selu, which makes its weights LeCun's,
        sqrt(2) for relu, which makes them He's.

    Notes
    -----
    The expectation is a trapezium sum on a grid wide enough for the normal density to vanish at its ends,
    where such a sum is as exact as the activation is smooth.
    """
    z, step = np.linspace(-9.0, 9.0, 18_001, retstep=True)
    density = np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)
    values = api.apply(name, z, **(params or {}))
    mean_square = float(np.sum(values * values * density) * step)
    return 1.0 / math.sqrt(mean_square) if math.isfinite(mean_square) and mean_square > 0 else 1.0


def trainable(spec: Activation) -> bool:
    """Whether a hidden layer can apply an activation: whether it maps a number to a number.

    Parameters
    ----------
    spec : Activation
        Any.
    """
    return spec.kind in ("elementwise", "random")


def train(
    name: str,
    params: Mapping[str, Any] | None = None,
    *,
    epochs: int = 25,
    batch: int = 64,
    rate: float = 2e-3,
    seed: int = 0,
    after_epoch: Callable[[Epoch], None] | None = None,
) -> Result:
    """Train a perceptron of two hidden layers on the handwritten digits.

    Parameters
    ----------
    name : str
        A registered elementwise activation.
    params : mapping, optional
        Its parameters other than the defaults.
    epochs, batch, rate : int, int, float
        Passes over the training images, images per step, Adam's learning rate.
    seed : int
        Seed of the split, the weights, the order of the images and random activations.
    after_epoch : callable, optional
        Called with the state after each epoch.

    Returns
    -------
    Result
        Loss, test accuracy, and the parameters that were learned.
    """
    if epochs < 1 or batch < 1:
        raise ValueError(f"epochs and batch must be at least 1, got {epochs} and {batch}")
    start = time.perf_counter()
    data = digits.split(seed)
    chosen = dict(params or {})
    gain = unit_gain(name, chosen)
    widths = (data.train_images.shape[1], *HIDDEN_WIDTHS, CLASSES)
    network = Network.perceptron(widths, name, gain, seed, chosen)
    optimiser = Adam(network, rate)
    order = np.random.default_rng(seed + 1)
    history: list[Epoch] = []
    for number in range(1, epochs + 1):
        losses = []
        for chunk in _batches(len(data.train_labels), batch, order):
            losses.append(network.loss_gradient(data.train_images[chunk], data.train_labels[chunk]))
            optimiser.step()
        accuracy = network.accuracy(data.test_images, data.test_labels)
        history.append(Epoch(number, float(np.mean(losses)), accuracy))
        if after_epoch is not None:
            after_epoch(history[-1])
    seconds = time.perf_counter() - start
    return Result(name, chosen, gain, tuple(history), seconds, _learned(network))


def _batches(count: int, size: int, generator: np.random.Generator) -> list[NDArray[np.intp]]:
    order = generator.permutation(count)
    return [order[start : start + size] for start in range(0, count, size)]


def _learned(network: Network) -> dict[str, NDArray[np.float32]]:
    activated = [layer for layer in network.layers if isinstance(layer, Activated)]
    return {
        f"{name} of hidden layer {number}": values
        for number, layer in enumerate(activated, start=1)
        for name, values in layer.parameters.items()
    }
