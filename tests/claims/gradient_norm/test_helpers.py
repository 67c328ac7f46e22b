"""What the experiments of this family compute beside the measures, on numbers that are known."""

from dataclasses import replace

import numpy as np
import pytest

from hw1.claims.gradient_norm._setup import evenly, lanczos, one_hot
from hw1.claims.gradient_norm.first_order import _slope, _step
from hw1.claims.gradient_norm.norms import ARMS, FAST, _epochs, _quarters, _summary, run
from hw1.streams import stream


def test_one_hot_targets_are_1_at_the_label_and_0_elsewhere():
    targets = one_hot(np.array([[3, 0]]))
    assert targets.shape == (1, 2, 10)
    assert targets.sum() == 2
    assert targets[0, 0, 3] == targets[0, 1, 0] == 1


def test_even_numbers_of_updates_hold_both_ends_and_none_twice():
    assert evenly(10, 3) == [0, 5, 10]
    assert evenly(2, 9) == [0, 1, 2]


def test_lanczos_says_which_replicas_it_missed():
    # torch is imported here: collecting the claims' tests must not load it
    import torch

    from hw1.nets.dense import dense, initialised
    from hw1.training import stack

    nets = initialised(lambda: dense((), inputs=1, outputs=2), [stream("gradient_norm tests", seed) for seed in (0, 1)])
    both = stack(nets)
    curvature = torch.arange(1.0, 1 + both.P)

    def objective(stack):
        flat = torch.cat([leaf.reshape(stack.K, -1) for leaf in stack.leaves.values()], dim=1)
        return (curvature * flat.square()).sum(1) / 2

    axis = torch.eye(both.P)
    start = torch.stack([axis[-1], axis[-1] + axis[0]])  # an eigenvector, and one from which one product is too few
    value, missed = lanczos(objective, start, iterations=1, tolerance=1e-3)(both).T
    assert value.tolist() == pytest.approx([4.0, 2.5])
    assert missed.tolist() == [0, 1]


def test_the_summary_of_a_norm_that_rises_and_falls():
    steps = np.arange(0, 101, 10)
    norm = np.array([[1.0, 4, 5, 4, 3, 2, 1, 0.5, 0.2, 0.1, 0.01]])
    found = _summary(FAST, steps, np.linspace(2, 0, 11)[None], norm)
    assert (found["first_norm"], found["early_norm"], found["largest_norm"]) == (1, 4, 5)  # early: after a tenth
    assert found["last_over_largest"] == pytest.approx(0.002)
    assert 0.5 < found["tau"][0] < 1


def test_quarters_and_epochs_are_means_of_updates():
    norms = np.repeat([[1.0, 2, 3, 5]], 3, axis=1).reshape(1, 4, 3).transpose(0, 2, 1).reshape(1, -1)
    norms = np.sort(norms)
    assert _quarters(norms) == {"third_batch_norm": [3], "last_batch_norm": [5]}
    epochs = _epochs(4, "rising", [7], 10 * norms, norms)
    assert epochs["batch_norm"].tolist() == [1, 2, 3, 5]
    assert epochs["batch_loss"].tolist() == [10, 20, 30, 50]
    assert epochs["step"].tolist() == [1, 2, 3, 4]


def test_the_interpolating_training_alone_takes_more_epochs():
    setting = replace(FAST, epochs=2, longer=3, train=400, widths=(8,), records=3)
    last = {arm: run(setting, arm=arm, seeds=[0], device="cpu")["curves"]["step"].max() for arm in ARMS}
    assert last == {"interpolating": 6, "rising": 2, "constant": 2, "decaying": 2}


def test_a_step_is_compared_with_what_gradient_and_hessian_say_and_is_undone():
    # torch is imported here: collecting the claims' tests must not load it
    import torch

    from hw1.measures.curvature import hessian
    from hw1.measures.gradients import full_gradient, mean_loss
    from hw1.nets.dense import dense, initialise
    from hw1.training import squared, stack

    net = dense((4,), inputs=2, outputs=1, activation="tanh").double()
    initialise(net, stream("gradient_norm tests", "init"))
    one, rng = stack([net]), stream("gradient_norm tests", "data")
    x, y = one.place(rng.normal(size=(1, 9, 2))), one.place(rng.normal(size=(1, 9, 1)))
    before, lr = one.weights(), 0.1
    loss, norm, change, first, second = _step(one, x=x, y=y, lr=lr)[0].detach().tolist()
    assert torch.equal(one.weights(), before)
    objective = mean_loss(x, y, squared, per_replica=True)
    g, H = full_gradient(one, x, y, squared, per_replica=True)[0], hessian(one, objective)[0]
    assert loss == pytest.approx(objective(one).item())
    assert norm == pytest.approx(g.norm().item())
    assert first == pytest.approx(-lr * (g @ g).item())
    assert second == pytest.approx((-lr * g @ g + lr**2 * g @ H @ g / 2).item())
    one.load(before - lr * g)
    assert change == pytest.approx(objective(one).item() - loss)
    assert abs(change - second) < abs(change - first)


def test_the_slope_of_exact_predictions_is_1():
    change = -np.array([[1.0, 2.0, 3.0]])
    assert _slope(change, change) == 1
    assert _slope(2 * change, change) == 0.5
