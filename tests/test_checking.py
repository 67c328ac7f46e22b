"""A claim in a setting of one's own: what is replaced is used, what has no place is refused, and nothing is kept."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from torch import nn

import hw1
from hw1.__main__ import main
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
    return hw1.check(claim, **{"seeds": 11, "jobs": 1, **options})


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
        f"{SIN} [fast] in your setting (points 16 instead of 128, updates 20 instead of 3000, "
        "lr 0.01 instead of 0.002):",
        "in its own setting it is registered as: holds",
        "11 seeds of block 0, development seeds: no evidence",
    ):
        assert part in text
    assert found.verdict.n == 11
    assert found.control is None
    assert list(found.score.values.index) == list(range(11))
    assert "block 7, which you chose: no evidence" in str(check(SIN, set=QUICK, block=7))


def test_the_same_setting_gives_the_numbers_of_the_experiment_itself():
    found = check(SIN, set=QUICK)
    own = check(SIN, set=QUICK, optimizer=torch.optim.Adam)
    np.testing.assert_allclose(own.score.values, found.score.values, rtol=1e-3, atol=1e-4)
    double = check(SIN, set=QUICK, precision="float64")
    np.testing.assert_allclose(double.score.values, found.score.values, rtol=1e-2, atol=1e-3)
    assert not np.array_equal(double.score.values, found.score.values)


def test_ones_own_net_data_and_optimizer_are_what_is_trained(table):
    data = check(LABELS, set=FEW, data=table, net=small, optimizer=torch.optim.SGD)
    other = check(LABELS, set=FEW, data=(np.exp(table[0]), table[1]), net=small, optimizer=torch.optim.SGD)
    assert not np.array_equal(data.score.values, other.score.values)
    assert "net: small, data: 100 examples of shape (1, 1, 3) in 2 classes, optimizer: SGD" in str(data)
    assert data.control is not None
    assert "its control labels_never_shown" in str(data)


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


def test_a_target_of_ones_own_is_fitted():
    found = check(SIN, set=QUICK, target=lambda x: np.zeros_like(x) + 10.0)
    assert found.tables["runs"]["mse"].min() > 20  # 20 updates from 0 towards 10; the sine's is below 1


def test_a_control_that_trains_is_trained_where_it_is_asked_for():
    assert check(SIN, set=QUICK, control=True).control.outcome == "refuted"


@pytest.mark.parametrize(
    ("claim", "options", "message"),
    [
        (
            SIN,
            {"net": small},
            r"the arms of deep_vs_shallow differ .*deep: dense 1-14-14-14-1 tanh; shallow: dense 1-157",
        ),
        (SIN, {"net": {"deeper": small}}, "no arm 'deeper' in deep_vs_shallow: there are deep, shallow"),
        (
            SIN,
            {"data": ([[0.0], [1.0]], [0, 1])},
            "deep_vs_shallow never asks for a data set, so yours would have no effect",
        ),
        (LABELS, {"target": np.abs}, "memorisation never asks for a function to fit"),
        (LABELS, {"net": lambda i, o: nn.Linear(i, 2)}, r"gives \(2, 2\) for two rows of 64 numbers, and \(2, 10\)"),
        (LABELS, {"data": ([[0.0], [1.0]], [0, 1])}, "500 training and 1000 test examples cannot be drawn from 2"),
        (LABELS, {"net": lambda i, o: nn.Sequential(nn.BatchNorm1d(i), nn.Linear(i, o))}, "Use layers without buffers"),
        (LABELS, {"precision": "float16"}, "precision='float16' is neither float32 nor float64"),
        (SIN, {"set": {"rate": 1}}, "no field 'rate' in this setting: there are points, updates"),
        ("stars", {}, "no claim 'stars'"),
        ("many_features_beat_the_best_of_few", {"net": small}, "random_features never asks for a net"),
    ],
    ids=range(11),
)
def test_what_has_no_place_is_refused_before_anything_is_trained(claim, options, message):
    with pytest.raises(ValueError, match=message):
        check(claim, **options)


def test_an_optimizer_that_fails_is_named_with_its_error():
    class Broken(torch.optim.SGD):
        def step(self):
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
    assert not np.array_equal(single.score.values, double.score.values)


def test_the_command_says_it_in_words_and_by_its_status(capsys, tmp_path):
    settings = [word for name, value in QUICK.items() for word in ("--set", f"{name}={value}")]
    store = ["--store", str(tmp_path / "s.sqlite"), "--jobs", "1", "--seeds", "11"]
    assert main(["check", SIN, *settings, *store]) == 1
    out = capsys.readouterr().out
    assert "in your setting (points 16 instead of 128, updates 20 instead of 3000):" in out
    assert main(["check", SIN, "--set", "rate=1"]) == 2
    assert "no field 'rate' in this setting" in capsys.readouterr().err
    assert main(["check", SIN, *settings, *store[:-1], "5"]) == 2
    assert "5 seeds cannot reach" in capsys.readouterr().err


def test_asking_for_check_alone_loads_no_torch():
    code = "import sys, hw1; hw1.check; assert 'torch' not in sys.modules, 'torch was loaded'"
    subprocess.run([sys.executable, "-c", code], check=True)
