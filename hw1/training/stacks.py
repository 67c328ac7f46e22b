"""K replicas of one architecture behind one interface; all their weights lie in one (K, P) buffer.

One elementwise optimizer on that buffer updates all replicas, each as if alone, in one call: with 8 replicas of
1-14-14-14-1 on 128 points an update costs 50 us a seed, against 296 with one replica (one CPU thread, torch 2.14).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from copy import deepcopy

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from hw1.nets.keyed import draw_keys, keyed, keys_at, lending
from hw1.training.architecture import check_stackable
from hw1.training.building import can_batch, layers_of, number_of_inputs
from hw1.training.losses import SLOPES, Loss
from hw1.training.passes import Passes
from hw1.training.precision import own_precision

__all__ = ["BatchedStack", "FunctionalStack", "SequentialStack", "Stack", "stack"]


Both = tuple[Tensor, Tensor]  # losses (K,), gradient (K, P)


def stack(
    nets: Sequence[nn.Module],
    device: str | torch.device = "cpu",
    masks: Sequence[np.random.Generator] | None = None,
) -> Stack:
    """Copy K nets of one architecture into a stack, of the fastest kind that knows all of their layers.

    Dense nets are batched, and on a CPU nets with small convolutions; there, others with convolutions train one after
    the other. What is left goes by `torch.func`.

    Parameters
    ----------
    masks : a generator per replica, from a stream of its own, where nets have layers that are random in training
        (`Dropout`, `FlipAndShift`)

    Raises
    ------
    ValueError
        for nets that differ in more than their numbers, that have torch's Dropout, buffers or frozen parameters, or
        random layers of ours without generators
    """
    check_stackable(nets)
    on_cpu = torch.device(device).type == "cpu"
    convolves = any(isinstance(module, _CONVOLUTIONS) for module in nets[0].modules())
    if (on_cpu or not convolves) and can_batch(nets[0]):
        return BatchedStack(nets, device, masks)
    if on_cpu and convolves:
        return SequentialStack(nets, device, masks)
    return FunctionalStack(nets, device, masks)


_CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)


class Stack(ABC):
    """K replicas of P parameters each; `flat` is the live (K, P) buffer on `device` that optimizers update.

    `leaves` are views of `flat` with shape (K, *shape), by parameter name, in the order of ``net.named_parameters()``.
    """

    def __init__(
        self,
        nets: Sequence[nn.Module],
        device: str | torch.device = "cpu",
        masks: Sequence[np.random.Generator] | None = None,
    ) -> None:
        rows = [torch.cat([p.detach().reshape(-1) for p in net.parameters()]) for net in nets]
        precision = own_precision() or rows[0].dtype
        self.flat = torch.stack(rows).to(device, precision).requires_grad_()
        self.K, self.P = self.flat.shape
        self.device, self.dtype = self.flat.device, self.flat.dtype
        self._template = deepcopy(nets[0])  # its numbers are never used
        if precision != rows[0].dtype:
            self._template.to(precision)
        self.leaves = {name: view.detach().requires_grad_() for name, view in self._split(self.flat.detach())}
        self._random = keyed(self._template)
        self._keys = self._drawn_keys(masks) if self._random else None

    @abstractmethod
    def forward(self, x: Tensor, *, per_replica: bool = False, update: int | None = None) -> Tensor:
        """Outputs of all replicas, differentiable in `leaves` and x.

        Parameters
        ----------
        x : (n, d...) shared by all replicas, or (K, n, d...) with `per_replica`; on the stack's device
        update : number of the training update that this pass is for, which random layers draw for; by default the
            pass is an evaluation, without them

        Returns
        -------
        (K, n, outputs...)
        """

    def place(self, values: Tensor | NDArray[np.generic]) -> Tensor:
        """Data as a tensor on the stack's device; floats in its precision, integers (labels) as they are."""
        tensor = torch.as_tensor(values)
        return tensor.to(self.device, self.dtype if tensor.is_floating_point() else tensor.dtype)

    def gradient(self, losses: Tensor, *, create_graph: bool = False, retain_graph: bool | None = None) -> Tensor:
        """Gradient of each replica's loss, (K,), in its own weights: (K, P). Leaves no `.grad` behind.

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
            materialize_grads=create_graph or bool(retain_graph),  # a linear function has no second derivative
        )
        return torch.cat([part.reshape(self.K, -1) for part in parts], dim=1)

    def losses_and_gradient(self, loss: Loss, x: Tensor, y: Tensor, update: int, *, per_replica: bool) -> Both:
        """Losses (K,) of a training pass, and each one's gradient in its replica's weights, (K, P)."""
        with torch.enable_grad():
            losses = loss(self.forward(x, per_replica=per_replica, update=update), y)
            return losses.detach(), self.gradient(losses)

    def weights(self) -> Tensor:
        """Copy of all weights, (K, P)."""
        return self.flat.detach().clone()

    def load(self, weights: Tensor) -> None:
        """Overwrite all weights by (K, P) numbers, e.g. what `weights` gave before."""
        if weights.shape != self.flat.shape:
            raise ValueError(
                f"Weights of shape {tuple(weights.shape)} do not fit {self.K} replicas of {self.P} parameters. "
                f"Pass ({self.K}, {self.P})."
            )
        with torch.no_grad():
            self.flat.copy_(weights)

    def parameters_of(self, k: int) -> dict[str, Tensor]:
        """Copies of one replica's parameters, by name."""
        return {name: leaf[k].detach().clone() for name, leaf in self.leaves.items()}

    def unstack(self, k: int) -> nn.Module:
        """One replica as an ordinary net of its own, on the stack's device."""
        net = deepcopy(self._template).to(self.device)
        with torch.no_grad():
            for name, parameter in net.named_parameters():
                parameter.copy_(self.leaves[name][k])
        return net

    def _split(self, flat: Tensor) -> list[tuple[str, Tensor]]:
        named = list(self._template.named_parameters())
        parts = torch.split_with_sizes(flat, [parameter.numel() for _, parameter in named], dim=1)
        return [(name, part.view(self.K, *p.shape)) for (name, p), part in zip(named, parts, strict=True)]

    def _drawn_keys(self, masks: Sequence[np.random.Generator] | None) -> Tensor:
        if masks is None or len(masks) != self.K:
            raise ValueError(
                f"Nets with layers that are random in training need a generator for each of {self.K} replicas, not "
                f"{'none' if masks is None else len(masks)}. Pass masks=[stream(..., seed, 'dropout') for each seed]."
            )
        return draw_keys(masks).to(self.device)

    def _lent_keys(self, update: int | None) -> list[Tensor]:
        """Keys (K, 2) of each random layer in an update; none in an evaluation."""
        if update is None or self._keys is None:
            return []
        return [keys_at(self._keys, update, layer) for layer in range(len(self._random))]

    def _check_replicas(self, x: Tensor, per_replica: bool) -> None:
        if per_replica and x.shape[0] != self.K:
            raise ValueError(
                f"x of shape {tuple(x.shape)} does not fit {self.K} replicas. Pass ({self.K}, n, d...), or share one x."
            )


class BatchedStack(Stack):
    """Sequential of known layers, each for all replicas in one call on (K, features, n); see `building.layers_of`.

    Features by points needs no transpose between layers and lets the bias ride along in `baddbmm`. ValueError for nets
    with layers that are not known.
    """

    def __init__(
        self,
        nets: Sequence[nn.Module],
        device: str | torch.device = "cpu",
        masks: Sequence[np.random.Generator] | None = None,
    ) -> None:
        super().__init__(nets, device, masks)
        layers = layers_of(self._template, self.leaves)
        if layers is None:
            raise ValueError(f"{self._template} has layers that cannot be batched here. Let `stack` choose the kind.")
        self._passes = Passes(layers)
        self._flattens = isinstance(next(self._template.children()), nn.Flatten)
        self._inputs = number_of_inputs(self._template)

    def forward(self, x: Tensor, *, per_replica: bool = False, update: int | None = None) -> Tensor:
        """See `Stack.forward`; (K, n, outputs)."""
        with lending(self._random, self._lent_keys(update)):
            return self._passes.outputs(self._features_by_points(x, per_replica)).transpose(1, 2)

    def losses_and_gradient(self, loss: Loss, x: Tensor, y: Tensor, update: int, *, per_replica: bool) -> Both:
        """See `Stack.losses_and_gradient`; without autograd where the layers and the loss are known."""
        slope = SLOPES.get(loss)
        if slope is None or not self._passes.by_hand:
            return super().losses_and_gradient(loss, x, y, update, per_replica=per_replica)
        with torch.no_grad(), lending(self._random, self._lent_keys(update)):
            outputs, seen = self._passes.forward(self._features_by_points(x, per_replica))
            losses, gradient = slope(outputs.transpose(1, 2), y)
            return losses, self._passes.backward(gradient.transpose(1, 2), seen)

    def _features_by_points(self, x: Tensor, per_replica: bool) -> Tensor:
        self._check_replicas(x, per_replica)
        leading = 1 + per_replica
        flat = x.flatten(leading) if self._flattens and x.ndim > leading else x
        if flat.ndim != leading + 1 or flat.shape[-1] != self._inputs:
            raise ValueError(
                f"x of shape {tuple(x.shape)} does not fit a net of {self._inputs} inputs. Pass (n, {self._inputs}), "
                f"or ({self.K}, n, {self._inputs}) with per_replica=True."
            )
        # A view of one row has the strides of a column, with which products take 5 to 9 times as long; hence reshape.
        turned = flat.transpose(-1, -2) if self._inputs > 1 else flat.reshape(*flat.shape[:-2], 1, flat.shape[-2])
        return turned.expand(self.K, -1, -1)


class FunctionalStack(Stack):
    """Any other net, by `torch.func.functional_call` under `vmap`, which refuses random layers."""

    def forward(self, x: Tensor, *, per_replica: bool = False, update: int | None = None) -> Tensor:
        """See `Stack.forward`."""
        self._check_replicas(x, per_replica)
        return self._map(x, 0 if per_replica else None, self._lent_keys(update))

    def _map(self, x: Tensor, own: int | None, keys: list[Tensor]) -> Tensor:
        batched = torch.func.vmap(self._one, in_dims=(0, own, 0), randomness="error")
        outputs: Tensor = batched(self.leaves, x, keys)
        return outputs

    def _one(self, parameters: dict[str, Tensor], x: Tensor, keys: list[Tensor]) -> Tensor:
        with lending(self._random, keys):
            outputs: Tensor = torch.func.functional_call(self._template, parameters, (x,))
        return outputs


class SequentialStack(FunctionalStack):
    """One replica after the other, in channels_last: on a CPU, convolutions under `vmap` take three times as long."""

    _probed = False

    def _map(self, x: Tensor, own: int | None, keys: list[Tensor]) -> Tensor:
        if not self._probed:
            self._probed = True  # one example is enough for `vmap` to refuse what draws from torch's global generator
            with torch.no_grad():
                super()._map(x[:1] if own is None else x[:, :1], own, keys)
        names, leaves = list(self.leaves), [_channels_last(leaf.unbind(0)) for leaf in self.leaves.values()]
        outputs = []
        for k in range(self.K):
            parameters = {name: leaf[k] for name, leaf in zip(names, leaves, strict=True)}
            outputs.append(self._one(parameters, x if own is None else x[k], [key[k] for key in keys]))
        return torch.stack(outputs)


def _channels_last(weights: Sequence[Tensor]) -> list[Tensor]:
    """Filters in the order of memory that convolutions and pooling on a CPU are fastest in; others as they are.

    A copy: of a filter with one channel `contiguous` says that it is in this order already, and what follows is not.
    """
    return [w.clone(memory_format=torch.channels_last) if w.ndim == 4 else w for w in weights]
