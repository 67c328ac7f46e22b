"""Pruned nets: which weights are kept, and that the others are none."""

import numpy as np
import pytest
import torch
from torch import nn

from hw1.nets.dense import dense, initialised
from hw1.replaced import Replacements, replacing
from hw1.streams import stream
from hw1.training import Recipe, drawn_mask, largest, orders, stack, train

K, N, SIZES = 3, 12, (4, 6, 5, 3)
RECIPES = {
    "sgd": {"optimizer": "sgd", "lr": 0.1, "weight_decay": 0.1},
    "momentum": {"optimizer": "sgd", "lr": 0.05, "momentum": 0.9, "weight_decay": 0.1},
    "nesterov": {"optimizer": "sgd", "lr": 0.05, "momentum": 0.9, "nesterov": True},
    "adam": {"optimizer": "adam", "lr": 0.01, "weight_decay": 0.1},
    "adamw": {"optimizer": "adamw", "lr": 0.01, "weight_decay": 0.5},
    "clipped": {"optimizer": "sgd", "lr": 0.5, "clip": 0.05},
}


def rngs(purpose="init"):
    return [stream("test_masks", seed, purpose) for seed in range(K)]


def nets():
    return initialised(lambda: dense(SIZES[1:-1], inputs=SIZES[0], outputs=SIZES[-1], activation="tanh"), rngs())


def data(dtype=torch.float32):
    rng = stream("test_masks", "data")
    x = torch.from_numpy(rng.standard_normal((K, N, SIZES[0]))).to(dtype)
    return x, torch.from_numpy(rng.integers(SIZES[-1], size=(K, N)))


class Masked(nn.Module):
    """A linear layer whose weights are multiplied by a mask whenever they are used, so that the rest have no part."""

    def __init__(self, linear, mask):
        super().__init__()
        self.linear = linear
        self.register_buffer("mask", mask)

    def forward(self, x):
        return nn.functional.linear(x, self.linear.weight * self.mask, self.linear.bias)


def masked_alone(net, mask):
    """The net of plain torch with masked layers, from one row of a mask (P,)."""
    net, parts, layers = net.double(), [], []
    for parameter, size in zip(net.parameters(), (p.numel() for p in net.parameters()), strict=True):
        parts.append(mask[:size].view(parameter.shape))
        mask = mask[size:]
    for module in net:
        layers.append(Masked(module, parts[2 * (len(layers) // 2)].double()) if hasattr(module, "weight") else module)
    return nn.Sequential(*layers)


def torchs(recipe, net):
    """The optimizer of torch for a recipe."""
    given = {name: value for name, value in recipe.items() if name not in ("optimizer", "clip")}
    kinds = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW}
    return kinds[recipe["optimizer"]](net.parameters(), **given)


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_a_pruned_net_learns_as_one_of_plain_torch_with_masked_layers(recipe):
    """Oracle: torch's layers times a mask, its optimizers, one net at a time, in double precision."""
    x, y = data(torch.float64)
    replicas = stack([net.double() for net in nets()])
    kept = drawn_mask(replicas, 0.4, rngs("mask"))
    train(
        replicas, x, y, Recipe(**recipe, updates=15, batch=5), loss="cross_entropy", per_replica=True, kept=kept,
        orders=orders(rngs("order"), N, 5, "cpu"),
    )  # fmt: skip
    for k, net in enumerate(nets()):
        alone = masked_alone(net, kept[k])
        optimizer = torchs(recipe, alone)
        for _, rows in zip(range(15), orders(rngs("order"), N, 5, "cpu"), strict=False):
            optimizer.zero_grad()
            nn.functional.cross_entropy(alone(x[k][rows[k]]), y[k][rows[k]]).backward()
            if "clip" in recipe:
                nn.utils.clip_grad_norm_(alone.parameters(), recipe["clip"])
            optimizer.step()
        with torch.no_grad():
            known = torch.cat([p.flatten() for p in alone.parameters()])
        torch.testing.assert_close(replicas.flat.detach()[k], torch.where(kept[k], known, 0), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_what_is_not_kept_is_0_from_the_start_to_the_end_and_the_rest_moves(recipe):
    replicas = stack(nets())
    x, y = data()
    kept, start = largest(replicas, 0.3), replicas.weights()
    seen = train(
        replicas, x, y, Recipe(**recipe, updates=20), loss="cross_entropy", per_replica=True, kept=kept,
        record={"weights": lambda nets: nets.flat}, at=range(21),
    ).curves["weights"]  # fmt: skip
    assert not seen[~kept.numpy()[:, None, :].repeat(21, 1)].any()
    np.testing.assert_array_equal(seen[:, 0][kept], start[kept])
    # Where all ways from a unit are cut, its weights have no gradient.
    assert (seen[:, -1] != seen[:, 0])[kept].mean() > 0.5


def test_an_optimizer_of_ones_own_that_mixes_weights_leaves_them_0():
    """Each step of this one moves all weights by the mean gradient."""

    class Mixing(torch.optim.SGD):
        def step(self):
            with torch.no_grad():
                for group in self.param_groups:
                    for weight in group["params"]:
                        weight -= weight.grad.mean() + 1

    replicas = stack(nets())
    x, y = data()
    kept = largest(replicas, 0.3)
    with replacing(Replacements(optimizer=Mixing), "arm"):
        train(replicas, x, y, Recipe(optimizer="sgd", lr=0.1, updates=2), loss="cross_entropy", per_replica=True,
              kept=kept)  # fmt: skip
    assert not replicas.flat[~kept].any()
    assert replicas.flat[kept].all()


def test_with_all_weights_kept_nothing_is_another():
    x, y = data()
    one, other = stack(nets()), stack(nets())
    recipe = Recipe(optimizer="adamw", lr=0.01, updates=10, weight_decay=0.1)
    train(one, x, y, recipe, loss="cross_entropy", per_replica=True)
    train(other, x, y, recipe, loss="cross_entropy", per_replica=True, kept=largest(other, 1.0))
    assert torch.equal(one.flat, other.flat)


@pytest.mark.parametrize("share", [0.05, 0.3, 1.0])
def test_the_largest_are_kept_of_each_matrix_and_all_biases(share):
    """Oracle: numpy's sort of each matrix of each net by itself."""
    replicas = stack(nets())
    masks = dict(replicas.split(largest(replicas, share)))
    for name, leaf in replicas.leaves.items():
        for weights, kept in zip(leaf.detach().numpy(), masks[name].numpy(), strict=True):
            if weights.ndim == 1:
                assert kept.all()
                continue
            count = max(1, round(share * weights.size))
            best = set(np.argsort(-np.abs(weights).ravel())[:count].tolist())
            assert set(np.flatnonzero(kept).tolist()) == best


def test_a_mask_is_drawn_of_the_same_size_wherever_the_weights_are_large():
    """Each weight of a matrix is kept as often as any other: 400 draws of 40 %, four binomial deviations apart."""
    replicas = stack(nets())
    of_size = largest(replicas, 0.4)
    counts = torch.zeros_like(of_size, dtype=torch.float32)
    for i in range(400):
        mask = drawn_mask(replicas, 0.4, [stream("test_masks", "drawn", i, k) for k in range(K)])
        for drawn, known in zip(*(dict(replicas.split(m)).values() for m in (mask, of_size)), strict=True):
            assert torch.equal(drawn.flatten(1).sum(1), known.flatten(1).sum(1))
        counts += mask
    for (_, count), leaf in zip(replicas.split(counts), replicas.leaves.values(), strict=True):
        if leaf.ndim > 2:
            share = round(0.4 * leaf[0].numel()) / leaf[0].numel()
            assert ((count / 400 - share).abs() < 4.5 * (share * (1 - share) / 400) ** 0.5).all()
        else:
            assert (count == 400).all()


@pytest.mark.parametrize("share", [0, -0.1, 1.1, float("nan")])
def test_a_share_that_is_none_is_refused(share):
    with pytest.raises(ValueError, match=rf"share={share} keeps no part of the weights"):
        largest(stack(nets()), share)


def test_what_is_no_mask_is_refused():
    replicas = stack(nets())
    x, y = data()
    for kept in (torch.ones(K, 3, dtype=torch.bool), torch.ones(replicas.flat.shape)):
        with pytest.raises(ValueError, match=rf"Give bool \({K}, {replicas.P}\)"):
            train(replicas, x, y, Recipe(optimizer="sgd", lr=0.1, updates=1), loss="cross_entropy", per_replica=True,
                  kept=kept)  # fmt: skip
