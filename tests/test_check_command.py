"""`python -m hw1 check` with a user's own objects: they are named on the command line, and no Python is needed."""

import re
import sys

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from hw1.__main__ import main
from hw1.running.results import Results

LABELS = "random_labels_are_memorised"
FEW = ["--seeds", "10", "--jobs", "1", *(f"--set={one}" for one in ("epochs=2", "train=40", "test=20", "batch=20"))]

NETS = """
from torch import nn, optim

MADE = []

def small(inputs, outputs):
    return nn.Sequential(nn.Linear(inputs, 8), nn.ReLU(), nn.Linear(8, outputs))

class Slow(optim.SGD):
    def __init__(self, parameters, lr):
        super().__init__(parameters, lr / 10)
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a module, a table and images, in which the command is run."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delenv("HW1_DATA", raising=False)
    (tmp_path / "my_nets.py").write_text(NETS)
    (tmp_path / "broken.py").write_text("import torch\nnet = torch.nnn\n")
    rng = np.random.Generator(np.random.Philox(5))
    table = pd.DataFrame({"a": rng.normal(size=80), "b": rng.normal(size=80), "kind": ["x", "y"] * 40})
    table.to_csv("pets.csv", index=False)
    for i in range(60):
        place = tmp_path / "images" / ("cat" if i % 2 else "dog")
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (6, 6), dtype=np.uint8)).save(place / f"{i}.png")
    yield tmp_path
    for name in ("my_nets", "broken"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize(
    ("arguments", "change"),
    [
        (["--net", "my_nets:small"], "net: small"),
        (["--net", "random=my_nets:small"], "net: small as random"),
        (["--optimizer", "my_nets:Slow"], "optimizer: Slow"),
        (["--optimizer", "torch.optim:AdamW"], "optimizer: AdamW"),
        (["--data", "pets.csv", "--target", "kind"], "data: 80 examples of shape (1, 1, 2) in 2 classes"),
        (["--data", "images"], "data: 60 examples of shape (1, 6, 6) in 2 classes"),
    ],
)
def test_what_is_named_stands_in_place_of_ours_and_nothing_is_kept(folder, capsys, arguments, change):
    assert main(["check", LABELS, *FEW, *arguments]) in (0, 1, 2)
    assert change in capsys.readouterr().out
    assert not (folder / ".hw1").exists()


def test_a_second_table_is_the_one_to_test_on(folder, capsys):
    """Its labels are those of another rule: what is learned on the first table is wrong on the second."""
    x = np.arange(80.0) % 2
    for name, kind in (("first.csv", x), ("second.csv", 1 - x)):
        pd.DataFrame({"a": x, "b": 1 - x, "kind": kind}).to_csv(name, index=False)
    sizes = ["--set", "train=60", "--set", "test=60", "--set", "batch=20", "--set", "epochs=30"]
    one = ["check", "shuffled_pixels_change_nothing_for_a_dense_net", "--seeds", "10", "--jobs", "1", *sizes]
    assert main([*one, "--data", "first.csv", "--data", "second.csv", "--target", "kind"]) == 2
    assert "0 of 10 seeds learned the true labels" in capsys.readouterr().out
    assert main([*one, "--data", "first.csv", "--data", "first.csv", "--target", "kind"]) in (0, 1)
    assert "10 of 10 seeds learned the true labels" in capsys.readouterr().out


def test_processes_find_the_module_in_the_folder(folder, capsys):
    two = [word if word != "1" else "2" for word in FEW]
    assert main(["check", LABELS, *two, "--net", "my_nets:small"]) in (0, 1, 2)
    assert "net: small" in capsys.readouterr().out


def test_a_function_to_fit_is_named_likewise(folder, capsys):
    options = ["--seeds", "10", "--jobs", "1", "--set", "updates=5", "--set", "points=16"]
    main(["check", "deeper_nets_fit_sin_better", *options, "--function", "numpy:abs"])
    assert "target: absolute" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--net", "my_nets"],
            "--net my_nets names no object: write MODULE:NAME, such as my_nets:small for my_nets.py",
        ),
        (
            ["--net", "my_nets.py:small"],
            "no module 'my_nets.py' here or in what is installed: by its name, without .py",
        ),
        (
            ["--net", "their_nets:small"],
            "no module 'their_nets' here or .*: run this in the folder that holds their_nets.py",
        ),
        (["--net", "my_nets:smal"], r"my_nets\.py has no 'smal': did you mean small\?"),
        (["--net", "my_nets:tower"], r"my_nets\.py has no 'tower': it defines small, Slow"),
        (["--net", "my_nets:MADE"], r"net=\[\] of type list cannot be called"),
        (["--net", "broken:net"], r"broken\.py cannot be imported \(line 2\): AttributeError: module 'torch' has no"),
        (["--optimizer", "torch.optim:Adamw"], "has no 'Adamw': did you mean AdamW?"),
        (["--net", "my_nets:small", "--net", "my_nets:small"], "--net is given twice: say once which it is"),
        (
            ["--net", "true=my_nets:small", "--net", "true=my_nets:small"],
            "--net is given twice for the arm true: say once",
        ),
        (
            ["--net", "my_nets:small", "--net", "true=my_nets:small"],
            "--net my_nets:small is for all arms: name an arm for each, ARM=MODULE:NAME, or give",
        ),
        (["--net", "tree=my_nets:small"], "no arm 'tree' in memorisation: there are true, random"),
        (["--data", "cats.csv", "--target", "kind"], "--data cats.csv does not exist: name a CSV file or a folder"),
        (["--data", "pets.csv"], r"--data pets\.csv is a table: name its column of labels, --target COLUMN"),
        (["--data", "pets.csv", "--target", "kinds"], r"no column 'kinds' in pets\.csv \(did you mean kind\?\)"),
        (["--data", "images", "--target", "kind"], "--target kind is a column of a table, and images is a folder"),
        (["--data", "images", "--data", "images"], "--data is given 2 times, and images is a folder: give it alone"),
        ([*["--data", "pets.csv"] * 3, "--target", "kind"], "--data is given 3 times: give one table, or one to train"),
        (["--data", "pets.csv", "--data", "cats.csv", "--target", "kind"], r"--data cats\.csv does not exist"),
        (["--target", "kind"], r"--target kind is a column of a table, and there is none: add --data FILE\.csv"),
        (["--data", "images/cat"], "images/cat holds no folder, and each class is one"),
        (
            ["--data", "my_nets.py", "--target", "kind"],
            "no column 'kind' in my_nets.py|my_nets.py cannot be read as CSV",
        ),
        (["--net", "my_nets:small", "--store", "a.sqlite"], r"of your own are not kept in a\.sqlite"),
    ],
    ids=range(23),
)
def test_what_is_not_there_is_one_line_and_nothing_is_trained(folder, capsys, arguments, message, monkeypatch):
    monkeypatch.setattr(Results, "compute", lambda *_: pytest.fail("trained"))
    assert main(["check", LABELS, *FEW, *arguments]) == 2
    err = capsys.readouterr().err
    assert err.startswith("hw1: ")
    assert err.count("\n") == 1
    assert re.search(message, err), err


def test_a_training_that_fails_with_ones_own_objects_is_one_line(folder, capsys):
    """An optimizer that fails late, when no trial is left to tell."""
    few = ["--set=epochs=4", "--set=train=40", "--set=test=20", "--set=batch=20", "--seeds", "10", "--jobs", "1"]
    (folder / "late.py").write_text(
        "import torch\n\n\nclass Late(torch.optim.SGD):\n    steps = 0\n\n    def step(self, *some):\n"
        "        self.steps += 1\n        if self.steps > 5:\n            raise RuntimeError('too late')\n"
        "        return super().step(*some)\n"
    )
    assert main(["check", "rescaled_relu_layers_are_sharper", *few, "--optimizer", "late:Late"]) == 2
    err = capsys.readouterr().err.splitlines()[-1]
    assert re.search(r"hw1: with what you brought, relu_rescaling, arm \w+, .*RuntimeError: too late", err)
    assert "Traceback" not in err


def test_too_many_examples_are_told_with_numbers_that_fit(folder, capsys):
    assert main(["check", LABELS, "--data", "pets.csv", "--target", "kind"]) == 2
    told = "cannot be drawn from 80. Set `train` and `test` of the setting to fewer, "
    assert told + "such as 53 and 26, less what" in capsys.readouterr().err


def test_a_folder_of_downloaded_data_is_still_that(tiny_cifar10, tmp_path, folder, capsys):
    assert main(["check", LABELS, *FEW, "--data", str(tmp_path)]) in (0, 1, 2)
    assert "data:" not in capsys.readouterr().out
    assert (folder / ".hw1" / "results.sqlite").exists(), "nothing is the user's own, so it is kept"


@pytest.mark.parametrize(("outcome", "status"), [("holds", 1), ("refuted", 0)])
def test_a_required_outcome_decides_the_status(toy, outcome, status):
    words = "--claims", "toy_claims", "check", "a_biased_coin_shows_mostly_tails", "--jobs", "1", "--store", ":memory:"
    done = toy.run(sys.executable, "-m", "hw1", *words, "--require", outcome)
    assert (done.ret, f"required: {outcome}; the verdict is refuted" in str(done.stdout)) == (status, True)
