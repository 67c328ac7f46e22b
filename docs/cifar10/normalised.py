"""The modern recipe of `augmentation` with and without batch normalisation: one seed, test accuracy by epoch.

    python docs/cifar10/normalised.py --full --rate 0.3          # CIFAR-10 from HW1_DATA: a core-hour
    python docs/cifar10/normalised.py --full --plain             # the net and the rate of the claim
    python docs/cifar10/normalised.py                            # digits, in seconds

Normalisation stands where airbench94.py has it (github.com/KellerJordan/cifar10-airbench): behind each convolution but
the whitening one, and behind its pooling where there is one, with 0.4 of each batch in the running statistics. Its
weights and biases are trained at the rate of all others, unlike there (weights not at all, biases 64 times as fast).
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
from torch import nn

from hw1.claims.image_classifier._fit import AT_ONCE
from hw1.claims.image_classifier._whitened import whitened_nets
from hw1.claims.image_classifier.augmentation import FAST, FULL, run
from hw1.data import SHAPES
from hw1.streams import streams_of
from hw1.training import classify, smoothed


def with_normalisation(net: nn.Sequential) -> nn.Sequential:
    """A whitened net with BatchNorm before each activation but the first."""
    layers: list[nn.Module] = []
    channels, activations = 0, 0
    for layer in net:
        if isinstance(layer, nn.Conv2d):
            channels = layer.out_channels
        if isinstance(layer, nn.GELU):
            if activations:
                layers.append(nn.BatchNorm2d(channels, momentum=0.4))
            activations += 1
        layers.append(layer)
    return nn.Sequential(*layers)


def parsed(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """What is asked for on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="all of CIFAR-10, from HW1_DATA, in the place of digits")
    parser.add_argument("--plain", action="store_true", help="without normalisation")
    parser.add_argument("--rate", type=float, help="greatest learning rate, for the mean loss; default: the claim's")
    parser.add_argument("--widths", type=int, nargs="+", help="filters of each pair of convolutions")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train one net and print what it does after each epoch."""
    asked = parsed(arguments)
    given = {"lr": asked.rate, "epochs": asked.epochs, "widths": asked.widths and tuple(asked.widths)}
    changes = {name: value for name, value in given.items() if value is not None}
    setting = replace(FULL if asked.full else FAST, every=1, **changes)
    draw, seeds = streams_of(run), [asked.seed]
    data = setting.problem(seeds, draw)
    rngs = [draw(seed, "init") for seed in seeds]
    nets = whitened_nets(setting.widths, SHAPES[setting.data], data, rngs, shift=setting.shift, flip=setting.flip)
    found = classify(
        nets if asked.plain else [with_normalisation(net) for net in nets],
        data,
        setting.recipe(nesterov=True, weight_decay=setting.weight_decay),
        seeds=seeds,
        draw=draw,
        device="cpu",
        loss=smoothed(setting.smoothing),
        at=setting.each(setting.every),
        at_once=AT_ONCE,
    )
    show(found.tables("augmented", per=setting.per_epoch)["curves"])


def show(curves: pd.DataFrame) -> None:
    """The table of docs/cifar10.md."""
    print(
        "| epoch | train loss (nats) | train accuracy | test loss (nats) | **test accuracy** |\n|---|---|---|---|---|"
    )
    for row in curves.itertuples():
        print(
            f"| {row.step:.0f} | {row.train_loss:.2f} | {row.train_accuracy:.3f} | {row.test_loss:.2f} | "
            f"{row.test_accuracy:.3f} |"
        )


if __name__ == "__main__":
    main()
