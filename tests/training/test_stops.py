import pytest
import torch

from hw1.streams import stream
from hw1.training import Level, Recipe, Stops, cross_entropy, orders, stack, train


@pytest.fixture
def trained(tools):
    """Train four nets; gives the stops, and weights, norm of the last gradient and full loss after every update."""

    def run(value, *, at=None, checks=range(1, 41), lr=0.5):
        x, y = tools.data("cross_entropy")
        own, labels = (torch.stack([values] * 4) for values in (x, y))
        replicas = stack(tools.nets("dense", range(4)))
        level = Level(x=own, y=labels, loss=cross_entropy, value=value, checks=checks)
        stops = Stops(replicas, at or {}, {"level": level})
        seen = []

        def both(update, losses):
            stops(update, losses)
            gradient = None if update == 0 else replicas.flat.grad.norm(dim=1)
            seen.append((replicas.weights(), gradient, cross_entropy(replicas.forward(x), y).detach()))

        feed = orders([stream("stops", k, "order") for k in range(4)], len(x), 6)
        recipe = Recipe(optimizer="sgd", lr=lr, updates=40, batch=6)
        train(replicas, x, y, recipe, loss="cross_entropy", orders=feed, on_update=both)
        return stops, seen

    return run


def test_a_place_keeps_weights_and_last_gradient_after_its_number_of_updates(trained):
    stops, seen = trained(0.0, at={"early": 1, "late": 17})
    for name, t in (("early", 1), ("late", 17)):
        stop = stops.kept()[name]
        assert torch.equal(stop.nets.weights, seen[t][0])
        assert torch.equal(stop.gradient, seen[t][1])
        assert stop.update.tolist() == [t] * 4
        assert stop.reached.all()


def test_each_replica_stops_where_its_own_loss_is_first_at_the_level(trained):
    losses = torch.stack([loss for *_, loss in trained(0.0)[1]])
    value = float(losses[20].median())
    stops, seen = trained(value)
    stop = stops.kept()["level"]
    first = [next((t for t in range(1, 41) if losses[t, k] <= value), None) for k in range(4)]
    assert len(set(first)) > 2, "a test in which all stop together shows nothing"
    for k, t in enumerate(first):
        assert bool(stop.reached[k]) == (t is not None)
        t = 40 if t is None else t
        assert stop.update[k] == t
        assert torch.equal(stop.nets.weights[k], seen[t][0][k])
        assert torch.equal(stop.gradient[k], seen[t][1][k])


def test_who_does_not_get_there_is_stopped_by_the_cap_though_training_goes_on(trained):
    stops, seen = trained(0.0, checks=(5, 10, 30))
    stop = stops.kept()["level"]
    assert not stop.reached.any()
    assert stop.update.tolist() == [30] * 4
    assert torch.equal(stop.nets.weights, seen[30][0])


def test_a_loss_that_is_nan_is_at_no_level(trained):
    stops, seen = trained(1e-3, lr=1e38)
    assert torch.isnan(seen[-1][2]).all()
    assert not stops.kept()["level"].reached.any()


def test_a_place_before_the_first_update_is_refused(trained):
    with pytest.raises(ValueError, match="Place 'start' is before the first update"):
        trained(1.0, at={"start": 0})
    with pytest.raises(ValueError, match="Place 'level' is before the first update"):
        trained(1.0, checks=(0, 5))


def test_places_that_the_training_never_came_to_are_named(trained):
    stops, _ = trained(1.0, at={"later": 41})
    with pytest.raises(RuntimeError, match="The training never came to later"):
        stops.kept()
