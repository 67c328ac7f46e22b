"""The training loop: what is recorded, when, and what is refused."""

import math

import numpy as np
import pytest
import torch

from hw1.machine.denormals import flushed, flushes
from hw1.streams import stream
from hw1.training import FirstTime, Recipe, cross_entropy, orders, record_steps, squared, stack, train

SEEDS = (0, 1, 2)
SGD = {"optimizer": "sgd", "lr": 0.2}


def test_records_are_taken_after_the_updates_they_name(tools):
    """Oracle: a fresh training that stops at the step."""
    x, y = tools.data("squared")
    measure = {"loss": lambda s: squared(s.forward(x), y), "weights": lambda s: s.flat}
    steps = (0, 1, 7, 20)
    result = train(
        stack(tools.nets("dense", SEEDS)), x, y, Recipe(**SGD, updates=20), loss="squared", record=measure, at=steps
    )
    assert result.steps.tolist() == list(steps)
    assert result.curves["weights"].shape == (3, 4, 71)
    for i, step in enumerate(steps):
        again = stack(tools.nets("dense", SEEDS))
        if step:
            train(again, x, y, Recipe(**SGD, updates=step), loss="squared")
        assert np.array_equal(result.curves["weights"][:, i], again.weights().numpy())
        assert np.array_equal(result.curves["loss"][:, i], squared(again.forward(x), y).detach().numpy())


def test_without_steps_the_end_is_recorded(tools):
    x, y = tools.data("squared")
    together = stack(tools.nets("dense", SEEDS))
    result = train(together, x, y, Recipe(**SGD, updates=5), loss="squared", record={"weights": lambda s: s.flat})
    assert result.steps.tolist() == [5]
    assert np.array_equal(result.curves["weights"][:, 0], together.weights().numpy())


def test_looking_does_not_change_the_training(tools):
    """A record may even use autograd."""
    x, y = tools.data("squared")

    def gradient_norm(s):
        with torch.enable_grad():
            return s.gradient(squared(s.forward(x), y)).norm(dim=1)

    plain, watched = stack(tools.nets("residual", SEEDS)), stack(tools.nets("residual", SEEDS))
    recipe = Recipe(optimizer="adam", lr=0.01, updates=20)
    train(plain, x, y, recipe, loss="squared")
    result = train(
        watched, x, y, recipe, loss="squared", record={"norm": gradient_norm}, at=range(21), on_update=FirstTime(0, 20)
    )
    assert torch.equal(plain.weights(), watched.weights())
    assert (result.curves["norm"] > 0).all()


@pytest.mark.parametrize("batch", [None, 5])
def test_first_time_agrees_with_a_search_through_all_losses(batch, tools):
    """Levels from 'reached at once' to 'never'; one of them is reached by the last update only."""
    x, y = tools.data("squared")
    recipe, losses = Recipe(**SGD, updates=30, batch=batch), []

    def run(on_update):
        feed = orders([stream("training tests", s, "order") for s in SEEDS], len(x), batch) if batch else None
        train(stack(tools.nets("dense", SEEDS)), x, y, recipe, loss="squared", orders=feed, on_update=on_update)

    run(lambda update, now: losses.append((update, now.clone())))
    assert [update for update, _ in losses] == list(range(31))
    table = torch.stack([now for _, now in losses], dim=1).numpy()
    for level in (10.0, *np.quantile(table, [0.02, 0.1, 0.3, 0.6]), table[0].min(), 0.0):
        timer = FirstTime(float(level), 30)
        run(timer)
        brute = [next((t for t, value in enumerate(row) if value <= level), 31) for row in table]
        assert timer.updates_needed().tolist() == brute


def test_first_time_starts_afresh_with_each_training():
    timer = FirstTime(1.0, 10)
    timer(0, torch.tensor([0.5, 0.5]))
    timer(0, torch.tensor([2.0, 2.0]))
    timer(1, torch.tensor([2.0, 0.5]))
    assert timer.updates_needed().tolist() == [11, 1]


def test_first_time_counts_no_nan_and_wants_to_be_used():
    timer = FirstTime(1.0, 10)
    with pytest.raises(RuntimeError, match="has seen no losses"):
        timer.updates_needed()
    timer(0, torch.tensor([float("nan"), 1.0, 2.0]))
    timer(1, torch.tensor([float("nan"), 0.5, 1.0]))
    assert timer.updates_needed().tolist() == [11, 0, 1]


@pytest.mark.parametrize(("updates", "count"), [(1, 2), (10, 2), (10, 50), (1000, 12), (123, 7)])
def test_record_steps_span_the_training(updates, count):
    steps = record_steps(updates, count)
    assert (steps[0], steps[-1]) == (0, updates)
    assert list(steps) == sorted(set(steps))
    assert len(steps) <= count


def test_record_steps_are_even_in_the_logarithm():
    assert record_steps(1000, 5) == (0, 1, 10, 100, 1000)


def test_record_steps_need_two_ends():
    with pytest.raises(ValueError, match="1 steps cannot span 0 to 10"):
        record_steps(10, 1)


def test_minibatches_are_permutations_of_each_replicas_own_stream():
    """Oracle: the stream drawn by hand; 10 examples in batches of 4 leave two out of each epoch."""
    feed = orders([stream("a", 1), stream("a", 2)], 10, 4)
    by_hand = [stream("a", 1), stream("a", 2)]
    for _ in range(130):  # beyond the 100 updates that are drawn at once
        epoch = np.array([rng.permutation(10) for rng in by_hand])
        assert np.array_equal(next(feed), epoch[:, :4])
        assert np.array_equal(next(feed), epoch[:, 4:8])


@pytest.mark.parametrize(
    ("rngs", "batch", "message"),
    [([stream("a")], 11, "A batch of 11 cannot be drawn from 10"), ([stream("a")] * 2, 4, "shared among 2 replicas")],
)
def test_orders_that_cannot_be_are_refused(rngs, batch, message):
    with pytest.raises(ValueError, match=message):
        orders(rngs, 10, batch)


@pytest.mark.parametrize(
    ("recipe", "arguments", "message"),
    [
        ({}, {"at": (0, 6)}, r"at=\(0, 6\) are not steps of 5 updates"),
        ({}, {"at": (3, 1)}, "increasing"),
        ({}, {"at": (-1, 1)}, "from 0 to 5"),
        ({}, {"loss": "hinge"}, "loss='hinge' is unknown. Use one of squared, l1, cross_entropy"),
        ({"batch": 4}, {}, "batch is 4, but orders are missing"),
        ({}, {"orders": orders([stream("a", s) for s in SEEDS], 24, 4)}, "batch is None, but orders are given"),
        ({"batch": 4}, {"orders": orders([stream("a", 1)], 24, 4)}, r"shape \(1, 4\), not \(3, 4\)"),
        ({"batch": 4}, {"orders": orders([stream("b", s) for s in SEEDS], 24, 3)}, r"shape \(3, 3\), not \(3, 4\)"),
        (
            {"batch": 4},
            {"orders": orders([stream("d", s) for s in SEEDS], 25, 4)},
            "Orders are for 25 examples, but there are 24 inputs. Make them for 24",
        ),
        ({}, {"y": torch.zeros(24)}, r"Targets of shape \(24,\) do not fit 3 replicas. Pass \(24, 3\)"),
        ({}, {"y": torch.zeros(23, 3)}, r"shape \(23, 3\)"),
        (
            {"batch": 4},
            {"y": torch.zeros(25, 3), "orders": orders([stream("c", s) for s in SEEDS], 24, 4)},
            r"24 inputs and targets of shape \(25, 3\) do not pair up",
        ),
        ({}, {"record": {"mean": lambda s: s.flat.mean()}}, r"Record 'mean' gave shape \(\), .*Return \(3, ...\)"),
        (
            {},
            {"record": {"odd": lambda _: torch.tensor([0.0, 1.0, float("nan")])}, "at": (0, 2)},
            "Record 'odd' is nan after 0 updates for replica 2, which has not diverged",
        ),
        ({}, {"record": {"log": lambda _: torch.zeros(3).log()}}, "Record 'log' is -inf after 5 updates for replica 0"),
    ],
)
def test_trainings_that_make_no_sense_are_refused(recipe, arguments, message, tools):
    x, y = tools.data("squared")
    with pytest.raises(ValueError, match=message):
        train(
            stack(tools.nets("dense", SEEDS)),
            recipe=Recipe(**SGD, updates=5, **recipe),
            **{"x": x, "y": y, "loss": "squared"} | arguments,
        )


def test_an_overflow_of_a_healthy_replica_stays_infinite(tools):
    x, y = tools.data("squared")
    record = {"ratio": lambda _: torch.tensor([1.0, float("inf"), 2.0])}
    result = train(stack(tools.nets("dense", SEEDS)), x, y, Recipe(**SGD, updates=1), loss="squared", record=record)
    assert result.curves["ratio"].tolist() == [[1.0], [float("inf")], [2.0]]


def test_numpy_data_are_cast_to_the_stacks_precision(tools):
    x, y = tools.data("squared", torch.float64)
    one, other = stack(tools.nets("dense", SEEDS)), stack(tools.nets("dense", SEEDS))
    train(one, x.numpy(), y.numpy(), Recipe(**SGD, updates=3), loss="squared")
    train(other, x.float(), y.float(), Recipe(**SGD, updates=3), loss=squared)
    assert torch.equal(one.weights(), other.weights())


def test_integer_records_come_back_as_numbers(tools):
    x, labels = tools.data("cross_entropy")
    record = {"right": lambda s: (s.forward(x).argmax(-1) == labels).sum(1)}
    together = stack(tools.nets("dense", SEEDS))
    result = train(together, x, labels, Recipe(**SGD, updates=1), loss=cross_entropy, record=record)
    assert result.curves["right"].dtype == np.float64
    assert result.curves["right"].shape == (3, 1)


def test_a_net_whose_weights_are_vast_has_diverged_though_its_last_loss_is_a_number(tools):
    """From 1e17 on outputs overflow on some examples: a NaN there is no fault of the record."""
    x, y = tools.data("squared")
    together = stack(tools.nets("dense", SEEDS))
    with torch.no_grad():
        together.flat[1, 0] = 1e7

    def odd(s):
        return torch.where(s.flat.abs().max(1).values > 1e6, math.nan, 1.0)

    recipe = Recipe(optimizer="sgd", lr=1e-30, updates=1)
    result = train(together, x, y, recipe, loss=lambda outputs, y: (0 * outputs).mean((1, 2)), record={"odd": odd})
    assert result.diverged.tolist() == [False, True, *[False] * (len(SEEDS) - 2)]
    assert np.isposinf(result.curves["odd"][1]).all()


def test_what_shrinks_below_the_least_normal_number_is_0_inside():
    """A ball of 1 is 7e-42 after 900 steps of 0.9, and then takes a core thirty times as long."""
    with flushed():
        if not flushes():
            pytest.skip("this processor keeps denormal numbers")
        ball = torch.ones(64)
        for _ in range(900):
            ball.mul_(0.9)
    assert (ball == 0).all()


def test_denormal_numbers_are_flushed_in_training_alone_also_where_it_fails(tools):
    def fails(update, losses):
        seen.append(flushes())
        if update == 2:
            raise ZeroDivisionError

    x, y, seen = *tools.data("squared"), []
    with flushed():
        possible = flushes()
    with pytest.raises(ZeroDivisionError):
        train(stack(tools.nets("dense", SEEDS)), x, y, Recipe(**SGD, updates=5), loss="squared", on_update=fails)
    assert seen == [possible] * 3
    assert not flushes()
