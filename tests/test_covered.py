"""What a user's object covers has no effect, and arms that are alike decide nothing."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

import hw1
from hw1.__main__ import main
from hw1.judging.brought import replacements_of
from hw1.judging.covered import covered, require_effect
from hw1.judging.findings import alike
from hw1.judging.trial import Trial
from hw1.registry import find_claim, find_experiment
from hw1.tables import Tables

DEEPER = "deeper_nets_fit_sin_better"
DECAYING = "decaying_a_large_rate_lowers_the_training_loss"
RNG = np.random.default_rng(0)


def small(inputs, outputs):
    return nn.Sequential(nn.Linear(inputs, 4), nn.Tanh(), nn.Linear(4, outputs))


def trial(name, changes, **own):
    experiment = find_experiment(name)
    setting = experiment.setting("fast")
    given = {"net": None, "data": None, "optimizer": None, "target": None, "precision": None, **own}
    return Trial(
        experiment=experiment,
        registered=setting,
        setting=replace(setting, **changes),
        own=replacements_of(**given),
        seeds=[0],
    )


TABLE = RNG.normal(size=(2_000, 5)), RNG.integers(0, 3, 2_000)


@pytest.mark.parametrize(
    ("name", "changes", "own", "field"),
    [
        ("memorisation", {"widths": (512,)}, {"net": small}, "widths"),
        ("memorisation", {"momentum": 0.3, "lr": 0.2}, {"optimizer": torch.optim.SGD}, "momentum"),
        ("deep_vs_shallow", {"deep": (3, 3)}, {"net": {"deep": small}}, "deep"),
        ("deep_vs_shallow", {"target": "sinc"}, {"target": np.sin}, "target"),
        ("memorisation", {"data": "mnist1d"}, {"data": TABLE}, "data"),
    ],
    ids=["widths", "momentum", "one arm", "target", "data"],
)
def test_a_field_that_a_users_object_covers_is_refused_by_its_name(name, changes, own, field):
    with pytest.raises(ValueError, match=rf"^{field}=.* has no effect, as what you brought takes its place"):
        require_effect(trial(name, changes, **own))


@pytest.mark.parametrize(
    ("name", "changes", "own"),
    [
        ("memorisation", {"lr": 0.2, "train": 400, "epochs": 5}, {"net": small, "data": TABLE}),
        ("memorisation", {"lr": 0.2, "weight_decay": 0.1}, {"optimizer": torch.optim.SGD}),
        ("deep_vs_shallow", {"shallow": (9,), "activation": "relu"}, {"net": {"deep": small}}),
        ("memorisation", {"widths": (512,)}, {}),
    ],
    ids=["net and data", "optimizer", "the other arm", "nothing of one's own"],
)
def test_a_field_that_still_reaches_something_is_not(name, changes, own):
    known = vars(find_experiment(name).setting("fast"))
    require_effect(trial(name, {field: value for field, value in changes.items() if field in known}, **own))


def test_a_control_that_changes_the_net_that_a_user_brought_is_the_claim_itself():
    control = find_claim(DEEPER).control
    for net, is_covered in (({"deep": small}, True), ({"shallow": small}, False)):
        one = trial("deep_vs_shallow", {}, net=net)
        assert covered(one, control.twin(one.setting)) is is_covered
    few = {"updates": 20, "points": 16}
    with pytest.raises(ValueError, match="the control equal_depth changes what yours takes the place of"):
        hw1.check(DEEPER, set=few, net={"deep": small}, seeds=10, jobs=1, control=True)
    told = str(hw1.check(DEEPER, set=few, net={"deep": small}, seeds=10, jobs=1))
    assert "control: equal_depth cannot be trained with yours, which takes the place of what it changes" in told


class Scheduled(torch.optim.SGD):
    """Steps a schedule of its own."""

    def __init__(self, parameters, lr):
        super().__init__(parameters, lr=lr)
        self.falling = torch.optim.lr_scheduler.ExponentialLR(self, 0.99)

    def step(self, closure=None):
        super().step(closure)
        self.falling.step()


def test_arms_that_a_users_schedule_makes_alike_give_no_verdict_that_counts():
    found = hw1.check(DECAYING, set={"updates": 40}, optimizer=Scheduled, seeds=10, jobs=1)
    assert len(found.alike) == 2
    assert not found.sound
    told = str(found)
    assert "Your optimizer has a schedule of its own, so that the setting's (cosine) does nothing." in told
    assert "gave the same numbers on every seed: in your setting they differ in nothing" in told


def test_arms_are_alike_where_all_of_their_numbers_are():
    runs = pd.DataFrame({"seed": [0, 1] * 3, "arm": list("aabbcc"), "loss": [1.0, np.nan, 1.0, np.nan, 1.0, 2.0]})
    assert alike(Tables({"runs": runs}), ("a", "b", "c")) == ("a", "b")
    assert alike(Tables({"runs": runs}), ("a", "c")) == ()
    assert alike(Tables({"runs": runs}), ("a",)) == ()


def test_classes_of_other_sizes_are_told_beside_what_trained():
    """A net that always names the largest class is right on nine in ten."""
    x, y = RNG.normal(size=(400, 3)), (RNG.random(400) < 0.1).astype(int)
    found = hw1.check(
        "shuffled_pixels_change_nothing_for_a_dense_net",
        data=(x, y),
        set={"train": 40, "test": 40, "batch": 20, "epochs": 1},
        seeds=10,
        jobs=1,
    )
    assert any("On your 2 classes a constant answer is right on 9" in said for said in found.remarks)


def test_a_control_that_does_not_behave_is_no_success(capsys, monkeypatch):
    """The status is 2, and what was required has failed."""
    monkeypatch.setattr("hw1.judging.findings.behaves", lambda claim, control: False)
    few = ["--set", "train=60", "--set", "test=30", "--set", "batch=30", "--set", "epochs=2", "--jobs", "1"]
    status = main(["check", "random_labels_are_memorised", *few, "--seeds", "10", "--require", "refuted"])
    out = capsys.readouterr().out
    assert status == 2
    assert "and says nothing: failed" in out or "the verdict is none: failed" in out
