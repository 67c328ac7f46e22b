"""What the experiments of the family make, on problems that can be counted by hand.

torch is imported inside tests: collecting the claims leaves it out.
"""

import dataclasses

import numpy as np
import pytest

from hw1.claims.transfer_and_memory import curriculum, forgetting, transfer, warm_starts
from hw1.claims.transfer_and_memory._classes import of_classes
from hw1.data import Problem
from hw1.streams import stream


def draw(seed, *purpose):
    return stream("test_helpers_of_memory", seed, *purpose)


LABELS = np.array([[0, 1, 2, 0, 1, 2], [2, 2, 1, 1, 1, 0]])


def problem(labels=LABELS):
    """Examples whose one feature is their place."""
    x = np.tile(np.arange(labels.shape[1], dtype=np.float32)[:, None], (len(labels), 1, 1))
    return Problem(x_train=x, y_train=labels, x_test=x[:, ::-1].copy(), y_test=labels[:, ::-1].copy())


def test_a_problem_of_some_classes_has_their_examples_in_order_and_as_many_for_each_seed():
    found = of_classes(problem(), (0, 1))
    assert found.x_train[..., 0].tolist() == [[0, 1, 3, 4], [2, 3, 4, 5]]
    assert found.y_train.tolist() == [[0, 1, 0, 1], [1, 1, 1, 0]]
    assert found.x_test[..., 0].tolist() == [[4, 3, 1, 0], [5, 4, 3, 2]]
    fewest = of_classes(problem(), (2,))
    assert fewest.x_train[..., 0].tolist() == [[2, 5], [0, 1]]
    assert of_classes(problem(), (0, 1), train=3).x_train[..., 0].tolist() == [[0, 1, 3], [2, 3, 4]]


def test_more_examples_of_classes_than_there_are_are_refused():
    with pytest.raises(ValueError, match=r"5 training examples of classes \(0, 1\) cannot be had: a seed has 4"):
        of_classes(problem(), (0, 1), train=5)


@pytest.mark.parametrize(("labels", "classes"), [(LABELS, (3, 4)), (np.array([[0, 1, 2], [0, 1, 1]]), (2,))])
def test_classes_of_which_a_seed_has_no_example_are_refused(labels, classes):
    with pytest.raises(ValueError, match=f"no example of the classes {classes[0]}.* was drawn: choose data that have"):
        of_classes(problem(labels), classes)


def test_replayed_examples_stand_behind_the_new_ones():
    old, new = of_classes(problem(), (0, 1)), of_classes(problem(), (2,))
    found = forgetting.with_some_of(new, old, 0.5)
    assert found.x_train[..., 0].tolist() == [[2, 5, 0, 1], [0, 1, 2, 3]]
    assert found.y_train.tolist() == [[2, 2, 0, 1], [2, 2, 1, 1]]
    assert forgetting.with_some_of(new, old, 0.0).y_train.tolist() == new.y_train.tolist()


def test_a_net_asked_among_old_classes_has_no_other_answer():
    """Oracle: a net that gives its inputs out, which are the outputs of ten classes."""
    import torch

    from hw1.nets.dense import dense
    from hw1.training import stack

    net = dense((), inputs=10, outputs=10)
    with torch.no_grad():
        net[0].weight.copy_(torch.eye(10))
        net[0].bias.zero_()
    x = np.zeros((1, 2, 10), dtype=np.float32)
    x[0, :, 9], x[0, 0, 3], x[0, 1, 1] = 5, 2, 1  # the largest is a new class; of the old ones 3, and 1
    data = Problem(x_train=x, y_train=np.array([[3, 0]]), x_test=x, y_test=np.array([[3, 0]]))
    assert forgetting._accuracy_among(stack([net]), data, range(5)).tolist() == [0.5]


def test_the_half_with_the_smaller_values_comes_first():
    values = np.array([[3.0, 1.0, 2.0, 0.0], [0.0, 1.0, 2.0, 3.0]])
    setting = dataclasses.replace(curriculum.FAST, batch=2, updates=4)
    order = curriculum.half_first(values, setting, [draw(seed, "order") for seed in (0, 1)], "cpu")
    batches = [next(order).numpy() for _ in range(4)]
    for batch in batches[:2]:
        assert [set(rows) for rows in batch] == [{1, 3}, {0, 1}]
    assert [set(np.concatenate([a, b])) for a, b in zip(*batches[2:], strict=True)] == [{0, 1, 2, 3}] * 2


def test_examples_with_wrong_labels_are_hard_for_the_judge():
    """The judge has seen the same labels; after few updates the wrong ones have the larger loss."""
    setting = dataclasses.replace(curriculum.FAST, train=400, test=50)
    data = setting.problem([0, 1], draw)
    shown = data.y_train.copy()
    shown[:, :40] = (shown[:, :40] + 5) % 10
    losses = curriculum._difficulty(setting, dataclasses.replace(data, y_train=shown), [0, 1], draw, "cpu")
    assert (np.median(losses[:, :40], axis=1) > 5 * np.median(losses[:, 40:], axis=1)).all()


def test_one_update_leaves_no_two_stages():
    setting = dataclasses.replace(curriculum.FAST, updates=1)
    with pytest.raises(ValueError, match="updates=1 leave no two stages"):
        curriculum.half_first(np.zeros((1, 100)), setting, [draw(0, "order")], "cpu")


def test_transferred_nets_share_their_hidden_layers_and_their_new_last_one():
    import torch

    from hw1.nets.dense import classifiers
    from hw1.training import Recipe, classify

    setting = dataclasses.replace(transfer.FAST, data="digits", train=40, test=20, widths=(3,))
    data = setting.problem([0, 1], draw)
    made = classifiers(data, (3,), [draw(seed, "init") for seed in (0, 1)])
    recipe = Recipe(optimizer="sgd", lr=0.5, updates=5)
    learned = classify(made, data, recipe, seeds=[0, 1], draw=draw, device="cpu")
    begun = transfer._begun(made, learned, [draw(seed, "head") for seed in (0, 1)])
    for k in (0, 1):
        trained = learned.stack.unstack(k)
        scratch, random, frozen, tuned = (begun[way][k] for way in transfer.WAYS)
        for one, other in ((scratch, random), (frozen, tuned)):
            assert all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))
        assert torch.equal(tuned[0].weight, trained[0].weight)
        assert not torch.equal(tuned[0].weight, scratch[0].weight)
        assert not torch.isclose(tuned[2].weight, trained[2].weight).any()
        assert [p.requires_grad for net in (random, frozen) for p in net.parameters()] == [False, False, True, True] * 2
        assert all(p.requires_grad for net in (scratch, tuned) for p in net.parameters())


def test_a_warm_start_has_seen_the_first_examples_and_a_random_one_all_with_other_labels():
    setting = dataclasses.replace(warm_starts.FAST, train=40, test=10, before=7, part=0.25)
    data = setting.problem([0, 1], draw)
    (warm,) = warm_starts._before(setting, "warm", data, [0, 1], draw)
    np.testing.assert_array_equal(warm.data.x_train, data.x_train[:, :10])
    (random,) = warm_starts._before(setting, "random", data, [0, 1], draw)
    np.testing.assert_array_equal(random.data.x_train, data.x_train)
    assert ((random.options["shown"] != data.y_train).mean(1) > 0.7).all()
    assert (warm.recipe.updates, random.recipe.updates) == (7, 7)
    assert warm_starts._before(setting, "fresh", data, [0, 1], draw) == []
