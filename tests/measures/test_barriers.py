"""Straight lines between nets, against plain modules with interpolated weights and against closed forms."""

import copy

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812

from hw1.measures.barriers import along, barrier, excess_at_the_middle, largest_rise
from hw1.nets.dense import dense, initialise
from hw1.streams import stream
from hw1.training import accuracy, cross_entropy, squared, stack

ALPHAS = np.linspace(-1, 2, 31)


def made(purpose, widths=(6, 5), outputs=3, replicas=4):
    nets = [dense(widths, inputs=2, outputs=outputs) for _ in range(replicas)]
    for k, net in enumerate(nets):
        initialise(net.double(), stream("barriers test", k, purpose))
    return nets


@pytest.fixture
def data():
    rng = stream("barriers test", "data")
    x = torch.from_numpy(rng.standard_normal((4, 20, 2)))
    return x, torch.from_numpy(rng.integers(0, 3, (4, 20)))


def test_loss_and_accuracy_along_the_line_are_those_of_plain_modules(data):
    x, y = data
    starts, ends = made("start"), made("end")
    nets = stack(starts)

    def measured(nets):
        outputs = nets.forward(x, per_replica=True)
        return torch.stack([cross_entropy(outputs, y), accuracy(outputs, y)], dim=1)

    seen = along(nets, nets.weights(), stack(ends).weights(), ALPHAS, measured)
    assert seen.shape == (4, 31, 2)
    for k, (start, end) in enumerate(zip(starts, ends, strict=True)):
        for t, alpha in enumerate(ALPHAS):
            net = copy.deepcopy(start)
            weights = {n: (1 - alpha) * w + alpha * end.state_dict()[n] for n, w in start.state_dict().items()}
            net.load_state_dict(weights)
            outputs = net(x[k])
            torch.testing.assert_close(seen[k, t, 0], F.cross_entropy(outputs, y[k]).detach())
            assert seen[k, t, 1].item() == (outputs.argmax(1) == y[k]).double().mean().item()


def test_the_stack_has_its_own_weights_back_and_the_ends_are_exact():
    nets, end = stack(made("start")), stack(made("end")).weights()
    before = nets.weights()
    points = along(nets, before, end, [0, 0.3, 1], lambda nets: nets.flat)
    assert torch.equal(nets.weights(), before)
    assert torch.equal(points[:, 0], before)
    assert torch.equal(points[:, 2], end)


def test_each_replica_may_have_alphas_of_its_own():
    nets, end = stack(made("start")), stack(made("end")).weights()
    own = np.arange(8.0).reshape(4, 2)
    points = along(nets, nets.weights(), end, own, lambda nets: nets.flat)
    for k in range(4):
        expected = along(nets, nets.weights(), end, own[k], lambda nets: nets.flat)[k]
        assert torch.equal(points[k], expected)


def test_the_barrier_of_a_net_with_itself_is_zero(data):
    x, y = data
    nets = stack(made("start"))
    weights = nets.weights()
    losses = along(nets, weights, weights, ALPHAS, lambda nets: cross_entropy(nets.forward(x, per_replica=True), y))
    assert (barrier(losses, ALPHAS) == 0).all()
    assert (excess_at_the_middle(losses, ALPHAS) == 0).all()
    assert (largest_rise(losses) == 0).all()


def test_a_linear_models_middle_is_exact(data):
    """Outputs are linear in the weights: the middle's are the mean of the ends', and the squared error a parabola."""
    x, _ = data
    y = torch.zeros(4, 20, 3, dtype=torch.float64)
    nets = stack(made("start", widths=()))
    start, end = nets.weights(), stack(made("end", widths=())).weights()
    outputs = along(nets, start, end, [0, 0.5, 1], lambda nets: nets.forward(x, per_replica=True))
    torch.testing.assert_close(outputs[:, 1], (outputs[:, 0] + outputs[:, 2]) / 2)
    losses = along(nets, start, end, ALPHAS, lambda nets: squared(nets.forward(x, per_replica=True), y)).numpy()
    for k in range(4):
        assert abs(np.polyfit(ALPHAS, losses[k], 3)[0]) < 1e-12
    assert (excess_at_the_middle(losses, ALPHAS) < 0).all()  # convex
    np.testing.assert_allclose(barrier(losses, ALPHAS), np.abs(losses[:, 20] - losses[:, 10]) / 2)


def test_known_heights():
    alphas = np.array([-1, 0, 0.25, 0.5, 1, 2])
    curve = np.array([9.0, 1.0, 4.0, 3.5, 2.0, 9.0])
    assert barrier(curve, alphas) == 4 - 1.5
    assert excess_at_the_middle(curve, alphas) == 3.5 - 2
    assert largest_rise(curve[1:5]) == 3.0
    assert largest_rise([3.0, 2.0, 2.5, 1.0, 1.4]) == 0.5
    assert largest_rise([3.0, 2.0, 1.0]) == 0


def test_infinite_losses_are_infinite_barriers():
    alphas = np.array([0, 0.5, 1])
    lines = np.array([[1.0, np.inf, 1.0], [np.inf, 2.0, 1.0], [np.inf, np.inf, np.inf]])
    assert (barrier(lines, alphas) == np.inf).all()
    assert excess_at_the_middle(lines, alphas).tolist() == [np.inf, -np.inf, 0.0]
    assert largest_rise(lines).tolist() == [np.inf, 0.0, 0.0]


def test_a_line_without_its_ends_has_no_barrier():
    with pytest.raises(ValueError, match=r"0 of the alphas are 1; their shape is \(2,\), the values' \(2,\)"):
        barrier([1.0, 2.0], [0.0, 0.5])
