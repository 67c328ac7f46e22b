"""A residual net with batch normalisation on a folder of PNGs: does moving the images in training help it?

`python examples/residual_net.py FOLDER` reads FOLDER/<class>/*.png; without a folder, 600 digits of scikit-learn's are
written as PNGs and read back. Twenty nets are trained.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from PIL import Image
from sklearn.datasets import load_digits
from torch import nn

import hw1


class Block(nn.Module):
    """Two convolutions and a skip around them; the running means of BatchNorm are kept for each net."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The input plus what the layers make of it, through a ReLU."""
        return torch.relu(x + self.layers(x))


def residual_net(inputs: int, outputs: int) -> nn.Module:
    """Rows of 64 numbers are images of 8 x 8."""
    return nn.Sequential(
        nn.Unflatten(1, (1, 8, inputs // 8)),
        nn.Conv2d(1, 8, 3, padding=1),
        nn.MaxPool2d(2),
        Block(8),
        nn.Flatten(),
        nn.Linear(128, outputs),
    )


def write_digits(folder: Path) -> None:
    """One folder per class, as people have their images."""
    digits = load_digits()
    for i, (image, label) in enumerate(zip(digits.images[:600], digits.target, strict=False)):
        place = folder / f"digit {label}"
        place.mkdir(exist_ok=True)
        Image.fromarray((image * 15).astype("uint8")).save(place / f"{i}.png")


if __name__ == "__main__":
    with TemporaryDirectory() as made:
        if len(sys.argv) == 1:
            write_digits(Path(made))
        print(
            hw1.check(
                "shifts_in_training_help_against_shifts",
                data=Path(sys.argv[1] if len(sys.argv) > 1 else made),
                net=residual_net,
                set={"train": 200, "test": 300, "epochs": 6, "batch": 20, "stack": 10},
                seeds=10,
                jobs=1,
            )
        )
