"""The updates of one training: numbers and indices are set, and what follows is the same program every time."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor

from hw1.training.losses import LOSSES, Loss, cross_entropy
from hw1.training.orders import Batches
from hw1.training.own import PerReplica, own_optimizer
from hw1.training.recipe import Recipe
from hw1.training.stacks import Both, Stack
from hw1.training.steps import Step, rate_for

__all__ = ["Updates", "clipped"]


class Updates:
    """Updates of a stack, each a pass to the gradient, `losses`, and a `step` along it.

    What differs from one to the next is written to the device before: the learning rate, the update's number where
    layers draw for it, and the indices of the batch. Not so where replicas train one by one, or by a user's optimizer.

    Where `kept`, bool (K, P), is false, weights are 0: now, and after every step.
    """

    def __init__(self, stack: Stack, feed: Batches, recipe: Recipe, loss: Loss, kept: Tensor | None = None) -> None:
        own = own_optimizer(stack, recipe)
        self._along: Step | PerReplica = own or recipe.build(stack.flat)
        self.stack, self.feed, self.recipe, self._loss = stack, feed, recipe, loss
        x, _, per_replica = feed.example()
        self._together = stack.is_one_program(x, per_replica)
        self._counted = stack.draws and self._together
        self._rate, self._number = rate_for(stack.flat), torch.zeros((), dtype=torch.int64, device=stack.device)
        self._lr, self._update = 0.0, 0
        self._gradient: Tensor | None = None
        self._kept = None if kept is None else _checked_mask(stack, kept)
        self._prune(stack.flat.detach())

    @property
    def are_one_program(self) -> bool:
        """Whether all updates do the same; of a loss or an optimizer of somebody's own that is not known."""
        kind = self._loss.func if isinstance(self._loss, partial) else self._loss
        known = kind is cross_entropy or self._loss in LOSSES.values()
        return self._together and known and not isinstance(self._along, PerReplica)

    def losses(self, update: int) -> Tensor:
        """Losses (K,) of the next batch, for update 0 to updates - 1; the stack's state is then what that leaves."""
        self.set_numbers(update)
        losses, self._gradient = self.run(self.feed.indices())
        return losses

    def step(self) -> None:
        """The step that belongs to the last `losses`; its gradient stays in `stack.flat.grad`, for `on_update`."""
        assert self._gradient is not None  # `losses` comes first
        self.stack.flat.grad = self._gradient
        self.go(self._gradient)

    def last_losses(self) -> Tensor:
        """Losses (K,) of the batch after the last update, which nothing follows."""
        x, y, per_replica = self.feed.at(self.feed.indices())
        with torch.no_grad():
            return self._loss(self.stack.forward(x, per_replica=per_replica, update=self.recipe.updates), y)

    def set_numbers(self, update: int) -> None:
        """Write what the update reads; a write takes 4 us on a CPU, so only what has changed."""
        lr, self._update = self.recipe.lr_at(update), update
        if lr != self._lr:
            self._lr = lr
            self._rate.fill_(lr)
        if self._counted:
            self._number.fill_(update)

    def run(self, indices: Tensor | None) -> Both:
        """Losses (K,) and gradients (K, P) of the batch of some indices."""
        x, y, per_replica = self.feed.at(indices)
        now = self._number if self._counted else self._update
        losses, gradient = self.stack.losses_and_gradient(self._loss, x, y, now, per_replica=per_replica)
        return losses, self._prune(gradient)

    def go(self, gradient: Tensor) -> None:
        """Step along a gradient, or along what the recipe leaves of it."""
        if self.recipe.clip is not None:
            gradient = clipped(gradient, self.recipe.clip)
        if isinstance(self._along, PerReplica):
            self._along(gradient, self._lr)
        else:
            self._along(gradient, self._rate)
        self._prune(self.stack.flat.detach())  # an optimizer that mixes weights moves those without a gradient, too

    def _prune(self, values: Tensor) -> Tensor:
        """Put 0 in the place of what is not kept, in (K, P) numbers, and give these."""
        return values if self._kept is None else values.mul_(self._kept)


def _checked_mask(stack: Stack, kept: Tensor) -> Tensor:
    """The mask in the type of the weights, as a product with truth values takes 8 times as long (one CPU thread)."""
    if kept.shape != stack.flat.shape or kept.dtype != torch.bool:
        raise ValueError(
            f"kept is {kept.dtype} of shape {tuple(kept.shape)}, and a mask says of each of {stack.P} weights of "
            f"{stack.K} replicas whether it stays. Give bool ({stack.K}, {stack.P})."
        )
    return kept.to(stack.device, stack.dtype)


def clipped(gradient: Tensor, most: float) -> Tensor:
    """Each row of gradients (K, P), shortened to that norm where it is longer; torch's formula with its 1e-6."""
    norms = torch.linalg.vector_norm(gradient, dim=1, keepdim=True)
    shortened: Tensor = gradient * (most / (norms + 1e-6)).clamp(max=1.0)
    return shortened
