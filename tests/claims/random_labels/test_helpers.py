"""What the experiments on random labels share, on problems small enough to count by hand.

torch is imported inside tests: collecting the claims leaves it out.
"""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from hw1.claims.random_labels import _memorise as shared
from hw1.claims.random_labels import corruption, memorisation, noisy_labels, restraints
from hw1.registry import Experiment
from hw1.streams import stream
from hw1.tables import Tables


def draw(seed, purpose):
    return stream("test_helpers", seed, purpose)


SMALL = shared.Training(data="digits", train=20, test=10, widths=(3,), batch=10, epochs=5, every=2, lr=0.1, stack=2)


def test_the_end_is_always_measured():
    data = SMALL.problem([0, 1], draw)
    found = shared.memorise(SMALL, data, data.y_train, seeds=[0, 1], draw=draw, device="cpu")
    tables = shared.tabled(found, SMALL, "an arm")
    assert tables["curves"]["step"].tolist() == 2 * [0, 2, 4, 5]
    assert {name: values.shape for name, values in found.curves.items()} == dict.fromkeys(
        ["train_loss", "train_accuracy", "test_loss", "test_accuracy"], (2, 4)
    )
    ends = tables["curves"].query("step == 5").reset_index()
    for name in found.curves:
        assert ends[name].tolist() == tables["runs"][name].tolist()


def test_ignored_labels_count_neither_as_right_nor_in_the_loss():
    """So the mean over all examples, divided by the share of the group, is the mean over the group."""
    import torch

    from hw1.training import accuracy, cross_entropy

    outputs, labels = (
        torch.randn(1, 6, 10, generator=torch.Generator().manual_seed(0)),
        torch.tensor([[0, 1, 2, 3, 4, 5]]),
    )
    group = torch.tensor([[True, False, True, True, False, False]])
    masked = torch.where(group, labels, shared.IGNORED)
    for measure in (accuracy, cross_entropy):
        of_group = measure(outputs[:, group[0]], labels[:, group[0]])
        assert measure(outputs, masked).item() / 0.5 == pytest.approx(of_group.item(), rel=1e-6)


def test_shuffled_pixels_share_one_permutation_and_random_ones_have_their_own():
    arranged = (memorisation.arranged(SMALL, pixels, [0, 1], draw) for pixels in ("kept", "shuffled", "random"))
    kept, shuffled, random = arranged
    assert np.array_equal(kept.x_train, SMALL.problem([0, 1], draw, scale="whitened").x_train)
    for part in ("x_train", "x_test"):
        for other in (shuffled, random):
            assert not np.array_equal(getattr(kept, part), getattr(other, part))
            assert np.array_equal(np.sort(getattr(kept, part)), np.sort(getattr(other, part)))
    assert np.array_equal(kept.y_train, random.y_train)
    assert _pixels_over_images(kept.x_train[0]) == _pixels_over_images(shuffled.x_train[0])
    assert _pixels_over_images(kept.x_train[0]) != _pixels_over_images(random.x_train[0])
    both = [np.concatenate([one.x_train[0], one.x_test[0]]) for one in (kept, shuffled)]
    assert _pixels_over_images(both[0]) == _pixels_over_images(both[1])  # training and test images alike


def _pixels_over_images(x):
    """Each pixel's values over all images, in an order that does not depend on the place of the pixel."""
    return sorted(map(bytes, x.T.copy()))


def test_a_role_is_taken_by_another_arm():
    frame = pd.DataFrame({"seed": 4 * [0], "arm": list(memorisation.ARMS), "x": [1, 2, 3, 4]})
    swapped = memorisation.labels_for_pixels.twin(Tables({"runs": frame}))["runs"]
    played = {"true": 1, "random": 3, "random_pixels": 2, "shuffled_pixels": 4}
    assert dict(zip(swapped["arm"], swapped["x"], strict=True)) == played
    assert frame["x"].tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize(
    "experiment", [memorisation, corruption, restraints, noisy_labels], ids=lambda m: m.__name__.rpartition(".")[2]
)
def test_the_full_setting_runs_on_images_in_a_folder(experiment, tiny_cifar10):
    full = dataclasses.replace(experiment.FULL, train=30, test=10, batch=10, epochs=1, widths=(8,))
    tables = experiment.run(full, arm=experiment.ARMS[-1], seeds=[0, 1], device="cpu")
    assert tables["runs"]["seed"].tolist() == [0, 1]
    assert tables["runs"]["train_loss"].between(1, 6).all()
    assert len(Experiment(experiment).data_digest(full)) == 32
    assert Experiment(experiment).data_digest(experiment.FAST) == ""
