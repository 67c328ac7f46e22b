"""Arms that no claim reads are not trained in vain, and a verdict does not depend on whether they were."""

import json
import sys

import pytest

from hw1.manifest.summary import seconds

LOADED, CROOKED = "loaded_dice_show_more", "crooked_dice_show_much"
DICE_TESTS = "checks/test_dice.py"


def trained(dice, name=".hw1/manifest.json"):
    """The arms that were read for each question, those of each experiment, and its figures."""
    made = json.loads((dice.path / name).read_text())
    took = {(one["claim"], one["control"]): list(one["took"]) for one in made["decisions"]}
    return took, [(one["trained"], [figure["name"] for figure in one["figures"]]) for one in made["experiments"]]


ALL = ["loaded", "fair", "crooked", "spare"]


@pytest.fixture
def judged(dice, check, register_dice):
    """Run the tests of the registered dice."""
    assert register_dice().ret == 0
    return lambda *arguments: check(DICE_TESTS, *arguments)


def decided(dice, claim):
    made = json.loads((dice.path / ".hw1/manifest.json").read_text())["decisions"]
    return next((one["verdict"], one["scores"], one["same_arms"], one["table_control"]) for one in made
                if one["claim"] == claim)  # fmt: skip


def test_in_full_one_claim_trains_what_it_reads_and_all_claims_train_all_and_draw(judged, dice):
    result = judged("-m", "full", "-k", "loaded", "--hw1-report", "page.html")
    result.assert_outcomes(passed=1, deselected=5)
    assert trained(dice) == ({(LOADED, None): ["loaded", "fair"]}, [(["loaded", "fair"], [])])
    assert "not trained, as nothing that was judged reads them: crooked, spare; figures need all" in page(dice)
    alone = decided(dice, LOADED)
    both = judged("-m", "full", "--hw1-report", "page.html")
    both.stdout.fnmatch_lines(["hw1: measuring how long 2 kinds of cells *"])  # of the two other arms
    assert trained(dice) == ({(LOADED, None): ALL, (CROOKED, None): ALL}, [(ALL, ["figure_points"])])
    assert decided(dice, LOADED) == alone
    assert "nothing that was judged reads" not in page(dice)


def page(dice):
    return (dice.path / "page.html").read_text(encoding="utf-8")


def test_what_was_changed_since_it_was_registered_trains_all(judged, dice, rewrite_dice):
    rewrite_dice("by=0.1", "by=0.12")
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


def test_a_further_look_trains_what_the_undecided_claim_reads(judged, dice, register_dice, rewrite_dice):
    """At this margin the first look does not decide; its seeds stay, of all arms, for the figures."""
    rewrite_dice("by=0.1", "by=0.18")
    assert register_dice(LOADED, CROOKED, "--redraw", "a margin near the effect").ret == 0
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


def test_what_the_arms_of_one_run_took_is_counted_once():
    place = {"experiment": "thrown", "tier": "full", "control": None, "block": 1}
    one = {**place, "seconds": 5.0, "took": {"loaded": 2.0, "fair": 3.0}}
    further = {**place, "seconds": 6.0, "took": {"fair": 6.0}}
    before = {**place, "experiment": "biased", "seconds": 7.0}
    assert seconds([one, further, before, before, {**further, "tier": "fast"}]) == 2 + 6 + 7 + 6


def test_where_all_arms_are_there_a_claim_that_reads_one_registered_as_not_read_is_refused(judged, dice):
    file = dice.path / "toy_claims/registered.json"
    entries = json.loads(file.read_text())
    entries[LOADED]["fast"]["unread"] = ["fair", "spare"]
    file.write_text(json.dumps(entries))
    result = judged("-m", "fast and not slow")
    result.assert_outcomes(passed=1, errors=1, deselected=4)
    told = f"*{LOADED} [[]fast[]] scores otherwise without fair, spare, registered as not read: find anew*"
    result.stdout.fnmatch_lines([told])


def test_what_either_worker_has_trained_is_trained(judged, dice):
    judged("-m", "full and not slow", "-n", "2", "--hw1-no-figures", "--hw1-report", "page.html")
    assert trained(dice)[1] == [(["loaded", "fair", "crooked"], [])]
    assert "not trained, as nothing that was judged reads them: spare; figures need all" in page(dice)


@pytest.mark.parametrize("first", [("full", "full-control"), ("full-control", "full")], ids=["claim", "control"])
def test_in_any_order_a_control_is_judged_where_the_store_has_what_it_and_its_claim_read(judged, dice, first):
    judged("-m", "full or slow", "-k", "crooked and full").assert_outcomes(passed=2, deselected=4)
    asked = [f"{DICE_TESTS}::test_crooked[{which}]" for which in first]
    result = dice.runpytest_subprocess(
        *asked, f"{DICE_TESTS}::test_loaded[full]", "-m", "full or slow", "--hw1-hours", "1e-9", "--hw1-jobs", "1",
        "-p", "no:randomly",
    )  # fmt: skip
    result.assert_outcomes(passed=2, skipped=1)


def test_where_hours_allow_no_further_look_the_first_one_keeps_its_figures(judged, dice, rewrite_dice, register_dice):
    """At these margins the first look decides neither claim, and nothing of the second is there."""
    rewrite_dice("by=0.1", "by=0.18")
    rewrite_dice("MUCH = 0.6", "MUCH = 0.69")
    assert register_dice(LOADED, CROOKED, "--redraw", "a margin near the effect").ret == 0
    judged("-m", "full and not slow", "--hw1-looks", "1")
    assert trained(dice)[1] == [(ALL, ["figure_points"])]
    judged("-m", "full and not slow", "--hw1-hours", "1e-9")
    assert trained(dice)[1] == [(ALL, ["figure_points"])]


def test_cards_and_fresh_blocks_train_what_is_read(judged, dice):
    words = (sys.executable, "-m", "hw1", "--claims", "toy_claims")
    card = dice.run(*words, "card", LOADED, "--store", ":memory:", "--jobs", "1")
    card.stderr.fnmatch_lines(["*computing 6 cells of thrown*"])
    blocks = ("--tier", "full", "--blocks", "200", "--store", ":memory:", "--jobs", "1")
    alone = dice.run(*words, "flake", LOADED, *blocks, "--pool", "alone.json")
    assert alone.ret == 0
    assert dice.run(*words, "flake", LOADED, CROOKED, *blocks, "--pool", "both.json").ret == 0
    pools = [json.loads((dice.path / name).read_text()) for name in ("alone.json", "both.json")]
    assert pools[0][LOADED] == pools[1][LOADED]


def test_a_page_keeps_its_figure_where_a_run_had_not_all_arms(judged, dice):
    def pages():
        words = ("--claims", "toy_claims", "pages", ".hw1/manifest.json", "--write", "docs")
        assert dice.run(sys.executable, "-m", "hw1", *words).ret == 0
        return (dice.path / "docs/dice.md").read_text()

    (dice.path / "docs").mkdir()
    judged("-m", "fast and not slow")
    whole = pages()
    judged("-m", "fast and not slow", "--hw1-no-figures")
    lines = pages().splitlines()
    told = "not trained, as nothing that was judged reads them: spare; figures need all"
    assert f"- **Arms.** {told}; those below are of an earlier run." in lines
    shown = [line for line in whole.splitlines() if line.startswith(("<img", "*Points.*"))]
    assert len(shown) == 2
    assert [line for line in lines if line.startswith(("<img", "*Points.*"))] == shown


ASKS = """def crooked_dice_show_much(tables, setting):
    \"\"\"Crooked dice show more than 0.6.\"\"\"
    runs = tables["runs"]
    if setting.throws < 200:
        runs = runs[runs["arm"].isin(["crooked", "spare"])].groupby("seed")["points"].min().reset_index()
    return above(runs.assign(arm="crooked") if setting.throws < 200 else runs, "points", arm="crooked", value=MUCH)
"""


def test_check_trains_all_arms_of_a_claim_that_asks_a_setting_of_ones_own(dice, register_dice, rewrite_dice):
    """The registered setting has it read one arm, another one two: the least of both is not above 0.6."""
    text = (dice.path / "toy_claims/dice/thrown.py").read_text()
    start = text.index("def crooked_dice_show_much")
    rewrite_dice(text[start : text.index("\n\n\n", start)] + "\n", ASKS)
    assert register_dice().ret == 0
    checked(dice, CROOKED).stdout.fnmatch_lines(["  verdict: holds*"])
    checked(dice, CROOKED, "--set", "throws=100").stdout.fnmatch_lines(["  verdict: refuted*"])
