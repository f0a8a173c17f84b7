"""Mean and variance from layer to layer: what self-normalisation means, measured."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from numact import digits
from numact.network import Activated, Dense

# Each activation with the initialisation its users give it, as gain**2 / inputs = variance of the weights;
# Glorot's is LeCun's where a layer has as many inputs as outputs.
CUSTOMARY = (
    ("selu", "LeCun normal", 1.0),
    ("tanh", "Glorot normal", 1.0),
    ("relu", "He normal", math.sqrt(2)),
)


@dataclass(frozen=True)
class Moments:
    """Mean and variance of the outputs of every layer of one network."""

    name: str
    initialisation: str
    means: tuple[float, ...]
    variances: tuple[float, ...]


def layer_moments(name: str, initialisation: str, gain: float, *, depth: int = 20, seed: int = 0) -> Moments:
    """Send the handwritten digits through untrained layers and measure what comes out of each.

    Parameters
    ----------
    name : str
        A registered elementwise activation.
    initialisation : str
        What to call the initialisation.
    gain : float
        The normal weights have variance gain**2 / inputs.
    depth : int
        Number of layers.
    seed : int
        Seed of the weights.

    Returns
    -------
    Moments
        Over all images and all units of a layer.
    """
    generator = np.random.default_rng(seed)
    x = digits.hidden_layer(seed=seed) * np.float32(gain)
    width = x.shape[1]
    means, variances = [], []
    for layer in range(depth):
        if layer:
            x = Dense(width, width, gain, generator).forward(x, None)
        x = Activated(name, width, {}).forward(x, None)
        means.append(float(x.mean(dtype=np.float64)))
        variances.append(float(x.var(dtype=np.float64)))
    return Moments(name, initialisation, tuple(means), tuple(variances))


def customary_moments(depth: int = 20, seed: int = 0) -> list[Moments]:
    """Measure SELU beside tanh and ReLU, each with its own initialisation.

    Parameters
    ----------
    depth, seed : int
        As for `layer_moments`.
    """
    return [layer_moments(*choice, depth=depth, seed=seed) for choice in CUSTOMARY]
