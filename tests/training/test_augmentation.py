"""Shifted and mirrored images: in an update only, each image by itself, and the same numbers in any company."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - everybody's name for it
from torch import nn

from hw1.nets.dense import blank, initialise
from hw1.nets.keyed import draw_keys, keyed, keys_at, lending
from hw1.streams import stream
from hw1.training import FlipAndShift, FunctionalStack, Recipe, SequentialStack, orders, stack, train

SEEDS = (0, 1, 2)


def rngs(seeds, purpose="augmentation"):
    return [stream("augmentation tests", seed, purpose) for seed in seeds]


def moved(layer, x, seed=0):
    """What the layer makes of images in one update."""
    with lending(keyed(layer), [keys_at(draw_keys(rngs([seed]))[0], 3, 0)]):
        return layer(x)


def nets(seeds, dtype=torch.float32):
    made = []
    for seed in seeds:
        layers = nn.Unflatten(1, (1, 4, 4)), FlipAndShift(1, flip=True)
        net = blank(
            lambda front=layers: nn.Sequential(
                *front, nn.Conv2d(1, 2, 3, padding=1), nn.GELU(), nn.MaxPool2d(4), nn.Flatten(), nn.Linear(2, 3)
            )
        )
        initialise(net.to(dtype), stream("augmentation tests", seed, "init"))
        made.append(net)
    return made


@pytest.mark.parametrize("border", ["reflect", "constant"])
@pytest.mark.parametrize(("shift", "flip"), [(0, True), (1, False), (2, True)])
def test_every_image_is_one_of_its_shifted_and_mirrored_copies_and_all_are_equally_likely(shift, flip, border):
    """Oracle: padding and slicing, all (2 shift + 1)^2 (1 + flip) copies. 4.5 binomial deviations for each count."""
    n, height, width = 4_000, 5, 6
    image = torch.arange(2.0 * height * width).reshape(2, height, width)
    padded = F.pad(image[None], (shift,) * 4, mode=border)[0]
    copies = []
    for down in range(2 * shift + 1):
        for right in range(2 * shift + 1):
            seen = padded[:, down : down + height, right : right + width]
            copies += [seen, seen.flip(-1)] if flip else [seen]
    out = moved(FlipAndShift(shift, flip=flip, border=border), image.expand(n, -1, -1, -1))
    same = torch.stack([(out == copy).flatten(1).all(1) for copy in copies], dim=1)
    assert same.sum(1).eq(1).all()
    share = 1 / len(copies)
    assert (same.double().mean(0) - share).abs().max() < 4.5 * (share * (1 - share) / n) ** 0.5


def test_an_evaluation_leaves_images_alone():
    x = torch.randn(6, 16)
    together = stack(nets(SEEDS), masks=rngs(SEEDS))
    assert isinstance(together, SequentialStack)
    bare = [nn.Sequential(*(layer for layer in net if not isinstance(layer, FlipAndShift))) for net in nets(SEEDS)]
    expected = torch.stack([net(x) for net in bare])
    torch.testing.assert_close(together.forward(x), expected)
    assert not torch.allclose(together.forward(x, update=0), expected)
    assert not torch.allclose(together.forward(x, update=0), together.forward(x, update=1))
    torch.testing.assert_close(together.forward(x), expected)


@pytest.mark.parametrize("kind", [SequentialStack, FunctionalStack])
def test_the_company_does_not_change_a_replica(kind):
    """To 1e-12 in double precision after 10 updates, one after the other as all at once by `vmap`."""
    x = np.random.default_rng(0).normal(size=(8, 16))
    y = np.arange(8) % 3

    def weights(seeds, kind):
        together = kind(nets(seeds, torch.float64), masks=rngs(seeds))
        recipe = Recipe(optimizer="sgd", lr=0.1, momentum=0.9, nesterov=True, updates=10, batch=4)
        train(together, x, y, recipe, loss="cross_entropy", orders=orders(rngs(seeds, "order"), 8, 4))
        return together.weights()

    together = weights(SEEDS, kind)
    torch.testing.assert_close(weights((2, 0), SequentialStack), together[[2, 0]], rtol=0, atol=1e-12)


@pytest.mark.parametrize("wrong", [{"shift": -1}, {"shift": 1, "border": "wrap"}])
def test_moves_that_are_none_are_refused(wrong):
    with pytest.raises(ValueError, match="use 0 pixels or more, and 'reflect' or 'constant'"):
        FlipAndShift(**wrong, flip=True)
