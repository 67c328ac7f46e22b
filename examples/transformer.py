"""A Transformer encoder on sequences: are clean examples fitted before mislabelled ones here, too?

The sequences are noisy waves of 32 numbers, and the class is the frequency. Twenty nets are trained.
"""

import numpy as np
import torch
from torch import nn

import hw1

LENGTH, PIECE, WIDTH = 32, 4, 16  # numbers of a sequence, of a token, and of what stands for a token inside


class Encoder(nn.Module):
    """Tokens of four numbers with their places, one layer of attention, and the mean over tokens."""

    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.embed = nn.Linear(PIECE, WIDTH)
        self.places = nn.Parameter(torch.randn(LENGTH // PIECE, WIDTH) / 4)
        self.layer = nn.TransformerEncoderLayer(WIDTH, nhead=2, dim_feedforward=32, dropout=0.0, batch_first=True)
        self.read = nn.Linear(WIDTH, outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, 32) to (n, outputs)."""
        tokens = self.embed(x.unflatten(1, (LENGTH // PIECE, PIECE))) + self.places
        return self.read(self.layer(tokens).mean(dim=1))


def encoder(inputs: int, outputs: int) -> nn.Module:
    """A new one for each seed."""
    assert inputs == LENGTH
    return Encoder(outputs)


def waves(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Sequences (n, 32) of four frequencies with a phase and noise of their own."""
    rng = np.random.default_rng(1)
    label = rng.integers(4, size=n)
    angle = 2 * np.pi * (label + 1)[:, None] * np.arange(LENGTH) / LENGTH + rng.uniform(0, 2 * np.pi, (n, 1))
    return np.sin(angle) + rng.normal(0, 0.1, (n, LENGTH)), label


if __name__ == "__main__":
    print(
        hw1.check(
            "clean_examples_are_fitted_before_mislabelled_ones",
            data=waves(600),
            net=encoder,
            set={
                "train": 200,
                "test": 200,
                "epochs": 20,
                "batch": 25,
                "lr": 0.01,
                "optimizer": "adam",
                "momentum": 0.0,
            },
            seeds=10,
            jobs=1,
        )
    )
