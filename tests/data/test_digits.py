"""The digits of scikit-learn."""

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from hw1.data import digits
from hw1.streams import stream


@pytest.fixture(scope="module")
def split():
    return digits(stream("digits", 1), train=400, test=300)


def test_shapes_and_types_are_as_promised(split):
    assert (split.x_train.shape, split.x_test.shape, split.classes) == ((400, 64), (300, 64), 10)
    assert (split.y_train.shape, split.y_test.shape) == ((400,), (300,))
    assert {split.x_train.dtype, split.x_test.dtype} == {np.dtype(np.float32)}
    assert {split.y_train.dtype, split.y_test.dtype} == {np.dtype(np.int64)}


def test_the_training_part_alone_sets_the_scale(split):
    """Oracle: undo the scale of the training part, and whole grey values come back in both parts, with their labels."""
    pixels, labels = load_digits(return_X_y=True)
    known = {tuple(row): label for row, label in zip(pixels, labels, strict=True)}
    order = stream("digits", 1).permutation(1797)
    raw = pixels[order[:400]]
    for x, y in ((split.x_train, split.y_train), (split.x_test, split.y_test)):
        rows = np.rint(grey := x.astype(float) * raw.std() + raw.mean())
        np.testing.assert_allclose(grey, rows, atol=1e-5)  # float32 of numbers up to 16
        assert [known[tuple(row)] for row in rows] == y.tolist()
    assert split.x_train.mean() == pytest.approx(0, abs=1e-5)
    assert split.x_train.std() == pytest.approx(1, abs=1e-5)


def test_no_image_is_in_both_parts(split):
    """The data hold no two equal images, so equal rows would be the same image."""
    assert len(np.unique(np.concatenate([split.x_train, split.x_test]), axis=0)) == 700


def test_the_labels_belong_to_the_images(split):
    """Logistic regression reaches 95% in the literature and 10% on shuffled labels; 85% lies far from both."""
    model = LogisticRegression(max_iter=1000).fit(split.x_train, split.y_train)
    assert model.score(split.x_test, split.y_test) > 0.85


def test_another_stream_draws_another_split(split):
    again, other = (digits(stream("digits", seed), train=400, test=300) for seed in (1, 2))
    assert np.array_equal(split.y_train, again.y_train)
    assert not np.array_equal(split.y_train, other.y_train)


@pytest.mark.parametrize(("train", "test"), [(1000, 798), (0, 10), (10, 0)])
def test_more_digits_than_there_are_is_refused(train, test):
    with pytest.raises(ValueError, match=f"{train} training and {test} test digits cannot be drawn from 1797"):
        digits(stream("digits", 1), train=train, test=test)
