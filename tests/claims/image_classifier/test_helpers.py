"""What the experiments on image classifiers are made of."""

import numpy as np

from hw1.claims.image_classifier.pooling import SHIFTS, shifted


def test_a_shift_moves_whole_pixels_and_repeats_the_border():
    """Oracle: numpy's padding and slicing."""
    images = np.random.default_rng(0).normal(size=(2, 3, 2 * 4 * 5)).astype(np.float32)
    planes = np.pad(images.reshape(2, 3, 2, 4, 5), [(0, 0)] * 3 + [(1, 1)] * 2, mode="edge")
    for down, right in SHIFTS:
        expected = planes[..., 1 - down : 5 - down, 1 - right : 6 - right]
        assert np.array_equal(shifted(images, (2, 4, 5), down, right), expected.reshape(2, 3, -1))
