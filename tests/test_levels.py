"""On data of one's own, assays ask for as much above a constant answer as on the ten equal classes of claims."""

import math

import numpy as np
import pandas as pd
import pytest

import hw1
from hw1.data.own import examples_of
from hw1.judging.differences import constant_of, remarks_on_classes
from hw1.registry import assays, find_claim
from hw1.registry.levels import Constant, levels_of
from hw1.replaced import Replacements

LOSSES = "the_loss_falls_all_the_way_from_start_to_end"  # below half of ln 10
ACCURACIES = "wider_nets_have_more_variance"  # at least 10 points above chance
SQUARES = "small_steps_lower_the_loss_by_what_the_gradient_predicts"  # below 0.09, the best constant's
FITTED = "random_labels_are_memorised"  # 99 % of the labels: no word of guessing
TWO = Constant(accuracy=0.5, loss=math.log(2), of_ten=math.log(10))


def brought(*counts):
    """Data of so many examples of each class."""
    y = np.repeat(np.arange(len(counts)), counts)
    return Replacements(data=examples_of((np.ones((len(y), 2)) * y[:, None], y)))


@pytest.mark.parametrize(
    ("column", "level", "moved"),
    [
        ("train_loss", math.log(10) / 2, math.log(2) / 2),
        ("first_train_loss", math.log(10), math.log(2)),
        ("test_accuracy", 0.1, 0.5),  # chance is chance
        ("test_accuracy", 1.0, 1.0),
        ("test_accuracy", 0.2, 0.5 + 0.5 / 9),  # a ninth of the way
        ("fitted", 0.5, 0.5),
        ("known", 0.5, 0.5),
    ],
)
def test_losses_move_with_the_constants_loss_and_accuracies_by_the_share_of_the_way_to_1(column, level, moved):
    assert TWO.moved(column, level) == pytest.approx(moved)


def test_levels_are_moved_inside_alone_and_put_back_after_an_error():
    frame = pd.DataFrame({"seed": [0], "arm": ["net"], "train_loss": [0.6], "test_accuracy": [0.53]})

    def asked():
        low, high = assays.below(frame, "train_loss", math.log(10) / 2), assays.above(frame, "test_accuracy", 0.2)
        return low[0] > 0, high[0] > 0

    assert asked() == (True, True)
    with levels_of(TWO):
        assert asked() == (False, False)
        with levels_of(None):
            assert asked() == (True, True)
    with pytest.raises(KeyError), levels_of(TWO):
        raise KeyError
    assert asked() == (True, True)


@pytest.mark.parametrize(
    ("claim", "counts", "accuracy", "loss"),
    [
        (LOSSES, (30, 10), 0.75, 0.5623 / math.log(10)),
        (ACCURACIES, (20, 20, 20, 20), 0.25, math.log(4) / math.log(10)),
        (SQUARES, (20, 20), 0.5, 0.05 / 0.09),  # two of ten outputs are right half of the time, eight always
        (LOSSES, (90, *[10] * 9), 0.5, 1.7918 / math.log(10)),  # ten classes, not as frequent as each other
    ],
)
def test_a_constant_answer_is_told_by_the_shares_of_the_classes(claim, counts, accuracy, loss):
    found = constant_of(find_claim(claim), brought(*counts))
    assert (found.accuracy, found.loss / found.of_ten) == pytest.approx((accuracy, loss), rel=1e-4)


def test_levels_stay_where_nothing_is_brought_where_classes_are_ten_and_where_guessing_is_no_word():
    assert constant_of(find_claim(LOSSES), None) is None
    assert constant_of(find_claim(LOSSES), Replacements(precision="float64")) is None
    assert constant_of(find_claim(LOSSES), brought(*[10] * 10)) is None
    assert constant_of(find_claim(FITTED), brought(20, 20)) is None
    assert list(remarks_on_classes(None, brought(20, 20))) == []


def test_what_is_measured_on_test_examples_is_asked_for_more_than_a_constant_answer_reaches_there():
    """Two classes of which one is 65 % of the training examples and 95 % of the test examples."""
    y, y_test = np.repeat([0, 1], [65, 35]), np.repeat([0, 1], [95, 5])
    own = Replacements(data=examples_of((y[:, None] * 1.0, y, y_test[:, None] * 1.0, y_test)))
    found = constant_of(find_claim(ACCURACIES), own)
    assert found.moved("train_accuracy", 0.1) == pytest.approx(0.65)
    assert found.moved("test_accuracy", 0.1) == pytest.approx(0.95)
    assert found.moved("test_loss", math.log(10)) == pytest.approx(0.1985, rel=1e-3)
    (said,) = remarks_on_classes(found, own)
    assert "right on 65% and has a loss of 0.65, on your test examples on 95%, with 0.2. Levels" in said
    alike = examples_of((y[:, None] * 1.0, y, y[:, None] * 1.0, y))
    assert constant_of(find_claim(ACCURACIES), Replacements(data=alike)).tested is None


def test_nets_that_only_guess_two_classes_have_not_trained():
    """They have learned which two of ten outputs occur, and nothing of the inputs, in which there is nothing."""
    rng = np.random.Generator(np.random.Philox(1))
    data = rng.normal(size=(200, 3)), rng.integers(2, size=200)
    setting = {"train": 100, "test": 50, "batch": 10, "lr": 0.02, "large_rate": 0.0005, "epochs": 20, "widths": (4,)}
    found = hw1.check(LOSSES, data=data, set=setting, seeds=10, jobs=1)
    losses = found.tables["runs"].query("arm == 'sgd'")["train_loss"]
    assert losses.between(math.log(2) / 2, math.log(10) / 2).all()  # trained, if there were ten classes
    assert (found.verdict.met, found.verdict.outcome) == (0, "invalid")
    assert "On your 2 classes a constant answer is right on 5" in str(found)
    assert "has a loss of 0.69. Levels that were made for ten equal classes (10%, 2.3) are moved" in str(found)
