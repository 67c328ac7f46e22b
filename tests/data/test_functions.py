"""Functions to fit."""

import numpy as np
import pytest

from hw1.data import TARGETS, grid
from hw1.data.functions import elementwise

X = grid(2001)


@pytest.mark.parametrize(
    ("name", "oracle"),
    [
        ("sin 5 pi x", lambda x: np.imag(np.exp(5j * np.pi * x))),
        ("sin 2 pi x", lambda x: 2 * np.sin(np.pi * x) * np.cos(np.pi * x)),
        ("sinc", lambda x: np.where(x == 0, 1, np.sin(5 * np.pi * x) / np.where(x == 0, 1, 5 * np.pi * x))),
        ("square", lambda x: np.sign(np.sin(5 * np.pi * x))),
    ],
)
def test_each_target_is_what_its_name_says(name, oracle):
    values = TARGETS[name](X)
    x = X[np.abs(np.sin(5 * np.pi * X)) > 1e-9] if name == "square" else X  # on which side of a jump, rounding decides
    np.testing.assert_allclose(TARGETS[name](x), oracle(x), atol=1e-12)  # a few roundings of numbers up to 5 pi
    assert values.shape == X.shape
    assert values.dtype == np.float64


def test_every_target_has_a_test():
    assert set(TARGETS) == {"sin 5 pi x", "sin 2 pi x", "sinc", "square"}


def test_the_square_wave_has_no_accidental_sign_at_its_jumps():
    assert TARGETS["square"](np.array([-1.0, -0.6, -0.2, 0.0, 0.2, 0.4, 1.0])).tolist() == [0.0] * 7


def test_a_grid_is_even_and_has_both_ends():
    assert grid(5, 0, 1).tolist() == [[0.0], [0.25], [0.5], [0.75], [1.0]]


@pytest.mark.parametrize(("points", "low", "high"), [(1, -1, 1), (5, 1, 1), (5, 0, float("nan"))])
def test_a_grid_without_extent_is_refused(points, low, high):
    with pytest.raises(ValueError, match="Use 2 points or more, low < high"):
        grid(points, low, high)


def test_a_function_that_works_in_place_leaves_the_points_as_they_are():
    def scaled(x):
        x *= 5 * np.pi
        return np.sin(x)

    points = np.linspace(-1, 1, 7)[:, None]
    found = elementwise(scaled)(points)
    np.testing.assert_allclose(found, np.sin(5 * np.pi * np.linspace(-1, 1, 7)[:, None]))
    assert points[0, 0] == -1.0


def test_a_function_that_is_not_finite_is_told_without_a_warning():
    with pytest.raises(ValueError, match="The function to fit is -inf at 0"):
        elementwise(np.log)(np.zeros((2, 1)))
