"""Shards deal out all cells, each once and evenly, and judge nothing."""

import json
import re
import shutil
import sys
from collections import Counter
from dataclasses import dataclass

import pytest

from hw1.running.shards import Shard, shard


@dataclass(frozen=True)
class Cell:
    """All that a shard looks at."""

    label: str
    seeds: tuple[int, ...]

    @property
    def place(self):
        return self.label, self.seeds


CELLS = [Cell(f"{name}/arm", (first, first + 1)) for name in "abcde" for first in range(1000, 1014, 2)]


@pytest.mark.parametrize("of", [1, 2, 3, 4, 7, 50])
def test_each_cell_is_in_one_share_and_each_label_is_spread_evenly(of):
    shares = [Shard(i, of).share(CELLS) for i in range(1, of + 1)]
    assert Counter(cell for share in shares for cell in share) == Counter(CELLS)
    for label in {cell.label for cell in CELLS}:
        counts = [sum(cell.label == label for cell in share) for share in shares]
        assert max(counts) - min(counts) <= 1
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_a_share_does_not_depend_on_the_order_of_the_tests_or_on_how_often_a_cell_is_needed():
    assert Shard(2, 3).share(CELLS) == Shard(2, 3).share([*reversed(CELLS), *CELLS[:9]])


@pytest.mark.parametrize("text", ["0/4", "5/4", "1", "1/0", "a/b", "-1/4", "1/4/2"])
def test_another_text_is_refused_with_an_example(text):
    with pytest.raises(ValueError, match=re.escape(f"--hw1-shard {text}: write i/n with i from 1 to n, as in 2/4")):
        shard(text, "--hw1-shard")


@pytest.fixture
def check(toy):
    """Run pytest on the toy project: 6 cells in the first look."""

    def run(*arguments):
        return toy.runpytest_subprocess("-p", "no:randomly", "-p", "no:cacheprovider", "--hw1-jobs", "1", *arguments)

    return run


def merged(toy, *stores):
    return toy.run(sys.executable, "-m", "hw1", "merge", *stores)


def decisions(toy):
    made = json.loads((toy.path / ".hw1/manifest.json").read_text())["decisions"]
    return [{key: d[key] for key in ("claim", "scores", "effects", "verdict", "table_control")} for d in made]


@pytest.mark.slow
def test_four_shards_merged_in_any_order_end_like_one_run(check, toy):
    stores = [f"shards/{i}.sqlite" for i in range(1, 5)]
    for i, (store, n) in enumerate(zip(stores, (2, 2, 1, 1), strict=True), 1):
        result = check("-m", "fast", "--hw1-shard", f"{i}/4", f"--hw1-store={store}")
        result.assert_outcomes(skipped=2, deselected=4)
        result.stdout.fnmatch_lines(
            [
                f"hw1: shard {i}/4, look 1: {n} of 6 cells are its share: {n} computed, 0 known before, 0 failed; "
                f"in {store}",
                "hw1: no verdicts, as each of the 4 shards has holes; when all are done: python -m hw1 merge STORE..., "
                "then pytest * -p no:randomly -p no:cacheprovider --hw1-jobs 1 -m fast",
            ]
        )
    assert not (toy.path / ".hw1").exists()
    merged(toy, *stores[::-1]).stdout.fnmatch_lines([".hw1/results.sqlite: 6 cells are new, 0 were known; from *"])
    merged(toy, *stores[1:]).stdout.fnmatch_lines([".hw1/results.sqlite: 0 cells are new, 4 were known; from *"])
    result = check("-m", "fast")
    result.assert_outcomes(passed=2, deselected=4)
    result.stdout.no_fnmatch_line("*computing*")
    from_shards = decisions(toy)
    check("-m", "fast", "--hw1-store", "alone.sqlite")
    assert from_shards == decisions(toy)


@pytest.mark.slow
def test_on_copies_of_the_merged_store_shards_compute_the_next_look_of_what_is_undecided(check, toy):
    """At this margin one of the two claims takes three looks, of 12, 24 and 48 seeds."""
    file = toy.path / "toy_claims/coins/biased.py"
    file.write_text(file.read_text().replace("by=0.2", "by=0.3725"))
    for look, cells in enumerate((6, 6, 12), 1):
        for i in (1, 2):
            store = f"shards/{i}.sqlite"
            if look > 1:
                shutil.copy(toy.path / ".hw1/results.sqlite", toy.path / store)
            result = check("-m", "fast", "--hw1-shard", f"{i}/2", f"--hw1-store={store}")
            half = cells // 2
            result.stdout.fnmatch_lines(
                [
                    f"hw1: shard {i}/2, look {look}: {half} of {cells} cells are its share: {half} computed, 0 known *",
                    "hw1: if claims may still be undecided then: give each shard a copy of the merged store, *",
                ]
            )
        if look == 2:
            again = check("-m", "fast", "--hw1-shard", "2/2", "--hw1-store=shards/2.sqlite")
            again.stdout.fnmatch_lines(["hw1: shard 2/2, look 2: 3 of 6 *: 0 computed, 3 known before*"])
        merged(toy, "shards/1.sqlite", "shards/2.sqlite")
    over = check("-m", "fast", "--hw1-shard", "1/2")
    over.stdout.fnmatch_lines(["hw1: shard 1/2: *.sqlite holds every look that was needed; without a shard: pytest *"])
    check("-m", "fast").stdout.no_fnmatch_line("*computing*")
    from_shards = decisions(toy)
    assert [d["verdict"]["look"] for d in from_shards] == [3, 1]
    check("-m", "fast", "--hw1-store", "alone.sqlite")
    assert from_shards == decisions(toy)


@pytest.mark.slow
def test_without_one_of_the_shards_only_its_cells_are_computed(check, toy):
    for i in (1, 2, 4):
        check("-m", "fast", "-x", "--hw1-shard", f"{i}/4", f"--hw1-store=shards/{i}.sqlite")
    merged(toy, *(f"shards/{i}.sqlite" for i in (1, 2, 4)))
    check("-m", "fast").stdout.fnmatch_lines(["hw1: computing 1 cells of biased*"])


def test_a_shard_that_is_run_again_computes_nothing_twice(check):
    check("-m", "fast", "--hw1-shard", "2/4")
    result = check("-m", "fast", "--hw1-shard", "2/4")
    result.stdout.fnmatch_lines(["hw1: shard 2/4, look 1: 2 of 6 *: 0 computed, 2 known before, 0 failed*"])


def test_cells_that_fail_are_errors_of_their_claims_and_the_shard_says_how_many(check, monkeypatch):
    monkeypatch.setenv("TOY_FAILS", "fair")
    result = check("-m", "fast", "--hw1-shard", "1/2")
    result.assert_outcomes(errors=2, deselected=4)
    result.stdout.fnmatch_lines(
        [
            "*no verdict on a_biased_coin_shows_fewer_tails*biased, arm fair, seeds 4 to 7 failed*",
            "hw1: shard 1/2, look 1: 3 of 6 cells are its share: 2 computed, 0 known before, 1 failed*",
            "hw1: run the same command again to retry those that failed",
        ]
    )
    monkeypatch.delenv("TOY_FAILS")
    check("-m", "fast", "--hw1-shard", "1/2").assert_outcomes(skipped=2, deselected=4)


def test_missing_data_are_an_error_of_the_claims_that_need_them(check, monkeypatch):
    monkeypatch.setenv("TOY_NO_DATA", "1")
    result = check("-m", "full and not slow", "--hw1-shard", "1/2")
    result.assert_outcomes(errors=2, deselected=4)
    result.stdout.fnmatch_lines(
        ["*coins are not in the folder*", "hw1: shard 1/2, look 1: 3 of 6 *: 0 computed*3 failed*"]
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--hw1-shard", "5/4"), "--hw1-shard 5/4: write i/n with i from 1 to n"),
        (("--hw1-shard", "1/4", "-n", "2"), "--hw1-shard cannot be combined with -n: use --hw1-jobs"),
        (("--hw1-shard", "1/4", "--hw1-store", ":memory:"), "would leave nothing behind: name a file"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_a_shard_cannot_do_is_a_usage_error(check, arguments, message):
    result = check("-m", "fast", *arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert message in result.errlines[0]
