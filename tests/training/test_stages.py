"""Minibatches in stages, against what each stage alone would draw, and a training against a loop in plain torch."""

from itertools import islice

import numpy as np
import pytest
import torch

from hw1.nets.dense import dense, initialised
from hw1.streams import stream
from hw1.training import Recipe, orders, stack, staged_orders, train

ROWS = np.array([[4, 9, 1, 7], [0, 2, 5, 3]])
ALL = np.tile(np.arange(10), (2, 1))


def rngs():
    return [stream("stages", 1, k) for k in range(2)]


def test_each_stage_draws_epochs_of_its_own_rows():
    found = torch.stack([*islice(staged_orders([(ROWS, 5), (ALL, 1)], rngs(), 2), 15)]).numpy()
    for k in range(2):
        epochs = found[:4, k].reshape(2, 4)
        assert all(sorted(epoch) == sorted(ROWS[k]) for epoch in epochs)
        assert set(found[4, k]) < set(ROWS[k])
        assert [sorted(epoch) for epoch in found[5:, k].reshape(2, 10)] == [[*range(10)]] * 2


def test_one_stage_of_all_rows_is_an_ordinary_order():
    staged, plain = staged_orders([(ALL, 1)], rngs(), 3), orders(rngs(), 10, 3)
    for _ in range(250):
        assert torch.equal(next(staged), next(plain))


def test_the_optimizer_is_kept_from_stage_to_stage():
    """Oracle: one optimizer of torch's over both stages, with the minibatches that a second iterator gives."""
    x = torch.linspace(-1, 1, 10)[:, None]
    recipe = Recipe(optimizer="adam", lr=0.05, updates=8, batch=2)
    make = lambda: initialised(lambda: dense((4,), inputs=1, outputs=1), [stream("nets", k) for k in range(2)])  # noqa: E731
    together, stages = stack(make()), [(ROWS, 5), (ALL, 3)]
    train(together, x, x.sin(), recipe, loss="squared", orders=staged_orders(stages, rngs(), 2))
    feed = [*islice(staged_orders(stages, rngs(), 2), 8)]
    for k, net in enumerate(make()):
        optimizer = torch.optim.Adam(net.parameters(), lr=0.05)
        for rows in feed:
            optimizer.zero_grad()
            (net(x[rows[k]]) - x[rows[k]].sin()).square().mean().backward()
            optimizer.step()
        alone = torch.cat([parameter.detach().reshape(-1) for parameter in net.parameters()])
        torch.testing.assert_close(together.weights()[k], alone, rtol=1e-5, atol=2e-6)


def test_a_stage_beyond_the_examples_is_refused_by_the_loop():
    nets = stack(initialised(lambda: dense((4,), inputs=1, outputs=1), [stream("nets", k) for k in range(2)]))
    x = torch.zeros(9, 1)
    with pytest.raises(ValueError, match="Orders are for 10 examples, but there are 9 inputs"):
        train(nets, x, x, Recipe(optimizer="sgd", lr=0.1, updates=1, batch=2), loss="squared",
              orders=staged_orders([(ROWS, 1), (ALL, 1)], rngs(), 2))  # fmt: skip


@pytest.mark.parametrize(
    ("stages", "said"),
    [
        ([], "without stages"),
        ([(ROWS, 0), (ALL, 1)], "Stage 0 of 0 updates"),
        ([(ALL, 2), (np.zeros((2, 3), dtype=int), 1)], "In stage 1 an example comes twice"),
        ([(ROWS, 1), (ALL, 1)], "A batch of 5 cannot be drawn from the 4 examples of stage 0"),
    ],
)
def test_stages_that_cannot_be_drawn_from_are_refused(stages, said):
    with pytest.raises(ValueError, match=said):
        staged_orders(stages, rngs(), 5)
