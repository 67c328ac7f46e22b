"""Stacks of nets whose layers are all known: each layer is one call for all replicas."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from hw1.nets.keyed import lending
from hw1.training.building import layers_of, number_of_inputs
from hw1.training.losses import SLOPES, Loss
from hw1.training.passes import Passes
from hw1.training.snapshots import State
from hw1.training.stacks import Both, Moment, Stack

__all__ = ["BatchedStack"]


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
        layers = layers_of(self._template, self.leaves, self.state)
        if layers is None:
            raise ValueError(f"{self._template} has layers that cannot be batched here. Let `stack` choose the kind.")
        self._passes = Passes(layers)
        self._flattens = isinstance(next(self._template.children()), nn.Flatten)
        self._inputs = number_of_inputs(self._template)

    def _pass(self, x: Tensor, per_replica: bool, update: Moment | None, *, training: bool) -> tuple[Tensor, State]:
        """See `Stack._pass`; outputs (K, n, outputs)."""
        self._passes.set_mode(training=training)
        with lending(self._random, self._lent_keys(update)):
            outputs = self._passes.outputs(self._features_by_points(x, per_replica)).transpose(1, 2)
            return outputs, self._passes.renewed()

    def losses_and_gradient(self, loss: Loss, x: Tensor, y: Tensor, update: Moment, *, per_replica: bool) -> Both:
        """See `Stack.losses_and_gradient`; without autograd where the layers and the loss are known."""
        slope = SLOPES.get(loss)
        if slope is None or not self._passes.by_hand:
            return super().losses_and_gradient(loss, x, y, update, per_replica=per_replica)
        self._passes.set_mode(training=True)
        with torch.no_grad(), lending(self._random, self._lent_keys(update)):
            outputs, seen = self._passes.forward(self._features_by_points(x, per_replica))
            losses, gradient = slope(outputs.transpose(1, 2), y)
            found = losses, self._passes.backward(gradient.transpose(1, 2), seen)
            self._commit(self._passes.renewed())
        return found

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
