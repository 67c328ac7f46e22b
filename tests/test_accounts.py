"""What a run of pytest says of every claim that it was asked for, and what it leaves when a file cannot be written."""

import getpass
import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest
from filelock import FileLock, Timeout

from hw1.__main__ import main
from hw1.manifest.counted import contradictions, once, unanswered
from hw1.plugin import options
from hw1.plugin.hooks import _lock
from hw1.report.contents import command
from hw1.running.store import Store, StoreError

FEWER, MOSTLY = "a_biased_coin_shows_fewer_tails", "a_biased_coin_shows_mostly_tails"


@pytest.fixture
def inside(toy, monkeypatch):
    """Run pytest on the toy project in this process."""
    monkeypatch.syspath_prepend(toy.path)
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)

    def run(*arguments):
        usual = ("-p", "no:randomly", "-p", "no:cacheprovider", "--hw1-jobs", "1")
        return toy.runpytest_inprocess(*usual, *arguments, no_reraise_ctrlc=True)

    return run


def manifest(toy, name=".hw1/manifest.json"):
    return json.loads((toy.path / name).read_text())


def add_test(toy, text):
    (toy.path / "checks/test_more.py").write_text(
        f"import pytest\nfrom toy_claims.coins.biased import {FEWER}, {MOSTLY}\nfrom hw1.plugin import judges\n" + text
    )


def without(toy):
    return {(one["claim"], one["tier"], one["control"]): one["reason"] for one in manifest(toy)["without_verdict"]}


def test_claims_whose_data_are_missing_are_in_the_table_the_count_the_manifest_and_the_page(inside, toy, monkeypatch):
    monkeypatch.setenv("TOY_NO_DATA", "1")
    result = inside("-m", "fast or full", "--hw1-report", "page.html")
    result.assert_outcomes(passed=2, errors=2, skipped=1, deselected=1)
    why = "coins are not in the folder: name another by HW1_DATA"
    result.stdout.fnmatch_lines(
        [
            f"{FEWER}   fast  holds  *",
            f"{MOSTLY}  full  no verdict  {why}",
            "2 of 4 as registered; 2 without a verdict; chance of any false decision among them at most 0.002 *",
            "*; 1 trained not run (-m slow)",
        ]
    )
    assert without(toy) == {(FEWER, "full", None): why, (MOSTLY, "full", None): why}
    (one, _) = manifest(toy)["without_verdict"]
    assert (one["family"], one["experiment"], one["test"]) == (
        "coins",
        "biased",
        "checks/test_biased.py::test_fewer[full]",
    )
    page = (toy.path / "page.html").read_text(encoding="utf-8")
    assert "<h1>2 of 4 claims came out as expected; 2 without a verdict</h1>" in page
    assert page.count(f"<td>full</td><td>{why}</td>") == 2


def test_a_run_in_which_no_claim_got_a_verdict_leaves_a_manifest_and_a_page_that_say_so(
    inside, toy, monkeypatch, capsys
):
    inside("-m", "fast")
    monkeypatch.setenv("TOY_FAILS", "fair")
    (toy.path / ".hw1/results.sqlite").unlink()
    result = inside("-m", "fast or slow", "-k", "not full")
    result.assert_outcomes(errors=3, deselected=3)
    why = "biased, arm fair, seeds 0 to 3 failed: RuntimeError: the coin rolled away"
    result.stdout.fnmatch_lines(
        [
            f"{FEWER}               fast  no verdict  {why}",
            f"{FEWER} / fair_coins  fast  no verdict  biased, arm *",
            f"{MOSTLY}              fast  no verdict  {why}",
            "0 of 3 as registered; 3 without a verdict",
        ]
    )
    assert str(result.stdout).count("During handling of the above exception") == 0, "the error is printed once"
    assert manifest(toy)["decisions"] == []
    path = str(toy.path / ".hw1/manifest.json")
    assert main(["report", path, "--output", str(toy.path / "page.html")]) == 0
    page = (toy.path / "page.html").read_text(encoding="utf-8")
    assert "<h1>0 of 2 claims came out as expected; 2 without a verdict</h1>" in page
    assert "No claim got a verdict in this run" in page
    assert main(["pages", path, "--write", str(toy.path / "pages")]) == 0
    assert "coins: no claim of it got a verdict in that run, so its page stays as it is" in capsys.readouterr().out
    assert not (toy.path / "pages").exists()


def test_a_claim_without_a_verdict_in_one_of_two_runs_is_said_and_counts_also_with_common(inside, toy, capsys):
    inside("-m", "fast", "--hw1-manifest", "a.json")
    made = manifest(toy, "a.json")
    lost, kept = made["decisions"]
    asked = {name: lost[name] for name in ("claim", "family", "experiment", "tier", "control", "test")}
    made |= {"decisions": [kept], "without_verdict": [{**asked, "reason": "the coin rolled away"}]}
    (toy.path / "b.json").write_text(json.dumps(made))
    a, b, page, folder = (str(toy.path / name) for name in ("a.json", "b.json", "page.html", "pages"))
    assert main(["compare", a, b, "--common", "--output", page]) == 2
    seen = capsys.readouterr().out
    assert "the same numbers: 1" in seen
    assert "cannot be compared: 1" in seen
    assert "no verdict in B: the coin rolled away" in seen
    text = (toy.path / "page.html").read_text(encoding="utf-8")
    assert "<li>no verdict in B: the coin rolled away</li>" in text
    assert '<td colspan="4">no verdict</td>' in text
    again = shutil.copy(b, toy.path / "again.json")
    assert main(["compare", b, str(again), "--output", page]) == 2, "in neither of them"
    assert "no verdict in A: the coin rolled away; no verdict in B: the coin rolled away" in capsys.readouterr().out
    assert main(["pages", b, "--write", folder]) == 0
    assert f"- `{FEWER}` (fast): `the coin rolled away`" in (toy.path / "pages/coins.md").read_text(encoding="utf-8")


def test_claims_that_were_not_reached_are_counted_with_x_and_after_an_interruption(inside, toy, monkeypatch):
    monkeypatch.setenv("TOY_FAILS", "biased")
    inside("-m", "fast", "-x")
    assert without(toy)[MOSTLY, "fast", None] == "not reached: stopping after 1 failures"
    monkeypatch.delenv("TOY_FAILS")
    add_test(toy, "def test_z():\n    raise KeyboardInterrupt\n")
    (toy.path / "checks/test_more.py").rename(toy.path / "checks/test_a.py")
    result = inside("-m", "fast or not slow", "-k", "not full", "checks/test_a.py", "checks/test_biased.py")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["0 of 2 as registered; 2 without a verdict"])
    assert set(without(toy).values()) == {"not reached: the run was ended before"}


def test_an_error_in_another_fixture_has_its_reason_and_a_skip_of_ones_own_is_no_claim(inside, toy):
    add_test(
        toy,
        "@pytest.fixture(autouse=True)\n"
        "def broken(request):\n"
        "    if 'mostly' in request.node.name:\n"
        "        raise RuntimeError('no coin today')\n"
        "    pytest.skip('not on Sundays')\n"
        f"@judges({FEWER})\n"
        "def test_more_fewer(verdict): ...\n"
        f"@judges({MOSTLY})\n"
        "def test_more_mostly(verdict): ...\n",
    )
    result = inside("-m", "fast", "checks/test_more.py")
    result.assert_outcomes(skipped=1, errors=1, deselected=4)
    assert without(toy) == {(MOSTLY, "fast", None): "RuntimeError: no coin today"}
    result = inside("-m", "fast")
    result.stdout.fnmatch_lines(["2 of 2 as registered; chance*"])
    assert without(toy) == {}, "another test judged it"


@pytest.mark.parametrize("arguments", [("--collect-only",), ("--setup-plan",), ("--hw1-shard", "1/2")], ids=" ".join)
def test_a_run_that_judges_nothing_leaves_the_manifest_alone(inside, toy, arguments):
    inside("-m", "fast", "-k", "fewer")
    before = (toy.path / ".hw1/manifest.json").read_bytes()
    result = inside("-m", "fast", *arguments)
    assert "without a verdict" not in str(result.stdout)
    assert (toy.path / ".hw1/manifest.json").read_bytes() == before


def test_a_file_that_cannot_be_imported_leaves_the_manifest_alone(inside, toy):
    inside("-m", "fast", "-k", "fewer")
    before = (toy.path / ".hw1/manifest.json").read_bytes()
    add_test(toy, "import nothing_of_this_name\n")
    assert inside("-m", "fast").ret == pytest.ExitCode.INTERRUPTED
    assert (toy.path / ".hw1/manifest.json").read_bytes() == before


def test_what_workers_did_not_judge_is_known_also_when_they_die(check, toy, monkeypatch):
    monkeypatch.setenv("TOY_DIES", "fair")
    result = check("-m", "fast", "-n", "1", "--max-worker-restart=0")
    result.stdout.fnmatch_lines(["0 of 2 as registered; 2 without a verdict"])
    assert without(toy) == {
        (FEWER, "fast", None): "worker 'gw0' crashed while running 'checks/test_biased.py::test_fewer[fast]'",
        (MOSTLY, "fast", None): "not reached: the run was ended before",
    }


def test_a_claim_that_is_judged_by_several_tests_is_counted_once(inside, toy):
    repeated = '@pytest.mark.parametrize("again", [1, 2, 3])\n'
    add_test(toy, f"{repeated}@judges({FEWER})\ndef test_again(verdict, again):\n    assert verdict.as_registered\n")
    result = inside("-m", "fast")
    result.assert_outcomes(passed=5, deselected=13)
    result.stdout.fnmatch_lines(["2 of 2 as registered; chance of any false decision among them at most 0.002 *"])
    assert [one["claim"] for one in manifest(toy)["decisions"]] == [FEWER, MOSTLY]


def record(test, **changes):
    """What counting reads of a decision."""
    verdict = {"outcome": "holds", "wins": 12, "n": 12, "effect": float("nan")}
    return {
        "family": "stars",
        "experiment": "signs",
        "claim": "a",
        "tier": "fast",
        "control": None,
        "test": test,
        "note": "",
        "as_registered": True,
        "verdict": verdict,
        "scores": {"1000": float("nan")},
        **changes,
    }


def test_answers_that_contradict_each_other_are_said_and_count_as_the_one_that_is_not_as_registered():
    other = {"outcome": "refuted", "wins": 0, "n": 12, "effect": 0.5}
    same = once([record("t1"), record("t2")])
    assert [one["test"] for one in same] == ["t1"]
    assert not list(contradictions(same)), "NaN is no difference"
    (kept,) = once([record("t1", note="a note"), record("t2", as_registered=False, verdict=other)])
    assert kept["verdict"] == other
    told = "refuted on 0 of 12 seeds in t2 here, but holds on 12 of 12 seeds in t1; counted once, as refuted"
    assert kept["note"] == told
    assert list(contradictions([kept])) == [f"contradiction on a [fast]: {told}"]


def test_a_question_has_the_reason_of_a_test_that_was_tried_rather_than_of_one_that_was_not_reached():
    asked = [{**record(test), "test": test} for test in ("t1", "t2")]
    for first, second in (("t1", "t2"), ("t2", "t1")):
        found = unanswered(sorted(asked, key=lambda one: one["test"] != first), [], {second: "broken"}, "not reached")
        assert [(one["test"], one["reason"]) for one in found] == [(second, "broken")]
    assert unanswered(asked, [record("t1")], {"t2": "broken"}, "not reached") == []


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("folder", "folder is a folder"),
        ("notes.txt/m.json", "notes.txt is no folder"),
        ("n" * 300, "the name is too long|File name too long"),
    ],
)
def test_a_manifest_that_cannot_be_written_hides_no_verdict_and_is_no_success(inside, toy, place, why, monkeypatch):
    monkeypatch.setattr("hw1.plugin.hooks.check_options", checked_but_for_the_files)
    (toy.path / "folder").mkdir()
    (toy.path / "notes.txt").write_text("my thesis")
    result = inside("-m", "fast", "--hw1-manifest", place, "--hw1-report", "page.html")
    result.assert_outcomes(passed=2, deselected=4)
    assert result.ret == pytest.ExitCode.TESTS_FAILED, "what was asked for is not there"
    seen = str(result.stdout)
    assert "Traceback" not in seen
    told = rf"manifest: .* was not written: .*({why}).*; name another place with --hw1-manifest=FILE and run again, "
    assert re.search("2 of 2 as registered(.|\n)*" + told, seen)
    assert "2 of 2 claims" in (toy.path / "page.html").read_text(encoding="utf-8"), "of this run, not of a former one"
    assert (toy.path / "notes.txt").read_text() == "my thesis"


def checked_but_for_the_files(config):
    """The check of the options, as if the places had become unusable only after it."""
    option = config.option
    asked = option.hw1_manifest, option.hw1_report
    option.hw1_manifest = option.hw1_report = None
    options.check_options(config)
    option.hw1_manifest, option.hw1_report = asked


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), PermissionError(13, "Permission denied")])
def test_a_full_disk_at_the_end_is_one_line_and_verdicts_are_a_success_where_no_file_was_asked_for(
    inside, toy, monkeypatch, error
):
    def fails(*_):
        raise error

    monkeypatch.setattr("hw1.plugin.reporter.write", fails)
    result = inside("-m", "fast")
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["2 of 2 as *", f"manifest: *manifest.json was not written: {error.strerror}; name *"])


def test_a_page_that_cannot_be_written_is_a_line_and_not_a_crash(inside, toy, monkeypatch):
    refused = inside("-m", "fast", "--hw1-report", "checks", "--hw1-manifest", "m.json")
    assert refused.ret == pytest.ExitCode.USAGE_ERROR
    refused.stderr.fnmatch_lines(["*--hw1-report checks is a folder: name a file for a page of hw1"])
    refused = inside("-m", "fast", "--hw1-report", "m.json", "--hw1-manifest", "m.json")
    assert refused.ret == pytest.ExitCode.USAGE_ERROR
    monkeypatch.setattr("hw1.plugin.hooks.check_options", checked_but_for_the_files)
    result = inside("-m", "fast", "--hw1-report", "checks", "--hw1-manifest", "m.json")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        ["2 of 2 as *", "manifest: m.json", "report: checks was not written: checks is a folder*"]
    )
    assert manifest(toy, "m.json")["decisions"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--hw1-jobs", "-1"), "--hw1-jobs -1: give 1 to "),
        (("--hw1-jobs", "0"), "--hw1-jobs 0: give 1 to "),
        (("--hw1-jobs", "1000000000"), "--hw1-jobs 1000000000: give 1 to "),
        (("--hw1-block", "99999999999999999999"), "block 99999999999999999999 is above the last, 1000000"),
        (("--hw1-seeds", "1001"), "1001 seeds do not fit into a block of 1000: use fewer seeds or looks"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_numbers_that_cannot_be_meant_are_refused_before_anything_runs(inside, toy, arguments, message):
    result = inside("-m", "fast", *arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {message}*"])
    assert not (toy.path / ".hw1").exists()


def test_the_last_block_has_numbers_of_its_own(inside, toy):
    inside("-m", "fast", "-k", "fewer", "--hw1-block", "1000000").assert_outcomes(passed=1, deselected=5)


def test_a_shards_next_command_is_quoted_as_a_shell_takes_it(inside):
    result = inside("-m", "fast or slow", "-k", "fewer and not full", "--hw1-shard", "1/2", "--hw1-store=s 1.sqlite")
    (line,) = (line for line in result.outlines if "no verdicts, as each" in line)
    words = shlex.split(line.rpartition("then ")[2])
    assert words[0] == "pytest"
    assert words[-4:] == ["-m", "fast or slow", "-k", "fewer and not full"]


@pytest.mark.parametrize(("tier", "control", "mark"), [("fast", None, "fast"), ("full", "twin", "full and slow")])
def test_the_command_that_a_page_shows_is_quoted_as_a_shell_takes_it(tier, control, mark):
    asked = {"test": "checks/a b.py::test[it's $HOME-fast]", "tier": tier, "control": control}
    shown = command(asked, {"block": 7, "looks": 3, "seeds": None})
    assert shlex.split(shown) == ["python", "-m", "pytest", asked["test"], "-m", mark, "--hw1-block", "7"]


def test_a_lock_that_cannot_lie_beside_the_store_lies_in_the_folder_of_the_run(toy, monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(toy.path)
    store = toy.path / "s.sqlite"
    question = SimpleNamespace(experiment=SimpleNamespace(name="biased"))
    config = SimpleNamespace(workerinput={"hw1": str(tmp_path)}, option=SimpleNamespace(hw1_store=str(store)))
    with _lock(config, question):
        assert (toy.path / "s.sqlite.biased.lock").is_file()
    (toy.path / "s.sqlite.biased.lock").unlink(missing_ok=True)
    (toy.path / "s.sqlite.biased.lock").mkdir()  # no file can be made there, whoever runs this
    with _lock(config, question):
        assert (tmp_path / "biased.lock").is_file()
        with pytest.raises(Timeout):
            FileLock(tmp_path / "biased.lock").acquire(timeout=0)
    FileLock(tmp_path / "biased.lock").acquire(timeout=0).lock.release()


def filters(settings):
    return tomllib.loads(settings.read_text(encoding="utf-8"))["tool"]["pytest"]["filterwarnings"]


def test_pytests_cache_that_cannot_be_written_stops_no_strict_run(toy):
    """As in a read-only checkout: the settings of this project, and of one that follows it, let pytest warn."""
    assert filters(toy.path / "pyproject.toml") == filters(Path(__file__).parents[1] / "pyproject.toml")
    (toy.path / ".pytest_cache").write_text("no folder can be made here")
    (toy.path / "test_one.py").write_text("def test_one(): ...")
    (toy.path / "conftest.py").unlink()
    result = toy.runpytest_inprocess("-p", "no:randomly", "-p", "cacheprovider", "test_one.py")
    result.assert_outcomes(passed=1, warnings=1)


def test_two_runs_that_clear_the_same_old_folders_of_pytest_away_stop_neither(toy, monkeypatch):
    """As they do at their ends: the second finds a folder that the first has begun to empty."""
    temporary = toy.path / "temporary"
    old = temporary / f"pytest-of-{getpass.getuser()}" / "garbage-of-another-run"
    old.mkdir(parents=True)
    monkeypatch.setenv("PYTEST_DEBUG_TEMPROOT", str(temporary))
    late = "import os\n\ndef test_one(tmp_path):\n    def full(path, **more): raise OSError(39, 'not empty')\n"
    (toy.path / "test_one.py").write_text(f"{late}    os.rmdir = full\n")
    (toy.path / "conftest.py").unlink()
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", "test_one.py"]
    ended = subprocess.run(command, cwd=toy.path, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert list(old.parent.glob("garbage-*"))


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["here", "workers"])
@pytest.mark.parametrize("name", ["redraws.json", "registered.json"])
def test_what_is_said_of_experiments_hides_no_verdict_where_a_file_was_spoilt_meanwhile(check, toy, name, workers):
    spoil = f"__import__('pathlib').Path('toy_claims/{name}').write_text('<<<')"
    add_test(toy, f"@judges({FEWER})\ndef test_more(verdict):\n    {spoil}\n")
    result = check("-m", "fast", "checks/test_more.py", *workers)
    result.assert_outcomes(passed=1, deselected=0 if workers else 3)
    result.stdout.fnmatch_lines(
        [f"{FEWER} *", f"biased [[]fast] is not described in the manifest: *{name} is not JSON*", "manifest: *"]
    )
    assert "Traceback" not in str(result.stdout) + str(result.stderr)
    assert len(manifest(toy)["decisions"]) == 1


def test_a_figure_that_leaves_python_or_has_a_long_tale_is_a_line(inside, toy):
    file = toy.path / "toy_claims/coins/biased.py"
    text = file.read_text()
    draw = "def figure_tails(tables: Tables, setting: Setting) -> Figure:\n"
    file.write_text(
        text.replace(
            draw, f"def figure_two(tables):\n    raise ValueError('a\\n\\nb')\n\n\n{draw}    raise SystemExit(3)\n"
        )
    )
    result = inside("-m", "fast", "-k", "fewer")
    result.assert_outcomes(passed=1, deselected=5)
    result.stdout.fnmatch_lines([f"{FEWER} *", "figure_tails of biased [[]fast] failed: SystemExit: 3", "manifest: *"])
    result.stdout.fnmatch_lines(["figure_two of biased [[]fast] failed: ValueError: a b"])


SCORE = 'return above(tables["runs"], "tails", arm="biased", value=0.4)'
ASSAY = 'return below(tables["runs"], "tails", 0.7, arms=("fair",))'


@pytest.mark.parametrize(
    ("before", "after", "lost", "why"),
    [
        (ASSAY, 'raise KeyError("x")', (FEWER, f"{FEWER} / fair_coins"), "KeyError: 'x'"),
        (SCORE, "raise SystemExit(4)", (MOSTLY,), "SystemExit: 4"),
        (SCORE, "assert 0, 'a\\nb'", (MOSTLY,), "AssertionError: a"),
        (SCORE, "pass", (MOSTLY,), f"claim {MOSTLY} returns None and no score: write return less"),
        ('runs = tables["runs"]', "return 1 / 0", (MOSTLY,), "ZeroDivisionError: division by zero"),
        ("return replace(setting, bias=0.5)", 'raise TypeError("twin")', (f"{FEWER} / fair_coins",), "TypeError: twin"),
        ("return replace(setting, bias=0.5)", "pass", (f"{FEWER} / fair_coins",), "None is no setting: a trained"),
    ],
    ids=["assay", "exit", "assertion", "no score", "control", "trained control", "no setting"],
)
def test_a_slip_in_a_claims_code_costs_no_other_claim_its_verdict(inside, toy, before, after, lost, why):
    file = toy.path / "toy_claims/coins/biased.py"
    assert before in file.read_text()
    file.write_text(file.read_text().replace(before, after))
    result = inside("-m", "(fast or slow) and not full", "--tb=line")
    result.assert_outcomes(passed=3 - len(lost), errors=len(lost), deselected=3)
    lines = [f"{name} *no verdict  {why}*" for name in lost]
    count = f"{3 - len(lost)} of 3 as registered; {len(lost)} without a verdict;*"
    result.stdout.fnmatch_lines([*lines, count, "manifest: *"])
    assert len(manifest(toy)["decisions"]) == 3 - len(lost)


def test_where_the_store_takes_nothing_it_is_not_said_that_the_same_command_computes_it(inside, monkeypatch):
    def refused(_):
        raise StoreError("store s.sqlite: attempt to write a readonly database")

    monkeypatch.setattr(Store, "check_writable", refused)
    result = inside("-m", "fast")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: store s.sqlite: attempt to write*"])
    assert "the same command computes them" not in str(result.stdout)
