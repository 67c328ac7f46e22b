"""The program of docs/cifar10.md that trains the modern recipe with batch normalisation."""

import runpy
from dataclasses import replace
from pathlib import Path

import pytest
from torch import nn

from hw1.claims.image_classifier import augmentation

PROGRAM = Path(__file__).parents[1] / "docs/cifar10/normalised.py"


@pytest.fixture(scope="module")
def program():
    return runpy.run_path(str(PROGRAM))


def accuracies(printed):
    return [row.split("|")[5].strip() for row in printed.splitlines()[2:]]


def test_every_convolution_but_the_whitening_one_is_normalised(program):
    pair = [nn.Conv2d(24, 8, 3), nn.MaxPool2d(2), nn.GELU(), nn.Conv2d(8, 8, 3), nn.GELU()]
    made = program["with_normalisation"](nn.Sequential(nn.Conv2d(1, 24, 2), nn.GELU(), *pair))
    kinds = [type(layer).__name__ for layer in made]
    assert kinds == ["Conv2d", "GELU", "Conv2d", "MaxPool2d", "BatchNorm2d", "GELU", "Conv2d", "BatchNorm2d", "GELU"]
    assert [layer.num_features for layer in made if isinstance(layer, nn.BatchNorm2d)] == [8, 8]


def test_plain_is_the_training_of_the_claim_and_normalised_another(program, capsys):
    small = ["--epochs", "1", "--widths", "4", "8"]
    program["main"]([*small, "--plain"])
    plain = accuracies(capsys.readouterr().out)
    program["main"](small)
    normalised = accuracies(capsys.readouterr().out)
    setting = replace(augmentation.FAST, epochs=1, widths=(4, 8), every=1)
    curves = augmentation.run(setting, arm="augmented", seeds=[0], device="cpu")["curves"]
    assert plain == [f"{value:.3f}" for value in curves["test_accuracy"]]
    assert len(normalised) == 2
    assert normalised != plain


def test_the_rate_is_that_of_the_command_line(program, capsys):
    printed = []
    for rate in ("0.05", "0.2"):
        program["main"](["--epochs", "1", "--widths", "4", "8", "--rate", rate])
        printed.append(capsys.readouterr().out)
    assert printed[0] != printed[1]
