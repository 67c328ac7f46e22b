"""The arms that a claim does not read: how they are found, kept and trusted, and that they are not trained in vain."""

import json
import sys

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_series_equal

from hw1.blocks import EVIDENCE, seeds_of
from hw1.manifest.summary import seconds
from hw1.plugin.options import store_of
from hw1.registry import experiments, readers, registration
from hw1.registry.unread import Ask
from hw1.running.results import Results
from hw1.statistics import above, less
from hw1.tables import Tables

DICE = '''
"""Dice that are loaded, crooked or fair, without torch.

Belief  Loaded dice show more.
Source  Arithmetic.
Here    200 throws.
Limits  None.
"""

from dataclasses import dataclass, replace

import pandas as pd

from hw1.figures import Figure, Panel, strip
from hw1.registry import arms_control, assay, claim, trained_control
from hw1.registry.assays import below
from hw1.statistics import above, less
from hw1.streams import stream
from hw1.tables import Tables

REVISION = 1
ARMS = ("loaded", "fair", "crooked", "spare")


@dataclass(frozen=True, kw_only=True)
class Setting:
    """Throws, and what is added to them."""

    throws: int = 200
    load: float = 0.2
    bend: float = 0.2
    stack: int = 4


FAST = Setting()
FULL = replace(FAST, throws=300)


def run(setting, *, arm, seeds, device):
    """Throw. `runs`: seed, arm, points (mean)."""
    more = {"loaded": setting.load, "crooked": setting.bend}.get(arm, 0.0)
    points = [stream("dice", REVISION, seed, arm).random(setting.throws).mean() + more for seed in seeds]
    return Tables({"runs": pd.DataFrame({"seed": list(seeds), "arm": arm, "points": points})})


@assay("thrown fairly (points below 0.65)")
def thrown(tables):
    """The fair one is fair."""
    return below(tables["runs"], "points", 0.65, arms=("fair",))


@assay("thrown (points below 2)")
def landed(tables):
    """It fell."""
    return below(tables["runs"], "points", 2, arms=("crooked",))


both_fair = arms_control("both_fair", "Both are fair.", {"loaded": "fair"})


@claim(source="arithmetic", control=both_fair, assay=thrown)
def loaded_dice_show_more(tables):
    """Loaded dice show at least 0.1 more than fair ones."""
    return less(tables["runs"], "points", arm="fair", than="loaded", by=0.1)


@trained_control
def straight(setting):
    """They are straight."""
    return replace(setting, bend=0.0)


@claim(source="arithmetic", control=straight, assay=landed)
def crooked_dice_show_much(tables):
    """Crooked dice show more than 0.6."""
    return above(tables["runs"], "points", arm="crooked", value=MUCH)


MUCH = 0.6


def figure_points(tables):
    """Every seed's points."""
    panel = Panel(x_label="", y_label="points", series=strip(tables["runs"], y="points", arms=ARMS), ticks=ARMS)
    return Figure(title="Points", caption="All dice.", panels=(panel,))
'''
CHECKS = """
from toy_claims.dice.thrown import crooked_dice_show_much, loaded_dice_show_more

from hw1.plugin import judges


@judges(loaded_dice_show_more)
def test_loaded(verdict):
    assert verdict.as_registered, str(verdict)


@judges(crooked_dice_show_much)
def test_crooked(verdict):
    assert verdict.as_registered, str(verdict)
"""
LOADED, CROOKED = "loaded_dice_show_more", "crooked_dice_show_much"
DICE_TESTS = "checks/test_dice.py"


def table(**columns):
    arms = [arm for arm in "abc" for _ in range(3)]
    return pd.DataFrame({"seed": [0, 1, 2] * 3, "arm": arms, **columns})


RUNS = table(loss=np.arange(9.0), steps=np.arange(9), dead=[False] * 9)
CURVES = pd.concat([table(loss=np.arange(9.0)).assign(step=step) for step in (0, 5)])
TABLES = Tables({"runs": RUNS, "curves": CURVES}, {"weights": {arm: np.ones((3, 2)) for arm in "abc"}})


def ends(tables):
    last = tables["curves"].query("step == step.max()")
    return less(last, "loss", arm="a", than="b", by=1.0)


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
    [(ends, "c"), (best, ""), (alive, "c"), (weighed, "c"), (careful, ""), (counted, "")],
    ids=lambda one: getattr(one, "__name__", None),
)
def test_an_arm_is_not_read_if_nothing_in_its_place_changes_a_bit(score, idle):
    assert [arm for arm in "abc" if Ask(score, TABLES).is_idle(arm)] == list(idle)


@pytest.fixture
def dice(toy):
    """The toy project with dice of four arms: one claim reads two of them, another one a third, and none the last."""
    (toy.path / "toy_claims/dice").mkdir()
    (toy.path / "toy_claims/dice/__init__.py").touch()
    (toy.path / "toy_claims/dice/thrown.py").write_text(DICE.lstrip())
    (toy.path / DICE_TESTS).write_text(CHECKS)
    return toy


def register(dice, *arguments):
    words = ("--claims", "toy_claims", "register", *(arguments or (LOADED, CROOKED)), "--jobs", "1")
    return dice.run(sys.executable, "-m", "hw1", *words)


def rewritten(dice, old, new):
    file = dice.path / "toy_claims/dice/thrown.py"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


def kept(dice):
    entries = json.loads((dice.path / "toy_claims/registered.json").read_text())
    return {(name, tier): one.get("unread") for name, tiers in entries.items() for tier, one in tiers.items()}


UNREAD = {LOADED: ["crooked", "spare"], CROOKED: ["loaded", "fair", "spare"]}
BY_TIER = {(name, tier): arms for name, arms in UNREAD.items() for tier in ("fast", "full")}


def test_registering_keeps_what_claim_control_and_assay_do_not_read(dice):
    assert register(dice).ret == 0
    assert kept(dice) == BY_TIER


def test_of_claims_that_were_registered_before_it_is_found_later_and_of_changed_ones_not(dice):
    assert register(dice).ret == 0
    file = dice.path / "toy_claims/registered.json"
    file.write_text(file.read_text().replace('"unread"', '"as_before"'))
    rewritten(dice, "MUCH = 0.6", "MUCH = 0.65")
    assert register(dice, "--unread").outlines[-2:] == [
        f"{LOADED}: the arms that it does not read are kept",
        f"{CROOKED}: not as registered, left out",
    ]
    assert kept(dice) == {key: arms if key[0] == LOADED else None for key, arms in BY_TIER.items()}
    both = register(dice, "--unread", "--digests")
    assert (both.ret, both.errlines) == (2, ["hw1: --digests and --unread each keep their own: one command for each"])


def test_arms_of_which_one_at_a_time_may_be_missing_are_read(dice):
    old = 'return above(tables["runs"], "points", arm="crooked", value=MUCH)'
    either = 'if not {"loaded", "fair"} & {*tables["runs"]["arm"]}:\n        raise ValueError("neither")\n    '
    rewritten(dice, old, either + old)
    assert register(dice).ret == 0
    assert kept(dice) == BY_TIER | {(CROOKED, tier): [] for tier in ("fast", "full")}


def trained(dice, name=".hw1/manifest.json"):
    """The arms that were read for each question, those of each experiment, and its figures."""
    made = json.loads((dice.path / name).read_text())
    took = {(one["claim"], one["control"]): list(one["took"]) for one in made["decisions"]}
    return took, [(one["trained"], [figure["name"] for figure in one["figures"]]) for one in made["experiments"]]


ALL = ["loaded", "fair", "crooked", "spare"]


@pytest.fixture
def judged(dice, check):
    """Run the tests of the registered dice."""
    assert register(dice).ret == 0
    return lambda *arguments: check(DICE_TESTS, *arguments)


def decided(dice, claim):
    made = json.loads((dice.path / ".hw1/manifest.json").read_text())["decisions"]
    return next((one["verdict"], one["scores"], one["same_arms"], one["table_control"]) for one in made
                if one["claim"] == claim)  # fmt: skip


def test_in_full_one_claim_trains_what_it_reads_and_all_claims_train_all_and_draw(judged, dice):
    result = judged("-m", "full", "-k", "loaded", "--hw1-report", "page.html")
    result.assert_outcomes(passed=1, deselected=5)
    assert trained(dice) == ({(LOADED, None): ["loaded", "fair"]}, [(["loaded", "fair"], [])])
    assert "not trained, as no claim that was asked reads them: crooked, spare; figures need all" in page(dice)
    alone = decided(dice, LOADED)
    both = judged("-m", "full", "--hw1-report", "page.html")
    both.stdout.fnmatch_lines(["hw1: measuring how long 2 kinds of cells *"])  # of the two other arms
    assert trained(dice) == ({(LOADED, None): ALL, (CROOKED, None): ALL}, [(ALL, ["figure_points"])])
    assert decided(dice, LOADED) == alone
    assert "no claim that was asked reads" not in page(dice)


def page(dice):
    return (dice.path / "page.html").read_text(encoding="utf-8")


def test_what_was_changed_since_it_was_registered_trains_all(judged, dice):
    rewritten(dice, "by=0.1", "by=0.12")
    judged("-m", "full", "-k", "loaded").assert_outcomes(passed=1, deselected=5)
    assert trained(dice) == ({(LOADED, None): ALL}, [(ALL, ["figure_points"])])


def test_in_fast_all_is_trained_and_drawn_but_for_controls_that_train(judged, dice):
    judged("-m", "fast or slow", "-k", "crooked and not full").assert_outcomes(passed=2, deselected=4)
    took, experiments = trained(dice)
    assert took == {(CROOKED, None): ALL, (CROOKED, "straight"): ["crooked"]}
    assert experiments == [(ALL, ["figure_points"])]


@pytest.mark.parametrize("tier", ["fast", "full"])
def test_without_figures_no_tier_trains_what_no_claim_reads(judged, dice, tier):
    judged("-m", f"{tier} and not slow", "--hw1-no-figures").assert_outcomes(passed=2, deselected=4)
    took, experiments = trained(dice)
    assert took == {(LOADED, None): ["loaded", "fair"], (CROOKED, None): ["crooked"]}
    assert experiments == [(["loaded", "fair", "crooked"], [])]


def test_a_further_look_trains_what_the_undecided_claim_reads(judged, dice):
    """At this margin the first look does not decide; its seeds stay, of all arms, for the figures."""
    rewritten(dice, "by=0.1", "by=0.18")
    assert register(dice, LOADED, CROOKED, "--redraw", "a margin near the effect").ret == 0
    result = judged("-m", "full")
    result.stdout.fnmatch_lines(
        [
            "hw1: look 2: 1 claim of 1 experiment needs 12 more seeds",
            "*computing 6 cells of thrown*",
        ]
    )
    took, experiments = trained(dice)
    assert took == {(LOADED, None): ["loaded", "fair"], (CROOKED, None): ALL}
    assert experiments == [(ALL, ["figure_points"])]


def test_where_hours_do_not_allow_all_arms_a_claim_is_judged_on_those_that_it_reads(judged, dice):
    judged("-m", "full", "-k", "loaded")
    alone = decided(dice, LOADED)
    result = judged("-m", "full and not slow", "--hw1-hours", "1e-9")
    result.assert_outcomes(passed=1, skipped=1, deselected=4)
    assert trained(dice) == ({(LOADED, None): ["loaded", "fair"]}, [(["loaded", "fair"], [])])
    assert decided(dice, LOADED) == alone


def test_workers_that_judge_one_claim_each_train_all_where_all_are_asked(judged, dice):
    for arguments in (("-n", "2"), ("-x",)):
        result = judged("-m", "full", *arguments, f"--hw1-store=store{len(arguments)}.sqlite")
        result.assert_outcomes(passed=2, skipped=1)
        assert trained(dice) == ({(LOADED, None): ALL, (CROOKED, None): ALL}, [(ALL, ["figure_points"])])


def test_shards_deal_out_what_is_read_and_the_merged_store_decides(judged, dice):
    for i in (1, 2):
        result = judged("-m", "full", "-k", "loaded", "--hw1-shard", f"{i}/2", f"--hw1-store={i}.sqlite")
        result.stdout.fnmatch_lines([f"hw1: shard {i}/2, look 1: 3 of 6 cells are its share: 3 computed*"])
    dice.run(sys.executable, "-m", "hw1", "merge", "1.sqlite", "2.sqlite")
    result = judged("-m", "full", "-k", "loaded")
    result.assert_outcomes(passed=1, deselected=5)
    result.stdout.no_fnmatch_line("*computing*")


def test_a_store_that_lacks_unread_arms_is_compared(judged, dice):
    judged("-m", "full", "-k", "loaded")
    words = ("--claims", "toy_claims", "compare", ".hw1/results.sqlite", ".hw1/manifest.json")
    dice.run(sys.executable, "-m", "hw1", *words).stdout.fnmatch_lines(["the same numbers: 1", f"  {LOADED} *"])


def checked(dice, *arguments):
    words = ("--claims", "toy_claims", "check", *arguments, "--jobs", "1")
    return dice.run(sys.executable, "-m", "hw1", *words)


def test_check_trains_the_arms_that_the_claim_reads(judged, dice):
    result = checked(dice, LOADED, "--set", "throws=100")
    result.stderr.fnmatch_lines(["*computing 6 cells of thrown*"])
    result.stdout.fnmatch_lines(["  verdict: holds*"])


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


def test_what_the_arms_of_one_run_took_is_counted_once():
    place = {"experiment": "thrown", "tier": "full", "control": None, "block": 1}
    one = {**place, "seconds": 5.0, "took": {"loaded": 2.0, "fair": 3.0}}
    further = {**place, "seconds": 6.0, "took": {"fair": 6.0}}
    before = {**place, "experiment": "biased", "seconds": 7.0}
    assert seconds([one, further, before, before, {**further, "tier": "fast"}]) == 2 + 6 + 7 + 6
