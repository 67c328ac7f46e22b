import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

from hw1.measures.sensitivity import (
    batch_mean_gradient_norms,
    input_gradient_norms,
    jacobian_norms,
    logits,
    softmax,
)
from hw1.nets.dense import blank, initialise
from hw1.streams import stream
from hw1.training import stack as stacked


@pytest.fixture
def points(tools):
    """Own inputs (3, 20, 2) and labels (3, 20) of three replicas."""
    x, _, labels = tools.data()
    return torch.stack([x, x.flip(0), -x]), torch.stack([labels, labels.flip(0), labels])


OUTPUTS = {"logits": (logits, lambda z: z), "softmax": (softmax, lambda z: z.softmax(-1))}


@pytest.mark.parametrize("kind", OUTPUTS)
@pytest.mark.parametrize("at_once", [1, 7, 50])
def test_jacobian_norms_are_those_of_dense_jacobians_of_single_nets(tools, points, kind, at_once):
    stack, (x, _), (outputs, last) = tools.stack(), points, OUTPUTS[kind]
    found = jacobian_norms(outputs(stack), x, at_once=at_once)
    for k in range(stack.K):
        net = stack.unstack(k)
        jacobians = torch.func.vmap(torch.func.jacrev(lambda point, net=net: last(net(point))))(x[k])
        torch.testing.assert_close(found[k], torch.linalg.matrix_norm(jacobians))


def test_jacobian_norms_of_a_linear_model_are_those_of_its_weights(tools, points):
    stack, (x, _) = tools.stack(widths=()), points
    norms = torch.linalg.matrix_norm(stack.leaves["0.weight"].detach())
    torch.testing.assert_close(jacobian_norms(logits(stack), x), norms[:, None].expand(3, 20))


def test_jacobian_norms_of_softmax_regression_have_a_closed_form(tools, points):
    stack, (x, _) = tools.stack(widths=()), points
    p = stack.forward(x, per_replica=True).softmax(-1).detach()
    mixing = torch.diag_embed(p) - p[..., :, None] * p[..., None, :]
    expected = torch.linalg.matrix_norm(mixing @ stack.leaves["0.weight"].detach()[:, None])
    torch.testing.assert_close(jacobian_norms(softmax(stack), x), expected)


def test_input_gradients_of_softmax_regression_have_a_closed_form(tools, points):
    stack, (x, y) = tools.stack(widths=()), points
    error = stack.forward(x, per_replica=True).softmax(-1).detach() - F.one_hot(y, 3)
    expected = (error @ stack.leaves["0.weight"].detach()).norm(dim=-1)
    torch.testing.assert_close(input_gradient_norms(logits(stack), x, y, at_once=6), expected)


def test_input_gradients_are_what_differences_of_the_loss_say(tools, points):
    stack, (x, y) = tools.stack(), points
    h = 1e-5  # central differences: an error of h**2, and 1e-16 / h of rounding

    def losses(x):
        return F.cross_entropy(stack.forward(x, per_replica=True).transpose(1, 2), y, reduction="none").detach()

    slopes = [(losses(x + h * e) - losses(x - h * e)) / (2 * h) for e in torch.eye(2, dtype=x.dtype)]
    expected = torch.stack(slopes, dim=-1).norm(dim=-1)
    torch.testing.assert_close(input_gradient_norms(logits(stack), x, y), expected, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("batch", [1, 2, 5, 20])
def test_the_gradient_of_a_batch_mean_is_the_one_of_each_point_over_the_size_of_the_batch(tools, points, batch):
    stack, (x, y) = tools.stack(), points
    found = batch_mean_gradient_norms(logits(stack), x, y, batch)
    torch.testing.assert_close(found * batch, input_gradient_norms(logits(stack), x, y), rtol=1e-12, atol=0)


def test_the_gradient_of_a_batch_mean_is_what_backward_leaves_at_the_inputs(tools, points):
    stack, (x, y) = tools.stack(), points
    found = batch_mean_gradient_norms(logits(stack), x, y, 10)
    for k in range(stack.K):
        inputs = x[k, 10:].clone().requires_grad_()
        F.cross_entropy(stack.unstack(k)(inputs), y[k, 10:]).backward()
        torch.testing.assert_close(found[k, 10:], inputs.grad.norm(dim=1))


def test_a_batch_that_leaves_points_over_is_refused(tools, points):
    with pytest.raises(ValueError, match=r"20 points do not fill batches of 6. Use a batch size that divides"):
        batch_mean_gradient_norms(logits(tools.stack()), *points, 6)


def test_images_and_convolutions_are_measured_alike():
    def make():
        return torch.nn.Sequential(torch.nn.Conv2d(1, 2, 2), torch.nn.Tanh(), torch.nn.Flatten(), torch.nn.Linear(8, 3))

    nets = [blank(make).double() for _ in range(2)]
    for k, net in enumerate(nets):
        initialise(net, stream("measure tests", k, "init"))
    x = torch.from_numpy(stream("measure tests", "images").normal(size=(2, 4, 1, 3, 3)))
    stack = stacked(nets)
    found = jacobian_norms(logits(stack), x)
    for k in range(2):
        dense = torch.autograd.functional.jacobian(lambda image, k=k: stack.unstack(k)(image[None])[0], x[k, 2])
        torch.testing.assert_close(found[k, 2], dense.norm())


class Skip(nn.Module):
    """No Sequential: its replicas run under vmap, if a first pass shows that they can."""

    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(2, 4), nn.Linear(4, 3)

    def forward(self, x):
        return self.last(torch.tanh(self.first(x)))


@pytest.mark.parametrize("measure", [lambda f, x, _: jacobian_norms(f, x), input_gradient_norms])
def test_nets_that_were_never_run_are_measured_side_by_side(tools, points, measure):
    """A warning that they go one by one would be an error here."""
    found, (x, y) = stacked([Skip().double() for _ in range(3)]), points
    assert measure(logits(found), x, y).shape == (3, 20)
    assert found.way(x, True).together


def test_measuring_leaves_no_gradients_behind(tools, points):
    stack, (x, y) = tools.stack(), points
    found = (jacobian_norms(softmax(stack), x), input_gradient_norms(logits(stack), x, y))
    assert not any(values.requires_grad for values in found)
    assert stack.flat.grad is None
    assert all(leaf.grad is None for leaf in stack.leaves.values())
    assert x.grad is None
