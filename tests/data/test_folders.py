"""Folders of images, and CSV files, are read as they lie; what is wrong with them is said by its file."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from hw1.data.own import examples_of

RNG = np.random.Generator(np.random.Philox(4))


def image(*shape):
    return RNG.integers(0, 256, shape, dtype=np.uint8)


def save(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


@pytest.fixture
def animals(tmp_path):
    """Four cats and four dogs of 6 x 5 pixels, and what systems and people leave beside them."""
    for name in ("cat", "dog"):
        for i in range(4):
            save(tmp_path / name / f"{i}.png", image(5, 6, 3))
    (tmp_path / "cat" / ".DS_Store").touch()
    (tmp_path / "cat" / "notes.txt").touch()
    (tmp_path / ".cache").mkdir()
    return tmp_path


def test_each_folder_is_a_class_and_pixels_come_by_channel_row_and_column(animals):
    data = examples_of(animals)
    assert repr(data) == "8 examples of shape (3, 5, 6) in 2 classes"
    first = np.asarray(Image.open(animals / "cat" / "0.png")).transpose(2, 0, 1)
    assert np.array_equal(data._x[0], first)
    assert data._y.tolist() == [0] * 4 + [1] * 4


def test_a_path_may_be_a_text(animals):
    assert repr(examples_of(str(animals))) == repr(examples_of(animals))


def test_images_of_one_channel_stay_so_unless_one_has_colours(tmp_path):
    for i in range(4):
        save(tmp_path / f"class {i % 2}" / f"{i}.png", image(5, 6))
    deep = RNG.integers(0, 2**16, (5, 6), dtype=np.uint16)
    save(tmp_path / "class 1" / "deep.png", deep)
    data = examples_of(tmp_path)
    assert data.shape == (1, 5, 6)
    assert np.array_equal(data._x[-1, 0], deep.astype(np.float32))
    save(tmp_path / "class 1" / "coloured.bmp", image(5, 6, 3))
    assert examples_of(tmp_path).shape == (3, 5, 6)


def test_train_and_test_lie_in_folders_of_their_own(animals, tmp_path_factory):
    place = tmp_path_factory.mktemp("parts")
    animals.rename(place / "train")
    save(place / "test" / "dog" / "0.png", image(5, 6, 3))
    data = examples_of(place)
    assert (len(data._x), len(data._x_test), data._y_test.tolist()) == (8, 1, [1])
    save(place / "test" / "bee" / "0.png", image(5, 6, 3))
    with pytest.raises(ValueError, match="bee is a class without training images"):
        examples_of(place)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda at: save(at / "dog" / "3.png", image(7, 6, 3)), r"dog.3\.png has 6 x 7 pixels, most others 6 x 5: all"),
        (lambda at: (at / "dog" / "3.png").write_text("no image"), r"dog.3\.png cannot be read as an image \("),
        (
            lambda at: (at / "dog" / "3.png").write_bytes((at / "dog" / "2.png").read_bytes()[:60]),
            r"dog.3\.png cannot be read as an image \(",
        ),
        (lambda at: (at / "eel").mkdir(), r"eel holds no image \(\.bmp, .*Make one folder per class"),
        (lambda at: (at / "train").mkdir(), "holds the folders cat, dog, train, and test images belong to training"),
    ],
    ids=["size", "text", "cut short", "empty", "train alone"],
)
def test_a_folder_that_cannot_be_read_names_what_is_wrong(animals, spoil, message):
    spoil(animals)
    with pytest.raises(ValueError, match=message) as told:
        examples_of(animals)
    assert "\n" not in str(told.value)


def test_a_folder_without_folders_tells_the_layouts(animals):
    with pytest.raises(ValueError, match=r"cat holds no folder, and each class is one\. Make one folder per class"):
        examples_of(animals / "cat")


@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_a_csv_file_is_its_columns_and_the_named_one_is_the_label(tmp_path, sign):
    frame = pd.DataFrame({"kind": ["a", "b"] * 5, "size": np.arange(10.0), "age": np.arange(10) ** 2})
    frame.to_csv(tmp_path / "pets.csv", sep=sign, index=False)
    data = examples_of((tmp_path / "pets.csv", "kind"))
    assert np.array_equal(data._x, frame[["size", "age"]].to_numpy(np.float32))
    assert data._y.tolist() == [0, 1] * 5
    parts = examples_of((tmp_path / "pets.csv", str(tmp_path / "pets.csv"), "kind"))
    assert len(parts._x_test) == 10


def test_numbers_with_a_decimal_comma_are_read_where_a_semicolon_separates(tmp_path):
    (tmp_path / "pets.csv").write_text("a;b;kind\n1,5;2.25;x\n-3;4;y\n")
    assert examples_of((tmp_path / "pets.csv", "kind"))._x.tolist() == [[1.5, 2.25], [-3.0, 4.0]]


def test_signs_within_quotes_separate_nothing(tmp_path):
    (tmp_path / "pets.csv").write_text('"a,b,c";"d,e";kind\n1,5;2;x\n-3;4;y\n')
    assert examples_of((tmp_path / "pets.csv", "kind"))._x.tolist() == [[1.5, 2.0], [-3.0, 4.0]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a,b\n1,2\n", r"no column 'kind' in pets\.csv: there are a, b"),
        (b"", r"pets\.csv cannot be read as CSV \(EmptyDataError: No columns to parse from file\)"),
        (b"a,kind\n1,2\n1,2,3,4\n", r"pets\.csv cannot be read as CSV \(ParserError: "),
        (b"a,kind\n1,2,3\n1,2,3\n", r"pets\.csv .*: its header names 2 columns, and the first row has 3\)\. Repair"),
        (b"a,kind,kind\n1,x,x\n2,y,y\n", r"pets\.csv .*: its header names the column 'kind' 2 times\)\. Repair"),
        (b"a,kind\n1,x\n2,None\n3,NA\n4,\n", r"3 labels of pets\.csv are 'NA' or 'None', which stands for a missing"),
        (b"a,kind\n\xff\xfe,2\n", r"pets\.csv is not text in UTF-8 \(.*\)\. Save it as UTF-8"),
        (b",a,kind\n0,1,x\n1,1,y\n", r"pets\.csv: column 0 has no name; row numbers would tell .*index=False"),
        (b"a,b,kind\n1,2,x\n1,,y\n", r"1 numbers in x are missing \(NaN\), the first in row 1, column 'b'"),
        (b"a,b,kind\n1,2,x\n1,red,y\n", "x holds 'red', which is no number, in row 1, column 'b'"),
        (None, r"pets\.csv does not exist: name a CSV file"),
    ],
    ids=range(11),
)
def test_a_csv_file_that_cannot_be_read_is_told_by_its_name(tmp_path, content, message):
    if content is not None:
        (tmp_path / "pets.csv").write_bytes(content)
    with pytest.raises(ValueError, match=message) as told:
        examples_of((tmp_path / "pets.csv", "kind"))
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nowhere", "nowhere is not there, and a path names a folder of images"),
        ("pets.csv", r"pets\.csv is a file, .* of a CSV file, give \(file, column of the labels\)"),
    ],
)
def test_a_path_alone_is_a_folder(tmp_path, name, message):
    (tmp_path / "pets.csv").touch()
    with pytest.raises(ValueError, match=message):
        examples_of(tmp_path / name)
