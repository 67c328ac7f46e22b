"""`hw1 test`: the claims as tests where there is no clone, made from the registry."""

import json
import re
import subprocess
import sys

import pytest

from hw1.plugin.anywhere import module_of
from hw1.plugin.calls import asked, call
from hw1.registry import all_claims, experiments
from hw1.report.contents import command

HOSTILE = '[tool.pytest]\naddopts = ["--no-such-option"]\n'


@pytest.fixture
def anywhere(toy, tmp_path_factory):
    """Run `hw1 test` on the toy's claims in a folder with settings and tests of another kind."""
    folder = tmp_path_factory.mktemp("elsewhere")
    (folder / "pyproject.toml").write_text(HOSTILE)
    (folder / "conftest.py").write_text("raise SystemExit('of other tests')\n")
    (folder / "test_other.py").write_text("def test_other(): raise AssertionError\n")

    def run(*arguments):
        words = ["-m", "hw1", "--claims", "toy_claims", "test", "-p", "no:randomly", "--hw1-jobs", "1", *arguments]
        return subprocess.run([sys.executable, *words], cwd=folder, capture_output=True, text=True, check=False)

    run.folder = folder
    return run


def decisions(folder):
    made = json.loads((folder / ".hw1/manifest.json").read_text())
    return [{**one, "test": "", "seconds": 0, "took": {}} for one in made["decisions"]]


def test_it_decides_as_in_the_clone_and_takes_no_settings_of_the_folder_it_is_in(anywhere, check, toy):
    check("-m", "fast").assert_outcomes(passed=2, deselected=4)
    done = anywhere()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed, 4 deselected" in done.stdout
    assert decisions(anywhere.folder) == decisions(toy.path)
    assert {one.name for one in anywhere.folder.glob(".*")} == {".hw1", ".pytest_cache"}, "and leaves nothing else"


def test_every_claim_in_every_tier_and_each_trained_control_is_a_test():
    wanted = sorted(
        f"{claim.name}[{tier}{twin}]"
        for claim in all_claims()
        for tier in claim.tiers
        for twin in (["", "-control"] if claim.control.trains else [""])
    )
    made = [pair for one in experiments().values() for pair in vars(module_of(one)).items()]
    found = sorted(
        f"{name.removeprefix('test_')}[{one.id}]"
        for name, test in made
        if name.startswith("test_")
        for one in test.pytestmark[0].args[1]
    )
    assert found == wanted


def test_a_claim_that_is_not_as_registered_fails_in_its_own_words_with_status_1(anywhere, toy):
    file = toy.path / "toy_claims/coins/biased.py"
    file.write_text(file.read_text().replace("by=0.2", "by=0.6"))
    done = anywhere("-k", "fewer_tails")
    assert done.returncode == 1
    assert "1 failed" in done.stdout
    assert re.search(
        r"a_biased_coin_shows_fewer_tails \[fast\] (refuted|inconclusive).*\(expected: holds;", done.stdout
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--hw1-seeds", "0"], "--hw1-seeds 0: at least one seed is needed"),
        (["--such-an-option"], "unrecognized arguments: --such-an-option"),
        (["-k", "no_such_claim"], "6 deselected"),
    ],
)
def test_what_selects_nothing_or_cannot_work_ends_with_2(anywhere, arguments, said):
    done = anywhere(*arguments)
    assert done.returncode == 2
    assert said in done.stdout + done.stderr


def test_workers_of_xdist_have_the_same_claims(anywhere):
    done = anywhere("-n", "2")
    assert "2 passed" in done.stdout
    assert done.returncode == 0


def test_a_shard_says_the_command_that_was_typed(anywhere):
    done = anywhere("--hw1-shard", "1/2", "-x")
    assert "python -m hw1 --claims toy_claims test -p no:randomly --hw1-jobs 1 -x" in done.stdout


def test_the_words_of_a_call_are_found_again(tmp_path):
    assert asked(call(["-k", "fast"], None, tmp_path)) == (["python", "-m", "hw1", "test"], ["-k", "fast"])
    assert asked(["-m", "fast"]) == (["pytest"], ["-m", "fast"])


def test_the_report_asks_for_such_a_test_by_its_name():
    record = {"test": "coins/biased::test_a_coin[fast]", "tier": "fast", "control": None}
    assert command(record, {"block": 1}) == "python -m hw1 test -k test_a_coin -m fast"


def test_options_of_other_commands_stay_their_own(capsys):
    from hw1.__main__ import main

    with pytest.raises(SystemExit, match="2"):
        main(["list", "--hw1-seeds", "3"])
    assert "unrecognized arguments: --hw1-seeds 3" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["check", "deeper_nets_fit_sin_better"], ["run", "deep_vs_shallow"]])
def test_a_second_field_behind_one_set_is_told_how_to_be_written(command, capsys):
    from hw1.__main__ import main

    with pytest.raises(SystemExit, match="2"):
        main([*command, "--set", "lr=0.01", "updates=20"])
    assert "updates=20: each field needs a --set of its own, as in --set updates=20\n" in capsys.readouterr().err
