from dataclasses import replace

import numpy as np

from hw1.claims.phenomena.simplicity import (
    ARMS,
    FAST,
    _problem,
    after_a_long_training_the_complex_feature_is_preferred,
    after_a_short_training_an_imperfect_simple_feature_is_preferred,
    an_imperfect_simple_feature_leaves_room_for_the_complex_one,
    nets_rely_on_the_simple_feature,
    nets_use_every_perfect_feature,
    run,
    the_complex_feature_is_learned_alone,
)
from hw1.plugin import judges
from hw1.streams import streams_of

SEEDS = range(3)


@judges(nets_use_every_perfect_feature)
def test_nets_use_every_perfect_feature(verdict):
    """A perfect feature that is complex is not used beside one that is simple."""
    assert verdict.as_registered, str(verdict)


@judges(nets_rely_on_the_simple_feature)
def test_nets_rely_on_the_simple_feature(verdict):
    """Without the sign such a net guesses."""
    assert verdict.as_registered, str(verdict)


@judges(the_complex_feature_is_learned_alone)
def test_the_complex_feature_is_learned_alone(verdict):
    """It is not for want of ability that the slabs are left alone."""
    assert verdict.as_registered, str(verdict)


@judges(an_imperfect_simple_feature_leaves_room_for_the_complex_one)
def test_an_imperfect_simple_feature_leaves_room_for_the_complex_one(verdict):
    """Where the sign leaves a loss, the slabs are learned from it."""
    assert verdict.as_registered, str(verdict)


@judges(after_a_short_training_an_imperfect_simple_feature_is_preferred)
def test_after_a_short_training_an_imperfect_simple_feature_is_preferred(verdict):
    """The simple feature comes first, although it is wrong at times."""
    assert verdict.as_registered, str(verdict)


@judges(after_a_long_training_the_complex_feature_is_preferred)
def test_after_a_long_training_the_complex_feature_is_preferred(verdict):
    """In time the feature that predicts better wins."""
    assert verdict.as_registered, str(verdict)


def parts(arm):
    """Inputs and labels of all examples of an arm."""
    data = _problem(FAST, arm, SEEDS, streams_of(run))
    x, y = (np.concatenate(both, axis=1) for both in ((data.x_train, data.x_test), (data.y_train, data.y_test)))
    return x[..., 0], x[..., 1], y


def changes(slabs, y):
    """How often the class changes along the sorted numbers."""
    return int(np.abs(np.diff(y[np.argsort(slabs)])).sum())


def test_the_features_predict_as_the_arms_say():
    for arm, right, thresholds in zip(ARMS, (1.0, 0.5, 0.9, 0.9, 0.9), (3, 3, 3, 6, 6), strict=True):
        line, slabs, y = parts(arm)
        share = ((line > 0) == (y == 1)).mean()
        assert abs(share - right) <= 5 * np.sqrt(right * (1 - right) / y.size), arm  # 5 binomial deviations
        assert [changes(*own) for own in zip(slabs, y, strict=True)] == [thresholds] * len(SEEDS), arm
        assert (y.mean(1) == 0.5).all()


def test_the_arms_of_a_seed_share_their_slabs_and_labels():
    (_, slabs, y), (_, others, again) = parts("both"), parts("alone")
    np.testing.assert_array_equal(slabs, others)
    np.testing.assert_array_equal(y, again)


def test_a_cost_is_the_accuracy_that_goes_with_the_feature():
    short = replace(FAST, updates=50, test=100)
    runs = run(short, arm="both", seeds=SEEDS, device="cpu")["runs"]
    for name in ("line", "slabs"):
        np.testing.assert_allclose(
            runs[f"{name}_cost"] + runs[f"without_{name}_accuracy"], runs["test_accuracy"], atol=1e-6
        )
