"""What trained nets would say if they were linear in their weights: their expansion at the weights of the start."""

from __future__ import annotations

import torch
from torch import Tensor

from hw1.training import Stack

__all__ = ["linearised"]


def linearised(stack: Stack, start: Tensor, end: Tensor, x: Tensor) -> Tensor:
    """First-order expansion of the outputs in the weights, at `start`, taken at `end`.

    Parameters
    ----------
    stack : the nets; their weights come back at the end
    start, end : weights (K, P)
    x : own inputs (K, n, d...)

    Returns
    -------
    (K, n, outputs...): f(x; start) + the derivative of f(x; .) at start along end - start

    References
    ----------
    Lee et al., NeurIPS 2019, arXiv:1902.06720, section 2.2; Chizat, Oyallon, Bach, NeurIPS 2019, arXiv:1812.07956
    """
    own = stack.weights()
    stack.load(start)
    try:
        with torch.enable_grad():
            outputs = stack.forward(x, per_replica=True)
            # Forward mode would be one pass, but torch 2.14 warns of torch.jit there. The gradient is linear in u, and
            # its derivative in u along the way is the derivative of the outputs along the way.
            u = torch.zeros_like(outputs, requires_grad=True)
            along = (stack.gradient((outputs * u).flatten(1).sum(1), create_graph=True) * (end - start)).sum()
            change = torch.autograd.grad(along, u)[0]
        return (outputs + change).detach()
    finally:
        stack.load(own)
