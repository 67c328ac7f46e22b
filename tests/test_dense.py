"""Dense nets of a setting, and their stack where a record has to know it before the training."""

import numpy as np
import torch

from hw1.measures.gradients import UpdateNorms
from hw1.settings import Dense
from hw1.streams import stream
from hw1.training import Recipe, classify, stack

SETTING = Dense(data="digits", train=60, test=20, widths=(7, 5), stack=2)
SEEDS = (3, 4)


def draw(seed, purpose):
    return stream("dense", 1, seed, purpose)


def test_each_seed_draws_its_net_from_its_own_stream():
    data = SETTING.problem(SEEDS, draw)
    both, second = SETTING.nets(data, SEEDS, draw), SETTING.nets(data, (4,), draw)
    assert [tuple(p.shape) for p in both[0].parameters()] == [(7, 64), (7,), (5, 7), (5,), (10, 5), (10,)]
    assert all(torch.equal(a, b) for a, b in zip(both[1].parameters(), second[0].parameters(), strict=True))
    assert not torch.equal(both[0][0].weight, both[1][0].weight)


def test_an_arm_may_have_other_widths_and_a_setting_another_activation():
    data = SETTING.problem(SEEDS, draw)
    affine, narrow = (SETTING.nets(data, SEEDS, draw, widths=widths)[0] for widths in ((), (2,)))
    assert len(affine) == 1
    assert [type(layer).__name__ for layer in narrow] == ["Linear", "ReLU", "Linear"]
    bent = Dense(data="digits", train=60, test=20, widths=(7,), activation="tanh", stack=2).nets(data, SEEDS, draw)
    assert isinstance(bent[0][1], torch.nn.Tanh)


def test_a_stack_trains_as_its_nets_do_and_is_seen_in_every_update():
    data, recipe = SETTING.problem(SEEDS, draw), Recipe(optimizer="sgd", lr=0.1, updates=6, batch=10)
    replicas = stack(SETTING.nets(data, SEEDS, draw))
    seen = UpdateNorms(replicas)
    about = {"seeds": SEEDS, "draw": draw, "device": "cpu", "at": (0, 6)}
    found = classify(replicas, data, recipe, on_update=seen, **about)
    alone = classify(SETTING.nets(data, SEEDS, draw), data, recipe, **about)
    assert found.stack is replicas
    np.testing.assert_array_equal(found.curves["test_loss"], alone.curves["test_loss"])
    assert seen.norms().shape == (2, 6, 4)
