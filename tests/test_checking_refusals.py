"""A claim in a setting of one's own: what has no place is refused before anything is trained."""

import numpy as np
import pytest
import torch
from torch import nn

import hw1
from hw1.registry import all_claims, find_claim
from hw1.running.results import Results

SIN = "deeper_nets_fit_sin_better"
LABELS = "random_labels_are_memorised"
QUICK = {"updates": 20, "points": 16}


def small(inputs, outputs):
    return nn.Sequential(nn.Linear(inputs, 8), nn.LayerNorm(8), nn.ReLU(), nn.Linear(8, outputs))


def check(claim, **options):
    return hw1.check(claim, **{"seeds": 10, "jobs": 1, **options})


def no_training(monkeypatch):
    monkeypatch.setattr(Results, "compute", lambda *_: pytest.fail("trained"))


def convolutions(inputs, outputs):
    return nn.Sequential(nn.Conv2d(1, 4, 3), nn.Flatten(), nn.Linear(144, outputs))


def frozen(inputs, outputs):
    net = nn.Sequential(nn.Linear(inputs, 8), nn.Linear(8, outputs))
    return net.requires_grad_(False)


class Forgetful(nn.Linear):
    """It counts its passes where nobody looks."""

    passes = 0

    def forward(self, x):
        self.passes += 1
        return super().forward(x) * self.passes


class OnlyEvaluated(nn.Linear):
    """It cannot be differentiated in training mode."""

    def forward(self, x):
        if self.training and torch.is_grad_enabled():
            raise RuntimeError("only in evaluation")
        return super().forward(x)


ONE = nn.Linear(64, 10)
DECAYING = "large_weight_decay_prevents_memorising"


@pytest.mark.parametrize(
    ("claim", "options", "message"),
    [
        (
            SIN,
            {"net": small},
            r"the arms of deep_vs_shallow differ .*deep: dense 1-14-14-14-1 tanh; shallow: dense 1-157",
        ),
        (SIN, {"net": {"deeper": small}}, "no arm 'deeper' in deep_vs_shallow: there are deep, shallow"),
        (SIN, {"optimizer": {"deeper": torch.optim.SGD}}, "no arm 'deeper' in deep_vs_shallow: there are deep, sha"),
        (SIN, {"optimizer": {}}, r"optimizer=\{\} names no arm: give an optimizer for some of deep, shallow, or none"),
        (SIN, {"optimizer": {"deep": "adam"}}, "optimizer='adam' is text: give optimizer=torch.optim.Adam"),
        (
            "large_steps_of_adam_lead_far_away",
            {"optimizer": torch.optim.SGD},
            r"start_to_end differ .*\(sgd: sgd with momentum 0\.9; adam_large_steps: adam\); "
            r"give optimizer=\{arm: yours\} for the arms",
        ),
        (
            "training_is_no_random_walk",
            {"optimizer": {"walk": torch.optim.SGD}},
            "the arm walk of random_walk never asks for an optimizer: training does",
        ),
        (
            "training_is_no_random_walk",
            {"optimizer": {"late_half": torch.optim.SGD}},
            "the claim does not read the arm late_half of random_walk, so an optimizer for it would have no effect: "
            "it reads training, walk",
        ),
        (
            "two_components_explain_a_walk_with_drift",
            {"optimizer": torch.optim.SGD},
            r"random_walk never asks for an optimizer in the arms that the claim reads \(walk, walk_with_drift\)",
        ),
        (
            "dropout_narrows_the_gap",
            {"net": lambda i, o: nn.Sequential(nn.Unflatten(1, (1, i)), nn.Conv1d(1, o, i), nn.Flatten())},
            "The net has no nn.Linear, and this arm leaves out a share 0.5 of the inputs of each. Give nets by arm",
        ),
        (SIN, {"net": {}}, r"net=\{\} names no arm: give a net for some of deep, shallow, or none"),
        (
            SIN,
            {"data": ([[0.0], [1.0]], [0, 1])},
            "deep_vs_shallow never asks for a data set, so yours would have no effect",
        ),
        (LABELS, {"target": np.abs}, "memorisation never asks for a function to fit"),
        (LABELS, {"net": lambda i, o: nn.Linear(i, 2)}, r"gives \(2, 2\) for two rows of 64 numbers, and \(2, 10\)"),
        (LABELS, {"data": ([[0.0], [1.0]], [0, 1])}, "500 training and 1000 test examples cannot be drawn from 2"),
        (LABELS, {"precision": "float16"}, "precision='float16' is neither float32 nor float64"),
        ("many_features_beat_the_best_of_few", {"net": small}, "random_features never asks for a net"),
        (
            "many_features_beat_the_best_of_few",
            {"precision": "float64"},
            "random_features never asks for a precision, so",
        ),
        (LABELS, {"net": ONE}, "net is a Linear itself, and every seed needs a net of its own: give a function"),
        (LABELS, {"net": lambda i, o: ONE}, "gives the same one again, and every seed needs one of its own"),
        (LABELS, {"net": "resnet18"}, "net='resnet18' of type str cannot be called"),
        (LABELS, {"net": {"true": ONE}}, "net is a Linear itself"),
        (LABELS, {"net": lambda i: nn.Linear(i, 10)}, "net: <lambda> cannot be called with the numbers of inputs and"),
        (LABELS, {"net": lambda i, o: None}, "gives None, which is no torch.nn.Module. Return the net"),
        (LABELS, {"net": convolutions}, r"The net fails on two rows of 64 numbers \(RuntimeError: .*nn.Unflatten\(1"),
        (LABELS, {"net": lambda i, o: nn.LSTM(i, o)}, r"The net gives a tuple for two rows of 64 numbers"),
        (LABELS, {"net": lambda i, o: nn.Sequential(nn.Flatten())}, "The net has no parameters"),
        (LABELS, {"net": frozen}, "All parameters of the net are frozen"),
        (
            LABELS,
            {"net": Forgetful},
            r"The net fails as it is trained here \(ValueError: The net gives other outputs in a",
        ),
        (LABELS, {"net": OnlyEvaluated}, r"The net fails as it is trained here \(RuntimeError: only in evaluation\)"),
        (
            LABELS,
            {"net": lambda i, o: 1 / 0},
            r"memorisation \(arm true\) cannot run in this setting: ZeroDivisionError",
        ),
        (LABELS, {"optimizer": torch.optim.SGD(ONE.parameters(), 0.1)}, "optimizer is a SGD itself, and every net"),
        (LABELS, {"optimizer": "adam"}, r"optimizer='adam' is text: give optimizer=torch.optim.Adam.*set=\{'optimizer"),
        (LABELS, {"optimizer": torch.optim.LBFGS}, "optimizer=LBFGS fails as it is used here .* A step with a closure"),
        (
            LABELS,
            {"optimizer": lambda p: torch.optim.SGD(p, 0.1)},
            r"cannot be called as optimizer\(parameters, lr=...\)",
        ),
        (LABELS, {"optimizer": lambda p, lr: None}, "optimizer=<lambda> fails as it is used here .AttributeError"),
        (
            DECAYING,
            {"optimizer": lambda p, lr: torch.optim.SGD(p, lr)},
            r"optimizer\(parameters, lr=\S+, weight_decay=\S+\)",
        ),
        (
            "rescaled_relu_layers_compute_the_same",
            {"net": small},
            "are not weights and biases of dense layers by turns",
        ),
        (SIN, {"target": [1, 2]}, r"target=\[1, 2\] of type list cannot be called"),
        (SIN, {"target": lambda x: 0.0}, r"gives float64 of shape \(\) for points of shape \(128, 1\)"),
        (SIN, {"target": lambda x: np.where(x > 0, np.inf, x)}, r"The function to fit is inf at 0\.\d+"),
        (SIN, {"target": torch.sin}, r"The function to fit fails on an array of float64 \(TypeError: sin\(\)"),
    ],
    ids=range(42),
)
def test_what_has_no_place_is_refused_before_anything_is_trained(claim, options, message, monkeypatch):
    no_training(monkeypatch)
    with pytest.raises(ValueError, match=message) as told:
        check(claim, **options)
    assert "\n" not in str(told.value)


def undecorated(tables):
    """A sentence."""


@pytest.mark.parametrize(
    ("claim", "message"),
    [
        (
            "stars",
            r"no claim 'stars', .*'hw1.claims' of its entry points.* itself: .* import stars; hw1.check\(stars\);",
        ),
        ("stars", r"or on the command line: python -m hw1 --claims your_package check stars"),
        ("my claim", r"no claim 'my claim', .*hw1.check\(my_claim\)"),
        ("deeper_net_fits_sin_better", "did you mean deeper_nets_fit_sin_better"),
        ("DEEPER_NETS_FIT_SIN_BETTER", "did you mean deeper_nets_fit_sin_better"),
        ("memorisation", "memorisation is an experiment or a family, and no claim: its claims are random_labels_are_m"),
        ("random_labels", "random_labels is an experiment or a family, and no claim: its claims are "),
        (undecorated, "undecorated is a function and no claim: decorate it with @hw1.registry.claim"),
        (None, "None of type NoneType is no claim: give the name of one"),
        (find_claim, "find_claim is a function and no claim"),
        (["a"], "of type list is no claim"),
    ],
)
def test_what_is_no_claim_is_told_what_may_be_given(claim, message):
    with pytest.raises(ValueError, match=message):
        check(claim)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seeds": 0}, "seeds=0: give a whole number, 1 or more"),
        ({"seeds": "12"}, "seeds='12': give a whole number, 1 or more"),
        ({"seeds": 12.5}, r"seeds=12\.5: give a whole number"),
        ({"seeds": True}, "seeds=True: give a whole number"),
        ({"looks": 0}, "looks=0: give a whole number, from 1 to 4"),
        ({"looks": 5}, "looks=5: give a whole number, from 1 to 4"),
        ({"looks": "2"}, "looks='2': give a whole number"),
        ({"block": -1}, "block=-1: give a whole number, 0 or more"),
        ({"block": 1.5}, r"block=1\.5: give a whole number"),
        ({"jobs": 0}, "jobs=0: give a whole number, 1 or more"),
        ({"jobs": "2"}, "jobs='2': give a whole number"),
        ({"set": 5}, r"set=5 names no field: give \{'lr': 0\.01\}, or \['lr=0\.01'\]"),
    ],
)
def test_numbers_of_seeds_looks_blocks_and_processes_are_whole(options, message, monkeypatch):
    no_training(monkeypatch)
    with pytest.raises(ValueError, match=message):
        check(SIN, **options)


def test_a_tier_that_a_claim_does_not_have_is_told_with_the_reason():
    full = next(one for one in all_claims() if one.tiers == ("full",))
    with pytest.raises(ValueError, match=rf"{full.name} has no tier 'fast' \(.+\): choose full"):
        check(full)
    with pytest.raises(ValueError, match="has no tier 'medium': choose fast or full"):
        check(SIN, tier="medium")


def test_seeds_that_cannot_decide_the_control_are_refused_before_anything_is_trained(monkeypatch):
    """At p0 = .75 five losses refute, and the twin that must hold needs ten wins."""
    no_training(monkeypatch)
    claim = "the_sheets_deep_net_fits_a_fast_sine_better"
    with pytest.raises(ValueError, match=r"its control \w+ is judged too: 5 seeds cannot reach .*at least 10 seeds"):
        check(claim, seeds=5, control=True)
