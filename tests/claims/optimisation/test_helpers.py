"""What the tuned experiments share, on problems small enough to count by hand.

torch is imported inside tests: collecting the claims leaves it out.
"""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from hw1.claims.optimisation import _tuning, decoupled_decay, late_weights, order, tuned_rates
from hw1.streams import stream
from hw1.tables import Tables


def draw(seed, *purpose):
    return stream("test_helpers", seed, *purpose)


SMALL = _tuning.Grid(train=20, held=7, test=10, widths=(3,), batch=10, updates=5, optimizer="sgd", lr=0.1)


def test_nobody_tests_on_the_examples_that_a_seed_chooses_on():
    """All three parts together are the problem as it was drawn, in order."""
    drawn = dataclasses.replace(SMALL, test=17).problem([0, 1], draw)
    data, (x, y) = _tuning._parted(drawn, 7)
    np.testing.assert_array_equal(np.concatenate([x, data.x_test], 1), drawn.x_test)
    np.testing.assert_array_equal(np.concatenate([y, data.y_test], 1), drawn.y_test)
    assert x.shape[1] == 7
    np.testing.assert_array_equal(data.x_train, drawn.x_train)


def test_a_seed_chooses_by_the_held_examples():
    """Oracle: a training by hand at each rate, measured on these examples as its test set."""
    from hw1.claims._dense_nets import fit

    grid = (0.01, 0.1, 1.0)
    found = _tuning.over_grid(SMALL, grid, lambda lr: {"lr": lr}, seeds=[0, 1], draw=draw, device="cpu")
    drawn = dataclasses.replace(SMALL, test=17).problem([0, 1], draw)
    held = dataclasses.replace(drawn, x_test=drawn.x_test[:, :7], y_test=drawn.y_test[:, :7])
    for j, lr in enumerate(grid):
        alone = fit(SMALL, held, seeds=[0, 1], draw=draw, device="cpu", changes={"lr": lr}).last
        for what in ("loss", "accuracy"):
            np.testing.assert_allclose(found.over_grid(f"held_{what}")[:, j], alone[f"test_{what}"], rtol=1e-6)
    best = found.over_grid("held_accuracy").max(1)
    np.testing.assert_array_equal(found.chosen("held_accuracy"), best)


def test_tables_hold_what_was_chosen_and_every_value():
    found = _tuning.over_grid(SMALL, (0.01, 0.1, 1.0), lambda lr: {"lr": lr}, seeds=[4, 9], draw=draw, device="cpu")
    tables = _tuning.tabled(found, [4, 9], "arm", "lr")
    assert tables["grid"]["seed"].tolist() == [4, 4, 4, 9, 9, 9]
    assert tables["grid"]["lr"].tolist() == [0.01, 0.1, 1.0] * 2
    of_grid = tables["grid"].set_index(["seed", "lr"])["test_accuracy"]
    for run in tables["runs"].itertuples():
        assert run.test_accuracy == of_grid[run.seed, run.lr]
        assert run.trainings == 3


def test_a_value_that_a_grid_lacks_is_refused_before_anything_is_trained():
    setting = dataclasses.replace(tuned_rates.FAST, lr=0.5)
    with pytest.raises(ValueError, match=r"lr=0.5 is not in adam_rates=\(0.001"):
        tuned_rates.run(setting, arm="adam", seeds=[0], device="cpu")
    with pytest.raises(ValueError, match=r"same=0.7 is not in l2=\(0.0"):
        decoupled_decay.run(dataclasses.replace(decoupled_decay.FAST, same=0.7), arm="l2", seeds=[0], device="cpu")


def test_an_optimizer_tuned_anew_has_the_same_examples_and_another_start():
    anew = tuned_rates._anew(draw)
    assert anew(1, "data").random() == draw(1, "data").random()
    assert len({anew(1, "init").random(), draw(1, "init").random(), anew(1, "order").random()}) == 3


def test_sorted_batches_hold_one_class_and_the_first_epoch_of_once_is_that_of_reshuffled():
    data = SMALL.problem([0, 1], draw)
    data = dataclasses.replace(data, y_train=np.tile([1, 0], (2, 10)))
    kinds = {kind: order._order(kind, data, 10, [draw(s, "order") for s in (0, 1)], "cpu") for kind in
             ("sorted", "once", "reshuffled")}  # fmt: skip
    batches = {kind: [next(indices).numpy() for _ in range(2)] for kind, indices in kinds.items()}
    seen = [[set(data.y_train[k, batch[k]]) for k in (0, 1)] for batch in batches["sorted"]]
    assert seen == [[{0}, {0}], [{1}, {1}]]
    np.testing.assert_array_equal(batches["once"], batches["reshuffled"])


def test_the_mean_of_the_last_weights_alone_is_the_net_itself():
    setting = dataclasses.replace(late_weights.FAST, train=40, test=30, updates=10, averaged=0.0)
    runs = late_weights.run(setting, arm="constant", seeds=[0, 1], device="cpu")["runs"]
    for name in ("train_loss", "test_loss", "test_accuracy"):
        np.testing.assert_allclose(runs[f"mean_{name}"], runs[name], rtol=1e-6)


def test_the_control_of_tuned_rates_gives_each_the_rate_that_is_wrong_for_it():
    runs = pd.DataFrame(
        {"seed": 0, "arm": ["sgd", "again", "adam"], "test_accuracy": 0.9, "small": [1, 2, 3], "large": [4, 5, 6]}
    )
    untuned = tuned_rates.untuned.twin(Tables({"runs": runs}))["runs"]
    assert untuned["test_accuracy"].tolist() == [0.9, 2, 6]
