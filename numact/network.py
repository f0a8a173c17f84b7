"""A small multilayer perceptron in NumPy whose activations, forward and backward, are numact's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from numact import api
from numact.errors import NumactError

Array = NDArray[np.float32]


class Layer(Protocol):
    """What a network is made of."""

    parameters: dict[str, Array]
    gradients: dict[str, Array]

    def forward(self, x: Array, seed: int | None) -> Array:
        """Return the layer's output; a `seed` says that the network is training."""

    def backward(self, gradient: Array) -> Array:
        """Return the loss's gradient for the input, and keep those for the parameters."""


class Dense:
    """A fully connected layer, x @ weight + bias.

    Parameters
    ----------
    inputs, outputs : int
        The numbers of units on either side.
    gain : float
        The normal weights have variance gain**2 / inputs.
    generator : numpy.random.Generator
        Where the weights are drawn from.
    """

    def __init__(self, inputs: int, outputs: int, gain: float, generator: np.random.Generator) -> None:
        weight = generator.standard_normal((inputs, outputs)) * (gain / np.sqrt(inputs))
        self.parameters = {"weight": weight.astype(np.float32), "bias": np.zeros(outputs, np.float32)}
        self.gradients: dict[str, Array] = {}
        self._input = np.empty((0, inputs), np.float32)

    def forward(self, x: Array, seed: int | None) -> Array:
        """Return x @ weight + bias."""
        self._input = x
        output: Array = x @ self.parameters["weight"]
        output += self.parameters["bias"]
        return output

    def backward(self, gradient: Array) -> Array:
        """Return gradient @ weight.T."""
        self.gradients = {"weight": self._input.T @ gradient, "bias": gradient.sum(axis=0)}
        for_input: Array = gradient @ self.parameters["weight"].T
        return for_input


class Activated:
    """A layer that applies one activation, and learns the parameters it has per channel.

    Parameters
    ----------
    name : str
        A registered elementwise activation.
    channels : int
        The number of units; a learnable parameter gets one value for each.
    params : mapping, optional
        Parameters of the activation other than its defaults.

    Notes
    -----
    A random activation draws its slopes from the seed of the training step, and the backward pass draws
    the same ones from the same seed. Outside training it takes the mean slope.
    """

    def __init__(self, name: str, channels: int, params: dict[str, Any]) -> None:
        spec = api.get(name).spec
        if spec.kind not in ("elementwise", "random"):
            raise NumactError(
                f"{spec.name} is of kind {spec.kind}; a hidden layer takes an elementwise activation"
            )
        self._name = spec.name
        self._random = spec.kind == "random"
        self._fixed = dict(params)
        self.parameters = {
            param.name: np.full(channels, self._fixed.pop(param.name, param.default), np.float32)
            for param in spec.params
            if param.kind == "channel"
        }
        self.gradients: dict[str, Array] = {}
        self._input = np.empty((0, channels), np.float32)
        self._arguments: dict[str, Any] = {}

    def forward(self, x: Array, seed: int | None) -> Array:
        """Return the activation of `x`."""
        drawn = {"training": True, "seed": seed} if self._random and seed is not None else {}
        self._input = x
        self._arguments = {**self._fixed, **self.parameters, **drawn}
        output: Array = api.apply(self._name, x, **self._arguments)
        return output

    def backward(self, gradient: Array) -> Array:
        """Return the activation's vector-Jacobian product."""
        wrt = ("x", *self.parameters)
        for_input, *others = api.vjp(self._name, self._input, gradient, wrt=wrt, **self._arguments)
        self.gradients = dict(zip(self.parameters, others, strict=True))
        return np.asarray(for_input)


@dataclass
class Network:
    """Layers one after the other."""

    layers: Sequence[Layer]
    _generator: np.random.Generator = field(default_factory=np.random.default_rng)

    def forward(self, x: Array, training: bool = False) -> Array:
        """Return the logits for a batch of inputs."""
        for layer in self.layers:
            seed = int(self._generator.integers(2**32)) if training else None
            x = layer.forward(x, seed)
        return x

    def backward(self, gradient: Array) -> None:
        """Leave the gradient of the loss for every parameter in its layer."""
        for layer in reversed(self.layers):
            gradient = layer.backward(gradient)

    def loss_gradient(self, x: Array, labels: NDArray[np.intp]) -> float:
        """Return the mean cross-entropy over a training batch, and leave its gradients in the layers.

        Parameters
        ----------
        x : ndarray
            Inputs of shape (batch, pixels).
        labels : ndarray of int
            The right class of each.
        """
        logits = self.forward(x, training=True)
        rows = np.arange(len(labels))
        gradient = np.zeros_like(logits)
        gradient[rows, labels] = -1.0 / len(labels)
        log_probability, for_logits = api.get("log_softmax").value_and_vjp(logits, gradient)
        self.backward(for_logits)
        return float(-log_probability[rows, labels].mean())

    def accuracy(self, x: Array, labels: NDArray[np.intp]) -> float:
        """Return the share of inputs whose largest logit is the right one."""
        return float((self.forward(x).argmax(axis=1) == labels).mean())

    @classmethod
    def perceptron(
        cls, widths: Sequence[int], name: str, gain: float, seed: int, params: dict[str, Any] | None = None
    ) -> Network:
        """Build a perceptron with the activation after every layer but the last.

        Parameters
        ----------
        widths : sequence of int
            Units of each layer, the inputs' and the outputs' included.
        name : str
            The activation.
        gain : float
            Gain of the weights that feed an activation or come from one.
        seed : int
            Seed of the weights and of random activations.
        params : mapping, optional
            Parameters of the activation other than its defaults.
        """
        generator = np.random.default_rng(seed)
        layers: list[Layer] = []
        for inputs, outputs in pairwise(widths[:-1]):
            layers += [Dense(inputs, outputs, gain if layers else 1.0, generator)]
            layers += [Activated(name, outputs, params or {})]
        layers.append(Dense(widths[-2], widths[-1], 1.0, generator))
        return cls(layers, generator)


class Adam:
    """The Adam optimiser of Kingma and Ba (https://arxiv.org/abs/1412.6980).

    Parameters
    ----------
    network : Network
        Whose parameters to change, in place.
    rate : float
        The learning rate.
    """

    def __init__(self, network: Network, rate: float = 1e-3) -> None:
        self._layers = network.layers
        self._rate = rate
        self._steps = 0
        self._moments: dict[tuple[int, str], tuple[Array, Array]] = {}

    def step(self) -> None:
        """Move every parameter along its gradient."""
        self._steps += 1
        for index, layer in enumerate(self._layers):
            for name, gradient in layer.gradients.items():
                first, second = self._moments.setdefault(
                    (index, name), (np.zeros_like(gradient), np.zeros_like(gradient))
                )
                first += 0.1 * (gradient - first)
                second += 0.001 * (gradient * gradient - second)
                mean = first / (1 - 0.9**self._steps)
                scale = np.sqrt(second / (1 - 0.999**self._steps)) + 1e-8
                layer.parameters[name] -= self._rate * mean / scale
