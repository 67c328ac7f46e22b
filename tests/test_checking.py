"""A claim in a setting of one's own: what is replaced is used, what has no place is refused, and nothing is kept."""

import dataclasses
import importlib
import itertools
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import hw1
from hw1.__main__ import main
from hw1.registry import all_claims, assay, find_claim
from hw1.registry.assays import below
from hw1.replaced import Replacements
from hw1.running.computing import CellError
from hw1.running.results import Results

SIN = "deeper_nets_fit_sin_better"
LABELS = "random_labels_are_memorised"
QUICK = {"updates": 20, "points": 16}
FEW = {"epochs": 2, "train": 60, "test": 30, "batch": 30}


def small(inputs, outputs):
    return nn.Sequential(nn.Linear(inputs, 8), nn.LayerNorm(8), nn.ReLU(), nn.Linear(8, outputs))


def check(claim, **options):
    return hw1.check(claim, **{"seeds": 10, "jobs": 1, **options})


def scores(found):
    """One number per seed, also on seeds too little trained to count."""
    return found.claim.scored(found.tables, found.setting).values


@pytest.fixture
def table():
    """A small table of two classes that a line tells apart."""
    rng = np.random.Generator(np.random.Philox(1))
    x = rng.normal(size=(100, 3))
    return x, np.where(x[:, 0] > 0, "yes", "no")


def test_the_finding_names_what_was_changed_and_is_no_evidence():
    found = check(SIN, set={**QUICK, "lr": 0.01})
    text = str(found)
    for part in (
        f"{SIN} [fast] in your setting\n  training: 0 of 10 seeds fitted the sine with the deep net (",
        "too few to say anything of the claim\n  verdict: none on: mse, deep below shallow by a factor 2\n  changed",
        "  changed: points 16 instead of 128, updates 20 instead of 3000, lr 0.01 instead of 0.002; in its own setting "
        "it is registered as holds\n  control: equal_depth was not trained: ask for it with --control",
        "10 seeds of block 0, development seeds: no evidence",
    ):
        assert part in text
    assert found.verdict.n == 10
    assert found.control is None
    assert list(found.score.values.index) == list(range(10))
    assert "block 7, which you chose: no evidence" in str(check(SIN, set=QUICK, block=7))


def test_the_same_setting_gives_the_numbers_of_the_experiment_itself():
    found = check(SIN, set=QUICK)
    own = check(SIN, set=QUICK, optimizer=torch.optim.Adam)
    np.testing.assert_allclose(scores(own), scores(found), rtol=1e-3, atol=1e-4)
    double = check(SIN, set=QUICK, precision="float64")
    np.testing.assert_allclose(scores(double), scores(found), rtol=1e-2, atol=1e-3)
    assert not np.array_equal(scores(double), scores(found))


def test_ones_own_net_data_and_optimizer_are_what_is_trained(table):
    data = check(LABELS, set=FEW, data=table, net=small, optimizer=torch.optim.SGD)
    other = check(LABELS, set=FEW, data=(np.exp(table[0]), table[1]), net=small, optimizer=torch.optim.SGD)
    assert not np.array_equal(scores(data), scores(other))
    assert "net: small, data: 100 examples of shape (1, 1, 3) in 2 classes, optimizer: SGD" in str(data)
    assert data.control is not None
    assert "  control: labels_never_shown says nothing either, as too few nets trained" in str(data)


def test_a_table_that_a_line_tells_apart_is_learned_from_its_true_labels(table):
    settings = {"epochs": 30, "train": 60, "test": 30, "batch": 30}
    found = check(LABELS, set=settings, data=table, net=small)
    accuracy = found.tables["runs"].groupby("arm")["test_accuracy"].median()
    assert accuracy["true"] > 0.85 > 0.5 > accuracy["random"]


def test_a_net_for_one_arm_leaves_the_other_as_it_is():
    ours, mixed = check(SIN, set=QUICK), check(SIN, set=QUICK, net={"deep": small})
    one, other = (found.tables["runs"].set_index(["arm", "seed"])["mse"] for found in (ours, mixed))
    assert one["shallow"].equals(other["shallow"])
    assert not one["deep"].equals(other["deep"])


def test_an_optimizer_for_one_arm_leaves_the_other_as_it_is():
    ours, mixed = check(SIN, set=QUICK), check(SIN, set=QUICK, optimizer={"deep": torch.optim.SGD})
    one, other = (found.tables["runs"].set_index(["arm", "seed"])["mse"] for found in (ours, mixed))
    assert one["shallow"].equals(other["shallow"])
    assert not np.isclose(one["deep"], other["deep"]).any()
    assert "optimizer: SGD as deep" in str(mixed)


IMAGES = {"train": 40, "test": 20, "batch": 20, "epochs": 2, "every": 2}


def tiny(inputs, outputs):
    return nn.Sequential(nn.Linear(inputs, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, outputs))


@pytest.mark.parametrize(
    ("claim", "settings", "differ", "remark"),
    [
        (
            "dropout_narrows_the_gap",
            {**IMAGES, "weight_decay": 0.0},
            ("dropout", ["plain"]),
            "The arm dropout has your net with dropout 0.5 of the inputs of each nn.Linear.",
        ),
        ("weight_decay_shrinks_the_weights", {**IMAGES, "weight_decay": 0.0}, ("", ["plain", "weight_decay"]), ""),
        (
            "shifts_in_training_help_against_shifts",
            IMAGES,
            ("augmented", ["plain"]),
            "The arm augmented has your net with its training images moved",
        ),
    ],
)
def test_one_net_stands_in_all_arms_with_what_an_arm_adds_to_any_net(claim, settings, differ, remark):
    """Arms that add nothing are equal, to the last bit; the other one is not."""
    found = check(claim, net=tiny, set=settings)
    loss = found.tables["runs"].pivot(index="seed", columns="arm", values="train_loss")
    other, same = differ
    assert all((loss[arm] == loss[same[0]]).all() for arm in same)
    assert not other or (loss[other] != loss[same[0]]).all()
    assert remark in str(found)


def test_a_target_of_ones_own_is_fitted():
    found = check(SIN, set=QUICK, target=lambda x: np.zeros_like(x) + 10.0)
    assert found.tables["runs"]["mse"].min() > 20  # 20 updates from 0 towards 10; the sine's is below 1


def test_a_control_that_trains_is_trained_where_it_is_asked_for():
    assert check(SIN, set=QUICK, control=True).control.outcome == "refuted"


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
        ("rescaled_relu_layers_compute_the_same", {"net": tiny}, "are not weights and biases of dense layers by turns"),
        (SIN, {"target": [1, 2]}, r"target=\[1, 2\] of type list cannot be called"),
        (SIN, {"target": lambda x: 0.0}, r"gives float64 of shape \(\) for points of shape \(128, 1\)"),
        (SIN, {"target": lambda x: np.where(x > 0, np.inf, x)}, r"The function to fit is inf at 0\.\d+"),
        (SIN, {"target": torch.sin}, r"deep_vs_shallow \(arm deep\) cannot run in this setting: TypeError: sin\(\)"),
    ],
    ids=range(41),
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


def test_nets_that_diverged_are_counted():
    text = str(check(LABELS, set={**FEW, "lr": 1e30}))
    assert "  20 of 20 trainings (each arm on each seed) diverged, without a finite train_loss, " in text
    assert "diverged" not in str(check(LABELS, set=FEW))


def test_an_optimizer_that_fails_is_named_with_its_error():
    class Broken(torch.optim.SGD):
        steps = 3  # the first is that of the trial

        def step(self):
            self.steps -= 1
            if not self.steps:
                raise RuntimeError("my optimizer is not ready")

    with pytest.raises(CellError, match="my optimizer is not ready"):
        check(SIN, set=QUICK, optimizer=Broken)


def test_results_with_ones_own_objects_are_never_kept(tmp_path):
    with pytest.raises(ValueError, match=r"are not kept in .*results\.sqlite"):
        Results(tmp_path / "results.sqlite", own=Replacements(net=small))
    assert not (tmp_path / "results.sqlite").exists()
    Results(tmp_path / "results.sqlite", own=Replacements(precision="float64"))


def test_precisions_do_not_share_results(tmp_path):
    store = str(tmp_path / "results.sqlite")
    single, double = (check(SIN, set=QUICK, store=store, precision=p) for p in ("float32", "float64"))
    assert not np.array_equal(scores(single), scores(double))


def test_the_command_says_it_in_words_and_by_its_status(capsys, tmp_path):
    settings = [word for name, value in QUICK.items() for word in ("--set", f"{name}={value}")]
    store = ["--store", str(tmp_path / "s.sqlite"), "--jobs", "1", "--seeds", "10"]
    assert main(["check", SIN, *settings, *store]) == 2  # 20 updates train no deep net
    out = capsys.readouterr().out
    assert "  changed: points 16 instead of 128, updates 20 instead of 3000; in its own setting" in out
    assert "  verdict: none on: mse, deep below shallow" in out
    assert main(["check", SIN, "--set", "rate=1"]) == 2
    assert "no field 'rate' in this setting" in capsys.readouterr().err
    assert main(["check", SIN, *settings, *store[:-1], "5"]) == 2
    assert "5 seeds cannot reach" in capsys.readouterr().err


def test_asking_for_check_alone_loads_no_torch():
    code = "import sys, hw1; hw1.check; assert 'torch' not in sys.modules, 'torch was loaded'"
    subprocess.run([sys.executable, "-c", code], check=True)


TRAINED = assay("trained (train_loss below half of ln 10)")(
    lambda tables: below(tables["runs"], "train_loss", math.log(10) / 2, ["true"])
)


def half_trained(every):
    """An optimizer that trains of the nets it is made for, in their order, all but one in so many."""
    made = itertools.count()

    def planted(parameters, lr):
        return torch.optim.SGD(parameters, lr=0.0 if next(made) % every == 0 else lr)

    return planted


@pytest.mark.parametrize(("every", "outcome"), [(6, "verdict"), (1, "invalid")])
def test_nets_whose_learning_rate_is_0_turn_their_seeds_off(every, outcome):
    """Of 10 seeds and nets of real training some have rate 0; their scores are ties, whatever the nets did."""
    claim = dataclasses.replace(find_claim(LABELS), assay=TRAINED)
    options = {"set": {"epochs": 30, "train": 60, "test": 30, "batch": 30}, "optimizer": half_trained(every)}
    found = check(claim, **options)
    idle = found.tables["runs"].query("arm == 'true'").set_index("seed")["train_loss"] >= math.log(10) / 2
    assert 0 < idle.sum() <= 10
    assert found.verdict.met == 10 - idle.sum()
    assert (found.score.values[idle[idle].index] == 0).all()
    if outcome == "invalid":
        assert found.verdict.outcome == "invalid"
        assert not found.as_registered
        assert "  training: 0 of 10 seeds trained (train_loss below half of ln 10): too few to" in str(found)
    else:
        assert found.verdict.outcome != "invalid"
        assert f"{found.verdict.met} of 10 seeds trained (train_loss below half of ln 10)" in str(found)


DESCENT = '''
"""Gradient descent on a square, as another repository would have it: some seeds have learning rate 0."""

from dataclasses import dataclass, replace

import pandas as pd

from hw1.registry import all_claims, assay, claim, table_control, trained_control
from hw1.registry.assays import below
from hw1.statistics import below as hw1_below
from hw1.statistics import less
from hw1.tables import Tables

REVISION = 1
ARMS = ("far", "near")


@dataclass(frozen=True, kw_only=True)
class Setting:
    lr: float = 0.25
    idle: int = 0  # seeds of each twelve whose rate is 0
    worse: int = 0  # seeds of each twelve on which the far start is the near one
    stack: int = 12


FAST = Setting()
FULL = replace(FAST, lr=0.2)


def run(setting, *, arm, seeds, device):
    rows = []
    for seed in seeds:
        near = arm == "near" or seed % 12 >= 12 - setting.worse
        start = x = (1.0 if near else 2.0) + seed / 20_000
        loss, epochs = x * x, 0
        while loss > 0.01 and epochs < 50:
            x -= (setting.lr if seed % 12 >= setting.idle else 0.0) * 2 * x
            loss, epochs = x * x, epochs + 1
        rows.append((seed, arm, start, loss, epochs))
    return Tables({"runs": pd.DataFrame(rows, columns=["seed", "arm", "start", "loss", "epochs"])})


@assay("reached a loss of 0.02")
def reached(tables):
    return below(tables["runs"], "loss", 0.02, ["near"])


@table_control
def same_start(tables):
    """Both start near."""
    runs = tables["runs"]
    near = runs[runs["arm"] == "near"]
    return tables.replaced(runs=pd.concat([near, near.assign(arm="far")]))


@trained_control
def all_near(setting):
    """The far start is near."""
    return replace(setting, worse=12)


@claim(source="arithmetic", control=same_start, assay=reached)
def a_far_start_takes_longer(tables):
    """From a far start the loss takes more epochs to fall."""
    return less(tables["runs"], "epochs", arm="near", than="far", direction_only=True)


@claim(source="folklore", control=all_near, assay=reached, expect="refuted", because="it is far")
def a_far_start_is_as_quick(tables):
    """From a far start at most 4 epochs are needed."""
    return hw1_below(tables["runs"], "epochs", arm="far", value=4.5)
'''


@pytest.fixture
def descent(tmp_path, monkeypatch):
    """A claims package of one experiment."""
    family = tmp_path / "descent_claims" / "squares"
    family.mkdir(parents=True)
    for folder in (family, family.parent):
        (folder / "__init__.py").touch()
    (family / "descent.py").write_text(DESCENT)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    yield importlib.import_module("descent_claims.squares.descent")
    for name in [name for name in sys.modules if name.startswith("descent_claims")]:
        del sys.modules[name]


def test_a_setting_in_which_too_little_trained_gives_no_verdict_and_status_2(descent, capsys):
    """With rate 0 nobody gets there: 50 epochs against 50, and no claim about how long it takes is refuted."""
    for name in ("a_far_start_takes_longer", "a_far_start_is_as_quick"):
        options = ["--claims", "descent_claims", "check", name, "--store", ":memory:", "--jobs", "1"]
        assert main([*options, "--set", "lr=0.0"]) == 2
        out = capsys.readouterr().out
        assert "  training: 0 of 48 seeds reached a loss of 0.02: too few to say anything of the claim" in out
        assert "  verdict: none on: epochs, " in out
        assert "  48 seeds of block 0" in out
        assert "refuted:" not in out
        assert main(options) == 0
        assert "  training: 12 of 12 seeds reached a loss of 0.02" in capsys.readouterr().out


def test_another_outcome_than_the_registered_one_is_status_1(descent, capsys):
    options = ["--claims", "descent_claims", "check", "a_far_start_takes_longer", "--store", ":memory:", "--jobs", "1"]
    assert main([*options, "--set", "worse=6", "--looks", "2"]) == 1
    out = capsys.readouterr().out
    assert "  verdict: inconclusive: " in out
    assert "  training: 24 of 24 seeds reached a loss of 0.02" in out


def test_looks_are_taken_until_one_decides_and_as_many_as_may_be(descent):
    whole = hw1.check(descent.a_far_start_takes_longer, jobs=1)
    assert (whole.verdict.outcome, whole.verdict.n, whole.verdict.look) == ("holds", 12, 1)
    assert len(whole.tables["runs"]) == 24
    some = hw1.check(descent.a_far_start_takes_longer, jobs=1, set={"idle": 2})
    assert (some.verdict.outcome, some.verdict.n, some.verdict.met) == ("holds", 24, 20)
    assert list(some.score.values.index) == list(range(24))
    few = hw1.check(descent.a_far_start_takes_longer, jobs=1, set={"idle": 2}, looks=1)
    assert (few.verdict.outcome, few.verdict.n) == ("inconclusive", 12)
    late = hw1.check(descent.a_far_start_takes_longer, jobs=1, set={"idle": 4}, block=7, looks=4)
    assert (late.verdict.n, late.verdict.look, late.verdict.wins) == (96, 4, 64)
    assert "96 seeds of block 7, which you chose" in str(late)
    assert list(late.score.values.index) == list(range(7000, 7096))


def test_seeds_are_one_look_at_all_of_alpha(descent):
    found = hw1.check(descent.a_far_start_takes_longer, jobs=1, seeds=10)
    assert (found.verdict.outcome, found.verdict.spent, found.verdict.sizes) == ("holds", 1e-3, (10,))
    idle = hw1.check(descent.a_far_start_takes_longer, jobs=1, seeds=12, set={"idle": 6})
    assert str(idle.verdict).startswith("no verdict: 6 of 12 seeds reached a loss of 0.02")


def test_the_claims_of_an_installed_package_are_found_by_name(descent, monkeypatch):
    """As `pip install` leaves it: a folder of metadata beside the package."""
    metadata = Path.cwd() / "descent_claims-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: descent-claims\nVersion: 1.0\n")
    with pytest.raises(ValueError, match="no claim 'a_far_start_takes_longer', neither in the package"):
        hw1.check("a_far_start_takes_longer")
    (metadata / "entry_points.txt").write_text("[hw1.claims]\ndescent = descent_claims\n")
    assert hw1.check("a_far_start_takes_longer", jobs=1).claim.name == descent.a_far_start_takes_longer.name
    with pytest.raises(ValueError, match="no claim 'stars', neither in"):
        hw1.check("stars")


def test_seeds_that_cannot_decide_are_refused_before_anything_is_trained(descent, monkeypatch):
    monkeypatch.setattr(Results, "compute", lambda *_: pytest.fail("trained"))
    with pytest.raises(ValueError, match=r"9 seeds cannot reach alpha=0\.001: .* Use at least 10 seeds"):
        hw1.check(descent.a_far_start_takes_longer, jobs=1, seeds=9)


def test_the_control_has_the_mask_of_the_claim_and_the_looks_that_decisions_have(descent):
    some = hw1.check(descent.a_far_start_takes_longer, jobs=1, set={"idle": 2})
    assert (some.control.outcome, some.control.n, some.control.met) == ("inconclusive", 24, 20)
    assert "  control: same_start behaves: inconclusive, and it must not hold" in str(some)
    twin = hw1.check(descent.a_far_start_is_as_quick, jobs=1, control=True, set={"idle": 0})
    assert (twin.verdict.outcome, twin.control.outcome, twin.control.n) == ("refuted", "holds", 12)
    assert hw1.check(descent.a_far_start_is_as_quick, jobs=1).control is None
