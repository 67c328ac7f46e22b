"""Trains on an accelerator that is not there: shapes, types and devices are tracked, numbers are not.

Run by test_devices.py in a process of its own, as a registered device stays for good. A tensor on the wrong device and
a host sync are errors here, which on a real accelerator would be slow and silent, or fail only there.
"""

import sys

import torch
from torch import nn
from torch._subclasses import FakeTensorMode
from torch.utils.backend_registration import _setup_privateuseone_for_python_backend

from hw1.nets.dense import blank, dense, initialise
from hw1.streams import stream
from hw1.training import LOSSES, Dropout, FirstTime, FlipAndShift, Recipe, accuracy, largest, orders, stack
from hw1.training.loop import _run
from hw1.training.orders import batches
from hw1.training.updates import Updates
from hw1.training.ways import Way

torch.set_num_threads(1)
_setup_privateuseone_for_python_backend("simgpu")
DEVICE = "simgpu:0"
RECIPES = {
    "sgd": Recipe(optimizer="sgd", lr=0.1, updates=3, momentum=0.9),
    "adam": Recipe(optimizer="adam", lr=0.1, updates=3, schedule="cosine"),
    "adamw": Recipe(optimizer="adamw", lr=0.1, updates=3, batch=4),
}
NETS = {
    "dense": lambda: dense((4, 3), inputs=2, outputs=3),
    "other": lambda: blank(lambda: nn.Sequential(nn.Linear(2, 4), nn.LayerNorm(4), nn.Linear(4, 3))),
    "images": lambda: blank(
        lambda: nn.Sequential(
            nn.Unflatten(1, (1, 1, 2)),
            FlipAndShift(1, flip=True, border="constant"),
            nn.Conv2d(1, 4, 3, padding=1),
            nn.GELU(),
            nn.MaxPool2d((1, 2)),
            nn.Flatten(),
            Dropout(0.5),
            nn.Linear(4, 3),
        )
    ),
}


def nets(kind):
    made = [NETS[kind]() for _ in range(3)]
    for k, net in enumerate(made):
        initialise(net, stream("simulated", k))
    return made


def devices_of_a_training(kind, recipe, loss, spoil=None):
    """Devices of all that a training leaves; everything but its last move to the host."""
    made = nets(kind)  # torch cannot swap parameters for simulated ones, so nets are made before
    with FakeTensorMode(allow_non_fake_inputs=True):
        together = stack(made, DEVICE, masks=[stream("simulated", k, "masks") for k in range(3)])
        together._way = Way(together=True, draws=False)  # trying it compares numbers, of which there are none
        x, y = torch.zeros(8, 2), torch.zeros(8, dtype=torch.int64) if loss == "cross_entropy" else torch.zeros(8, 3)
        there, labels = together.place(x), torch.zeros(8, dtype=torch.int64, device=DEVICE)
        record = {"accuracy": lambda s: accuracy(s.forward(there), labels), "weights": lambda s: s.weights()}
        rngs = [stream("simulated", k, "order") for k in range(3)]
        feed = batches(together, x, y, recipe, orders(rngs, 8, recipe.batch, DEVICE) if recipe.batch else None)
        first = FirstTime(0.1, recipe.updates)
        kept = largest(together, 0.5) if recipe.optimizer == "sgd" else None  # these nets are pruned
        updates = Updates(together, feed, recipe, spoil or LOSSES[loss], kept)
        seen, diverged = _run(together, updates, record, (0, 3), first)
        return {str(tensor.device) for tensor in (together.flat, diverged, first._first, *seen["accuracy"])}


def main():
    for kind in NETS:
        for name, recipe in RECIPES.items():
            for loss in LOSSES:
                print(kind, name, loss, *devices_of_a_training(kind, recipe, loss))
    spoils = {
        "stray": lambda outputs, _: (outputs - torch.zeros(3, 8, 3)).square().mean((1, 2)),
        "sync": lambda outputs, _: outputs.mean((1, 2)) * outputs.abs().max().item(),
    }
    for spoil, loss in spoils.items():
        try:
            devices_of_a_training("dense", RECIPES["sgd"], "squared", loss)
        except Exception as error:
            print(spoil, type(error).__name__, str(error).splitlines()[0])


if __name__ == "__main__":
    sys.exit(main())
