"""Mean and variance from layer to layer: what self-normalisation means, measured."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from numact import api, digits
from numact.errors import NumactError
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


# Beyond so many deviations, the normal density adds nothing to a float64 sum.
_WIDEST = 12.0
_NODES = 128


@cache
def _gauss_legendre() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give nodes and weights on -1 to 1."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    return nodes, weights


def moment_map(
    name: str, mean: float, variance: float, *, weight_sum: float = 0.0, weight_squares: float = 1.0
) -> tuple[float, float]:
    """Map the mean and variance of a layer's inputs to those of its outputs.

    Parameters
    ----------
    name : str
        A registered elementwise activation f.
    mean, variance : float
        Of the inputs, which are independent.
    weight_sum, weight_squares : float
        Sum of a unit's weights and sum of their squares: 0 and 1 for LeCun's initialisation.

    Returns
    -------
    mean, variance : float
        E[f(z)] and Var[f(z)] of a normal z with mean ``weight_sum * mean`` and variance
        ``weight_squares * variance``, which is what the sum over many inputs tends to.

    Notes
    -----
    Klambauer, Unterthiner, Mayr and Hochreiter, Self-Normalizing Neural Networks, NeurIPS 2017, equations 4
    and 5. The integrals are Gauss-Legendre sums, on each side of a kink by itself.
    """
    centre, deviation = weight_sum * mean, math.sqrt(weight_squares * variance)
    spec = api.get(name).spec
    kinks = (spec.parsed_bound(kink).value() for kink in spec.kinks)
    low, high = centre - _WIDEST * deviation, centre + _WIDEST * deviation
    edges = np.array([low, *sorted(kink for kink in kinks if low < kink < high), high])
    nodes, weights = _gauss_legendre()
    half = np.diff(edges)[:, None] / 2
    z = (edges[:-1, None] + half) + half * nodes
    density = np.exp(-0.5 * ((z - centre) / deviation) ** 2) / (deviation * math.sqrt(2 * math.pi))
    share = half * weights * density
    values = api.apply(name, z)
    expected = float(np.sum(share * values))
    return expected, float(np.sum(share * (values - expected) ** 2))


def fixed_point(
    name: str, *, mean: float = 0.0, variance: float = 1.5, steps: int = 1000
) -> tuple[float, float]:
    """Find the mean and variance that a layer leaves as they are, with LeCun's initialisation.

    Parameters
    ----------
    name : str
        A registered elementwise activation without required parameters.
    mean, variance : float
        Where to start.
    steps : int
        Layers at most.

    Returns
    -------
    mean, variance : float
        Where layer after layer leads.

    Raises
    ------
    NumactError
        If it leads nowhere within so many layers.
    """
    for _ in range(steps):
        following = moment_map(name, mean, variance)
        if math.dist(following, (mean, variance)) < 1e-14:
            return following
        mean, variance = following
    raise NumactError(f"mean and variance under {name} settle at no fixed point within {steps} layers")
