"""Measures over 24 seeds: as the experiments take them, against a loop over the seeds with plain torch."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from torch import Tensor, nn

from benchmarks.cases import SEEDS
from hw1.data import problem
from hw1.measures.barriers import along
from hw1.measures.curvature import largest_eigenvalue, sharpness
from hw1.measures.gradients import mean_loss
from hw1.measures.sensitivity import jacobian_norms, logits
from hw1.measures.trajectories import principal
from hw1.nets.dense import dense, initialised
from hw1.registry import find_experiment
from hw1.running.memory import kept
from hw1.training import Stack, cross_entropy, squared, stack


@dataclass(frozen=True, eq=False)
class Work:
    """Nets of an experiment, trained briefly, and as many of its training points as it measures on."""

    setting: Any
    nets: list[nn.Sequential]
    x: Tensor
    y: Tensor

    @property
    def stacks(self) -> list[tuple[slice, Stack]]:
        parts = [slice(first, first + self.setting.stack) for first in range(0, SEEDS, self.setting.stack)]
        return [(part, stack(self.nets[part])) for part in parts]


@cache
def work(experiment: str, points: int) -> Work:
    setting = find_experiment(experiment).setting("fast")
    rngs = [np.random.default_rng(seed) for seed in range(SEEDS)]
    data = problem(setting.data, train=points, test=10, rngs=rngs)
    make = partial(dense, setting.widths, inputs=40, outputs=10, activation=getattr(setting, "activation", "relu"))
    nets, x, y = initialised(make, rngs), torch.from_numpy(data.x_train), torch.from_numpy(data.y_train)
    for net, inputs, labels in zip(nets, x, y, strict=True):
        optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
        for _ in range(50):
            optimizer.zero_grad()
            nn.functional.cross_entropy(net(inputs), labels).backward()
            optimizer.step()
    return Work(setting, nets, x, y)


def jacobians(w: Work) -> Tensor:
    return torch.cat([jacobian_norms(logits(s), w.x[part]) for part, s in w.stacks])


def jacobians_in_a_loop(w: Work) -> Tensor:
    found = []
    for net, x in zip(w.nets, w.x, strict=True):
        inputs = x.clone().requires_grad_()
        outputs = net(inputs)
        rows = [torch.autograd.grad(outputs[:, c].sum(), inputs, retain_graph=True)[0] for c in range(10)]
        found.append(torch.stack(rows).square().sum((0, 2)).sqrt())
    return torch.stack(found)


def tops(w: Work) -> Tensor:
    hot, start = nn.functional.one_hot(w.y, 10).float(), _starts(w)
    found = [
        sharpness(s, mean_loss(w.x[part], hot[part], squared, per_replica=True), start[part], iterations=40)
        for part, s in w.stacks
    ]
    return torch.cat([top.value for top in found])


def tops_in_a_loop(w: Work) -> Tensor:
    """The same Lanczos for one net at a time, which may stop earlier than eight together."""
    hot, found = nn.functional.one_hot(w.y, 10).float(), []
    for net, x, y, start in zip(w.nets, w.x, hot, _starts(w), strict=True):
        weights = list(net.parameters())
        parts = torch.autograd.grad(nn.functional.mse_loss(net(x), y), weights, create_graph=True)
        gradient = torch.cat([part.flatten() for part in parts])

        def product(v, gradient=gradient, weights=weights):
            rows = torch.autograd.grad((gradient * v[0]).sum(), weights, retain_graph=True)
            return torch.cat([row.flatten() for row in rows])[None]

        found.append(largest_eigenvalue(product, start[None], iterations=40).value[0])
    return torch.stack(found)


def _starts(w: Work) -> Tensor:
    size = sum(parameter.numel() for parameter in w.nets[0].parameters())
    return torch.randn(SEEDS, size, generator=torch.Generator().manual_seed(0))


ALPHAS = np.linspace(0, 1, 41)


def lines(w: Work) -> Tensor:
    found = []
    for part, s in w.stacks:
        end = s.weights()
        found.append(
            along(
                s, torch.zeros_like(end), end, ALPHAS, mean_loss(w.x[part], w.y[part], cross_entropy, per_replica=True)
            )
        )
    return torch.cat(found)


@torch.no_grad()
def lines_in_a_loop(w: Work) -> Tensor:
    found = []
    for net, x, y in zip(w.nets, w.x, w.y, strict=True):
        end = {name: parameter.clone() for name, parameter in net.named_parameters()}
        points = [{name: p * float(alpha) for name, p in end.items()} for alpha in ALPHAS]
        outputs = [torch.func.functional_call(net, point, (x,)) for point in points]
        found.append(torch.stack([nn.functional.cross_entropy(o, y) for o in outputs]))
    return torch.stack(found)


BOTH = {
    "Jacobian norms (sensitivity: 40-64-64-10, 256 points)": (jacobians, jacobians_in_a_loop, "optimal_batch", 256),
    "top Hessian eigenvalue (edge_of_stability: 40-32-32-10, 100 points)": (
        tops,
        tops_in_a_loop,
        "edge_of_stability",
        100,
    ),
    "line of 41 points (start_to_end: 40-48-48-10, 600 points)": (lines, lines_in_a_loop, "start_to_end", 600),
}


@pytest.mark.parametrize("side", ["loop over seeds", "stacks"])
@pytest.mark.parametrize("name", BOTH)
def test_measures(timed, name, side):
    together, one_by_one, experiment, points = BOTH[name]
    here = work(experiment, points)
    np.testing.assert_allclose(together(here).numpy(), one_by_one(here).detach().numpy(), rtol=2e-2)
    about = {"row": "measures", "case": name, "side": side, "unit": "ms for 24 seeds", "scale": 1e3}
    with kept():
        if side == "stacks":
            timed(lambda: together(here), against="loop over seeds", target=4, **about)
        else:
            timed(lambda: one_by_one(here), **about)


@pytest.mark.parametrize("side", ["loop over seeds", "stacks"])
def test_principal(timed, side):
    """One trajectory after the other on both sides; the peer is scikit-learn, by singular values."""
    rng = np.random.default_rng(0)
    paths = rng.standard_normal((SEEDS, 21, 3_466), dtype=np.float32).cumsum(1)
    case = "PCA of a trajectory (eight_runs: 21 points, 3,466 weights)"
    about = {"row": "measures", "case": case, "side": side, "unit": "ms for 24 seeds", "scale": 1e3}
    if side == "stacks":
        timed(lambda: [principal(path) for path in paths], against="loop over seeds", target=4, **about)
    else:
        timed(lambda: [PCA(svd_solver="full").fit(path).components_[:2] for path in paths], **about)
