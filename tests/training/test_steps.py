"""Fused updates of a buffer against torch's optimizers, to the last bit."""

import pytest
import torch

from hw1.training.steps import adam, rate_for, sgd

CASES = {
    "sgd": (lambda w: sgd(w), lambda w: torch.optim.SGD([w], fused=True)),
    "momentum": (
        lambda w: sgd(w, momentum=0.9, weight_decay=0.1),
        lambda w: torch.optim.SGD([w], momentum=0.9, weight_decay=0.1, fused=True),
    ),
    "nesterov": (
        lambda w: sgd(w, momentum=0.85, nesterov=True, weight_decay=0.1),
        lambda w: torch.optim.SGD([w], momentum=0.85, nesterov=True, weight_decay=0.1, fused=True),
    ),
    "adam": (lambda w: adam(w), lambda w: torch.optim.Adam([w], fused=True)),
    "adam with decay": (
        lambda w: adam(w, weight_decay=0.1),
        lambda w: torch.optim.Adam([w], weight_decay=0.1, fused=True),
    ),
    "adamw": (
        lambda w: adam(w, weight_decay=0.1, decoupled=True),
        lambda w: torch.optim.AdamW([w], weight_decay=0.1, fused=True),
    ),
}


@pytest.mark.parametrize("kernels", [True, False], ids=["kernels", "without"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", CASES)
def test_updates_are_those_of_torchs_optimizer(name, dtype, kernels, monkeypatch):
    """Without kernels, as on other devices, the same to a few units in the last place."""
    monkeypatch.setattr("hw1.training.steps._has_kernels", lambda flat: kernels)
    torch.manual_seed(0)
    ours = torch.randn(3, 7, dtype=dtype).requires_grad_()
    theirs = ours.detach().clone().requires_grad_()
    step, optimizer = CASES[name][0](ours), CASES[name][1](theirs)
    rate = rate_for(ours)
    for update in range(20):
        lr, gradient = 0.1 / (1 + update), torch.randn(3, 7, dtype=dtype)
        step(gradient, rate.fill_(lr))
        theirs.grad = gradient
        optimizer.param_groups[0]["lr"] = lr
        optimizer.step()
        if kernels:
            assert torch.equal(ours, theirs)
        else:
            torch.testing.assert_close(ours, theirs)
    assert ours.requires_grad
