"""Both scales side by side: what is decided at the published one, where it agrees, and the price of the rest."""

import json
import re

import pytest

from hw1.__main__ import main
from hw1.manifest.records import document, write
from hw1.registry import all_claims, experiment_of, find_claim, find_experiment
from hw1.report.scales import beside, closing, outdated
from hw1.report.scales_page import page
from hw1.running import costs

ONE, TWO = "without_a_nonlinearity_a_deep_net_is_a_line", "the_nonlinearity_is_needed"
THREE = "minimising_the_gradient_of_an_untrained_net_ends_at_a_saddle"
MADE = {
    "torch": "2.14.1",
    "python": "3.11.7",
    "device": "cpu",
    "processor": "a<b>c",
    "block": 1,
    "commit": "27004db1c9ee",
}
RUN = {"name": "runs/full.json", "date": "2026-01-01T00:00:00+00:00", "environment": MADE}


@pytest.fixture
def claims():
    return [find_claim(name) for name in (ONE, TWO, THREE)]


@pytest.fixture
def decision(decision):
    """Makes decisions of claims of today's revision."""

    def made(name, **changes):
        return decision(name, **{"revision": experiment_of(find_claim(name)).revision} | changes)

    return made


@pytest.fixture
def found(claims, decision):
    """One claim decided at both scales alike, one otherwise, one at the small scale alone."""
    fast = [decision(name) for name in (ONE, TWO, THREE)]
    made = {"tier": "full", "run": RUN}
    full = [decision(ONE, ratio=8.0, **made), decision(TWO, ratio=0.5, seconds=7_200, **made)]
    trained = decision(THREE, tier="full", control="equal_depth")
    return beside(claims, [*fast, *full, trained], {"minimal_ratio": 0.25}, {THREE: 0.12, ONE: 0.1})


def test_claims_of_the_small_scale_alone_are_left_out(found, decision):
    small = find_claim("classification_needs_cross_entropy")
    assert beside([small], [decision(small.name)], {}) == []
    assert len(found) == 3


def test_it_counts_what_is_decided_and_names_where_the_scales_differ(found):
    assert closing(found) == [
        "2 of 3 claims decided at the published scale, of 2 families",
        "the same verdict at both scales: 1 of 2",
        f"another verdict: {TWO}",
        "not run: 1 claim of 1 experiment, 0.25 core-hours for the first looks",
    ]


def test_a_decision_on_seeds_that_were_redrawn_since_does_not_count(claims, decision, tmp_path, account, capsys):
    old = decision(ONE, tier="full", revision=experiment_of(claims[0]).revision - 1)
    assert all(one.full is None for one in beside(claims, [old], {}))
    assert outdated(claims, [old, decision(TWO, tier="full")]) == [ONE]
    write(
        tmp_path / "old.json", document([old], MADE | {"hw1": "0.2.0", "looks": 3}, [account(figures=[], tier="full")])
    )
    assert main(["scales", str(tmp_path / "old.json")]) == 0
    assert f"of another revision than today's, and not counted: {ONE}\n" in capsys.readouterr().out


def test_a_claim_whose_control_holds_too_is_not_decided(claims, decision):
    wrong = decision(ONE, tier="full", run=RUN, ratio=8.0)
    wrong["table_control"] = {**wrong["verdict"], "right": False}
    found = beside(claims, [decision(ONE), wrong], {})
    assert closing(found) == [
        "0 of 3 claims decided at the published scale, of 0 families",
        f"not decided, as a control failed: {ONE}",
        "not run: 2 claims of 2 experiments",
    ]
    text = "\n".join(page(found, [RUN], "the command"))
    assert "| **a control failed**: holds, ratio" in text
    assert "| `full.json` | 1 with a failed control | " in text


def test_a_claim_that_was_run_without_a_verdict_is_not_decided(claims, decision):
    left = decision(ONE, tier="full", run=RUN)
    left["verdict"] = {**left["verdict"], "outcome": "inconclusive"}
    found = beside(claims, [decision(ONE), left], {})
    assert closing(found) == [
        "0 of 3 claims decided at the published scale, of 0 families",
        f"run, and not decided: {ONE}",
        "not run: 2 claims of 2 experiments",
    ]
    assert "| inconclusive, ratio" in "\n".join(page(found, [RUN], "the command"))


def test_a_family_is_one(claims, decision):
    assert closing(beside(claims, [decision(ONE, tier="full")], {}))[0].endswith(", of 1 family")


def test_nothing_decided_compares_nothing(claims):
    assert closing(beside(claims, [], {"minimal_ratio": 2.0})) == [
        "0 of 3 claims decided at the published scale, of 0 families",
        "not run: 3 claims of 3 experiments, more than 2 core-hours for the first looks",
    ]


def test_a_control_that_trains_decides_with_its_claim_and_is_missed_where_it_was_not_run(decision):
    name = "deeper_nets_fit_sin_better"
    claim, own = find_claim(name), decision(name, tier="full", run=RUN, ratio=8.0)
    missed = f"decided without its control, which trains and was not run there: {name}"
    assert closing(beside([claim], [own], {}))[1:] == [missed]
    twin = decision(name, tier="full", run=RUN, control=claim.control.name)
    assert len(closing(beside([claim], [own, twin | {"as_registered": True}], {}))) == 1
    (one,) = beside([claim], [own, twin | {"as_registered": False}], {})
    assert one.outcome == "with a failed control"


def test_the_page_has_a_row_for_each_decided_claim_and_a_price_for_the_rest(found):
    text = "\n".join(page(found, [RUN, RUN | {"name": "fast.json"}], "the command"))
    rows = {line.split("`")[1]: line for line in text.splitlines() if line.startswith("| `") and "`: " in line}
    assert set(rows) == {ONE, TWO}
    assert rows[ONE].count("holds, ratio") == 2
    assert "**other**: refuted" in rows[TWO]
    assert rows[TWO].endswith("| 2 |")
    assert f"- `minimal_ratio` (about 0.25 core-hours for the first look): `{THREE}` (0.12 alone)" in text
    made = "2026-01-01, commit 27004db1c9ee, block 1, torch 2.14.1, Python 3.11.7, cpu (a&lt;b>c)"
    assert f"| `full.json` | 1 holds, 1 refuted | 2 | {made} |" in text
    assert f"| `fast.json` | none: the small scale |  | {made} |" in text
    assert "Made by `the command`." in text


def test_the_command_joins_manifests_and_writes_the_page(tmp_path, decision, account, capsys):
    for tier in ("fast", "full"):
        environment = {"python": "3.13.1", "torch": "2.14.1", "hw1": "0.2.0", "device": "cpu", "block": 1, "looks": 3}
        one = decision(ONE, tier=tier, family="function_fitting", experiment="activations")
        write(tmp_path / f"{tier}.json", document([one], environment, [account(figures=[], tier=tier)]))
    files = [str(tmp_path / f"{tier}.json") for tier in ("fast", "full")]
    assert main(["scales", *files, "--write", str(tmp_path / "scales.md")]) == 0
    full = sum("full" in one.tiers for one in all_claims())
    assert f"1 of {full} claims decided" in capsys.readouterr().out
    text = (tmp_path / "scales.md").read_text()
    assert text.count(f"\n| `{ONE}`") == 1
    assert text.count("price not known") + text.count("core-hours for the first look") > 20
    corruption = next(line for line in text.splitlines() if line.startswith("- `corruption`"))
    assert re.findall(r"`(\w+)` \([\d.]+ alone\)", corruption) == [
        "random_labels_leave_test_accuracy_at_chance",
        "random_labels_raise_the_test_loss_above_uniform_guessing",
        "random_labels_take_longer_to_fit",
    ]
    assert "`each_step_of_corruption_lowers_test_accuracy`" in corruption


def test_the_page_closes_with_the_claims_of_the_small_scale_and_why(found, claims):
    small = find_claim("the_variance_of_eight_runs_is_between_them")
    text = "\n".join(page(found, [RUN], "the command", [*claims, small]))
    assert text.endswith(f"- `eight_runs`: `{small.name}`. *Why:* {small.because}.")
    fails = find_claim("drawing_with_replacement_slows_training")
    holds = find_claim("examples_sorted_by_class_ruin_training")
    text = "\n".join(page(found, [RUN], "the command", [fails, holds]))
    assert text.endswith(f"- `order`: 2 claims. *Why:* {holds.because}.")
    assert "At the small scale alone" not in "\n".join(page(found, [RUN], "the command", claims))


def test_the_page_says_which_claims_the_small_scale_does_not_make_and_why(decision):
    large = find_claim("matching_units_halves_the_barrier")
    text = "\n".join(page(beside([large], [decision(large.name, tier="full", run=RUN)], {}), [RUN], "it", [large]))
    row = next(line for line in text.splitlines() if line.startswith(f"| `{large.name}"))
    assert "| not made there |" in row
    assert text.endswith(
        f"## At the published scale alone, and why\n\n- `unit_matching`: `{large.name}`. *Why:* {large.because}."
    )


def test_the_page_says_how_the_settings_differ_and_which_were_chosen_late(claims):
    few = find_claim("two_bits_ruin_a_wide_net")
    lines = list(page(beside([*claims, few], [], {}), [RUN], "it"))
    assert "- `minimal_ratio`: nets 20 → 100." in lines
    (line,) = (line for line in lines if line.startswith("- `few_bits`: data"))
    assert line.startswith("- `few_bits`: data digits → cifar10; train 1000 → 50000;")
    assert "stack" not in line
    assert "*Chosen later, before anyone had run it:* 2026-11-30: families beyond the coursework" in line


def test_an_experiment_is_named_once_though_its_claims_lie_apart():
    apart = ("along_the_decline_training_loss_rises", ONE, "less_sensitive_nets_generalise_better")
    text = "\n".join(page(beside([find_claim(name) for name in apart], [], {}), [RUN], "the command"))
    assert text.count("- `batch_size` (") == 1


def test_it_overwrites_nothing_but_its_own_page(tmp_path, capsys):
    mine = tmp_path / "mine.md"
    mine.write_text("my notes")
    assert main(["scales", "a.json", "--write", str(mine)]) == 2
    assert mine.read_text() == "my notes"
    assert capsys.readouterr().err.count("\n") == 1


def test_a_price_is_known_only_where_the_table_has_every_arm(tmp_path, monkeypatch):
    from hw1.machine.devices import CPU
    from hw1.running.cells import cells_of

    experiment = find_experiment("deep_vs_shallow")
    cells = cells_of(experiment, experiment.setting("full"), experiment.arms, range(12), CPU)
    table = tmp_path / "costs.json"
    monkeypatch.setattr(costs, "table_of", lambda _: table)
    chunk = len(cells[0].seeds)
    row = {"setting": cells[0].digest, "seeds": chunk, "seconds": dict.fromkeys(experiment.arms, 50.0)}
    for seconds, price in (
        (row["seconds"], 50.0 * 12 / chunk * len(experiment.arms)),
        ({experiment.arms[0]: 50.0}, None),
    ):
        table.write_text(json.dumps({"experiments": {experiment.name: [row | {"seconds": seconds}]}}))
        costs.forget()
        assert costs.priced(cells) == price
    costs.forget()
