"""The experiment and the claim that CONTRIBUTING.md shows run as they stand."""

import math
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType

import pytest

from hw1.registry import Claim, assay, assays, claim, trained_control
from hw1.running.pinned import pinned
from hw1.settings import InEpochs
from hw1.statistics import less
from hw1.streams import streams_of
from hw1.tables import Tables, join

PAGE = Path(__file__).parents[1] / "CONTRIBUTING.md"
# What the page leaves out: imports, and REVISION.
GIVEN = (InEpochs, Sequence, Tables, dataclass, streams_of, assay, claim, less, math, replace, trained_control)


def shown(words):
    """The block of Python code on the page that contains some words."""
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    (block,) = [textwrap.dedent(block) for block in blocks if words in block]
    return block


@pytest.fixture(scope="module")
def experiment():
    """The page's experiment and claim as one file."""
    module = ModuleType("mine.family.digits")
    vars(module).update({given.__name__: given for given in GIVEN}, assays=assays, REVISION=1)
    for words in ("class Setting(InEpochs)", "@claim("):
        exec(shown(words), vars(module))
    return module


def tables_of(experiment, *arms, **changes):
    setting = experiment.Setting(**changes)
    with pinned():
        return setting, join(experiment.run(setting, arm=arm, seeds=(0, 1, 2), device="cpu") for arm in arms)


def test_the_experiment_trains_classifiers_of_digits(experiment):
    _, tables = tables_of(experiment, "wide", epochs=4)
    assert (tables["runs"]["test_accuracy"] > 0.8).all()
    assert tables["curves"]["step"].unique().tolist() == [0, 1, 2, 3, 4]


def test_the_claim_is_seen_and_its_assay_is_met(experiment):
    claimed = experiment.wide_nets_fit_better
    assert isinstance(claimed, Claim)
    setting, tables = tables_of(experiment, "wide", "narrow")
    score = claimed(tables, setting)
    assert score.met.all()
    assert (score.values > 0).all()


def test_on_nets_that_have_not_trained_its_assay_is_not_met_and_its_score_is_a_tie(experiment):
    setting, tables = tables_of(experiment, "wide", "narrow", epochs=1, lr=1e-6)
    score = experiment.wide_nets_fit_better(tables, setting)
    assert not score.met.any()
    assert (score.values == 0).all()
