"""The arms that a claim does not read: how they are found, kept and trusted, and that they are not trained in vain."""

import json
import warnings

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_series_equal

from hw1.blocks import EVIDENCE, seeds_of
from hw1.plugin.options import store_of
from hw1.registry import experiments, readers, registration
from hw1.registry.unread import Ask
from hw1.running.results import Results
from hw1.statistics import above, less
from hw1.tables import Tables

LOADED, CROOKED = "loaded_dice_show_more", "crooked_dice_show_much"
DICE_TESTS = "checks/test_dice.py"


def table(**columns):
    arms = [arm for arm in "abc" for _ in range(3)]
    return pd.DataFrame({"seed": [0, 1, 2] * 3, "arm": arms, **columns})


RUNS = table(loss=np.arange(9.0), steps=np.arange(9), dead=[False] * 9)
CURVES = pd.concat([table(loss=np.arange(9.0)).assign(step=step) for step in (0, 5)])
TABLES = Tables({"runs": RUNS, "curves": CURVES}, {"weights": {arm: np.ones((3, 2)) for arm in "abc"}})


def ends(tables):
    last = tables["curves"].groupby(["seed", "arm"]).last().reset_index()
    return less(last, "loss", arm="a", than="b", by=1.0)


def ends_of_the_longest(tables):
    """With the steps of all arms: one that is trained for longer leaves the others none."""
    last = tables["curves"].query("step == step.max()")
    return less(last, "loss", arm="a", than="b", by=1.0)


def logarithmic(tables):
    return above(tables["runs"].assign(log=np.log(tables["runs"]["loss"] + 1)), "log", arm="a", value=0.0)


def best(tables):
    """The least loss of all arms is of arm a on these tables, and need not be on others."""
    runs = tables["runs"]
    least = runs.groupby("seed")["loss"].min().rename("loss").reset_index().assign(arm="least")
    return above(least, "loss", arm="least", value=0.0)


def alive(tables):
    runs = tables["runs"]
    counted = runs.assign(alive=float((~runs.query("arm != 'c'")["dead"]).sum()))
    return above(counted, "alive", arm="a", value=0.0)


def weighed(tables):
    return above(tables["runs"].assign(w=tables.arrays["weights"]["b"].sum()), "w", arm="a", value=0.0)


def careful(tables):
    if tables["runs"]["loss"].isna().any():
        raise ValueError("not measured")
    return above(tables["runs"], "loss", arm="a", value=0.0)


def counted(tables):
    runs = tables["runs"]
    return above(runs.assign(n=float(runs["arm"].nunique())), "n", arm="a", value=0.0)


@pytest.mark.parametrize(
    ("score", "idle"),
    [
        (ends, "c"),
        (ends_of_the_longest, ""),
        (logarithmic, "bc"),
        (best, ""),
        (alive, "c"),
        (weighed, "c"),
        (careful, ""),
        (counted, ""),
    ],
    ids=lambda one: getattr(one, "__name__", None),
)
def test_an_arm_is_not_read_if_nothing_in_its_place_changes_a_bit(score, idle):
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # numbers that no training gives are nobody's fault
        assert [arm for arm in "abc" if Ask(score, TABLES).is_idle(arm)] == list(idle)


def kept(dice):
    entries = json.loads((dice.path / "toy_claims/registered.json").read_text())
    return {(name, tier): one.get("unread") for name, tiers in entries.items() for tier, one in tiers.items()}


UNREAD = {LOADED: ["crooked", "spare"], CROOKED: ["loaded", "fair", "spare"]}
BY_TIER = {(name, tier): arms for name, arms in UNREAD.items() for tier in ("fast", "full")}


def test_registering_keeps_what_claim_control_and_assay_do_not_read(dice, register_dice):
    assert register_dice().ret == 0
    assert kept(dice) == BY_TIER


def test_of_claims_that_were_registered_before_it_is_found_later_and_of_changed_ones_not(
    dice, register_dice, rewrite_dice
):
    assert register_dice().ret == 0
    file = dice.path / "toy_claims/registered.json"
    file.write_text(file.read_text().replace('"unread"', '"as_before"'))
    rewrite_dice("MUCH = 0.6", "MUCH = 0.65")
    assert register_dice("--unread").outlines[-2:] == [
        f"{LOADED}: the arms that it does not read are kept",
        f"{CROOKED}: not as registered, left out",
    ]
    assert kept(dice) == {key: arms if key[0] == LOADED else None for key, arms in BY_TIER.items()}
    both = register_dice("--unread", "--digests")
    assert (both.ret, both.errlines) == (2, ["hw1: --digests and --unread each keep their own: one command for each"])


def test_arms_of_which_one_at_a_time_may_be_missing_are_read(dice, register_dice, rewrite_dice):
    old = 'return above(tables["runs"], "points", arm="crooked", value=MUCH)'
    either = 'if not {"loaded", "fair"} & {*tables["runs"]["arm"]}:\n        raise ValueError("neither")\n    '
    rewrite_dice(old, either + old)
    assert register_dice().ret == 0
    assert kept(dice) == BY_TIER | {(CROOKED, tier): [] for tier in ("fast", "full")}


def scored(claim, setting):
    """The claim and its control, each with its setting."""
    yield claim, setting
    yield claim.of_control, claim.control.twin(setting) if claim.control.trains else setting


@pytest.mark.slow
@pytest.mark.parametrize("experiment", experiments().values(), ids=lambda one: one.name)
def test_on_the_evidence_each_claim_scores_the_same_without_the_arms_that_it_does_not_read(experiment, request):
    """They were found on block 0; what is missing in the store of the run is trained."""
    tier, seeds = experiment.tiers[0], seeds_of(EVIDENCE, 12)
    with Results(store_of(request.config)) as results:
        for claim in readers(experiment):
            read = registration.arms_read(claim, tier)
            for score, setting in scored(claim, experiment.setting(tier)) if read != experiment.arms else ():
                some, whole = (results.tables(experiment, setting, seeds, arms) for arms in (read, experiment.arms))
                assert_series_equal(score(some, setting).values, score(whole, setting).values, check_exact=True)


def test_a_first_setting_of_full_is_not_registered_without_a_redraw_beside_one_that_may_have_been_run(
    dice, register_dice, rewrite_dice
):
    control = "control=both_fair, assay=thrown"
    rewrite_dice(control, f'{control}, tiers=("fast",), because="it is new"')
    assert register_dice().ret == 0
    rewrite_dice(f'{control}, tiers=("fast",), because="it is new"', control)
    offered = register_dice(LOADED)
    assert offered.ret == 1
    assert "--unrun" not in offered.stdout.str()
    before = (dice.path / "toy_claims/registered.json").read_text()
    refused = register_dice(LOADED, "--unrun", "nobody has run it")
    assert refused.ret == 2
    assert refused.errlines[-1].startswith(
        f"hw1: {LOADED}: {CROOKED} of the same experiment had the tier full before, so that its seeds may have been "
        f"seen, and --unrun cannot register it: python -m hw1 register {LOADED} --redraw"
    )
    assert (dice.path / "toy_claims/registered.json").read_text() == before
