"""All that training changes in K nets, to be kept and put back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

__all__ = ["Snapshot", "State"]

State = dict[str, Tensor]  # numbers of K nets that are not trained, by name, (K, ...): buffers and frozen parameters


@dataclass(frozen=True, kw_only=True, eq=False)
class Snapshot:
    """Copies of the weights (K, P) and of the state of K nets."""

    weights: Tensor
    state: Mapping[str, Tensor]

    def where(self, there: Tensor, other: Snapshot) -> Snapshot:
        """This one's nets where `there`, bool (K,), is true, and the other's elsewhere."""
        return Snapshot(
            weights=_where(there, self.weights, other.weights),
            state={name: _where(there, values, other.state[name]) for name, values in self.state.items()},
        )


def _where(there: Tensor, one: Tensor, other: Tensor) -> Tensor:
    return torch.where(there.view(-1, *[1] * (one.ndim - 1)), one, other)
