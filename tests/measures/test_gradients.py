import pytest
import torch
from torch.nn import functional as F  # noqa: N812

from hw1.measures.gradients import UpdateNorms, full_gradient, layers, mean_loss, norms
from hw1.streams import stream
from hw1.training import Recipe, cross_entropy, orders, squared, train


@pytest.mark.parametrize("at_once", [3, 20, 64])
def test_the_full_gradient_is_the_one_of_an_ordinary_net(tools, at_once):
    stack, (x, y, _) = tools.stack(), tools.data()
    found = full_gradient(stack, x, y, squared, at_once=at_once)
    for k in range(stack.K):
        net = stack.unstack(k)
        F.mse_loss(net(x), y).backward()
        expected = torch.cat([p.grad.reshape(-1) for p in net.parameters()])
        torch.testing.assert_close(found[k], expected)


def test_the_full_gradient_takes_own_data_and_labels_of_each_replica(tools):
    stack, (x, _, labels) = tools.stack(), tools.data()
    own, own_labels = torch.stack([x, x.flip(0), -x]), torch.stack([labels, labels.flip(0), labels])
    found = full_gradient(stack, own, own_labels, cross_entropy, per_replica=True, at_once=7)
    shared = full_gradient(stack, x, labels, cross_entropy)
    torch.testing.assert_close(found[:2], shared[:2])
    assert not torch.allclose(found[2], shared[2])


def test_the_gradient_is_what_differences_of_the_loss_say(tools):
    stack, (x, y, _) = tools.stack(), tools.data()
    objective, direction = mean_loss(x, y, squared), tools.starts(stack)
    slope = (full_gradient(stack, x, y, squared) * direction).sum(1)
    before, h = stack.weights(), 1e-5  # central differences: an error of h**2, and 1e-16 / h of rounding
    stack.load(before + h * direction)
    up = objective(stack).detach()
    stack.load(before - h * direction)
    torch.testing.assert_close((up - objective(stack).detach()) / (2 * h), slope, rtol=1e-7, atol=1e-9)


def test_norms_are_those_of_each_layer_and_of_all(tools):
    stack, (x, y, _) = tools.stack(), tools.data()
    found = norms(stack, full_gradient(stack, x, y, squared))
    assert layers(stack) == ("0", "2", "4")
    net = stack.unstack(1)
    F.mse_loss(net(x), y).backward()
    one_layer = [
        torch.nn.utils.get_total_norm([p.grad for p in layer.parameters()]) for layer in (net[0], net[2], net[4])
    ]
    total = torch.nn.utils.get_total_norm([p.grad for p in net.parameters()])
    torch.testing.assert_close(found[1], torch.stack([total, *one_layer]))


def test_update_norms_are_those_of_the_minibatches_of_an_ordinary_loop(tools):
    stack, (x, y, _) = tools.stack(replicas=2), tools.data()
    nets = [stack.unstack(k) for k in range(2)]
    recipe = Recipe(optimizer="sgd", lr=0.1, updates=7, batch=6)
    seen = UpdateNorms(stack)
    draw = [stream("measure tests", k, "order") for k in range(2)]
    train(stack, x, y, recipe, loss="squared", orders=orders(draw, len(x), 6), on_update=seen)
    for k, net in enumerate(nets):
        rng, waiting = stream("measure tests", k, "order"), []
        optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
        for t in range(7):
            waiting = waiting if len(waiting) >= 6 else rng.permutation(len(x)).tolist()
            now, waiting = waiting[:6], waiting[6:]
            optimizer.zero_grad()
            loss = F.mse_loss(net(x[now]), y[now])
            loss.backward()
            torch.testing.assert_close(seen.losses()[k, t], loss.detach())
            total = torch.nn.utils.get_total_norm([p.grad for p in net.parameters()])
            torch.testing.assert_close(seen.norms()[k, t, 0], total)
            optimizer.step()


def test_update_norms_start_afresh_with_a_new_training(tools):
    stack, (x, y, _) = tools.stack(replicas=2), tools.data()
    seen = UpdateNorms(stack)
    for updates in (5, 3):
        train(stack, x, y, Recipe(optimizer="adam", lr=0.01, updates=updates), loss="squared", on_update=seen)
    assert seen.norms().shape == (2, 3, 4)
    assert seen.losses().shape == (2, 3)
