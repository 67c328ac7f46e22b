"""What is timed: trainings by this library in one process or two, and one net after the other, as in a notebook."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import torch
from torch import Tensor, nn

from benchmarks.cases import Case
from hw1.running.memory import kept
from hw1.running.processes import in_processes
from hw1.training import Stack, train


def ours(case: Case, stacks: Sequence[Stack], updates: int) -> Tensor:
    """Train stack after stack, as a cell does; the losses at the end."""
    x, y = case.data
    recipe = case.recipe(updates)
    with kept():
        trained = [train(s, x, y, recipe, loss="squared", record={"loss": _loss(x, y)}) for s in stacks]
    return torch.cat([torch.from_numpy(t.curves["loss"][:, 0]) for t in trained])


def _loss(x: Tensor, y: Tensor):
    return lambda stack: (stack.forward(x) - y).square().flatten(1).mean(1)


def plain(case: Case, nets: Sequence[nn.Module], updates: int) -> Tensor:
    """The peer: one process, one thread, torch's fused Adam; the losses at the end."""
    x, y = case.data
    recipe, losses = case.recipe(updates), []
    with kept():
        for net in nets:
            optimizer = torch.optim.Adam(net.parameters(), lr=case.lr, fused=True)
            for update in range(updates):
                optimizer.param_groups[0]["lr"] = recipe.lr_at(update)
                optimizer.zero_grad()
                nn.functional.mse_loss(net(x), y).backward()
                optimizer.step()
            losses.append(nn.functional.mse_loss(net(x), y).detach())
    return torch.stack(losses)


def in_two(case: Case, seeds: int, updates: int) -> None:
    """Cells of the experiment's size in two processes, as a run deals them out."""
    cells = [(case, case.stack, updates)] * (seeds // case.stack)
    assert sum(in_processes(2, _cell, cells)) == seeds


def _cell(case: Case, seeds: int, updates: int) -> int:
    return len(ours(case, _made(case, seeds), updates))


@lru_cache
def _made(case: Case, seeds: int) -> list[Stack]:
    return case.stacks(seeds)
