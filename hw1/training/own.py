"""A user's own optimizers in the training loop; see `hw1.replaced`."""

from __future__ import annotations

from collections.abc import Callable

import torch

from hw1.deliberate import told
from hw1.replaced import Active, Asked, active, remark
from hw1.training.plain import differing
from hw1.training.recipe import Recipe
from hw1.training.stacks import Stack
from hw1.training.ways import trial_inputs

__all__ = ["PerReplica", "own_optimizer"]


class PerReplica:
    """One optimizer per replica, each over that replica's own tensors.

    Ours are elementwise and update all replicas in one call; of a user's we know nothing (it may clip by the norm or
    multiply matrices), so each sees one net, as it would alone. With 8 replicas of 463 parameters an update takes 4
    times as long.

    Parameters
    ----------
    make : gives an optimizer for a list of parameters
    lr : the recipe's; the schedule's factor on it is the factor on every group's own learning rate, but for groups
        that have a schedule of their own: a scheduler of torch's ("initial_lr" is its mark), or code of the
        optimizer's that left another rate behind than it found
    """

    def __init__(self, stack: Stack, make: Callable[[list[torch.Tensor]], torch.optim.Optimizer], lr: float) -> None:
        self._stack, self._lr = stack, lr
        self._sizes = [leaf[0].numel() for leaf in stack.leaves.values()]
        self._views = [[leaf.detach()[k] for leaf in stack.leaves.values()] for k in range(stack.K)]
        self._tensors = [[view.detach().requires_grad_() for view in views] for views in self._views]
        self._optimizers = [make(tensors) for tensors in self._tensors]
        self._own = [
            [None if "initial_lr" in group else group.get("lr") for group in one.param_groups]
            for one in self._optimizers
        ]

    @property
    def has_own_schedule(self) -> bool:
        """Whether a group of parameters has one, by its mark or by what its last step left."""
        return any(rate is None for own in self._own for rate in own)

    def __call__(self, gradient: torch.Tensor, lr: float) -> None:
        """Update every replica with its part of the gradient, (K, P)."""
        for k, (tensors, one) in enumerate(zip(self._tensors, self._optimizers, strict=True)):
            for tensor, part in zip(tensors, torch.split_with_sizes(gradient[k], self._sizes), strict=True):
                tensor.grad = part.view(tensor.shape)
            self._step(one, self._own[k], lr / self._lr)
            for tensor, view in zip(tensors, self._views[k], strict=True):
                if tensor.data_ptr() != view.data_ptr():  # p.data = p.data - lr * p.grad, say
                    view.copy_(tensor.detach())
                    tensor.data = view

    @staticmethod
    def _step(one: torch.optim.Optimizer, own: list[float | None], factor: float) -> None:
        """One step; `own` are the rates of the groups at the start, None for those with a schedule of their own."""
        for i, group in enumerate(one.param_groups):
            if (rate := own[i]) is not None:
                group["lr"] = rate * factor
        one.step()
        for i, group in enumerate(one.param_groups):
            if (rate := own[i]) is not None and group["lr"] != rate * factor:
                own[i] = None


def own_optimizer(stack: Stack, recipe: Recipe) -> PerReplica | None:
    """The user's optimizer for a stack; None where ours stays. Ends the arm where it was only asked what it needs."""
    now = active()
    if now is None:
        return None
    momentum = f" with momentum {recipe.momentum:g}" if recipe.momentum else ""
    now.note("optimizer", recipe.optimizer + momentum)
    make = now.own.of(now.arm, "optimizer")
    decay = {"weight_decay": recipe.weight_decay} if recipe.weight_decay else {}
    if now.only_ask:
        if now.own.of(now.arm, "net") is not None and now.inputs:
            _try_net(stack, now)
        if make is not None:
            _try_optimizer(stack, make, {"lr": recipe.lr, **decay}, recipe.schedule)
        raise Asked
    if make is None:
        return None
    return PerReplica(stack, lambda tensors: make(tensors, lr=recipe.lr, **decay), recipe.lr)


def _try_net(stack: Stack, now: Active) -> None:
    """A pass in training mode, its gradient, and an evaluation with the user's nets, as training makes them."""
    try:
        with torch.enable_grad():
            x = trial_inputs(stack.place(torch.zeros(4, now.inputs)))
            own = x.expand(stack.K, -1, -1)
            outputs = stack.forward(own, per_replica=True, update=0)
            stack.gradient(outputs.square().mean(dim=(1, 2)))
            stack.forward(own, per_replica=True)
            odd = differing(stack, now.make, x) if now.make else ""
    except Exception as error:  # whatever its layers raise
        raise ValueError(
            f"The net fails as it is trained here ({told(error)}): it gets rows of {now.inputs} numbers, a "
            f"batch at a time, in training mode and in evaluation mode, and its outputs are differentiated."
        ) from error
    if odd:
        raise ValueError(
            f"The net would not learn here as it does by itself: the gradient of {odd} is another than backward() "
            f"gives. Hooks that change gradients, checkpoints, and weights that forward overwrites are not carried "
            f"into nets that are trained side by side. Leave them out."
        )


def _try_optimizer(
    stack: Stack, make: Callable[..., torch.optim.Optimizer], given: dict[str, float], schedule: str
) -> None:
    """One optimizer as the training makes it, and one step; what it changes belongs to a trial and is thrown away."""
    called = ", ".join(f"{name}={value:g}" for name, value in given.items())
    try:
        step, before = PerReplica(stack, lambda tensors: make(tensors, **given), given["lr"]), stack.weights()
        step(torch.ones_like(stack.flat), given["lr"])
    except Exception as error:  # whatever a user's code raises
        closure = " A step with a closure, as LBFGS needs, is not made here." if "closure" in str(error) else ""
        raise ValueError(
            f"optimizer={getattr(make, '__name__', make)} fails as it is used here ({told(error)}): it is "
            f"called as optimizer(parameters, {called}), and its step() after each gradient.{closure}"
        ) from error
    if schedule != "constant" and step.has_own_schedule:
        remark(f"Your optimizer has a schedule of its own, so that the setting's ({schedule}) does nothing.")
    parts = stack.split(stack.weights() - before)
    if still := [name for name, part in parts if not part.any()]:
        remark(
            f"After its first step, along a gradient of ones, your optimizer had moved {len(parts) - len(still)} of "
            f"{len(parts)} tensors of weights: not {', '.join(still):.80}."
        )
