"""What the experiments on image classifiers are made of."""

import numpy as np

from hw1.claims.image_classifier._fit import _channel_scale, _planes
from hw1.claims.image_classifier.pooling import SHIFTS, shifted


def test_a_shift_moves_whole_pixels_and_repeats_the_border():
    """Oracle: numpy's padding and slicing."""
    images = np.random.default_rng(0).normal(size=(2, 3, 2 * 4 * 5)).astype(np.float32)
    planes = np.pad(images.reshape(2, 3, 2, 4, 5), [(0, 0)] * 3 + [(1, 1)] * 2, mode="edge")
    for down, right in SHIFTS:
        expected = planes[..., 1 - down : 5 - down, 1 - right : 6 - right]
        assert np.array_equal(shifted(images, (2, 4, 5), down, right), expected.reshape(2, 3, -1))


def test_images_are_standardised_by_channel():
    """Oracle: numpy's mean and deviation."""
    images = np.random.default_rng(1).integers(0, 256, (20, 4, 4, 3), dtype=np.uint8)
    mean, deviation = _channel_scale(images)
    np.testing.assert_allclose(mean, images.mean((0, 1, 2)), rtol=1e-6)
    np.testing.assert_allclose(deviation, images.std((0, 1, 2)), rtol=1e-6)
    planes = _planes(images, mean, deviation).reshape(20, 3, 4, 4)
    np.testing.assert_allclose(planes[7, 2, 1, 3], (images[7, 1, 3, 2] - mean[2]) / deviation[2], rtol=1e-6)
