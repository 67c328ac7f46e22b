"""Whether a user's net learns in a stack as it would by itself: the gradient of one replica beside torch's own."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from hw1.training.losses import squared
from hw1.training.stacks import Stack

__all__ = ["differing"]

Gradients = dict[str, Tensor]

# Of a parameter's own gradient, and of all gradients together: float32 through a normalisation of four examples is off
# by 1e-5 of all at most, where a hook that halves a gradient, or a backward pass with other weights, is off by a half.
OWN, ALL = 1e-2, 1e-4


def differing(stack: Stack, make: Callable[[], nn.Module], x: Tensor) -> str:
    """The first parameter whose gradient is not that of `backward` on the net itself; empty where there is none.

    So it is where hooks change gradients, and where a checkpoint computes activations anew, which it would do with
    other weights; and a parameter counts that `forward` overwrites. What differs from pass to pass by itself is not
    compared.

    Parameters
    ----------
    stack : fresh nets, whose weights are others afterwards
    make : gives the net that is stacked
    x : inputs (n, d...)
    """
    net = make().to(stack.device, stack.dtype)
    values = {**stack.leaves, **stack.state}
    tensors = dict((*net.named_parameters(), *net.named_buffers()))
    if tensors.keys() != values.keys():
        return ""  # the experiment has made another net of it
    stack.load(0.9 * stack.weights() + 0.01)  # others than those that nets were made with, which hooks may hold
    with torch.no_grad():
        for name, tensor in tensors.items():
            tensor.copy_(values[name][0])
    for training in (False,) if stack.draws else (False, True):
        alone = _alone(net, x, training)
        if not _odd(alone, _alone(net, x, training)) and (odd := _odd(alone, _inside(stack, x, training))):
            return odd
    own = {name: parameter.detach() for name, parameter in net.named_parameters()}
    return next((name for name, numbers in own.items() if not torch.equal(numbers, values[name][0])), "")


def _alone(net: nn.Module, x: Tensor, training: bool) -> Gradients:
    net.train(training).zero_grad()
    with torch.enable_grad():
        outputs = net(x)
        outputs.flatten(1).square().mean().backward()
    named = [(name, p) for name, p in net.named_parameters() if p.requires_grad]
    return {name: torch.zeros_like(p) if p.grad is None else p.grad.detach().clone() for name, p in named}


def _inside(stack: Stack, x: Tensor, training: bool) -> Gradients:
    own = x.expand(stack.K, *x.shape)
    if training:
        shape = stack.forward(own, per_replica=True).shape
        _, gradient = stack.losses_and_gradient(squared, own, torch.zeros(shape, dtype=x.dtype), 0, per_replica=True)
    else:
        with torch.enable_grad():
            outputs = stack.forward(own, per_replica=True)
            gradient = stack.gradient(outputs.flatten(1).square().mean(1))
    return {name: part[0] for name, part in stack.split(gradient)}


def _odd(one: Gradients, other: Gradients) -> str:
    """The name of the first gradient that differs; empty where none does."""
    whole = sum(float(part.square().sum()) for part in one.values()) ** 0.5
    for name, part in one.items():
        if not float((part - other[name]).norm()) <= OWN * float(part.norm()) + ALL * whole:
            return name
    return ""
