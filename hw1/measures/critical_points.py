"""Points where the gradient almost vanishes, minima or not: minimising the gradient's norm instead of the loss."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from hw1.measures.curvature import hessian
from hw1.measures.gradients import Objective
from hw1.training import Stack

__all__ = ["Reached", "minimise_gradient_norm"]

_LEAST = 1e-15  # of the damping: below it the solve cannot tell it from 0


@dataclass(frozen=True, kw_only=True, eq=False)
class Reached:
    """Where the search ended: `norm`, the gradient's (K,); `converged`, whether it is at most the goal (K,)."""

    norm: Tensor
    converged: Tensor


def minimise_gradient_norm(
    stack: Stack, objective: Objective, *, goal: float = 1e-8, iterations: int = 200, damping: float = 1e-2
) -> Reached:
    """Move the weights of all replicas, in place, to points where the gradient g is almost zero.

    Levenberg and Marquardt's method on |g|^2 with the whole Hessian H, g's Jacobian: steps -(H^2 + m I)^-1 H g, each
    replica with a damping m of its own, which falls after a step that lowers |g| and grows after one that does not, and
    is not taken. Gradient descent on the loss would find minima only; this stops at saddles as well. It may also end at
    a point where H g = 0 and g is not, a minimum of |g| that is no critical point: that is not `converged`.

    Parameters
    ----------
    stack : of float64 nets of some hundred parameters
    goal : Euclidean norm of the gradient at which a replica stops
    iterations : Hessians at most; whether all have stopped is asked every 20th
    damping : at the start, in units of the largest eigenvalue of H^2, bounded from above by its trace

    References
    ----------
    Dauphin et al., NIPS 2014, arXiv:1406.2572, and Frye et al., Neural Computation 33:1469, 2021, arXiv:2003.10397
    (searches for zeros of the gradient, and the gradient-flat regions that catch them)
    """
    if stack.dtype != torch.float64:
        raise ValueError(f"A gradient norm of {goal:g} is below the rounding of {stack.dtype}. Build nets in float64.")
    m = torch.full((stack.K,), damping, dtype=stack.dtype, device=stack.device)
    g = _gradient(stack, objective)
    for iteration in range(iterations):
        norm = torch.linalg.vector_norm(g, dim=1)
        if iteration % 20 == 0 and bool((norm <= goal).all()):
            break
        here = stack.weights()
        stack.load(here - _step(hessian(stack, objective), g, m))
        there = _gradient(stack, objective)
        better = (torch.linalg.vector_norm(there, dim=1) < norm) & (norm > goal)
        stack.load(torch.where(better[:, None], stack.weights(), here))
        g = torch.where(better[:, None], there, g)
        m = torch.where(better, m / 4, m * 4).clamp(_LEAST, 1e6)
    norm = torch.linalg.vector_norm(g, dim=1)
    return Reached(norm=norm, converged=norm <= goal)


def _gradient(stack: Stack, objective: Objective) -> Tensor:
    with torch.enable_grad():
        return stack.gradient(objective(stack))


def _step(H: Tensor, g: Tensor, m: Tensor) -> Tensor:
    """(H^2 + m |H|^2 I)^-1 H g, for each replica."""
    square = H @ H
    scale = torch.diagonal(square, dim1=1, dim2=2).sum(1)
    damped = square + torch.diag_embed((m * scale)[:, None].expand_as(g))
    right = torch.einsum("kij,kj->ki", H, g)
    step, _ = torch.linalg.solve_ex(damped, right[:, :, None])
    return torch.nan_to_num(step[:, :, 0], nan=0.0, posinf=0.0, neginf=0.0)
