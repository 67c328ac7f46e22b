"""What the experiments of this family share, on problems small enough to count by hand.

torch is imported inside tests: collecting the claims leaves it out.
"""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from hw1.claims import _dense_nets as shared
from hw1.claims._columns import beside
from hw1.claims.losses_and_ensembles import class_weights, confidence, distillation, ensembles, variance
from hw1.claims.losses_and_ensembles._members import averaged
from hw1.streams import members_of, stream, streams_of_members


def draw(seed, *purpose):
    return stream("test_helpers", seed, *purpose)


SMALL = shared.Training(train=20, test=10, widths=(3,), batch=10, updates=5)


def test_the_start_and_the_end_are_always_measured():
    assert SMALL.each(0.4) == [0, 2, 4, 5]
    assert SMALL.each(0.01) == [0, 1, 2, 3, 4, 5]


def test_what_members_found_is_averaged_for_each_seed():
    """Oracle: a mean by hand over the nets of a seed."""
    nets = members_of([0, 1], 3)
    data = SMALL.problem([seed for seed, _ in nets], draw)
    found = shared.fit(SMALL, data, seeds=nets, draw=streams_of_members(draw), device="cpu")
    of_seeds = averaged(found, [0, 1])
    assert list(of_seeds.seeds) == [0, 1]
    for name, values in found.curves.items():
        expected = [[np.mean([values[3 * k + m, t] for m in range(3)]) for t in range(4 + 2)] for k in range(2)]
        np.testing.assert_allclose(of_seeds.curves[name], expected, rtol=1e-6)
    lost = dataclasses.replace(found, diverged=np.array([False, False, True, False, False, False]))
    assert averaged(lost, [0, 1]).diverged.tolist() == [True, False]


def test_columns_of_arms_become_the_arms_of_a_score():
    runs = pd.DataFrame({"seed": [0, 1, 0, 1], "arm": ["a", "a", "b", "b"], "x": [1, 2, 3, 4], "y": [5, 6, 7, 8]})
    frame = beside(runs, "value", {"first": ("a", "y"), "second": ("b", "x")}).pivot(index="seed", columns="arm")
    assert frame["value"].to_numpy().tolist() == [[5, 3], [6, 4]]


def test_weights_make_all_classes_weigh_alike_and_1_on_average():
    setting = dataclasses.replace(class_weights.FAST, common=6, rare=2)
    y = np.repeat(np.arange(10), [6] * 5 + [2] * 5)[None]
    data = dataclasses.replace(setting.problem([0], draw), y_train=y)
    rows = class_weights._weighted(setting, data)["targets"]
    np.testing.assert_allclose(rows.sum((0, 1)), 4.0, rtol=1e-6)  # 40 examples, ten classes
    assert np.array_equal(rows.argmax(-1), y)


def test_an_early_look_after_the_end_is_refused():
    with pytest.raises(ValueError, match="early=11 is after all 10 updates"):
        class_weights._looks(dataclasses.replace(class_weights.FAST, early=11, updates=10))


def test_members_are_together_what_their_averaged_probabilities_say():
    """Of one member it is its own accuracy; a bootstrap sample is another training."""
    small = dataclasses.replace(ensembles.FAST, train=40, test=30, batch=10, updates=20, widths=(4,))
    alone = ensembles.run(dataclasses.replace(small, members=1), arm="same", seeds=[0, 1], device="cpu")["runs"]
    assert alone["together"].tolist() == pytest.approx(alone["test_accuracy"].tolist())
    same, bagged = (ensembles.run(small, arm=arm, seeds=[0], device="cpu")["runs"] for arm in ("same", "bagged"))
    assert same["train_loss"].tolist() != bagged["train_loss"].tolist()


def test_bias_and_variance_are_those_of_members_around_labels():
    """Oracle: expectations over endless members, of which four give unbiased numbers: means of 4,000 seeds."""
    rng = stream("test_helpers", 0, "p")
    first = rng.choice([0.2, 0.6], size=(4_000, 4, 1, 1))  # mean 0.4, variance 0.04, of each of two classes
    p = np.concatenate([first, 1 - first], -1)
    bias, found = variance._bias_and_variance(p, np.zeros((4_000, 1), dtype=np.int64))
    assert found.mean() == pytest.approx(0.08, abs=0.003)  # five deviations of a mean
    assert bias.mean() == pytest.approx(2 * 0.6**2, abs=0.02)
    with pytest.raises(ValueError, match="members=1 has no variance"):
        variance._bias_and_variance(p[:, :1], np.zeros((4_000, 1), dtype=np.int64))


def test_a_temperature_is_judged_on_other_examples_than_it_was_chosen_on():
    """Oracle: two halves by hand."""
    from hw1.measures.calibration import best_temperature
    from hw1.measures.probabilities import over_confidence, probabilities

    rng = stream("test_helpers", 0, "outputs")
    outputs, labels = 3 * rng.standard_normal((2, 40, 10)), rng.integers(10, size=(2, 40))
    found = confidence._tempered(outputs, labels)
    np.testing.assert_allclose(found["temperature"], best_temperature(outputs[:, :20], labels[:, :20]).value)
    np.testing.assert_allclose(found["error"], np.abs(over_confidence(probabilities(outputs[:, 20:]), labels[:, 20:])))
    assert (found["tempered_error"] < found["error"]).all()


def test_a_students_loss_is_the_divergence_from_its_teachers_answers_times_the_temperature_squared():
    """Oracle: the formula, written out; where it answers alike nothing is left but the teacher's entropy."""
    import torch

    from hw1.measures.probabilities import logits_at, probabilities

    setting = dataclasses.replace(SMALL, train=8)
    data = setting.problem([0], draw)
    teacher = shared.fit(setting, data, seeds=[0], draw=draw, device="cpu", at=[5], changes={"batch": 4}).stack
    found = distillation._answers(teacher, data, 4.0)
    z = logits_at(teacher, teacher.place(data.x_train))
    p = probabilities(z / 4)
    np.testing.assert_allclose(found["targets"], p, rtol=1e-6)
    expected = 16 * -(p * np.log(p)).sum(-1).mean(1)
    loss = found["loss"](torch.from_numpy(z), torch.from_numpy(found["targets"]).double())
    np.testing.assert_allclose(loss.numpy(), expected, rtol=1e-5)
