"""The handwritten digits that the demonstration and the example network work on."""

from __future__ import annotations

import gzip
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_PIXELS = 64


class Digits(NamedTuple):
    """Images of handwritten digits and what they show."""

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]


class Split(NamedTuple):
    """Images and labels to learn from, and others to test with."""

    train_images: NDArray[np.float32]
    train_labels: NDArray[np.intp]
    test_images: NDArray[np.float32]
    test_labels: NDArray[np.intp]


def load() -> Digits:
    """Read the UCI handwritten digits that numact ships.

    Returns
    -------
    Digits
        ``images`` of shape (1797, 64), pixels from 0 to 16, and ``labels`` of shape (1797,), both uint8.

    Notes
    -----
    Source and licence stand in ``numact/data/digits.txt``: E. Alpaydin and C. Kaynak, Optical Recognition
    of Handwritten Digits, UCI Machine Learning Repository, CC BY 4.0.
    """
    packed = (files("numact") / "data" / "digits.gz").read_bytes()
    table = np.frombuffer(gzip.decompress(packed), dtype=np.uint8).reshape(-1, _PIXELS + 1)
    return Digits(images=table[:, :_PIXELS].copy(), labels=table[:, _PIXELS].copy())


def standardise(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Shift and scale every pixel to mean 0 and variance 1 over the images.

    Parameters
    ----------
    images : ndarray
        Array of shape (images, pixels).

    Returns
    -------
    ndarray
        float32, of the same shape; a pixel that never changes becomes 0.
    """
    values = images.astype(np.float64)
    deviation = values.std(axis=0)
    deviation[deviation == 0] = 1.0
    standardised: NDArray[np.float64] = (values - values.mean(axis=0)) / deviation
    return standardised.astype(np.float32)


def split(seed: int = 0, test_fraction: float = 0.2) -> Split:
    """Shuffle the standardised digits and set a part of them aside for testing.

    Parameters
    ----------
    seed : int
        Seed of the shuffle.
    test_fraction : float
        Share of the images to test with, between 0 and 1.

    Returns
    -------
    Split
        Images float32, labels as integers that index.
    """
    images, labels = load()
    order = np.random.default_rng(seed).permutation(len(labels))
    x = standardise(images)[order]
    y = labels[order].astype(np.intp)
    cut = len(y) - round(test_fraction * len(y))
    return Split(x[:cut], y[:cut], x[cut:], y[cut:])


def hidden_layer(width: int = 256, seed: int = 0) -> NDArray[np.float32]:
    """Project the standardised digits to the inputs of a hidden layer.

    Parameters
    ----------
    width : int
        Number of units in the layer.
    seed : int
        Seed of the normal weights, whose variance is one over the number of pixels.

    Returns
    -------
    ndarray
        float32 of shape (1797, `width`): what an activation meets in a freshly initialised network.
    """
    weights = np.random.default_rng(seed).standard_normal((_PIXELS, width)) / np.sqrt(_PIXELS)
    projected: NDArray[np.float32] = standardise(load().images) @ weights.astype(np.float32)
    return projected
