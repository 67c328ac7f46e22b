"""One classification problem per seed, from every data set."""

from types import SimpleNamespace

import numpy as np
import pytest

from hw1.data import SHAPES, digits, problem
from hw1.data import cifar10 as images_of
from hw1.data.cifar10 import NAMES
from hw1.data.problems import _channel_scale, _planes, _white, external_data
from hw1.streams import stream


def rngs(*seeds):
    return [stream("problems", seed, "data") for seed in seeds]


def test_each_seed_has_its_own_examples_whatever_its_company():
    both, second = (
        problem("digits", train=20, test=10, rngs=rngs(0, 1)),
        problem("digits", train=20, test=10, rngs=rngs(1)),
    )
    alone = digits(*rngs(1), train=20, test=10)
    for part in ("x_train", "y_train", "x_test", "y_test"):
        assert np.array_equal(getattr(both, part)[1], getattr(alone, part))
        assert np.array_equal(getattr(both, part)[1:], getattr(second, part))
    assert not np.array_equal(both.x_train[0], both.x_train[1])


@pytest.mark.parametrize("data", ["digits", "mnist1d"])
def test_the_shape_of_a_data_set_is_that_of_its_examples(data):
    made = problem(data, train=20, test=10, rngs=rngs(0))
    assert made.x_train.shape == (1, 20, np.prod(SHAPES[data]))
    assert (made.x_test.shape[:2], made.y_test.shape) == ((1, 10), (1, 10))


@pytest.mark.parametrize(
    ("asked", "message"), [({"data": "mnist"}, "data='mnist' is unknown"), ({"scale": "none"}, "scale='none'")]
)
def test_unknown_names_are_refused(asked, message):
    with pytest.raises(ValueError, match=message):
        problem(**{"data": "digits", "train": 2, "test": 2, "rngs": rngs(0), **asked})


def test_images_are_standardised_by_channel():
    """Oracle: numpy's mean and deviation."""
    images = np.random.default_rng(1).integers(0, 256, (20, 4, 4, 3), dtype=np.uint8)
    mean, deviation = _channel_scale(images)
    np.testing.assert_allclose(mean, images.mean((0, 1, 2)), rtol=1e-6)
    np.testing.assert_allclose(deviation, images.std((0, 1, 2)), rtol=1e-6)
    planes = _planes(images, mean, deviation).reshape(20, 3, 4, 4)
    np.testing.assert_allclose(planes[7, 2, 1, 3], (images[7, 1, 3, 2] - mean[2]) / deviation[2], rtol=1e-6)


def test_whitened_images_have_mean_0_and_deviation_1_each_and_uniform_ones_are_0():
    images = stream("whitened").integers(256, size=(3, 32, 32, 3), dtype=np.uint8)
    images[2] = 77
    flat = _white(images)
    assert flat.shape == (3, 28 * 28 * 3)
    np.testing.assert_allclose(flat.mean(1), 0, atol=1e-5)  # float32 sums of 2,352 numbers near 1
    np.testing.assert_allclose(flat.std(1), [1, 1, 0], atol=1e-5)
    centre = images[0, 2:30, 2:30].reshape(-1).astype(float)
    np.testing.assert_allclose(flat[0], (centre - centre.mean()) / centre.std(), atol=1e-5)


def test_the_scale_of_images_comes_from_the_training_part_that_was_drawn(tiny_cifar10):
    made = problem("cifar10", train=12, test=10, rngs=rngs(0, 1))
    assert made.x_train.shape == (2, 12, 3072)
    planes = made.x_train.reshape(2, 12, 3, 1024)
    np.testing.assert_allclose(planes.mean((1, 3)), 0, atol=1e-5)
    np.testing.assert_allclose(planes.std((1, 3)), 1, atol=1e-5)
    rows = images_of().train.images.reshape(30, -1)
    assert not np.allclose(rows.mean(), images_of().test.images.mean(), atol=0.1), (
        "else the test part could be the scale"
    )


@pytest.mark.parametrize("scale", ["channels", "whitened"])
def test_images_keep_their_labels(tiny_cifar10, made_up, scale):
    data = problem("cifar10", train=30, test=10, rngs=rngs(0), scale=scale)
    for part, per_class, x, y in (("train", 3, data.x_train, data.y_train), ("test", 1, data.x_test, data.y_test)):
        assert sorted(y[0]) == [label for label in range(10) for _ in range(per_class)]
        for row, label in zip(x[0], y[0], strict=True):
            own = [made_up(part, NAMES[label], number) for number in range(per_class)]
            assert max(_alike(row, image, scale) for image in own) > 0.999


def _alike(row, image, scale):
    """Correlation of a row with an image, for each channel where it was scaled by channel."""
    if scale == "whitened":
        return np.corrcoef(row, _white(image[None])[0])[0, 1]
    planes = image.transpose(2, 0, 1).reshape(3, -1).astype(float)
    return min(np.corrcoef(a, b)[0, 1] for a, b in zip(row.reshape(3, -1), planes, strict=True))


def test_more_images_than_there_are_are_refused(tiny_cifar10):
    with pytest.raises(ValueError, match="31 images cannot be drawn from 30"):
        problem("cifar10", train=31, test=10, rngs=rngs(0))


@pytest.mark.parametrize(
    "value", ["cifar10", ("digits", "cifar10"), {"test": ["cifar10"]}], ids=["text", "tuple", "dict"]
)
def test_data_that_a_setting_names_inside_of_a_field_are_external_too(value, monkeypatch):
    monkeypatch.setattr("hw1.data.problems.cifar10_digest", lambda: "digest")
    assert external_data(SimpleNamespace(data=value, train=3)) == "digest"
    assert external_data(SimpleNamespace(data="digits", train=3)) == ""
