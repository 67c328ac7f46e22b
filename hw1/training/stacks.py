"""K replicas of one architecture behind one interface; all their weights lie in one (K, P) buffer.

One elementwise optimizer on that buffer updates all replicas, each as if alone, in one call: with 8 replicas of
1-14-14-14-1 on 128 points an update costs 50 us a seed, against 296 with one replica (one CPU thread, torch 2.14).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from copy import deepcopy

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from hw1.nets.exchanged import keyed_copy
from hw1.nets.keyed import draw_keys, keyed, keys_at
from hw1.nets.own import own_keys
from hw1.training.losses import Loss
from hw1.training.precision import own_precision
from hw1.training.recalibration import counts_of, shares_of
from hw1.training.snapshots import Snapshot, State

__all__ = ["Both", "Moment", "Stack"]


Both = tuple[Tensor, Tensor]  # losses (K,), gradient (K, P)
Moment = int | Tensor  # number of an update, as int64 () on the device where all updates are to be one program


class Stack(ABC):
    """K replicas of P trained parameters each; `flat` is the live (K, P) buffer on `device` that optimizers update.

    `leaves` are views of `flat` with shape (K, *shape), by parameter name, in the order of ``net.named_parameters()``.
    `state` are the buffers, and parameters that are frozen, with shape (K, *shape), by name. Only
    `losses_and_gradient`, `restore` and `recalibrate` change it: every other pass works on copies.
    """

    def __init__(
        self,
        nets: Sequence[nn.Module],
        device: str | torch.device = "cpu",
        masks: Sequence[np.random.Generator] | None = None,
    ) -> None:
        rows = [torch.cat([p.detach().reshape(-1) for p in net.parameters() if p.requires_grad]) for net in nets]
        precision = own_precision() or rows[0].dtype
        self.flat = torch.stack(rows).to(device, precision).requires_grad_()
        self.K, self.P = self.flat.shape
        self.device, self.dtype = self.flat.device, self.flat.dtype
        self._template = keyed_copy(nets[0])  # its numbers are never used
        if precision != rows[0].dtype:
            self._template.to(precision)
        self.leaves = {name: view.detach().requires_grad_() for name, view in self.split(self.flat.detach())}
        self.state = self._stacked_state(nets)
        self._modes = {name: module.training for name, module in self._template.named_modules()}
        self._random = keyed(self._template)
        self._host_keys = self._drawn_keys(nets, masks)
        self._keys = None if self._host_keys is None else self._host_keys.to(self.device)

    def forward(self, x: Tensor, *, per_replica: bool = False, update: int | None = None) -> Tensor:
        """Outputs of all replicas, differentiable in `leaves` and x; nothing is changed.

        Parameters
        ----------
        x : (n, d...) shared by all replicas, or (K, n, d...) with `per_replica`; on the stack's device
        update : number of the training update that this pass is for, which random layers draw for; by default the
            pass is an evaluation, without them and with the nets in evaluation mode

        Returns
        -------
        (K, n, outputs...)
        """
        return self._pass(x, per_replica, update, training=update is not None)[0]

    @abstractmethod
    def _pass(self, x: Tensor, per_replica: bool, update: Moment | None, *, training: bool) -> tuple[Tensor, State]:
        """Outputs, and what of the state a pass in that mode changes, with its new values."""

    def place(self, values: Tensor | NDArray[np.generic]) -> Tensor:
        """Data as a tensor on the stack's device; floats in its precision, integers (labels) as they are."""
        tensor = torch.as_tensor(values)
        return tensor.to(self.device, self.dtype if tensor.is_floating_point() else tensor.dtype)

    def gradient(self, losses: Tensor, *, create_graph: bool = False, retain_graph: bool | None = None) -> Tensor:
        """Gradient of each replica's loss, (K,), in its own weights: (K, P). Leaves no `.grad` behind.

        It is 0 in weights that the loss does not depend on.

        Parameters
        ----------
        create_graph, retain_graph : as in `torch.autograd.grad`, to differentiate again
        """
        parts = torch.autograd.grad(
            losses,
            tuple(self.leaves.values()),
            torch.ones_like(losses),
            create_graph=create_graph,
            retain_graph=retain_graph,
            materialize_grads=True,
        )
        return torch.cat([part.reshape(self.K, -1) for part in parts], dim=1)

    def is_one_program(self, x: Tensor, per_replica: bool) -> bool:  # noqa: ARG002 - of no account where layers are known
        """Whether `losses_and_gradient` does the same for every update, and takes its number as a tensor."""
        return True

    @property
    def draws(self) -> bool:
        """Whether layers are random in training, so that the number of an update counts."""
        return bool(self._random)

    def losses_and_gradient(self, loss: Loss, x: Tensor, y: Tensor, update: Moment, *, per_replica: bool) -> Both:
        """Losses (K,) of a training pass, and each one's gradient in its replica's weights, (K, P).

        The state is then what the pass makes of it.
        """
        with torch.enable_grad():
            outputs, state = self._pass(x, per_replica, update, training=True)
            losses = loss(outputs, y)
            found = losses.detach(), self.gradient(losses)
        self._commit(state)
        return found

    def weights(self) -> Tensor:
        """Copy of all weights, (K, P)."""
        return self.flat.detach().clone()

    def load(self, weights: Tensor) -> None:
        """Overwrite all weights by (K, P) numbers, e.g. what `weights` gave before; the state stays as it is."""
        if weights.shape != self.flat.shape:
            raise ValueError(
                f"Weights of shape {tuple(weights.shape)} do not fit {self.K} replicas of {self.P} parameters. "
                f"Pass ({self.K}, {self.P})."
            )
        with torch.no_grad():
            self.flat.copy_(weights)

    def snapshot(self) -> Snapshot:
        """Copies of the weights and of the state."""
        return Snapshot(weights=self.weights(), state={name: values.clone() for name, values in self.state.items()})

    def restore(self, snapshot: Snapshot) -> None:
        """Weights and state as they were when `snapshot` made the copy."""
        self.load(snapshot.weights)
        self._commit(snapshot.state)

    def recalibrate(self, x: Tensor, *, at_once: int = 1_000) -> None:
        """Let the running statistics be those of own inputs (K, n, d...) with the present weights.

        Other buffers are what passes over these inputs in training mode make of them. Without buffers nothing is done.

        Parameters
        ----------
        at_once : inputs per pass; the statistics of several passes are averaged. A single one that is left over goes
            with those before it, as one input has no variance

        References
        ----------
        Izmailov et al., UAI 2018, arXiv:1803.05407, section 3.2 (averaged weights need new statistics)
        """
        if not self.state:
            return
        self._template.train()
        shares, counts = shares_of(self._template), counts_of(self._template)
        means = {name: torch.zeros_like(self.state[name]) for name in shares}
        with torch.no_grad():
            for part in _parts(x, at_once):
                self._commit({name: torch.zeros_like(self.state[name]) for name in (*shares, *counts)})
                self._commit(self._pass(part, per_replica=True, update=None, training=True)[1])
                for name, share in shares.items():  # what began at 0 is this share of the pass's own statistics
                    means[name].add_(self.state[name], alpha=part.shape[1] / x.shape[1] / share)
            self._commit(means)

    def parameters_of(self, k: int) -> dict[str, Tensor]:
        """Copies of one replica's trained parameters, by name."""
        return {name: leaf[k].detach().clone() for name, leaf in self.leaves.items()}

    def unstack(self, k: int) -> nn.Module:
        """One replica as an ordinary net of its own, on the stack's device, in the mode in which the nets came.

        torch's dropout is ours in it, which does nothing where no key is lent.
        """
        net = deepcopy(self._template).to(self.device)
        for name, module in net.named_modules():
            module.training = self._modes[name]  # passes set it
        values = {**self.leaves, **self.state}
        with torch.no_grad():
            for name, tensor in (*net.named_parameters(), *net.named_buffers()):
                tensor.copy_(values[name][k])
        return net

    def split(self, flat: Tensor) -> list[tuple[str, Tensor]]:
        """Numbers for all weights, (K, P), as views of shape (K, *shape), by parameter name."""
        named = [(name, p) for name, p in self._template.named_parameters() if p.requires_grad]
        parts = torch.split_with_sizes(flat, [parameter.numel() for _, parameter in named], dim=1)
        return [(name, part.view(self.K, *p.shape)) for (name, p), part in zip(named, parts, strict=True)]

    def _stacked_state(self, nets: Sequence[nn.Module]) -> State:
        kinds = {name: tensor.dtype for name, tensor in _untrained(self._template).items()}
        each = [_untrained(net) for net in nets]
        return {
            name: torch.stack([own[name].detach() for own in each]).to(self.device, kind)
            for name, kind in kinds.items()
        }

    def _commit(self, state: Mapping[str, Tensor]) -> None:
        """Take new values of the state, in place, as layers hold views of it."""
        with torch.no_grad():
            for name, values in state.items():
                self.state[name].copy_(values)

    def _drawn_keys(self, nets: Sequence[nn.Module], masks: Sequence[np.random.Generator] | None) -> Tensor | None:
        """Keys (K, 2) on the host: from the generators, or those that a user's nets have; None where there are none."""
        if masks is not None and len(masks) == self.K:
            return draw_keys(masks)
        keys = own_keys(nets) if masks is None else None
        if keys is None and (masks is not None or self._random):
            raise self._without_keys("none" if masks is None else str(len(masks)))
        return keys

    def _without_keys(self, given: str) -> ValueError:
        return ValueError(
            f"Nets with layers that are random in training need a generator for each of {self.K} replicas, not "
            f"{given}. Pass masks=[stream(..., seed, 'dropout') for each seed]."
        )

    def _lent_keys(self, update: Moment | None) -> list[Tensor]:
        """Keys (K, 2) of each random layer in an update; none in an evaluation."""
        if update is None or self._keys is None:
            return []
        return [keys_at(self._keys, update, layer) for layer in range(len(self._random))]

    def _check_replicas(self, x: Tensor, per_replica: bool) -> None:
        if per_replica and x.shape[0] != self.K:
            raise ValueError(
                f"x of shape {tuple(x.shape)} does not fit {self.K} replicas. Pass ({self.K}, n, d...), or share one x."
            )


def _parts(x: Tensor, at_once: int) -> list[Tensor]:
    parts = list(torch.split(x, at_once, dim=1))
    if len(parts) > 1 and parts[-1].shape[1] == 1:
        parts[-2:] = [torch.cat(parts[-2:], dim=1)]
    return parts


def _untrained(net: nn.Module) -> dict[str, Tensor]:
    """Buffers and frozen parameters, by name."""
    frozen = {name: parameter for name, parameter in net.named_parameters() if not parameter.requires_grad}
    return {**frozen, **dict(net.named_buffers())}
