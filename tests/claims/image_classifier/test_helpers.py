"""What the experiments on image classifiers are made of.

torch is imported inside tests: collecting the claims leaves it out.
"""

from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest

from hw1.claims.image_classifier import augmentation, depth, locality, pooling, regularisation
from hw1.claims.image_classifier._figures import best_and_last, confusion, filters
from hw1.claims.image_classifier._shifts import SHIFTS, after_shifts, shifted
from hw1.data import Problem, problem
from hw1.registry import Experiment
from hw1.streams import stream
from hw1.tables import Tables


def test_a_shift_moves_whole_pixels_and_repeats_the_border():
    """Oracle: numpy's padding and slicing."""
    images = np.random.default_rng(0).normal(size=(2, 3, 2 * 4 * 5)).astype(np.float32)
    planes = np.pad(images.reshape(2, 3, 2, 4, 5), [(0, 0)] * 3 + [(1, 1)] * 2, mode="edge")
    for down, right in SHIFTS:
        expected = planes[..., 1 - down : 5 - down, 1 - right : 6 - right]
        assert np.array_equal(shifted(images, (2, 4, 5), down, right), expected.reshape(2, 3, -1))


def test_shifts_are_counted_by_hand():
    """The stand-in for nets names the first of the brightest of 3 x 3 pixels: the middle leaves its place with every
    shift, the first corner with none, as the border is repeated.
    """
    import torch

    class Brightest:
        place = staticmethod(torch.from_numpy)
        forward = staticmethod(lambda x, per_replica: x)

    x = np.eye(9, dtype=np.float32)[[[4, 0]]]
    for labels, right in (([4, 0], 4 / 8), ([1, 3], 1 / 8)):
        data = Problem(x_train=x, y_train=np.array([labels]), x_test=x, y_test=np.array([labels]))
        found = after_shifts(Brightest(), data, (1, 3, 3))
        assert (found["shifted_accuracy"].tolist(), found["kept"].tolist()) == ([right], [4 / 8])


def test_moving_the_positions_is_one_permutation_for_a_seed():
    """Each seed has its own; training and test examples of a seed are moved alike."""
    x = np.arange(2 * 5 * 12, dtype=np.float32).reshape(2, 5, 12)
    y = np.zeros((2, 5), dtype=np.int64)
    data = Problem(x_train=x, y_train=y, x_test=x[:, :3], y_test=y[:, :3])
    moved = locality._permuted(data, (7, 8), lambda seed, purpose: stream("moved", seed, purpose))
    for k, seed in enumerate((7, 8)):
        order = stream("moved", seed, "pixels").permutation(12)
        assert np.array_equal(moved.x_train[k], x[k][:, order])
        assert np.array_equal(moved.x_test[k], x[k, :3][:, order])


def test_easy_fields_take_the_place_of_those_of_the_hard_task_and_no_others():
    """So that a field named after the easy task is what its nets are trained with, and nothing is typed in the code."""
    changed = replace(depth.FULL, easy_batch=25, easy_schedule="step", easy_data="mnist1d", deep=4)
    easy = depth._easy(changed)
    assert (easy.batch, easy.schedule, easy.data, easy.deep) == (25, "step", "mnist1d", 4)
    named = {field.name.removeprefix("easy_") for field in fields(easy) if field.name.startswith("easy_")}
    for field in fields(easy):
        source = f"easy_{field.name}" if field.name in named else field.name
        assert getattr(easy, field.name) == getattr(changed, source)


def test_the_best_epoch_is_told_from_the_last_for_every_run():
    accuracies = {("cnn", 0): [0.1, 0.6, 0.5], ("cnn", 1): [0.1, 0.2, 0.3], ("dense", 0): [0.4, 0.4, 0.2]}
    curves = [
        {"seed": seed, "arm": arm, "step": 2 * i, "test_accuracy": a}
        for (arm, seed), values in accuracies.items()
        for i, a in enumerate(values)
    ]
    runs = [
        {"seed": seed, "arm": arm, "best_accuracy": max(values), "test_accuracy": values[-1]}
        for (arm, seed), values in accuracies.items()
    ]
    figure = best_and_last(Tables({"runs": pd.DataFrame(runs), "curves": pd.DataFrame(curves)}), ("cnn", "dense"))
    lost, since = ([series.y for series in panel.series] for panel in figure.panels)
    np.testing.assert_allclose(np.concatenate(lost), [0, 0.1, 0.2])
    assert since == [(0.0, 2.0), (4.0,)]
    assert "0.050 (cnn), 0.200 (dense)" in figure.caption


def test_a_confusion_is_a_share_of_each_true_class_by_its_name():
    """Two runs, one class with twice as many examples as the others; half of it is taken for the class after it."""
    shares = np.eye(10)[None].repeat(2, 0)
    shares[:, 3, 3:5] = 1.0
    image = confusion(shares / shares.sum((1, 2), keepdims=True), "cnn", "cifar10")
    assert (image.rows[3], image.columns[4]) == ("cat", "deer")
    assert image.tiles[0].values[3] == (0.0, 0.0, 0.0, 0.5, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0)
    assert image.tiles[0].values[2][2] == image.tiles[0].high[2][2] == 1.0
    assert confusion(shares, "cnn", "digits").rows == tuple("0123456789")


def test_filters_of_signals_are_rows_and_those_of_images_are_tiles_of_each_channel():
    signals = np.arange(6.0).reshape(2, 1, 1, 3) - 1
    (image,) = filters(signals)
    assert (image.tiles[0].values, image.limits) == (((-1.0, 0.0, 1.0), (2.0, 3.0, 4.0)), (-4.0, 4.0))
    weights = np.random.default_rng(0).normal(size=(5, 3, 2, 2))
    red, _, blue = filters(weights)
    assert (red.title, blue.title, len(blue.tiles)) == ("red", "blue", 5)
    np.testing.assert_array_equal(blue.tiles[4].values, weights[4, 2])
    assert red.limits == blue.limits == (-np.abs(weights).max(), np.abs(weights).max())


def test_patches_are_white_after_the_first_filters():
    """The second moments of what they give are the identity, but for the small number added to each variance."""
    from hw1.claims.image_classifier._whitened import EPSILON, patch_filters

    images = np.random.default_rng(0).normal(size=(50, 3, 8, 8)).cumsum(2).cumsum(3)
    filters = patch_filters(images)
    assert filters.shape == (24, 3, 2, 2)
    np.testing.assert_array_equal(filters[:12], -filters[12:])
    patches = np.lib.stride_tricks.sliding_window_view(images, (2, 2), axis=(2, 3))
    given = np.einsum("nchwij,fcij->nhwf", patches, filters[:12]).reshape(-1, 12)
    moments = given.T @ given / len(given)
    np.testing.assert_allclose(moments - np.diag(np.diag(moments)), 0, atol=1e-8)
    assert np.all(np.diag(moments) < 1)
    assert np.diag(moments)[0] > 1 - EPSILON


def test_rows_of_a_table_have_no_patches_to_whiten():
    from hw1.claims.image_classifier._whitened import patch_filters

    with pytest.raises(ValueError, match="examples of 1 x 30 have no patches of 2 x 2 to whiten: choose images"):
        patch_filters(np.zeros((5, 1, 1, 30), np.float32), 2)


def test_whitened_nets_start_from_their_own_seeds_and_images():
    """Alone as in company; other seeds give other weights and, by their images, other filters; then the identity."""
    import torch

    from hw1.claims.image_classifier._whitened import whitened_nets

    def made(seeds):
        data = problem("digits", train=60, test=10, rngs=[stream("whitened", seed, "data") for seed in seeds])
        rngs = [stream("whitened", seed, "init") for seed in seeds]
        nets = whitened_nets((4, 6), (1, 8, 8), data, rngs, shift=1, flip=False)
        return [np.concatenate([p.detach().numpy().ravel() for p in net.parameters()]) for net in nets], nets

    (first, second), nets = made((0, 1))
    assert np.array_equal(made((1,))[0][0], second)
    assert not np.array_equal(nets[0][3].weight.detach(), nets[1][3].weight.detach())
    assert np.isfinite(first).all()
    into, within = (nets[0][i] for i in (5, 8))  # 8 to 4 filters and 4 to 4, after whitening and GELU
    images = torch.randn(2, 8, 6, 6)
    torch.testing.assert_close(into(images), images[:, :4])
    torch.testing.assert_close(within(images[:, :4]), images[:, :4])
    assert first.size == 8 * 4 + 8 + sum((9 * a + 1) * b for a, b in ((8, 4), (4, 4), (4, 6), (6, 6))) + 7 * 10


@pytest.mark.parametrize(
    "experiment", [augmentation, depth, locality, pooling, regularisation], ids=lambda m: m.__name__.rpartition(".")[2]
)
def test_the_full_setting_runs_on_images_in_a_folder(experiment, tiny_cifar10):
    full = replace(experiment.FULL, train=20, test=10, batch=10, epochs=1)
    tables = experiment.run(full, arm=experiment.ARMS[0], seeds=[0, 1], device="cpu")
    assert tables["runs"]["seed"].tolist() == [0, 1]
    assert tables["runs"]["train_loss"].between(1, 6).all()
    assert len(Experiment(experiment).data_digest(full)) == 32
    assert Experiment(experiment).data_digest(experiment.FAST) == ""
