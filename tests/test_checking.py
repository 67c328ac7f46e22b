"""A claim in a setting of one's own: what is replaced is used, and nothing is kept."""

import dataclasses
import itertools
import math
import subprocess
import sys

import numpy as np
import pytest
import torch
from torch import nn

import hw1
from hw1.__main__ import main
from hw1.registry import assay, find_claim
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


class Both:
    """Two optimizers as one, with what theirs are called."""

    def __init__(self, parameters, lr):
        half = list(parameters)
        self.parts = [torch.optim.SGD(half[:1], lr=lr), torch.optim.AdamW(half[1:], lr=lr)]

    @property
    def param_groups(self):
        return [group for part in self.parts for group in part.param_groups]

    def step(self):
        for part in self.parts:
            part.step()

    def zero_grad(self):
        for part in self.parts:
            part.zero_grad()


def test_the_class_of_an_optimizer_may_have_groups_as_a_property():
    assert "optimizer: Both" in str(check(SIN, set=QUICK, optimizer=Both))


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


def test_what_is_brought_for_an_arm_that_the_claim_does_not_read_is_told():
    nets = {"plain": tiny, "dropout": tiny, "weight_decay": lambda inputs, outputs: pytest.fail("asked")}
    text = str(check("dropout_narrows_the_gap", net=nets, set={**IMAGES, "weight_decay": 0.0}))
    assert "The claim does not read weight_decay, so that net for weight_decay had no effect." in text


def test_a_target_of_ones_own_is_fitted():
    found = check(SIN, set=QUICK, target=lambda x: np.zeros_like(x) + 10.0)
    assert found.tables["runs"]["mse"].min() > 20  # 20 updates from 0 towards 10; the sine's is below 1


def test_a_control_that_trains_is_trained_where_it_is_asked_for():
    assert check(SIN, set=QUICK, control=True).control.outcome == "refuted"


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
