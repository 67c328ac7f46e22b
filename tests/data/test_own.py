"""A data set of one's own is drawn from like ours, in the forms that people have."""

import io

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from scipy.sparse import csr_matrix
from sklearn.datasets import load_digits, load_iris
from sklearn.utils import Bunch
from torch.utils.data import DataLoader, Subset, TensorDataset

from hw1.data import SHAPES, problem
from hw1.data.own import examples_of
from hw1.replaced import Replacements, replacing
from hw1.streams import stream

RNG = np.random.Generator(np.random.Philox(3))
TABLE = RNG.normal([5, -2, 100], [1, 3, 50], (60, 3))
LABELS = np.array(["a", "b", "c"] * 20)


FRAME = pd.DataFrame({"size": [1, 2, 3], "colour": [4.0, 5.0, "red"]})


WITH_NAN = np.where(np.indices((20, 3, 8, 8)).T @ (1000, 100, 10, 1) == 4213, np.nan, 0.0).T


class Pictures:
    """What torchvision's sets look like: a length, and a picture of height, width and channels with its label."""

    def __init__(self, shape, n=30):
        self.pixels = RNG.integers(0, 256, (n, *shape), dtype=np.uint8)

    def __len__(self):
        return len(self.pixels)

    def __getitem__(self, i):
        return Picture(self.pixels[i]), i % 4


class Picture:
    """Like one of PIL: no array, but one can be made of it."""

    def __init__(self, pixels):
        self.pixels = pixels

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.pixels, dtype)


def torn():
    """A picture whose file was cut short: opened, and not yet read."""
    whole = io.BytesIO()
    Image.fromarray(RNG.integers(0, 256, (6, 6, 3), dtype=np.uint8)).save(whole, "PNG")
    return Image.open(io.BytesIO(whole.getvalue()[:80]))


def rng(seed=0):
    return stream("own data", 1, seed, "data")


def test_parts_have_no_common_example_and_each_feature_is_standardised_by_the_training_part():
    rows = np.arange(60.0)[:, None]
    split = examples_of((np.hstack([TABLE, rows]), LABELS)).draw(rng(), train=40, test=20)
    np.testing.assert_allclose(split.x_train.mean(0), 0, atol=1e-6)
    np.testing.assert_allclose(split.x_train.std(0), 1, atol=1e-6)
    both = np.concatenate([split.x_train[:, 3], split.x_test[:, 3]])
    assert len(np.unique(both)) == 60
    number = np.rint(both * np.arange(60)[rng().permutation(60)[:40]].std() + rng().permutation(60)[:40].mean())
    assert [LABELS[int(i)] for i in number] == [("a", "b", "c")[y] for y in [*split.y_train, *split.y_test]]


def test_other_seeds_draw_other_parts_and_equal_seeds_the_same():
    data = examples_of((TABLE, LABELS))
    first, again, other = (data.draw(rng(seed), train=40, test=20).x_train for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_test_set_of_its_own_is_never_trained_on():
    data = examples_of((TABLE, LABELS, TABLE + 1e4, LABELS))
    split = data.draw(rng(), train=60, test=60)
    assert split.x_train.max() < 10 < 50 < split.x_test.min()


def test_tensors_frames_and_data_sets_are_the_same_data():
    forms = [
        (TABLE, LABELS),
        (torch.tensor(TABLE), np.unique(LABELS, return_inverse=True)[1]),
        (pd.DataFrame(TABLE), pd.Series(LABELS)),
        (pd.DataFrame(TABLE).assign(kind=LABELS), "kind"),
        (csr_matrix(TABLE), LABELS[:, None]),
        Bunch(data=TABLE, target=LABELS),
        TensorDataset(torch.tensor(TABLE), torch.arange(60) % 3),
        Subset(TensorDataset(torch.tensor(TABLE), torch.arange(60) % 3), range(60)),
    ]
    drawn = [examples_of(form).draw(rng(), train=40, test=20) for form in forms]
    for other in drawn[1:]:
        np.testing.assert_allclose(other.x_train, drawn[0].x_train, rtol=1e-5, atol=1e-6)
        assert np.array_equal(other.y_test, drawn[0].y_test)


def test_bunches_of_scikit_learn_come_as_they_are():
    assert repr(examples_of(load_iris(as_frame=True))) == "150 examples of shape (1, 1, 4) in 3 classes"
    assert repr(examples_of(load_digits())) == "1797 examples of shape (1, 8, 8) in 10 classes"


def test_two_parts_of_a_data_set_train_and_test():
    whole = TensorDataset(torch.tensor(TABLE), torch.arange(60) % 3)
    for form in (list, tuple):
        data = examples_of(form([Subset(whole, range(40)), Subset(whole, range(40, 60))]))
        assert len(data.draw(rng(), train=40, test=20).x_test) == 20
        with pytest.raises(ValueError, match="41 training and 20 test examples cannot be drawn from 40 and 20"):
            data.draw(rng(), train=41, test=20)


@pytest.mark.parametrize(
    ("shape", "seen"),
    [
        ((20, 9, 8, 3), (3, 9, 8)),  # channels last, as Keras and Pillow have them
        ((20, 9, 8, 1), (1, 9, 8)),
        ((20, 3, 9, 8), (3, 9, 8)),
        ((20, 16, 4, 4), (16, 4, 4)),  # as a layer of a net gives them
        ((20, 1, 40, 3), (1, 40, 3)),
    ],
)
def test_the_channels_of_images_are_found_where_their_shape_tells_where_they_are(shape, seen):
    x = RNG.normal(size=shape).astype(np.float32)
    data = examples_of((x, [0, 1] * 10))
    assert data.shape == seen
    assert np.array_equal(data._x, x if shape[1:] == seen else x.transpose(0, 3, 1, 2))


def test_pictures_become_channel_row_and_column_and_each_channel_is_standardised():
    pictures = Pictures((5, 4, 3))
    data = examples_of(pictures)
    assert (data.shape, data.classes) == ((3, 5, 4), 4)
    split = data.draw(rng(), train=25, test=5)
    planes = split.x_train.reshape(25, 3, 5, 4)
    np.testing.assert_allclose(planes.mean((0, 2, 3)), 0, atol=1e-6)
    order = rng().permutation(30)[:25]
    expected = pictures.pixels[order].transpose(0, 3, 1, 2).astype(float)
    scaled = (expected - expected.mean((0, 2, 3), keepdims=True)) / expected.std((0, 2, 3), keepdims=True)
    np.testing.assert_allclose(planes, scaled, rtol=1e-4, atol=1e-5)
    assert examples_of((Pictures((6, 6)), Pictures((6, 6)))).shape == (1, 6, 6)


def test_constant_features_become_zero():
    split = examples_of((np.ones((20, 2)), [0, 1] * 10)).draw(rng(), train=10, test=10)
    assert not split.x_train.any()
    assert not split.x_test.any()


def test_a_feature_that_is_constant_in_the_training_part_becomes_zero_in_the_other():
    """The deviation of many a constant, 0.1 too, is rounding and not 0."""
    for value in (0.1, 0.3, 123.456, 1e-3):
        x = np.full((400, 2), value)
        x[:, 0], x[-1, 1] = np.arange(400), 2 * value
        split = examples_of((x[:200], [0, 1] * 100, x[200:], [0, 1] * 100)).draw(rng(), train=200, test=200)
        assert not split.x_train[:, 1].any()
        assert not split.x_test[:, 1].any()


def test_a_column_of_labels_may_have_a_number_for_a_name():
    frame = pd.DataFrame({0: np.arange(20.0), 6: ["a", "b"] * 10})
    assert (
        repr(examples_of((frame, 6)))
        == repr(examples_of((frame, "6")))
        == "20 examples of shape (1, 1, 1) in 2 classes"
    )


def test_the_room_for_problems_gives_ones_own_data_for_every_name():
    own = Replacements(data=examples_of((TABLE, LABELS)))
    with replacing(own, "arm") as now:
        drawn = problem("mnist1d", train=40, test=20, rngs=[rng(0), rng(1)])
        assert SHAPES["cifar10"] == (1, 1, 3)
    assert drawn.x_train.shape == (2, 40, 3)
    assert now.asked == {"data": ["mnist1d", "cifar10"]}
    assert SHAPES["cifar10"] == (3, 32, 32)
    assert problem("mnist1d", train=4, test=2, rngs=[rng(0)]).x_train.shape == (1, 4, 40)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ((TABLE, LABELS[:5]), "60 examples and 5 labels do not pair up"),
        ((TABLE, np.arange(60)), "have 60 classes, and every net here has 10 outputs"),
        (
            (np.where(TABLE > 100, np.nan, TABLE), LABELS),
            r"34 numbers in x are missing \(NaN\), the first in row 1, column 2\. Fill them",
        ),
        ((TABLE[:, 0], LABELS), r"shape \(60,\) is none of"),
        ((TABLE, TABLE), r"Labels of shape \(60, 3\) are not one label per example"),
        (
            (TABLE, LABELS, TABLE[:, :2], LABELS),
            r"Test examples have the shape \(1, 1, 2\), training examples \(1, 1, 3\)",
        ),
        ("iris.csv", "data of type str is not a form that can be read"),
        (
            (TABLE, LABELS, TABLE),
            "data of type tuple of 3 is not a form that can be read: give .x, y., .x, y, x_test, y",
        ),
        (TABLE, "data of type ndarray is not a form that can be read"),
        (FRAME, r"type DataFrame .* needs its column of labels, \(frame, 'colour'\), or \(frame\[features\], labels\)"),
        ((FRAME, LABELS), r"x holds 'red', which is no number, in row 2, column 'colour'\. Give numbers only"),
        (([[1.0, 2.0], [3.0, "blue"]], [0, 1]), "x holds 'blue', which is no number, in row 1, column 1"),
        (([[1.0, 2.0], [3.0, None]], [0, 1]), "1 numbers in x are missing .NaN., the first in row 1, column 1"),
        ((TABLE + 1j, LABELS), r"x holds '\S+j\)', which is no number, in row 0, column 0"),
        ((np.array([["2020-01-01"]] * 2, "M8[D]"), [0, 1]), "x holds '2020-01-01', which is no number"),
        (({"a": [1]}, [0]), "x of type dict is no array of numbers"),
        (([[1.0], [2.0, 3.0]], [0, 1]), r"its rows differ in shape \(row 1 \(2,\), row 0 \(1,\)\)"),
        ((np.empty((0, 3)), []), r"x of shape \(0, 3\) is empty"),
        ((TABLE * 1e300, LABELS), "180 numbers in x are infinite or too large, the first in row 0, col"),
        ((TABLE, [*LABELS[:-1], None]), "missing labels: 1, the first in row 59"),
        ((TABLE, [float("nan"), *range(1, 60)]), "missing labels: 1, the first in row 0"),
        ((TABLE, np.array([1, "1"] * 30, object)), r"labels are of several kinds \(int, str\)"),
        ((TABLE, np.eye(3)[np.arange(60) % 3]), r"of one-hot rows, y\.argmax\(1\)"),
        ((TABLE, [[0], [1, 2]]), "Labels of several lengths are not one label per example"),
        ((FRAME, "color"), r"no column 'color' in the frame \(did you mean colour\?\): there are size, colour"),
        ((FRAME[["size"]], "size"), "the frame has the column size alone, and no features"),
        ((FRAME.assign(town="Rome"), "size"), r"column 'town' \(columns that are no numbers: colour, town\)"),
        ((pd.DataFrame({"a": [1.0, np.nan], "b": [0, 1]}), "b"), r"missing \(NaN\), the first in row 1, column 'a'"),
        (
            (np.array([[pd.NA, "red"]], object), [0]),
            r"x holds 'red', which is no number, in row 0, column 1\. Give numbers only",
        ),
        ((TABLE, pd.array([1, None, *range(58)], "Int64")), "missing labels: 1, the first in row 1"),
        ((TABLE, ["a"] * 60), "All labels are 'a': nothing is to be told apart"),
        ((TABLE, LABELS, TABLE, [*LABELS[:-1], "new"]), "The class 'new' is in the test set alone, and no net can"),
        ((FRAME.assign(a=1.0), FRAME.assign(b=1.0), "colour"), "the two tables have other columns, and .* has a, b"),
        ({"data": TABLE}, "data of type dict holds data, and `data` and `target` are read"),
        (DataLoader(TensorDataset(torch.zeros(2, 1))), "give the data set of the loader, loader.dataset"),
        (
            (np.zeros((20, 9, 8, 2)), [0, 1] * 10),
            r"x of shape \(20, 9, 8, 2\) is taken for .* Give x\.transpose\(0, 3, 1, 2\) if it holds the channels",
        ),
        ((WITH_NAN, [0, 1] * 10), r"missing \(NaN\), the first in example 4, at \(2, 1, 3\)"),
        (
            ([np.zeros((5, 5)), np.zeros((6, 5))], [0, 1]),
            r"its rows differ in shape \(row 1 \(6, 5\), row 0 \(5, 5\)\)",
        ),
    ],
    ids=range(38),
)
def test_what_cannot_be_drawn_from_is_refused_in_words(data, message):
    with pytest.raises(ValueError, match=message):
        examples_of(data)


def test_two_tables_are_joined_by_the_names_of_their_columns():
    first = pd.DataFrame({"a": [1.0, 2.0], "b": [10.0, 20.0], "kind": ["x", "y"]})
    data = examples_of((first, first[["kind", "b", "a"]], "kind"))
    assert np.array_equal(data._x, data._x_test)


def test_a_large_offset_takes_nothing_from_a_column():
    """Seconds since 1970 have steps of 128 in float32; they are float64 until they are standardised."""
    plain, dated = (examples_of((TABLE + offset, LABELS)).draw(rng(), train=40, test=20) for offset in (0.0, 1.7e9))
    np.testing.assert_allclose(dated.x_train, plain.x_train, atol=1e-5)


def test_more_examples_than_there_are_name_the_fields_to_set():
    with pytest.raises(ValueError, match=r"50 training and 20 test examples cannot be drawn from 60\. Set `train`"):
        examples_of((TABLE, LABELS)).draw(rng(), train=50, test=20)


class Broken(Pictures):
    """A set of pictures with one that is wrong."""

    def __init__(self, at, what):
        super().__init__((6, 6))
        self.at, self.what = at, what

    def __getitem__(self, i):
        if i == self.at and isinstance(self.what, Exception):
            raise self.what
        return self.what if i == self.at else super().__getitem__(i)


@pytest.mark.parametrize(
    ("at", "what", "message"),
    [
        (0, OSError("no such file: 0.png"), r"Example 0 of the Broken cannot be read \(OSError: no such file: 0.png\)"),
        (7, KeyError("x"), "Example 7 of the Broken cannot be read"),
        (7, (np.zeros((5, 6)), 1), r"Example 7 has the shape \(5, 6\), example 0 \(6, 6\): all must have one"),
        (
            7,
            (np.zeros((3, 6, 6)), 1),
            r"Example 7 has the shape \(3, 6, 6\), .* Convert them \(image\.convert\('RGB'\)",
        ),
        (7, (Image.new("P", (6, 6)), 1), r"Example 7 has a palette: its numbers are names of colours\. Convert it"),
        (0, (Image.new("PA", (6, 6)), 1), "Example 0 has a palette"),
        (7, (torn(), 1), r"Example 7 of type PngImageFile is no array of numbers \(OSError: "),
        (7, ("red", 1), r"Example 7 of type str is no array of numbers \(ValueError: could not convert"),
        (7, (np.zeros((6, 6)), [0, 1]), r"The label of example 7, \[0, 1\], is not one value"),
    ],
    ids=range(9),
)
def test_a_data_set_points_at_the_example_that_is_wrong(at, what, message):
    with pytest.raises(ValueError, match=message):
        examples_of(Broken(at, what))
