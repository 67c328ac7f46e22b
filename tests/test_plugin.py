"""The plugin as users meet it: each test runs pytest on a project of its own, whose two claims need no torch."""

import json
import sys

import pytest

from hw1.machine.devices import CPU, Device
from hw1.plugin import hooks
from hw1.plugin.options import DEVICE


def register(toy, *more):
    """Register both claims of the toy project, as its owner would."""
    names = ("a_biased_coin_shows_fewer_tails", "a_biased_coin_shows_mostly_tails")
    command = ("-m", "hw1", "--claims", "toy_claims", "register", *names, "--store", ":memory:", "--jobs", "1", *more)
    return toy.run(sys.executable, *command)


def rewrite(toy, old, new):
    file = toy.path / "toy_claims/coins/biased.py"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


def manifest(toy, name=".hw1/manifest.json"):
    return json.loads((toy.path / name).read_text())


def test_bare_pytest_runs_fast_and_skips_full_and_slow_with_a_reason(check):
    result = check("-rs")
    result.assert_outcomes(passed=2, skipped=4)
    result.stdout.fnmatch_lines(["*[[]1[]]*run with -m slow", "*[[]2[]]*run with -m full", "*[[]1[]]*run with -m full"])


def test_unregistered_claims_run_on_block_0_and_say_development(check, toy):
    result = check("-m", "fast")
    result.assert_outcomes(passed=2, deselected=4)
    result.stdout.fnmatch_lines(
        [
            "*claim*tier*verdict*effect*seeds*cost*",
            "a_biased_coin_shows_fewer_tails*fast*holds*difference 0.39*12/12, look 1*",
            "a_biased_coin_shows_mostly_tails*fast*refuted*value 0.1*0/12, look 1*",
            "2 of 2 as registered; chance of any false decision among them at most 0.002*",
            "development (block 0, no evidence): a_biased_coin_shows_fewer_tails, a_biased_coin_shows_mostly_tails",
        ]
    )
    assert {d["block"] for d in manifest(toy)["decisions"]} == {0}


def test_registered_claims_run_on_block_1_or_on_the_block_asked_for(check, toy):
    assert register(toy).ret == 0
    check("-m", "fast").assert_outcomes(passed=2, deselected=4)
    decisions = manifest(toy)["decisions"]
    assert {d["status"] for d in decisions} == {"registered"}
    assert sorted(map(int, decisions[0]["scores"])) == list(range(1000, 1012))
    check("-m", "fast", "--hw1-block", "100").assert_outcomes(passed=2, deselected=4)
    assert sorted(map(int, manifest(toy)["decisions"][0]["scores"])) == list(range(100_000, 100_012))


def test_a_claim_changed_after_registration_is_development_again(check, toy):
    register(toy)
    file = toy.path / "toy_claims/coins/biased.py"
    file.write_text(file.read_text().replace("by=0.2", "by=0.3"))
    check("-m", "fast")
    states = {d["claim"]: d["status"] for d in manifest(toy)["decisions"]}
    assert states["a_biased_coin_shows_fewer_tails"].startswith("development: its code or setting changed")
    assert states["a_biased_coin_shows_mostly_tails"] == "registered"


def test_registering_what_is_registered_does_nothing(toy):
    first, second = register(toy), register(toy)
    first.stdout.fnmatch_lines(["*: registered as holds in fast, full"])
    assert second.outlines == [
        "a_biased_coin_shows_fewer_tails: as registered, nothing to do",
        "a_biased_coin_shows_mostly_tails: as registered, nothing to do",
    ]
    assert "REVISION = 1" in (toy.path / "toy_claims/coins/biased.py").read_text()


def test_registering_a_changed_claim_redraws_the_seeds_of_the_experiment(toy):
    register(toy)
    rewrite(toy, "by=0.2", "by=0.3")
    redrawn = register(toy, "--redraw", "a wider margin is claimed")
    redrawn.stdout.fnmatch_lines(["biased: REVISION 1 -> 2, all its seeds are redrawn"])
    assert "REVISION = 2" in (toy.path / "toy_claims/coins/biased.py").read_text()


@pytest.mark.parametrize("blocks", [0, 1])
def test_a_refactoring_renews_the_hash_and_redraws_nothing(check, toy, blocks):
    register(toy)
    if blocks:
        register(toy, "--digests").stdout.fnmatch_lines(["*: digests of its scores on blocks 0 and 1 are kept"])
    rewrite(toy, "by=0.2", "by=0.1 + 0.1")
    register(toy).stdout.fnmatch_lines(
        ["a_biased_coin_shows_fewer_tails: refactored, its scores are those that were registered; its hash is renewed"]
    )
    assert "REVISION = 1" in (toy.path / "toy_claims/coins/biased.py").read_text()
    check("-m", "fast")
    assert {d["status"] for d in manifest(toy)["decisions"]} == {"registered"}


def test_another_number_in_the_setting_of_full_is_no_refactoring_and_another_name_is_shown(toy):
    register(toy)
    rewrite(toy, "FULL = replace(FAST, tosses=2000)", "FULL = replace(FAST, tosses=3000)")
    register(toy, "--redraw", "more tosses in full").stdout.fnmatch_lines(["biased: REVISION 1 -> 2, *"])
    rewrite(toy, "seconds: float = 0.0", "pause: float = 0.0")
    rewrite(toy, "setting.seconds", "setting.pause")
    result = register(toy)
    result.stdout.fnmatch_lines(["  fields that its setting has only now, or had only then: pause 0.0, seconds 0.0"])
    assert "REVISION = 2" in (toy.path / "toy_claims/coins/biased.py").read_text()


def test_digests_made_elsewhere_decide_nothing(toy):
    register(toy)
    file = toy.path / "toy_claims/registered.json"
    file.write_text(file.read_text().replace("numpy ", "numpy 0.1, once "))
    rewrite(toy, "by=0.2", "by=0.1 + 0.1")
    result = register(toy)
    result.stderr.fnmatch_lines(["hw1: a_biased_coin_shows_fewer_tails: the digests of its scores were made with *"])
    assert result.ret == 2
    assert "REVISION = 1" in (toy.path / "toy_claims/coins/biased.py").read_text()


def test_trained_controls_run_under_slow(check, toy):
    result = check("-m", "fast or slow")
    result.assert_outcomes(passed=3, deselected=2, skipped=1)
    control = next(d for d in manifest(toy)["decisions"] if d["control"])
    assert (control["control"], control["verdict"]["outcome"], control["expected"]) == (
        "fair_coins",
        "refuted",
        "does not hold",
    )


def test_a_claim_whose_control_holds_too_fails_in_its_own_words(check, toy):
    file = toy.path / "toy_claims/coins/biased.py"
    text = file.read_text().replace('{"biased": "fair", "fair": "biased"}', '{"biased": "biased", "fair": "fair"}')
    file.write_text(text)
    result = check("-m", "fast")
    result.assert_outcomes(passed=1, failed=1, deselected=4)
    result.stdout.fnmatch_lines(["*its control swapped must hold, but refuted*the claim tests nothing*"])


def borderline(toy):
    """A margin that 10 of the first 12 seeds pass, 18 of 24 and 39 of 48: the claim holds at the third look."""
    rewrite(toy, "by=0.2", "by=0.3725")


def test_inconclusive_fails_and_names_the_option_that_adds_seeds(check, toy):
    borderline(toy)
    result = check("-m", "fast", "-k", "fewer", "--hw1-looks", "1")
    result.assert_outcomes(failed=1, deselected=5)
    result.stdout.fnmatch_lines(["*inconclusive*12 seeds do not decide: allow 24 with --hw1-looks 2*"])


def test_further_looks_are_taken_only_where_seeds_do_not_decide_and_are_announced(check, toy):
    borderline(toy)
    result = check("-m", "fast")
    result.stdout.fnmatch_lines(
        [
            "hw1: block 1, seeds from 1000 up, looks at 12, 24 and 48 seeds; repeat with --hw1-block 1 --hw1-looks 3",
            "hw1: computing 6 cells of biased*",
            "hw1: look 2: 1 claim of 1 experiment needs 12 more seeds",
            "hw1: computing 6 cells of biased*",
            "hw1: look 3: 1 claim of 1 experiment needs 24 more seeds",
            "hw1: computing 12 cells of biased*",
            "a_biased_coin_shows_fewer_tails*holds*39/48, look 3*",
            "a_biased_coin_shows_mostly_tails*refuted*0/12, look 1*",
            "an interval at 12 seeds is their range",
        ]
    )
    seeds = {d["claim"]: (d["verdict"]["n"], d["verdict"]["sizes"]) for d in manifest(toy)["decisions"]}
    assert seeds == {
        "a_biased_coin_shows_fewer_tails": (48, [12, 24, 48]),
        "a_biased_coin_shows_mostly_tails": (12, [12, 24, 48]),
    }
    (account,) = manifest(toy)["experiments"]
    assert account["seeds"] == 48, "the figures show the largest look there is"
    check("-m", "fast").stdout.no_fnmatch_line("*more seeds*")


def verdicts(toy):
    """What a run said of each claim."""
    return {d["claim"]: (d["verdict"], d["scores"], d["as_registered"]) for d in manifest(toy)["decisions"]}


BACKWARDS = """
import pytest

@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    items.reverse()
"""


def test_order_neighbours_processes_and_what_the_store_holds_change_no_verdict(check, toy):
    borderline(toy)
    check("-m", "fast")
    alone = verdicts(toy)
    assert {verdict["look"] for verdict, _, _ in alone.values()} == {1, 3}
    (toy.path / "backwards.py").write_text(BACKWARDS)
    for name, options in {
        "one after the other": ("--maxfail", "9"),
        "workers": ("-n", "2"),
        "the other way round": ("-p", "backwards"),
        "more in the store": (),
    }.items():
        store = ("--hw1-store", f"{name}.sqlite")
        if name == "more in the store":
            check("-m", "fast", "--hw1-seeds", "96", *store)
        check("-m", "fast", *options, *store)
        assert verdicts(toy) == alone, name
    for claim in alone:
        check("-m", "fast", "-k", claim.rpartition("_shows_")[2].partition("_")[0], "--hw1-store", f"{claim}.sqlite")
        assert verdicts(toy) == {claim: alone[claim]}, "without its neighbour"


def test_a_trained_control_is_judged_at_the_look_of_its_claim(check, toy):
    borderline(toy)
    check("-m", "fast or slow").assert_outcomes(passed=3, deselected=2, skipped=1)
    looks = {(d["claim"], d["control"]): d["verdict"]["look"] for d in manifest(toy)["decisions"]}
    fewer = "a_biased_coin_shows_fewer_tails"
    assert looks[fewer, "fair_coins"] == looks[fewer, None] == 3


def test_another_number_of_seeds_is_one_look_at_the_full_alpha_and_is_marked_everywhere(check, toy):
    result = check("-m", "fast", "--hw1-seeds", "10")
    result.assert_outcomes(passed=2, deselected=4)
    result.stdout.fnmatch_lines(
        [
            "hw1: block 1, seeds from 1000 up, one look of 10 seeds, not the registered looks; "
            "repeat with --hw1-block 1 --hw1-seeds 10",
            "a_biased_coin_shows_fewer_tails*10/10, not the registered looks*",
            "2 judged at one look of their own (--hw1-seeds), not the registered looks",
        ]
    )
    decisions = manifest(toy)["decisions"]
    assert {d["note"] for d in decisions} == {"one look of 10 seeds, not the registered looks"}
    assert {(d["registered_looks"], d["verdict"]["spent"]) for d in decisions} == {(False, 0.001)}
    assert manifest(toy)["environment"]["seeds"] == 10
    check("-m", "fast", "--hw1-seeds", "12").stdout.fnmatch_lines(["*12/12, not the registered looks*"])


def test_too_few_seeds_say_how_many_are_needed(check):
    result = check("-m", "fast", "--hw1-seeds", "8")
    result.assert_outcomes(errors=2, deselected=4)
    result.stdout.fnmatch_lines(["*8 seeds cannot reach alpha=0.001*Use at least 10*"])


def test_where_the_assay_is_not_met_there_is_no_verdict_and_that_is_an_error(check, toy):
    rewrite(toy, '"tails", 0.7, arms', '"tails", 0.47, arms')
    result = check("-m", "fast", "--hw1-looks", "2", "--junitxml", "out.xml")
    result.assert_outcomes(passed=1, errors=1, deselected=4)
    seen = "* of 24 seeds with a fair coin that shows both sides (tails below 0.7)"
    result.stdout.fnmatch_lines(
        [
            f"a_biased_coin_shows_fewer_tails [[]fast[]] no verdict: {seen}: tails, biased below fair*, look 2*",
            f"a_biased_coin_shows_fewer_tails*invalid, expected holds  {seen}*/24, look 2, * met*",
            "1 of 2 as registered*",
            f"no verdict on a_biased_coin_shows_fewer_tails [[]fast[]]: {seen}",
        ]
    )
    assert 'name="verdict" value="invalid"' in (toy.path / "out.xml").read_text()
    decision = next(d for d in manifest(toy)["decisions"] if d["claim"] == "a_biased_coin_shows_fewer_tails")
    assert decision["verdict"]["outcome"] == "invalid"
    assert 0 < decision["verdict"]["met"] <= 12
    unmet = [score for score in decision["scores"].values() if score == 0]
    assert len(unmet) == 24 - decision["verdict"]["met"], "a seed on which it is not met is a tie"


def test_a_claim_decides_on_the_seeds_that_are_met_and_says_how_many(check, toy):
    rewrite(toy, '"tails", 0.7, arms', '"tails", 0.54, arms')
    result = check("-m", "fast")
    result.assert_outcomes(passed=2, deselected=4)
    result.stdout.fnmatch_lines(["a_biased_coin_shows_fewer_tails*holds*, look *, * met*"])
    decision = manifest(toy)["decisions"][0]
    assert decision["verdict"]["wins"] == decision["verdict"]["met"] < decision["verdict"]["n"]
    assert decision["assay"] == {
        "name": "both_sides",
        "asked": True,
        "words": "with a fair coin that shows both sides (tails below 0.7)",
    }
    assert manifest(toy)["decisions"][1]["assay"]["words"] == "a coin learns nothing"


def test_a_trained_control_of_which_nothing_was_seen_is_no_pass(check, toy):
    rewrite(toy, "return replace(setting, bias=0.5)", "return replace(setting, bias=0.5, stands=True)")
    rewrite(
        toy, "seconds: float = 0.0", "stands: bool = False  # the fair coin lands on its edge\n    seconds: float = 0.0"
    )
    rewrite(
        toy,
        'return Tables({"runs"',
        'tails = [1.0] * len(seeds) if setting.stands and arm == "fair" else tails\n    return Tables({"runs"',
    )
    result = check("-m", "slow", "-k", "fast-control", "--hw1-looks", "1")
    result.assert_outcomes(errors=1, deselected=5)
    result.stdout.fnmatch_lines(["*under its control fair_coins no verdict: 0 of 12 seeds with a fair coin*"])


def test_a_second_run_answers_from_the_store(check):
    check("-m", "fast").stdout.fnmatch_lines(["hw1: computing 6 cells of biased*", "hw1: 6 of 6 cells computed*"])
    check("-m", "fast").stdout.no_fnmatch_line("*computing*")


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_what_the_hours_do_not_allow_is_skipped_and_the_next_run_decides_it(check, toy, jobs):
    result = check("-m", "full and not slow", "-rs", "--hw1-hours", "1e-9", "--hw1-jobs", jobs)
    result.assert_outcomes(skipped=2, deselected=4)
    result.stdout.fnmatch_lines(["SKIPPED*: left for another run*"])
    result.stdout.fnmatch_lines(["a_biased_coin_shows_fewer_tails*full*no verdict*left for another run*"])
    result.stdout.fnmatch_lines(["0 of 2 as registered; 2 without a verdict"])
    result.stdout.fnmatch_lines(["hw1: * cells are missing, and claims that need them have no verdict; the same com*"])
    assert result.ret == 0
    assert {one["reason"] for one in manifest(toy)["without_verdict"]} == {"left for another run"}
    check("-m", "full and not slow", "--hw1-hours", "1").assert_outcomes(passed=2, deselected=4)


def test_a_store_in_memory_computes_afresh_and_leaves_no_file(check, toy):
    check("-m", "fast", "--hw1-store", ":memory:").assert_outcomes(passed=2, deselected=4)
    assert not (toy.path / ".hw1/results.sqlite").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("-n", "2"),
        ("-x",),
        ("-k", "fewer or mostly"),
        ("-p", "randomly", "-p", "no:cacheprovider"),
        ("--junitxml", "out.xml"),
        ("-n", "2", "-x", "--junitxml", "out.xml"),
    ],
    ids=" ".join,
)
def test_the_usual_options_give_the_usual_verdicts(toy, check, arguments):
    result = (
        check("-m", "fast", *arguments)
        if "randomly" not in arguments
        else toy.runpytest_subprocess("-m", "fast", *arguments)
    )
    assert result.ret == 0
    result.stdout.fnmatch_lines(["2 of 2 as registered*"])
    outcomes = {d["claim"]: d["verdict"]["outcome"] for d in manifest(toy)["decisions"]}
    assert outcomes == {"a_biased_coin_shows_fewer_tails": "holds", "a_biased_coin_shows_mostly_tails": "refuted"}
    if "--junitxml" in arguments:
        text = (toy.path / "out.xml").read_text()
        assert 'name="verdict" value="holds"' in text
        assert 'name="seeds_won" value="12/12"' in text
        assert 'name="look" value="1"' in text
        assert 'name="expected" value="refuted"' in text
        assert 'name="effect" value="difference 0.39' in text


def test_last_failed_runs_the_failed_claim_only(toy):
    file = toy.path / "toy_claims/coins/biased.py"
    file.write_text(file.read_text().replace("by=0.2", "by=0.5"))
    toy.runpytest_subprocess("-m", "fast").assert_outcomes(passed=1, failed=1, deselected=4)
    file.write_text(file.read_text().replace("by=0.5", "by=0.2"))
    toy.runpytest_subprocess("-m", "fast", "--lf").assert_outcomes(passed=1)


def test_with_x_only_what_is_judged_is_computed(check, monkeypatch):
    monkeypatch.setenv("TOY_FAILS", "fair")
    result = check("-m", "fast", "-x")
    result.assert_outcomes(errors=1, deselected=4)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--gpu",), "--gpu needs a CUDA GPU and torch sees none here ("),
        (("--gpu", "--hw1-device", "cpu"), "--gpu and --hw1-device cpu contradict each other"),
        (("--hw1-device", "tpu"), "no device 'tpu': choose auto, cpu, cuda or cuda:N"),
        (("--hw1-block", "-1"), "block -1 is below 0: 0 is development, 1 the evidence"),
        (("--hw1-seeds", "0"), "--hw1-seeds 0: at least one seed is needed, and 10 for a verdict"),
        (
            ("--hw1-data", "nowhere"),
            "data folder nowhere does not exist: make it, or name another one with HW1_DATA or --data",
        ),
        (("--hw1-seeds", "16", "--hw1-looks", "2"), "--hw1-seeds is one look of its own: leave out --hw1-looks"),
        (("--hw1-hours", "0"), "--hw1-hours 0: write a number above 0, as in 8 or 0.5"),
        (("--hw1-hours", "nan"), "--hw1-hours nan: write a number above 0"),
        (("--hw1-hours", "1", "-n", "2"), "that computes all before the tests: leave out -n, or the hours"),
        (("--hw1-hours", "1", "--hw1-shard", "1/2"), "leave out --hw1-shard, or the hours"),
        (("--hw1-hours", "1", "-x"), "leave out -x, or the hours"),
        (("--hw1-hours", "1", "--hw1-store", ":memory:"), "would leave the next run nothing to go on from"),
        (("--hw1-store", ":memory:", "-n", "2"), "--hw1-store :memory: cannot be shared by the workers of -n"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_options_that_cannot_work_are_one_usage_error_before_anything_runs(check, toy, arguments, message, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    result = check("-m", "full", *arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert [line for line in result.errlines if line] == [
        f"ERROR: {line}" for line in result.errlines[0][7:].splitlines()
    ]
    assert message in result.errlines[0]
    assert not (toy.path / ".hw1").exists()


def test_a_store_that_is_no_database_is_one_usage_error_and_is_left_alone(check, toy):
    (toy.path / "notes.txt").write_text("my thesis, chapter one" * 100)
    result = check("-m", "fast", "--hw1-store", "notes.txt")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["ERROR: store notes.txt: file is not a database. Move it away, or name a writable file*"]
    )
    assert (toy.path / "notes.txt").read_text().startswith("my thesis")


def test_a_failing_arm_is_an_error_and_the_other_cells_are_kept(check, toy, monkeypatch):
    monkeypatch.setenv("TOY_FAILS", "fair")
    result = check("-m", "fast")
    result.assert_outcomes(errors=2, deselected=4)
    result.stdout.fnmatch_lines(
        ["*biased, arm fair, seeds 0 to 3 failed*", "*RuntimeError: the coin rolled away*", "*2 more cells failed*"]
    )
    monkeypatch.delenv("TOY_FAILS")
    check("-m", "fast").stdout.fnmatch_lines(["hw1: computing 3 cells of biased*"])


def test_missing_data_are_an_error_of_the_claims_that_need_them_and_the_others_are_judged(check, monkeypatch):
    monkeypatch.setenv("TOY_NO_DATA", "1")
    result = check("-m", "fast or full")
    result.assert_outcomes(passed=2, errors=2, skipped=1, deselected=1)
    result.stdout.fnmatch_lines(["*no verdict on * [[]full[]]: coins are not in the folder: name another by HW1_DATA"])
    result.stdout.no_fnmatch_line("*Traceback*")


@pytest.mark.parametrize(
    ("device", "said"),
    [(CPU, "1 processes"), (Device("cuda:0", "NVIDIA H100"), "float32 without TF32, cuDNN's deterministic kernels")],
    ids=["cpu", "gpu"],
)
def test_the_header_says_how_exact_a_gpu_is(request, monkeypatch, device, said):
    monkeypatch.setitem(request.config.stash, DEVICE, device)
    monkeypatch.setattr(request.config.option, "hw1_jobs", 1)
    assert hooks.pytest_report_header(request.config)[0].endswith(said)
