"""The handwritten digits that ship with the package."""

from __future__ import annotations

import numpy as np

from numact import digits


def test_the_images_are_whole() -> None:
    images, labels = digits.load()
    assert images.shape == (1797, 64)
    assert images.dtype == labels.dtype == np.uint8
    assert (images.min(), images.max()) == (0, 16)
    assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_each_load_is_the_callers_own() -> None:
    digits.load().images[:] = 0
    assert digits.load().images.max() == 16


def test_standardised_pixels_have_mean_zero_and_variance_one_or_nothing() -> None:
    pixels = digits.standardise(digits.load().images)
    assert pixels.dtype == np.float32
    np.testing.assert_allclose(pixels.mean(axis=0), 0, atol=1e-5)
    variances = pixels.var(axis=0)
    constant = np.ptp(digits.load().images, axis=0) == 0
    np.testing.assert_allclose(variances, np.where(constant, 0, 1), atol=1e-4)


def test_a_split_shares_no_image_between_its_parts_and_follows_its_seed() -> None:
    split = digits.split(seed=3)
    assert len(split.train_labels) + len(split.test_labels) == 1797
    assert abs(len(split.test_labels) / 1797 - 0.2) < 0.001
    everything = np.concatenate([split.train_labels, split.test_labels])
    assert np.array_equal(np.bincount(everything), np.bincount(digits.load().labels))
    assert np.array_equal(split.test_images, digits.split(seed=3).test_images)
    assert not np.array_equal(split.test_labels, digits.split(seed=4).test_labels)


def test_the_hidden_layer_is_what_an_activation_meets() -> None:
    hidden = digits.hidden_layer()
    assert hidden.shape == (1797, 256)
    assert hidden.dtype == np.float32
    assert abs(hidden.mean()) < 0.05
    assert 0.8 < hidden.std() < 1.2
