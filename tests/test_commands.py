"""`python -m hw1` by hand: what it prints, and one clear line for wrong input."""

import dataclasses
import math
import pkgutil
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pandas as pd
import pytest

from hw1.__main__ import main
from hw1.commands import tables
from hw1.commands.run import _medians
from hw1.figures import Figure, Table
from hw1.registry import all_claims, find_claim, find_experiment, registration
from hw1.running.results import Results


@pytest.fixture
def hw1(capsys, tmp_path, monkeypatch):
    """Run a command in an empty folder; returns status, output and errors."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        status = main(arguments)
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run


@pytest.fixture
def tiny_deep_vs_shallow(monkeypatch):
    """The experiment with a setting that takes a second."""
    module = find_experiment("deep_vs_shallow").module
    monkeypatch.setattr(module, "FAST", dataclasses.replace(module.FAST, updates=5, points=16))


QUICK = ("--set", "updates=5", "--set", "points=16", "--set", "stack=2", "--jobs", "1")


def test_the_script_is_the_module():
    scripts = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]["scripts"]
    assert pkgutil.resolve_name(scripts["hw1"]) is main


def test_list_shows_families_experiments_claims_and_their_registration(hw1):
    status, out, _ = hw1("list")
    assert status == 0
    assert "function_fitting / deep_vs_shallow (revision" in out
    assert "deeper_nets_fit_sin_better, expected: holds [fast registered" in out
    assert "At equal parameters, three tanh layers fit sin 5 pi x" in out


def test_run_with_few_seeds_prints_tables_and_no_verdict(hw1):
    status, out, _ = hw1("run", "deep_vs_shallow", "--seeds", "2", *QUICK)
    assert status == 0
    assert "deep, 2 seeds: median [quartiles]" in out
    assert "deeper_nets_fit_sin_better: no verdict" in out
    assert "Use at least 10" in out


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("stack=0", "stack=0: give 1 or more; it is registered as 12"),
        ("deep=64", "deep=64: deep is a tuple of whole numbers (now (14, 14, 14)), this is not. Write deep=64,"),
        (
            "activation=rely",
            "activation='rely': deep_vs_shallow (arm deep) cannot run so: activation='rely' is unknown",
        ),
        ("points=1", "points=1: give 2 or more"),
        ("lr=0", "lr=0.0: deep_vs_shallow (arm deep) cannot run so: lr=0.0 cannot train anything. Use a positive"),
    ],
)
@pytest.mark.parametrize("command", [("run", "deep_vs_shallow"), ("check", "deeper_nets_fit_sin_better")])
def test_a_setting_that_cannot_work_is_one_line_and_nothing_is_trained(hw1, command, change, message, monkeypatch):
    monkeypatch.setattr(Results, "compute", lambda *_: pytest.fail("trained"))
    status, _, err = hw1(*command, "--set", change, "--jobs", "1")
    assert status == 2
    assert err.startswith(f"hw1: {message}")
    assert err.count("\n") == 1


def test_run_with_enough_seeds_in_another_setting_gives_its_verdict(hw1):
    small = ("--set", "train=150", "--set", "test=300", "--jobs", "1")
    status, out, _ = hw1("run", "random_features", "--seeds", "12", *small)
    assert status == 0
    assert "squared_test_loss_explodes_where_features_equal_examples: holds: test_mse, around below equal by" in out
    assert "(range of 12 seeds), 12/12 seeds" in out
    assert "where_features_equal_examples: holds" in hw1("run", "random_features", "--seeds", "10", *small)[1], (
        "10 of 10 are enough at the full alpha, though no registered look has as few"
    )


def test_run_where_nothing_was_learned_says_that_there_is_no_verdict(hw1):
    status, out, _ = hw1("run", "deep_vs_shallow", "--seeds", "12", *QUICK)
    assert status == 0
    assert "deeper_nets_fit_sin_better: no verdict: 0 of 12 seeds fitted the sine with the deep net" in out


def test_run_of_a_family_runs_each_of_its_experiments(hw1):
    status, out, _ = hw1("run", "random_labels", "--seeds", "1", "--set", "epochs=1", "--set", "stack=1", "--jobs", "1")
    assert status == 0
    for name in ("corruption", "memorisation", "noisy_labels", "restraints"):
        assert f"random_labels / {name}: Setting(" in out


def test_run_of_a_family_passes_over_what_has_no_setting_for_the_tier(hw1, monkeypatch):
    monkeypatch.delattr(find_experiment("corruption").module, "FULL")
    shards = ("--shard", "1/1000", "--set", "data=digits", "--set", "train=200", "--set", "test=100")
    small = ("--set", "epochs=1", "--set", "stack=1", "--seeds", "1", "--jobs", "1")
    status, out, _ = hw1("run", "random_labels", "--tier", "full", *shards, *small)
    assert status == 0
    assert "random_labels / corruption: no setting for full, skipped\n" in out
    assert "random_labels / memorisation: Setting(" in out
    status, _, error = hw1("run", "corruption", "--tier", "full", "--seeds", "1")
    assert status == 2
    assert "corruption has no setting for the tier 'full': ask for 'fast', or write FULL = Setting(...) in " in error


def test_the_median_of_two_seeds_is_their_mean_and_infinities_do_no_harm():
    def line(*values):
        runs = pd.DataFrame({"seed": range(len(values)), "arm": "deep", "loss": values})
        return list(_medians(runs, find_experiment("deep_vs_shallow")))[1].strip()

    assert line(1.0, 2.0) == "loss 1.5 [1, 2]"
    assert line(1.0, math.inf, math.inf, math.inf) == "loss inf [inf, inf]"


def test_run_of_one_arm_leaves_claims_about_two_unscored(hw1):
    _, out, _ = hw1("run", "deep_vs_shallow", "--seeds", "2", "--arms", "deep", *QUICK)
    assert "deeper_nets_fit_sin_better: not scored" in out


def test_what_was_run_is_kept_in_the_store(hw1, tmp_path):
    _, _, first = hw1("run", "deep_vs_shallow", "--seeds", "2", *QUICK)
    _, _, second = hw1("run", "deep_vs_shallow", "--seeds", "2", *QUICK)
    assert "computing 2 cells" in first
    assert second == ""
    assert (tmp_path / ".hw1/results.sqlite").exists()


def test_run_writes_its_tables_where_it_is_told(hw1, tmp_path):
    status, out, _ = hw1("run", "deep_vs_shallow", "--seeds", "2", "--tables", "new/folder", *QUICK)
    assert status == 0
    assert "table: new/folder/deep_vs_shallow-curves.csv" in out
    runs = pd.read_csv(tmp_path / "new/folder/deep_vs_shallow-runs.csv")
    assert [*runs.columns[:2]] == ["seed", "arm"]
    assert len(runs) == 4
    (tmp_path / "file").touch()
    status, _, err = hw1("run", "deep_vs_shallow", "--seeds", "2", "--tables", "file", *QUICK)
    assert (status, err.splitlines()[-1][:37]) == (2, "hw1: --tables file cannot be written ")


def test_a_card_is_printed_whole_or_as_a_table_that_can_be_kept(hw1, tmp_path, tiny_deep_vs_shallow):
    """On a setting of seconds the claim is another one, so it is judged on development seeds."""
    name = "deeper_nets_fit_sin_better"
    status, out, _ = hw1("card", name, "--jobs", "1", "--write", "cards.md")
    assert status == 0
    revision = find_experiment("deep_vs_shallow").revision
    assert out.splitlines()[0].startswith(f"{name} [fast], revision {revision}, block 0, development: ")
    assert "\n  where all arms are the same: " in out
    page = (tmp_path / "cards.md").read_text()
    assert f"Made by `python -m hw1 card {name} --write FILE --block 1`" in page
    assert f"| {name} | {revision} (development) | " in page


def test_fresh_blocks_are_judged_once_and_pooled(hw1, tmp_path, monkeypatch, tiny_deep_vs_shallow):
    """Five updates teach nothing, so the claim takes all looks and is red; what counts is that it is counted once."""
    monkeypatch.setattr("hw1.judging.decisions.status", lambda claim, tier: "registered")
    monkeypatch.setattr("hw1.commands.flake.is_registered", lambda claim, tier: True)
    name = "deeper_nets_fit_sin_better"
    status, out, err = hw1("flake", name, "--blocks", "200:202", "--jobs", "1")
    assert status == 0
    assert [err.count(f"computing {cells} cells") for cells in (2, 4)] == [6, 3]  # looks of block 1 and two others
    assert out.count("0 of 1 as registered") == 2
    assert f"  {name} [fast] no verdict: 0 of 48 seeds fitted the sine with the deep net" in out
    assert "2 of 2 blocks on which all 1 claims were judged had a red one; rate of red runs at most 1 (95%" in out
    status, out, err = hw1("flake", name, "--blocks", "201:203", "--jobs", "1", "--write", "flake.md")
    assert [err.count(f"computing {cells} cells") for cells in (2, 4)] == [2, 1]
    assert out.count("0 of 1 as registered") == 1
    assert "block 202: " in out
    assert (
        f"| {name} | holds | 3 | 3 | 3 (0.4) | 3 (0.0067) | 0/36 | 1 | 1 | 1 |" in (tmp_path / "flake.md").read_text()
    )
    assert hw1("flake", name)[2] == ""


def test_what_differs_from_its_registration_is_not_judged_on_fresh_blocks(hw1, tiny_deep_vs_shallow):
    status, out, _ = hw1("flake", "deeper_nets_fit_sin_better", "--blocks", "200")
    assert status == 0
    assert out.splitlines() == [
        "deeper_nets_fit_sin_better: not registered, left out",
        "claim  expected  blocks  red  look 2 (predicted)  look 3 (predicted)  first looks  rate predicted  "
        "at most (seeds)  at most (blocks)",
        "no block has been judged: give --blocks",
    ]


@pytest.fixture
def all_registered(monkeypatch):
    """Registrations of hw1's claims as they are now."""
    known = {claim.name: {tier: registration.frozen(claim, tier) for tier in claim.tiers} for claim in all_claims()}
    monkeypatch.setattr(registration, "registered", lambda claim: known)
    return known


def test_register_without_names_says_that_nothing_differs(hw1, all_registered):
    status, out, _ = hw1("register")
    assert status == 0
    assert re.fullmatch(r"(\d+) of \1 as registered \(claims by tier\)\n", out)


def test_register_without_names_shows_what_changed_and_what_registering_it_would_redraw(
    hw1, all_registered, monkeypatch
):
    claim, module = find_claim("deeper_nets_fit_sin_better"), find_experiment("deep_vs_shallow").module
    monkeypatch.setitem(claim.p0, "fast", 0.75)
    monkeypatch.setattr(module, "FULL", dataclasses.replace(module.FULL, updates=5))
    lines = hw1("register")[1].splitlines()
    assert lines[:4] == [
        "deeper_nets_fit_sin_better [fast]: development: p0 changed since it was registered",
        "  p0: 0.5 -> 0.75",
        "deeper_nets_fit_sin_better [full]: development: its code or setting changed since it was registered",
        lines[3],
    ]
    assert re.fullmatch(r"  its code or setting: '\w{16}' -> '\w{16}'", lines[3])
    names = "deeper_nets_fit_sin_better deeper_nets_need_fewer_updates"  # both read the setting of full
    assert lines[-3] == f"to register: python -m hw1 register {names}"
    bump = f"unless scores are what they were, deep_vs_shallow: REVISION {module.REVISION} -> {module.REVISION + 1}"
    assert lines[-2] == f"  {bump} redraws the seeds of {names.replace(' ', ', ')}"


def test_register_names_what_was_registered_and_is_gone(hw1, all_registered):
    all_registered["nets_can_sing"] = {}
    assert hw1("register")[1].startswith("nets_can_sing: registered, but there is no such claim\n")


def test_data_lists_what_is_there_and_where_the_rest_is_looked_for(hw1, tmp_path, monkeypatch):
    monkeypatch.delenv("HW1_DATA", raising=False)
    assert "digits: bundled with scikit-learn" in hw1("data")[1]
    assert "cifar10: absent (no folder is named by HW1_DATA or --data)" in hw1("data")[1]
    (tmp_path / "cifar10/train").mkdir(parents=True)
    assert f"cifar10: in {tmp_path}/cifar10/train" in hw1("data", "--data", str(tmp_path))[1]


def test_an_unknown_tier_or_command_names_those_there_are(hw1, capsys):
    for arguments, message in (
        (("run", "deep_vs_shallow", "--tier", "medium"), "invalid choice: 'medium' (choose from 'fast', 'full')"),
        (("walk",), "invalid choice: 'walk' (choose from 'list', 'run'"),
    ):
        with pytest.raises(SystemExit, match="2"):
            hw1(*arguments)
        assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("run", "astrology"), "no experiment or family 'astrology': there are "),
        (("run", "deep_vs_shallow", "--arms", "deeper"), "no arm 'deeper' in deep_vs_shallow: there are deep, shallow"),
        (("run", "random_labels", "--arms", "true"), "--arms belongs to one experiment, and random_labels is a family"),
        (("run", "deep_vs_shallow", "--set", "rate=1"), "no field 'rate' in this setting: there are points, updates"),
        (("run", "deep_vs_shallow", "--set", "lr"), "--set 'lr' has no '=': write field=value"),
        (("run", "deep_vs_shallow", "--set", "lr=fast"), "lr='fast': lr is a number (now 0.002), this is not"),
        (
            ("run", "deep_vs_shallow", "--set", "updates=2.5"),
            "updates=2.5: updates is a whole number (now 3000), this is not",
        ),
        (("run", "deep_vs_shallow", "--seeds", "0"), "--seeds 0: at least one seed is needed, and 10 for a verdict"),
        (("run", "deep_vs_shallow", "--seeds", "2000"), "2000 seeds do not fit into a block of 1000"),
        (("run", "deep_vs_shallow", "--block", "-1"), "block -1 is below 0"),
        (("run", "deep_vs_shallow", "--gpu", "--device", "cpu"), "--gpu and --device cpu contradict each other"),
        (("run", "deep_vs_shallow", "--block", "9" * 20), f"block {'9' * 20} is above the last, 1000000"),
        (("run", "deep_vs_shallow", "--device", "tpu"), "no device 'tpu'"),
        (("card",), "no claim was named: name claims or experiments, or give --all"),
        (("flake", "--blocks", "1:3"), "--blocks 1:3: give at least one block, 100 or above"),
        (("flake", "--blocks", "200-210"), "--blocks 200-210: write A:B for the blocks A to B - 1, such as 200:220"),
        (("register", "stars"), "no claim 'stars': there are "),
        (("run", "deep_vs_shallow", "--shard", "3/2"), "--shard 3/2: write i/n with i from 1 to n"),
        (("merge", "nowhere.sqlite"), "store nowhere.sqlite does not exist: check the path"),
        (("data", "--data", "nowhere"), "data folder nowhere does not exist"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_input_is_one_line_that_says_what_to_do(hw1, arguments, message, tmp_path):
    status, _, err = hw1(*arguments)
    assert status == 2
    assert message in err
    assert "Traceback" not in err
    assert not (tmp_path / ".hw1").exists()


def test_shards_of_a_run_merge_into_what_it_would_have_computed(hw1, tmp_path):
    for i in (1, 2):
        status, out, _ = hw1(
            "run", "deep_vs_shallow", "--seeds", "2", *QUICK, "--shard", f"{i}/2", "--store", f"{i}.sqlite"
        )
        assert status == 0
        assert f"shard {i}/2: 1 of 2 cells are its share: 1 computed" in out
        assert "median" not in out
    status, out, _ = hw1("merge", "1.sqlite", "2.sqlite")
    assert (status, out) == (0, ".hw1/results.sqlite: 2 cells are new, 0 were known; from 1.sqlite, 2.sqlite\n")
    _, out, err = hw1("run", "deep_vs_shallow", "--seeds", "2", *QUICK)
    assert "deep, 2 seeds: median" in out
    assert err == ""


def test_tables_of_a_family_are_a_page_of_markdown(hw1, tmp_path, monkeypatch):
    table = Table(caption="Seeds", head=("arm", "won"), rows=(("deep", "24/24"),))
    figure = Figure(title="The answer", caption="In rows.", tables=(table,))
    found = {"deep_vs_shallow": [figure]}
    monkeypatch.setattr(tables, "_with_tables", lambda experiment, _: found.get(experiment.name, []))
    status, out, _ = hw1("tables", "function_fitting", "--write", "page.md", "--block", "0")
    assert status == 0
    assert (tmp_path / "page.md").read_text() == out
    assert (
        "# Function fitting\n\n## The answer\n\nIn rows. `deep_vs_shallow`: 12 seeds, fast tier, block 0; torch" in out
    )
    assert "Seeds:\n\n| arm | won |\n| --- | --- |\n| deep | 24/24 |\n" in out
    assert "Made by `python -m hw1 tables function_fitting --block 0`." in out
    out = hw1("tables", "function_fitting", "--seeds", "24")[1]
    assert "`deep_vs_shallow`: 24 seeds, fast tier, block 1; torch" in out
    assert "Made by `python -m hw1 tables function_fitting --seeds 24`." in out


def test_tables_where_there_are_none_say_so(hw1, monkeypatch):
    monkeypatch.setattr(tables, "_with_tables", lambda *_: [])
    status, _, err = hw1("tables", "deep_vs_shallow")
    assert status == 2
    assert "no figure of deep_vs_shallow has a table of its own" in err


def test_an_interrupted_command_says_that_it_goes_on(hw1, monkeypatch):
    def interrupted(*cells, **how):
        raise KeyboardInterrupt

    monkeypatch.setattr("hw1.running.results.compute", interrupted)
    status, _, err = hw1("run", "deep_vs_shallow", "--seeds", "2", *QUICK)
    assert status == 130
    assert err == "hw1: interrupted; what was computed is stored, and the same command goes on from there\n"


def test_a_reader_that_has_seen_enough_ends_a_command_quietly():
    command = [sys.executable, "-m", "hw1", "list"]
    root = Path(__file__).parents[1]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 141
