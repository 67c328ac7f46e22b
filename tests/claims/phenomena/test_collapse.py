from dataclasses import replace

import numpy as np
import pytest

from hw1.claims.phenomena.collapse import (
    ARMS,
    FAST,
    class_means_spread_evenly_with_decay_and_normalisation,
    classes_collapse_with_decay_and_normalisation,
    classes_collapse_without_decay,
    classes_collapse_without_normalisation,
    made,
    run,
)
from hw1.plugin import judges
from hw1.streams import streams_of

SEEDS = range(2)
SHORT = replace(FAST, train=100, test=50, updates=30, early=12)


@judges(classes_collapse_with_decay_and_normalisation)
def test_classes_collapse_with_decay_and_normalisation(verdict):
    """Beyond zero error the examples of a class still move together."""
    assert verdict.as_registered, str(verdict)


@judges(classes_collapse_without_decay)
def test_classes_collapse_without_decay(verdict):
    """Without decay they hardly move any more."""
    assert verdict.as_registered, str(verdict)


@judges(classes_collapse_without_normalisation)
def test_classes_collapse_without_normalisation(verdict):
    """Without normalisation the decay does it no more."""
    assert verdict.as_registered, str(verdict)


@judges(class_means_spread_evenly_with_decay_and_normalisation)
def test_class_means_spread_evenly_with_decay_and_normalisation(verdict):
    """The class means come nearer to a simplex."""
    assert verdict.as_registered, str(verdict)


def test_nets_with_and_without_normalisation_have_the_same_weights():
    import torch  # not where tests are collected

    draw = streams_of(run)
    data = SHORT.problem(SEEDS, draw)
    pairs = [made(SHORT, data, [draw(0, "init")], normalised=normalised)[0] for normalised in (True, False)]
    linear = [[layer for layer in net if isinstance(layer, torch.nn.Linear)] for net in pairs]
    for one, other in zip(*linear, strict=True):
        assert torch.equal(one.weight, other.weight)
    assert sum(isinstance(layer, torch.nn.BatchNorm1d) for layer in pairs[0]) == len(SHORT.widths)
    assert not any(isinstance(layer, torch.nn.BatchNorm1d) for layer in pairs[1])


def test_early_numbers_are_those_of_the_curve_and_arms_share_their_start():
    found = {arm: run(SHORT, arm=arm, seeds=SEEDS, device="cpu") for arm in ARMS}
    for tables in found.values():
        curves, runs = tables["curves"], tables["runs"]
        assert sorted(curves["step"].unique()) == [0, 6, 12, 18, 24, 30]
        for name in ("variability", "angles", "norms", "train_accuracy"):
            by_step = curves.pivot(index="seed", columns="step", values=name)
            np.testing.assert_array_equal(by_step[12], runs[f"early_{name}"])
            np.testing.assert_array_equal(by_step[30], runs[name])
    starts = [found[arm]["curves"].query("step == 0")["variability"].to_numpy() for arm in ARMS]
    np.testing.assert_array_equal(starts[0], starts[1])
    ends = [found[arm]["runs"]["variability"].to_numpy() for arm in ARMS]
    assert (ends[0] != ends[1]).all()
    assert ends[2] != pytest.approx(ends[0], rel=0.01)
