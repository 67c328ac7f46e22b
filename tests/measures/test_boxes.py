import numpy as np
import pytest
import torch

from hw1.measures.boxes import box, box_sharpness, random_sharpness, restored
from hw1.measures.gradients import mean_loss
from hw1.streams import stream
from hw1.training import squared


def uniform(stack, purpose="box"):
    draws = [stream("measure tests", k, purpose).uniform(-1, 1, stack.P) for k in range(stack.K)]
    return stack.place(np.stack(draws))


def test_the_perturbation_is_put_back_to_the_last_bit(tools):
    stack, (x, y, _) = tools.stack(), tools.data()
    objective, before = mean_loss(x, y, squared), stack.weights()
    first = box_sharpness(stack, objective, uniform(stack), radius=0.1)
    assert torch.equal(stack.weights(), before)
    assert torch.equal(box_sharpness(stack, objective, uniform(stack), radius=0.1), first)
    random = random_sharpness(stack, objective, [uniform(stack, str(i)) for i in range(5)], radius=0.1)
    assert torch.equal(stack.weights(), before)
    again = random_sharpness(stack, objective, [uniform(stack, str(i)) for i in range(5)], radius=0.1)
    assert torch.equal(again, random)


def test_the_weights_are_put_back_after_an_error_too(tools):
    stack = tools.stack()
    before = stack.weights()

    def fails(stack):
        stack.load(before + 1)
        raise RuntimeError("midway")

    with pytest.raises(RuntimeError, match="midway"), restored(stack):
        fails(stack)
    assert torch.equal(stack.weights(), before)


def diagonal(tools, curvature, slope):
    """Loss (h w w / 2 + s w) summed over the weights, at weights 0, where the box has the half length `radius`."""
    stack, _, _ = tools.quadratic([np.zeros(4)])
    stack.load(torch.zeros(1, 5, dtype=torch.float64))

    def objective(stack):
        w = torch.cat([leaf.reshape(1, -1) for leaf in stack.leaves.values()], dim=1)
        return (curvature * w * w / 2 + slope * w).sum(1) + 1.5

    return stack, objective


def test_the_box_of_a_linear_loss_gives_its_exact_maximum(tools):
    slope = torch.tensor([1.0, -2.0, 0.5, 3.0, -1.0], dtype=torch.float64)
    stack, objective = diagonal(tools, torch.zeros(5, dtype=torch.float64), slope)
    expected = 100 * 0.01 * slope.abs().sum() / 2.5
    assert box_sharpness(stack, objective, uniform(stack), radius=0.01).item() == pytest.approx(expected.item())


def test_the_box_around_a_minimum_gives_its_exact_maximum(tools):
    curvature = torch.tensor([1.0, 2.0, 4.0, 8.0, 16.0], dtype=torch.float64)
    stack, objective = diagonal(tools, curvature, torch.zeros(5, dtype=torch.float64))
    expected = 100 * 0.01**2 * curvature.sum().item() / 2 / 2.5
    assert box_sharpness(stack, objective, uniform(stack), radius=0.01).item() == pytest.approx(expected)
    few = random_sharpness(stack, objective, [uniform(stack, str(i)) for i in range(3)], radius=0.01).item()
    assert 0 < few < expected
    corner = torch.ones(1, 5, dtype=torch.float64)
    assert random_sharpness(stack, objective, [corner, 0 * corner], radius=0.01).item() == pytest.approx(expected)


def test_around_a_maximum_nothing_rises(tools):
    stack, objective = diagonal(tools, -torch.ones(5, dtype=torch.float64), torch.zeros(5, dtype=torch.float64))
    assert box_sharpness(stack, objective, uniform(stack)).item() == 0
    assert random_sharpness(stack, objective, [uniform(stack)]).item() == 0


def test_ascent_finds_more_than_a_thousand_random_points_and_grows_with_the_box(tools):
    stack, (x, y, _) = tools.stack(), tools.data()
    objective = mean_loss(x, y, squared)
    small, large = (box_sharpness(stack, objective, uniform(stack), radius=radius) for radius in (1e-3, 1e-2))
    assert (large > small).all()
    random = random_sharpness(stack, objective, (uniform(stack, str(i)) for i in range(1_000)), radius=1e-2)
    assert (large > random).all()


def test_ascent_stays_in_the_box(tools):
    stack, (x, y, _) = tools.stack(), tools.data()
    inner, before, seen = mean_loss(x, y, squared), stack.weights(), []

    def objective(stack):
        seen.append(((stack.weights() - before).abs() / box(before, 0.05)).max().item())
        return inner(stack)

    box_sharpness(stack, objective, 3 * uniform(stack), radius=0.05, steps=30)
    assert max(seen) == pytest.approx(1)


def test_a_diverged_replica_is_infinite(tools):
    stack, (x, y, _) = tools.stack(), tools.data()
    weights = stack.weights()
    weights[1] = torch.nan
    stack.load(weights)
    found = box_sharpness(stack, mean_loss(x, y, squared), uniform(stack))
    assert torch.isinf(found).tolist() == [False, True, False]


def test_too_few_steps_are_refused(tools):
    stack, (x, y, _) = tools.stack(), tools.data()
    with pytest.raises(ValueError, match="do not cross"):
        box_sharpness(stack, mean_loss(x, y, squared), uniform(stack), steps=3)
