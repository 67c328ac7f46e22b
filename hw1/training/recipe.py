"""How to train: optimizer, learning rate and schedule, number of updates, size of a batch."""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import Tensor

from hw1.training.steps import Step, adam, sgd

__all__ = ["Recipe"]

_CHOICES = {"optimizer": ("sgd", "adam", "adamw"), "schedule": ("constant", "cosine", "step", "triangle")}


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A training recipe, checked when it is made.

    Parameters
    ----------
    optimizer : "sgd", "adam" or "adamw", as in torch.optim with its other defaults
    lr : learning rate at the start
    updates : number of optimizer updates
    batch : examples per update and replica; None for all of them
    momentum : of SGD (heavy ball)
    nesterov : take the gradient where the momentum leads, as in torch.optim.SGD
    weight_decay : L2 term of the gradient for SGD and Adam, decoupled for AdamW (0 here, 0.01 in torch)
    schedule : factor on lr before update t of T, t = 0..T-1: "constant" 1; "cosine" (1 + cos(pi t / T)) / 2; "step"
        0.1 to the number of borders T/2 and 3T/4 that t has reached (He et al. 2016, arXiv:1512.03385, section 4.2);
        "triangle" linear from 0.2 to 1 at 0.23 T and to 0.07 at T (Jordan 2024, arXiv:2404.00498, airbench94.py)
    warmup : updates over which the rate rises: that before update t is (t + 1) / warmup of the schedule's, t < warmup
    clip : greatest norm of a replica's gradient over all its weights; a longer one is shortened to it, as by
        `torch.nn.utils.clip_grad_norm_` (Pascanu et al., ICML 2013, arXiv:1211.5063, algorithm 1). None for any
    """

    optimizer: str
    lr: float
    updates: int
    batch: int | None = None
    momentum: float = 0.0
    nesterov: bool = False
    weight_decay: float = 0.0
    schedule: str = "constant"
    warmup: int = 0
    clip: float | None = None

    def __post_init__(self) -> None:
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                raise ValueError(f"{name}={getattr(self, name)!r} is unknown. Use one of {', '.join(choices)}.")
        self._require(0 < self.lr < math.inf, "lr", "a positive number")
        self._require(self.updates >= 1, "updates", "at least 1")
        self._require(self.batch is None or self.batch >= 1, "batch", "at least 1, or None for full batches")
        self._require(0 <= self.momentum < 1, "momentum", "0 or more, below 1")
        self._require(0 <= self.weight_decay < math.inf, "weight_decay", "0 or a positive number")
        self._require(0 <= self.warmup <= self.updates, "warmup", "0 to all updates")
        self._require(self.clip is None or 0 < self.clip < math.inf, "clip", "a positive number, or None")
        if self.momentum and self.optimizer != "sgd":
            raise ValueError(f"optimizer={self.optimizer!r} would ignore momentum={self.momentum}. Use 'sgd' or 0.")
        if self.nesterov and not self.momentum:
            raise ValueError("nesterov=True needs momentum above 0. Set one, or use nesterov=False.")

    def _require(self, holds: bool, name: str, what: str) -> None:
        if not holds:
            raise ValueError(f"{name}={getattr(self, name)!r} cannot train anything. Use {what}.")

    def lr_at(self, update: int) -> float:
        """Learning rate of update 0..updates-1."""
        return self._scheduled(update) * (min(1.0, (update + 1) / self.warmup) if self.warmup else 1.0)

    def _scheduled(self, update: int) -> float:
        if self.schedule == "cosine":
            return self.lr * (1 + math.cos(math.pi * update / self.updates)) / 2
        if self.schedule == "step":
            return float(self.lr * 0.1 ** ((2 * update >= self.updates) + (4 * update >= 3 * self.updates)))
        if self.schedule == "triangle":
            return self.lr * _triangle(update / self.updates)
        return self.lr

    def build(self, flat: Tensor) -> Step:
        """What updates one (K, P) buffer. All three are elementwise, so each replica is updated as if alone."""
        if self.optimizer == "sgd":
            return sgd(flat, momentum=self.momentum, nesterov=self.nesterov, weight_decay=self.weight_decay)
        return adam(flat, weight_decay=self.weight_decay, decoupled=self.optimizer == "adamw")


def _triangle(share: float) -> float:
    """Factor after a share of a training: up to 1 at 0.23, then down."""
    peak, start, end = 0.23, 0.2, 0.07
    return start + (1 - start) * share / peak if share < peak else 1 - (1 - end) * (share - peak) / (1 - peak)
