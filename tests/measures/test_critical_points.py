import numpy as np
import pytest
import torch

from hw1.measures.critical_points import minimise_gradient_norm
from hw1.measures.curvature import hessian, inertia
from hw1.measures.gradients import full_gradient, mean_loss
from hw1.training import squared


def test_the_only_critical_point_of_a_quadratic_is_found_whatever_its_signs(tools):
    spectra = [np.array([1.0, 2, 3, 4]), np.array([-1.0, 2, -3, 4]), -np.array([1.0, 2, 3, 4])]
    stack, objective, _ = tools.quadratic(spectra)
    reached = minimise_gradient_norm(stack, objective, goal=1e-10)
    assert reached.converged.all()
    assert (stack.weights().abs() < 1e-9).all()


def test_a_net_reaches_points_that_are_no_minima(tools):
    stack, (x, y, _) = tools.stack(replicas=6), tools.data()
    before = stack.weights()
    reached = minimise_gradient_norm(stack, mean_loss(x, y, squared), goal=1e-6, iterations=300)
    gradient = torch.linalg.vector_norm(full_gradient(stack, x, y, squared), dim=1)
    torch.testing.assert_close(gradient, reached.norm)
    assert torch.equal(reached.converged, gradient <= 1e-6)
    assert reached.converged.sum() >= 4  # others may be caught where |g| has a minimum and is not 0
    counts = inertia(hessian(stack, mean_loss(x, y, squared)), tolerance=1e-10)
    assert (counts.negative[reached.converged] > 0).any()
    assert not torch.equal(before, stack.weights())


def test_the_norm_never_rises_and_replicas_do_not_know_of_each_other(tools):
    (x, y, _), norms = tools.data(), []
    objective = mean_loss(x, y, squared)
    for iterations in (1, 5, 20):
        stack = tools.stack(replicas=3)
        norms.append(minimise_gradient_norm(stack, objective, iterations=iterations).norm)
    assert (norms[0] >= norms[1]).all()
    assert (norms[1] >= norms[2]).all()
    alone = minimise_gradient_norm(tools.stack(replicas=1), objective, iterations=5).norm
    torch.testing.assert_close(alone, norms[1][:1])


def test_single_precision_is_refused(tools):
    stack, (x, y, _) = tools.stack(dtype=torch.float32), tools.data(torch.float32)
    with pytest.raises(ValueError, match="float64"):
        minimise_gradient_norm(stack, mean_loss(x, y, squared))
