"""What a command says of a `run` of one's own: of columns that are no numbers, of what it gives, and of its errors."""

import sys

import pytest

RUNS = 'return Tables({"runs": pd.DataFrame({"seed": list(seeds), "arm": arm, "points": points})})'


@pytest.fixture
def thrown(dice, rewrite_dice):
    """Run the dice by hand after some of their text was replaced."""

    def run(old, new):
        rewrite_dice(old, new)
        words = ("--claims", "toy_claims", "run", "thrown", "--store", ":memory:", "--jobs", "1")
        return dice.run(sys.executable, "-m", "hw1", *words)

    return run


def test_a_column_of_text_is_no_metric(thrown):
    result = thrown('"points": points}', '"points": points, "optimizer": "SGD"}')
    assert result.ret == 0
    result.stdout.fnmatch_lines(["  loaded, 12 seeds: median [[]quartiles]", "    points *"])
    result.stdout.no_fnmatch_line("*SGD*")


HELD = """class Held:
        def detach(self):
            return self

    made = pd.DataFrame({"seed": list(seeds), "arm": arm, "points": points})
    made["weight"] = [Held() for _ in seeds]
    return Tables({"runs": made})"""


@pytest.mark.parametrize(
    ("new", "told"),
    [
        (HELD, "the column weight of `runs` holds tensors, which are no numbers: write .item() of each"),
        ("return pd.DataFrame({})", '`run` must return hw1.tables.Tables({"runs": frame, ...}), and gave a DataFrame'),
        ("return None", '`run` must return hw1.tables.Tables({"runs": frame, ...}), and gave a NoneType'),
    ],
    ids=["tensors", "frame", "nothing"],
)
def test_what_run_must_give_is_said_where_it_gives_something_else(thrown, new, told):
    result = thrown(RUNS, new)
    assert result.ret == 2
    assert len(result.errlines) == 3  # what is computed, how far that came, and what went wrong
    assert result.errlines[-1] == f"hw1: thrown, arm loaded, seeds 0 to 3 failed: ValueError: {told}"


def test_an_error_of_run_is_one_line_with_its_place(thrown, dice):
    result = thrown(RUNS, 'raise RuntimeError("kaputt")')
    assert result.ret == 2
    file = dice.path / "toy_claims/dice/thrown.py"
    number = file.read_text().split("kaputt")[0].count("\n") + 1
    said = "hw1: thrown, arm loaded, seeds 0 to 3 failed: RuntimeError: kaputt"
    assert result.errlines[-1].startswith(said)
    assert result.errlines[-1].endswith(f" ({file}, line {number})")


def test_a_claim_that_cannot_be_scored_is_named(thrown):
    result = thrown('arm="fair", than="loaded"', 'arm="quick", than="loaded"')
    assert result.ret == 2
    assert result.errlines[-1].startswith("hw1: loaded_dice_show_more: the table has no arm 'quick', only ")
