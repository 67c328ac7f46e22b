"""Stacks of any other nets: all replicas under `torch.func.vmap`, or one after the other where it cannot run them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cached_property

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from hw1.nets.generators import isolated
from hw1.nets.keyed import keys_at, lending
from hw1.replaced import remark
from hw1.training.losses import Loss
from hw1.training.snapshots import State
from hw1.training.stacks import Both, Moment, Stack
from hw1.training.ways import FITS, Way, filters_seen, trial_inputs, tried, way_of

__all__ = ["FunctionalStack", "SequentialStack"]

_BLOCK = 16  # channels that a CPU's kernels take at once, at most
_EVALUATION = 2**32 - 1  # stands for the number of the update, for nets that draw in an evaluation too


class FunctionalStack(Stack):
    """Any net. The first pass tries which way it goes, see `ways`: under `vmap`, or one replica after the other.

    On a CPU, nets with large convolutions (`ways.FITS`) go one after the other without a trial of `vmap`.
    """

    one_by_one = False  # without trying `vmap`
    _way: Way | None = None
    _training: bool | None = None  # the mode that the template is in

    def way(self, x: Tensor, per_replica: bool) -> Way:
        """How the replicas are run, which is tried on inputs like x when it is asked first.

        Raises
        ------
        ValueError
            for nets that keep something between passes outside of their buffers, or draw without a generator
        """
        if self._way is None:
            with _plain_attention():
                found = self._found(trial_inputs(x[0] if per_replica else x))
            if found.draws and self._host_keys is None:
                raise self._without_keys("none")
            self._way = found
            if found.why:
                remark(f"The nets are trained one replica after the other: {found.why}.")
        return self._way

    def _found(self, x: Tensor) -> Way:
        def alone(training: bool) -> tuple[Tensor, State]:
            self._set_mode(training)
            own = {name: leaf[0] for name, leaf in self.leaves.items()}
            state = {name: values[0].clone() for name, values in self.state.items()}
            return self._one(own, state, x, [key[0] for key in self._lent_keys(0 if training else None)])

        def together(training: bool) -> tuple[Tensor, State]:
            self._set_mode(training)
            state = {name: values.clone() for name, values in self.state.items()}
            outputs, renewed = self._together(x, False, 0 if training else None, state)
            self.gradient(outputs.flatten(1).square().mean(1))
            return outputs[0], renewed

        first = {name: values[0] for name, values in self.state.items()}
        if self.one_by_one:
            return way_of(alone, None, first, self.device)
        with filters_seen(self._template) as seen:
            tried(alone, False, self.device)
        large = self.device.type == "cpu" and max(seen, default=0) > FITS
        return way_of(alone, None if large else together, first, self.device)

    def _pass(self, x: Tensor, per_replica: bool, update: Moment | None, *, training: bool) -> tuple[Tensor, State]:
        """See `Stack._pass`."""
        self._check_replicas(x, per_replica)
        run = self._together if self.way(x, per_replica).together else self._one_by_one
        self._set_mode(training)
        state = {name: values.clone() for name, values in self.state.items()}
        with _plain_attention():  # 21 us, so once for all replicas
            outputs, renewed = run(x, per_replica, update, state)
        return outputs, {name: values.detach() for name, values in renewed.items()}

    def losses_and_gradient(self, loss: Loss, x: Tensor, y: Tensor, update: Moment, *, per_replica: bool) -> Both:
        """See `Stack.losses_and_gradient`; where replicas go one by one, each goes back before the next goes there.

        So the activations of one replica are kept, not those of all.
        """
        self._check_replicas(x, per_replica)
        if self.way(x, per_replica).together:
            return super().losses_and_gradient(loss, x, y, update, per_replica=per_replica)
        self._set_mode(True)
        with _plain_attention():
            return self._in_turn(loss, x, y, update, per_replica)

    def _in_turn(self, loss: Loss, x: Tensor, y: Tensor, update: Moment, per_replica: bool) -> Both:
        own_y = y.shape[:2] == (self.K, x.shape[1 if per_replica else 0])
        rows = {name: leaf.detach() for name, leaf in self.leaves.items()}
        state = {name: values.clone() for name, values in self.state.items()}
        losses, gradients, renewed = [], [], []
        for k in range(self.K):
            leaves = {name: row[k].requires_grad_() for name, row in rows.items()}
            with torch.enable_grad():
                outputs, after = self._of_replica(k, leaves, state, x[k] if per_replica else x, update)
                one = loss(outputs[None], y[k : k + 1] if own_y else y)
            parts = torch.autograd.grad(one, tuple(leaves.values()), torch.ones_like(one), materialize_grads=True)
            gradients.append(torch.cat([part.reshape(-1) for part in parts]))
            losses.append(one.detach())
            renewed.append(after)
        self._commit({name: torch.stack([after[name].detach() for after in renewed]) for name in state})
        return torch.cat(losses), torch.stack(gradients)

    def is_one_program(self, x: Tensor, per_replica: bool) -> bool:
        """See `Stack.is_one_program`; not where replicas go one by one, which may draw on the host."""
        self._check_replicas(x, per_replica)
        return self.way(x, per_replica).together

    def _set_mode(self, training: bool) -> None:
        if self._training is not training:
            self._training = training
            self._template.train(training)  # its own method: it may keep some of its layers in evaluation mode

    def _together(self, x: Tensor, per_replica: bool, update: Moment | None, state: State) -> tuple[Tensor, State]:
        dims = (0, 0, 0 if per_replica else None, 0)
        batched = torch.func.vmap(self._one, in_dims=dims, randomness="error")
        found: tuple[Tensor, State] = batched(self.leaves, state, x, self._lent_keys(update))
        return found

    def _one_by_one(self, x: Tensor, per_replica: bool, update: Moment | None, state: State) -> tuple[Tensor, State]:
        rows = {name: leaf.unbind(0) for name, leaf in self.leaves.items()}
        found = []
        for k in range(self.K):
            leaves = {name: row[k] for name, row in rows.items()}
            found.append(self._of_replica(k, leaves, state, x[k] if per_replica else x, update))
        renewed = {name: torch.stack([after[name] for _, after in found]) for name in state}
        return torch.stack([outputs for outputs, _ in found]), renewed

    def _of_replica(
        self, k: int, leaves: State, state: State, x: Tensor, update: Moment | None
    ) -> tuple[Tensor, State]:
        """Outputs of one replica, and its state afterwards; `state` is that of all, of which its own changes."""
        own = {name: self._laid_out(leaf) for name, leaf in leaves.items()}
        keys = [key[k] for key in self._lent_keys(update)]
        with self._drawing(k, update):
            return self._one(own, {name: values[k] for name, values in state.items()}, x, keys)

    def _one(self, parameters: State, state: State, x: Tensor, keys: list[Tensor]) -> tuple[Tensor, State]:
        """Outputs of one replica, and its state afterwards; what of it changes in place must be a copy."""
        own = {**parameters, **state}
        with lending(self._random, keys):
            outputs: Tensor = torch.func.functional_call(self._template, own, (x,))
        return outputs, {name: own[name] for name in state}

    def _laid_out(self, weight: Tensor) -> Tensor:
        """A filter in the order of memory that convolutions and pooling on a CPU are fastest in; others as they are.

        A copy: of a filter with one channel `contiguous` says that it is in this order already, and what follows is
        not.
        """
        if self._keeps_order or weight.ndim != 4:
            return weight
        return weight.clone(memory_format=torch.channels_last)

    @cached_property
    def _keeps_order(self) -> bool:
        """In channels_last, gradients of strided 1 x 1 filters of few channels spoil memory that is not theirs.

        Such nets crash or train wrongly: https://github.com/uxlfoundation/oneDNN/issues/6035, in torch 2.13 and 2.14.
        """
        layers = [module for module in self._template.modules() if isinstance(module, nn.Conv2d)]
        return any(
            layer.kernel_size == (1, 1) and layer.stride != (1, 1) and layer.in_channels // layer.groups < _BLOCK
            for layer in layers
        )

    def _drawing(self, k: int, update: Moment | None) -> AbstractContextManager[None]:
        """The global generators for one replica in one pass."""
        if self._way is None or not self._way.draws or self._host_keys is None:
            return nullcontext()
        first, second = keys_at(self._host_keys[k], _EVALUATION if update is None else update, len(self._random))
        return isolated(int(first) << 31 | int(second) >> 1, self.device)


class SequentialStack(FunctionalStack):
    """One replica after the other, in channels_last: on a CPU, large convolutions under `vmap` take longer."""

    one_by_one = True


@contextmanager
def _plain_attention() -> Iterator[None]:
    """Attention by products and a softmax: the fused ones have no second derivatives and no rule for `vmap`."""
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with sdpa_kernel(SDPBackend.MATH):
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(before)
