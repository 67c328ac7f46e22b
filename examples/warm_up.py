"""AdamW that warms up before it decays: are low frequencies learned first with it, too?

An optimizer that steps a schedule of its own keeps it, in place of that of the experiment. Ten nets are trained.
"""

from collections.abc import Iterable

import torch

import hw1

UPDATES = 300


class WarmAdamW(torch.optim.AdamW):
    """Its rate rises for a tenth of the updates, and falls to 0 like a cosine."""

    def __init__(self, parameters: Iterable[torch.Tensor], lr: float) -> None:
        super().__init__(parameters, lr=lr, weight_decay=1e-2)
        warm = torch.optim.lr_scheduler.LinearLR(self, 0.1, total_iters=UPDATES // 10)
        decay = torch.optim.lr_scheduler.CosineAnnealingLR(self, UPDATES - UPDATES // 10)
        self.schedule = torch.optim.lr_scheduler.SequentialLR(self, [warm, decay], [UPDATES // 10])

    def step(self, closure: None = None) -> None:
        """One update, and one step of the schedule."""
        super().step(closure)
        self.schedule.step()


if __name__ == "__main__":
    print(
        hw1.check(
            "low_frequencies_are_learned_first",
            optimizer=WarmAdamW,
            set={"updates": UPDATES, "lr": 3e-3, "stack": 10},
            seeds=10,
            jobs=1,
        )
    )
