"""Registering, as a claim's owner meets it: what it would redraw, what it needs a reason for, and where it refuses."""

import json
import os
import re
import shlex
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hw1.__main__ import main
from hw1.registry import experiments, registration
from hw1.registry.checkout import check_writable
from hw1.registry.redraws import Redraw, add, check_reason, read
from hw1.report.words import redrawn

FEWER, MOSTLY = "a_biased_coin_shows_fewer_tails", "a_biased_coin_shows_mostly_tails"
WHY = ("--redraw", "the margin was too narrow")


def by_hand(toy, *arguments):
    return toy.run(sys.executable, "-m", "hw1", "--claims", "toy_claims", *arguments)


def register(toy, *arguments):
    return by_hand(toy, "register", *arguments, "--store", "my store.sqlite", "--jobs", "1")


def rewrite(toy, old, new, name="coins/biased.py"):
    file = toy.path / "toy_claims" / name
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


def written(toy):
    """Everything that registering may change."""
    files = [toy.path / "toy_claims" / name for name in ("coins/biased.py", "registered.json", "redraws.json")]
    return [file.read_text() if file.exists() else None for file in files]


def rewritten_since(toy, old, new):
    assert register(toy, FEWER, MOSTLY).ret == 0
    rewrite(toy, old, new)
    return toy


@pytest.fixture
def changed(toy):
    """The toy project, registered, with another margin in one of its two claims since then."""
    return rewritten_since(toy, "by=0.2", "by=0.3")


def test_what_was_never_registered_needs_no_reason_and_says_how_much_it_trains(toy):
    result = register(toy, FEWER, MOSTLY)
    assert result.ret == 0
    assert result.outlines == [
        "trains 12 cells that are not stored: biased 12",  # 2 arms, 3 stacks of 4 seeds, and the trained control's
        f"{FEWER}: registered as holds in fast, full",
        f"{MOSTLY}: registered as refuted in fast, full",
    ]
    assert written(toy)[2] is None


def test_a_control_that_would_get_no_verdict_is_refused_and_nothing_is_written(toy):
    rewrite(toy, "return replace(setting, bias=0.5)", "return replace(setting, bias=-1.0)  # no side but tails")
    rewrite(toy, 'arm == "biased" else 0.5', 'arm == "biased" or setting.bias < 0 else 0.5')
    before, result = written(toy), register(toy, FEWER, MOSTLY)
    assert result.ret == 2
    assert (
        f"{FEWER}: 0 of 12 development seeds of its control fair_coins with a fair coin that shows both sides "
        "(tails below 0.7), so that the control would get no verdict. Where the point of the control is that nothing "
        'trains, write @untrained_control("why") above it; else let it train'
    ) in result.errlines[-1]
    assert written(toy) == before
    rewrite(toy, "@trained_control", '@untrained_control("no coin is tossed")')
    rewrite(toy, "trained_control\nfrom", "untrained_control\nfrom")
    assert register(toy, FEWER, MOSTLY).ret == 0


def test_without_a_reason_nothing_is_redrawn_and_the_command_to_paste_does_it(changed):
    before = written(changed)
    result = register(changed, FEWER)
    assert result.ret == 1
    *listing, command = result.outlines
    assert listing == [
        f"biased: REVISION 1 -> 2 redraws the seeds of {FEWER}, {MOSTLY}",
        f"  register anew: {FEWER}, {MOSTLY}",
        "  to train: 12 cells",
        "nothing of this is done without a reason; with one:",
    ]
    assert written(changed) == before
    assert command == (
        f"  python -m hw1 --claims toy_claims register {FEWER} --store 'my store.sqlite' --jobs 1 --redraw \"REASON\""
    )
    words = shlex.split(command.replace("REASON", "the margin was too narrow"))
    done = changed.run(sys.executable, *words[1:])
    assert done.ret == 0
    assert done.outlines == [
        "biased: REVISION 1 -> 2, all its seeds are redrawn",
        "trains 12 cells that are not stored: biased 12",
        f"{FEWER}: registered as holds in fast, full",
        f"{MOSTLY}: registered as refuted in fast, full",
    ]
    assert register(changed, FEWER, MOSTLY).outlines == [
        f"{FEWER}: as registered, nothing to do",
        f"{MOSTLY}: as registered, nothing to do",
    ]


def test_a_file_that_was_saved_and_redrawn_within_a_second_is_read_anew(changed, monkeypatch):
    """Python knows its bytecode by the second and the length of the source, and a bump changes neither."""
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE")
    file = changed.path / "toy_claims/coins/biased.py"
    saved = file.stat().st_mtime
    register(changed, FEWER, *WHY)
    os.utime(file, (saved, saved))
    assert register(changed, FEWER, MOSTLY).outlines == [
        f"{FEWER}: as registered, nothing to do",
        f"{MOSTLY}: as registered, nothing to do",
    ]


def test_every_redraw_is_kept_with_its_reason(changed):
    register(changed, FEWER, *WHY)
    rewrite(changed, "by=0.3", "by=0.25")
    register(changed, FEWER, "--redraw", "and now too wide")
    log = json.loads((changed.path / "toy_claims/redraws.json").read_text())
    assert [(one["from"], one["to"], one["reason"]) for one in log] == [
        (1, 2, "the margin was too narrow"),
        (2, 3, "and now too wide"),
    ]
    assert {(one["experiment"], *one["claims"]) for one in log} == {("biased", FEWER, MOSTLY)}
    assert abs((datetime.now(UTC).date() - datetime.fromisoformat(log[0]["date"]).date()).days) <= 1
    changed.runpytest_subprocess("-p", "no:randomly", "-p", "no:cacheprovider", "-m", "fast", "--hw1-jobs", "1")
    account = json.loads((changed.path / ".hw1/manifest.json").read_text())["experiments"][0]
    assert account["redraws"] == log
    assert redrawn(account).startswith("2 redraws so far (")


def test_a_claim_that_was_not_named_and_differs_too_is_left_as_development(changed):
    rewrite(changed, "value=0.4", "value=0.45")
    listing = register(changed, FEWER).outlines
    assert listing[1:3] == [f"  register anew: {FEWER}", f"  left as development: {MOSTLY}"]
    register(changed, FEWER, *WHY)
    by_hand(changed, "list").stdout.fnmatch_lines([f"  {FEWER}*fast registered*", f"  {MOSTLY}*fast development*"])


def test_a_new_claim_of_an_experiment_that_may_have_been_seen_needs_a_reason(toy):
    register(toy, FEWER)
    assert register(toy, MOSTLY).ret == 1
    assert MOSTLY not in written(toy)[1]
    assert register(toy, MOSTLY, "--redraw", "a claim was added").ret == 0
    assert MOSTLY in written(toy)[1]


def test_a_refactoring_is_renewed_beside_a_claim_that_is_left(changed):
    rewrite(changed, "value=0.4", "value=0.2 + 0.2")
    result = register(changed, FEWER, MOSTLY)
    assert result.ret == 1
    assert result.outlines[0] == f"{MOSTLY}: refactored, its scores are those that were registered; its hash is renewed"
    assert result.outlines[-1].startswith(f"  python -m hw1 --claims toy_claims register {FEWER} --store")


def test_a_revision_raised_by_hand_is_in_the_log_too(changed):
    rewrite(changed, "REVISION = 1", "REVISION = 3")
    result = register(changed, FEWER)
    assert result.ret == 0
    assert result.outlines[1] == "biased: REVISION 1 -> 3 by hand, kept in redraws.json"
    assert [(one.old, one.new, one.reason) for one in read(changed.path / "toy_claims")] == [
        (1, 3, "REVISION was raised by hand")
    ]
    register(changed, MOSTLY, "--redraw", "the other one, too")
    assert [(one.old, one.new) for one in read(changed.path / "toy_claims")] == [(1, 3), (3, 4)]


def test_without_names_the_hint_names_the_package(changed):
    result = by_hand(changed, "register")
    assert result.outlines[-3] == f"to register: python -m hw1 --claims toy_claims register {FEWER}"
    assert result.outlines[-2] == (
        f"  unless scores are what they were, biased: REVISION 1 -> 2 redraws the seeds of {FEWER}, {MOSTLY}"
    )


HELPER = 'def least(number):\n    """As it is."""\n    return number\n'


def states(toy):
    return [re.split(r"[:,]", line.split("[fast ")[1])[0] for line in by_hand(toy, "list").outlines if "[fast " in line]


def test_a_changed_helper_in_another_file_makes_its_claim_development_and_a_moved_one_does_not(toy):
    (toy.path / "toy_claims/coins/_least.py").write_text(HELPER)
    rewrite(toy, "REVISION = 1", "from toy_claims.coins._least import least\n\nREVISION = 1")
    rewrite(toy, "by=0.2", "by=least(0.2)")
    register(toy, FEWER, MOSTLY)
    assert states(toy) == ["registered", "registered"]
    (toy.path / "toy_claims/coins/_least.py").rename(toy.path / "toy_claims/_numbers.py")
    rewrite(toy, "toy_claims.coins._least", "toy_claims._numbers")
    assert states(toy) == ["registered", "registered"]
    rewrite(toy, "return number", "return number + 0.01", "_numbers.py")
    assert states(toy) == ["development", "registered"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((FEWER, "--redraw", "REASON"), "--redraw 'REASON': say in 3 words or more why this is registered anew"),
        ((FEWER, "--unrun", "REASON"), "--unrun 'REASON': say in 3 words or more why this is registered anew"),
        (("--unrun", "it was too dear"), "--unrun belongs to claims that are registered anew: name them"),
        ((FEWER, "--unrun", "it was too dear", *WHY), "--redraw and --unrun exclude each other"),
        (
            (FEWER, "--unrun", "it was too dear"),
            f"{FEWER}: more differs from its registration than the setting of full",
        ),
        (("--redraw", "it was not green"), "--redraw belongs to claims that are registered anew: name them"),
        ((FEWER, "--digests", *WHY), "--redraw belongs to claims that are registered anew: name them"),
    ],
)
def test_a_reason_that_says_nothing_or_belongs_to_nothing_is_refused(changed, arguments, message):
    before = written(changed)
    result = register(changed, *arguments)
    assert result.ret == 2
    assert result.errlines[-1].startswith(f"hw1: {message}")
    assert written(changed) == before


@pytest.fixture
def dear(toy):
    """The toy project, registered, with a cheaper setting of `full` since then."""
    return rewritten_since(toy, "tosses=2000", "tosses=1000")


def test_another_setting_of_full_that_nobody_has_run_redraws_nothing(dear):
    biased, before, _ = written(dear)
    asked = register(dear, FEWER, MOSTLY)
    assert asked.ret == 1
    assert asked.outlines[-1].endswith('--unrun "REASON"')
    result = register(dear, FEWER, MOSTLY, "--unrun", "2,000 tosses were dear")
    assert result.ret == 0
    said = "registered with its new setting in full, no seed is redrawn"
    assert result.outlines == [f"{name}: {said}" for name in (FEWER, MOSTLY)]
    code, after, log = written(dear)
    assert (code, log) == (biased, None)
    then, now = (json.loads(text)[FEWER] for text in (before, after))
    assert now["fast"] == then["fast"]
    assert now["full"]["revision"] == then["full"]["revision"]
    assert now["full"]["digests"]["setting"]["tosses"] == "1000"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d: 2,000 tosses were dear", *now["full"]["unrun"])
    assert register(dear, FEWER, MOSTLY).outlines[-1] == f"{MOSTLY}: as registered, nothing to do"
    dear.runpytest_subprocess("-p", "no:randomly", "-p", "no:cacheprovider", "-m", "fast or full", "--hw1-jobs", "1")
    accounts = json.loads((dear.path / ".hw1/manifest.json").read_text())["experiments"]
    assert {one["tier"]: one["unrun"] for one in accounts} == {"fast": [], "full": now["full"]["unrun"]}


NOT_YET = {
    "FULL": "LATER",
    "control=fair_coins, assay=both_sides": 'control=fair_coins, assay=both_sides, tiers=("fast",), because="time"',
    "    assay=TOSSED,\n": '    assay=TOSSED,\n    tiers=("fast",),\n',
}


@pytest.fixture
def grown(toy):
    """The toy project, registered without the tier `full`, which has come since then."""
    for old, new in NOT_YET.items():
        rewrite(toy, old, new)
    assert register(toy, FEWER, MOSTLY).ret == 0
    for old, new in reversed(NOT_YET.items()):
        rewrite(toy, new, old)
    return toy


def test_a_first_setting_of_full_redraws_nothing(grown):
    biased, before, _ = written(grown)
    asked = register(grown, FEWER, MOSTLY)
    assert (asked.ret, asked.outlines[-1].endswith('--unrun "REASON"')) == (1, True)
    assert register(grown, FEWER, MOSTLY, "--unrun", "coins of the published size").ret == 0
    code, after, log = written(grown)
    assert (code, log) == (biased, None)
    for name in (FEWER, MOSTLY):
        then, now = (json.loads(text)[name] for text in (before, after))
        assert then.keys() == {"fast"}
        assert now["fast"] == then["fast"] | {"hash": now["fast"]["hash"]}
        assert re.fullmatch(r"\d{4}-\d\d-\d\d: coins of the published size", *now["full"]["unrun"])
        assert now["full"]["digests"]["setting"]["tosses"] == "2000"
    grown.runpytest_subprocess("-p", "no:randomly", "-p", "no:cacheprovider", "-m", "fast or full", "--hw1-jobs", "1")
    made = json.loads((grown.path / ".hw1/manifest.json").read_text())["decisions"]
    assert [(one["tier"], one["status"], one["block"]) for one in made] == [
        (tier, "registered", 1) for _ in (FEWER, MOSTLY) for tier in ("fast", "full")
    ]


def is_refused_as_unrun_where_a_margin_changed(toy):
    rewrite(toy, "by=0.2", "by=0.3")
    before = written(toy)
    result = register(toy, MOSTLY, FEWER, "--unrun", "2,000 tosses were dear")
    assert result.ret == 2
    assert f"{FEWER}: more differs from its registration" in result.errlines[-1]
    assert written(toy) == before


def test_a_first_setting_of_full_is_no_way_to_change_what_fast_says(grown):
    is_refused_as_unrun_where_a_margin_changed(grown)


def test_what_was_never_registered_has_no_other_setting(toy):
    result = register(toy, FEWER, "--unrun", "2,000 tosses were dear")
    assert result.ret == 2
    assert result.errlines == [
        f"hw1: {FEWER}: more differs from its registration than the setting of full, or nothing does, so that --unrun "
        "cannot register it; what differs: python -m hw1 register"
    ]


def test_a_changed_claim_is_not_registered_under_another_settings_name(dear):
    is_refused_as_unrun_where_a_margin_changed(dear)
    assert register(dear, FEWER).outlines[-1].endswith('--redraw "REASON"')


def test_a_setting_of_full_that_changes_the_margin_needs_a_redraw(toy):
    one = "def a_biased_coin_shows_fewer_tails(tables: Tables"
    rewrite(toy, f"{one})", f"{one}, setting: Setting)")
    rewrite(toy, "by=0.2", "by=0.2 if setting.tosses > 1500 else 0.1")
    assert register(toy, FEWER, MOSTLY).ret == 0
    rewrite(toy, "tosses=2000", "tosses=1000")
    result = register(toy, FEWER, "--unrun", "2,000 tosses were dear")
    assert result.ret == 2
    assert f"{FEWER}: more differs from its registration" in result.errlines[-1]


def sources(folder):
    """Every file's bytes but Python's own caches, which any import may write."""
    return {file: file.read_bytes() for file in folder.rglob("*") if file.is_file() and file.suffix != ".pyc"}


def test_an_installed_package_is_never_edited(changed):
    installed = changed.path / "lib/site-packages"
    installed.mkdir(parents=True)
    (changed.path / "toy_claims").rename(installed / "toy_claims")
    before = sources(installed)
    for arguments in ((FEWER, *WHY), ("--digests",)):
        result = changed.run(
            sys.executable,
            "-c",
            f"import sys; sys.path.insert(0, {str(installed)!r})\nfrom hw1.__main__ import main\n"
            f"sys.exit(main(['--claims', 'toy_claims', 'register', *{arguments!r}]))",
        )
        assert result.ret == 2
        assert "belongs to an installed package" in result.errlines[-1]
        assert "or write claims in a package of your own (--claims PACKAGE)" in result.errlines[-1]
    assert sources(installed) == before


def test_files_beside_pips_records_or_that_cannot_be_written_are_refused(tmp_path, monkeypatch):
    file = tmp_path / "target/mine/registered.json"
    file.parent.mkdir(parents=True)
    check_writable(file)
    (tmp_path / "target/mine-1.dist-info").mkdir()
    check_writable(file)
    (tmp_path / "target/mine-1.dist-info/RECORD").write_text("")
    with pytest.raises(ValueError, match=r"registered\.json belongs to an installed package.*Clone its repository"):
        check_writable(file)
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with pytest.raises(ValueError, match=r"redraws\.json cannot be written: register in a checkout"):
        check_writable(tmp_path / "redraws.json")


def test_this_checkout_may_be_edited():
    for one in experiments().values():
        check_writable(one.path)


def test_other_versions_than_those_of_the_registration_are_one_line(toy):
    register(toy, FEWER, MOSTLY)
    assert by_hand(toy, "register").outlines == ["4 of 4 as registered (claims by tier)"]
    rewrite(toy, "numpy ", "numpy 0.1, once ", "registered.json")
    first, last = by_hand(toy, "register").outlines
    assert first.startswith("registered with ")
    assert "numpy 0.1, once " in first.split("; this is ")[0]
    assert "numpy 0.1" not in first.split("; this is ")[1]
    assert last == "4 of 4 as registered (claims by tier)"
    toy.runpytest_subprocess("-p", "no:randomly", "-p", "no:cacheprovider", "-m", "fast", "--hw1-jobs", "1")
    account = json.loads((toy.path / ".hw1/manifest.json").read_text())["experiments"][0]
    assert account["made_elsewhere"] == first
    assert main(["report", str(toy.path / ".hw1/manifest.json")]) == 0
    assert f"Claims of this run were {first}." in (toy.path / ".hw1/manifest.html").read_text().replace("&#39;", "'")


def test_hw1s_own_log_leads_to_the_revisions_of_today():
    last = {one.name: registration.redraws_of(one)[-1:] for one in experiments().values()}
    assert {name: [one.new for one in found] for name, found in last.items()} == {
        name: [one.revision] if one.revision > 1 else [] for name, one in experiments().items()
    }
    for one in read(Path(registration.__file__).parents[1] / "claims"):
        check_reason(one.reason)
        assert one.old < one.new


def test_what_is_added_to_a_log_is_read_from_it(tmp_path):
    redraws = [Redraw("2026-01-31", f"coins_{i}", i, i + 1, "so it was, “once”", ("a", "b")) for i in (1, 2)]
    for one in redraws:
        add(tmp_path, one)
    assert read(tmp_path) == redraws
    assert len((tmp_path / "redraws.json").read_text().splitlines()) == 4


def test_how_often_seeds_were_redrawn_is_told_even_where_the_log_began_later():
    known = {"date": "2026-01-31", "from": 2, "to": 3, "reason": "a wider margin"}
    assert redrawn({"revision": 3, "redraws": [known]}) == (
        "2 redraws so far (2026-01-31, to revision 3: a wider margin)"
    )
    assert redrawn({"revision": 2}) == "1 redraw so far"
    assert redrawn({"revision": 1, "redraws": []}) == ""


def test_a_package_that_has_the_full_tier_alone_registers_on_its_tables(toy):
    rewrite(toy, "FAST = Setting()\nFULL = replace(FAST, tosses=2000)", "FULL = Setting(tosses=2000)")
    rewrite(toy, "@claim(\n", '@claim(\n    tiers=("full",),\n')
    rewrite(toy, '@claim(source="arithmetic", ', '@claim(tiers=("full",), because="dear", source="arithmetic", ')
    result = register(toy, FEWER, MOSTLY)
    assert (result.ret, result.outlines[-2:]) == (
        0,
        [f"{FEWER}: registered as holds in full", f"{MOSTLY}: registered as refuted in full"],
    )
    assert register(toy, FEWER).outlines == [f"{FEWER}: as registered, nothing to do"]
