"""Results of earlier code count where the present code gives the same bytes for a witness of each arm."""

import json
import sys

import pytest

from hw1.running.store import Store

FILE = "toy_claims/coins/biased.py"
FEWER = "a_biased_coin_shows_fewer_tails"
ARMS = 2
CELLS = 3  # of an arm: twelve seeds in stacks of four


@pytest.fixture
def hw1(toy):
    """Runs a command on the toy's claims: status and output."""

    def run(*arguments):
        done = toy.run(sys.executable, "-m", "hw1", "--claims", "toy_claims", *arguments)
        return done.ret, str(done.stdout) + str(done.stderr)

    return run


@pytest.fixture
def change(toy):
    """Changes the experiment's code."""

    def write(old, new):
        file = toy.path / FILE
        assert old in file.read_text()
        file.write_text(file.read_text().replace(old, new))

    return write


@pytest.fixture
def refactored(hw1, change):
    """Twelve seeds of both arms by earlier code, whose names have changed since."""
    assert hw1("run", "biased", "--seeds", "12", "--store", "old.sqlite", "--jobs", "1")[0] == 0
    change("bias = setting.bias if", "chance = setting.bias if")
    change("> bias).mean()", "> chance).mean()")
    return "old.sqlite"


def carried(toy, name="new.sqlite"):
    """What the cells of a store say of where they are from, by arm."""
    with Store(toy.path / name, create=False) as store:
        return sorted(
            (about["arm"], about.get("carried", {}).get("witness", [])) for about in store.described().values()
        )


def test_a_refactoring_takes_all_and_computes_one_witness_of_each_arm(hw1, toy, refactored):
    status, said = hw1("carry", refactored, "--store", "new.sqlite", "--jobs", "1")
    assert status == 0, said
    assert f"{ARMS * (CELLS - 1)} cells taken over from old.sqlite, 0 left" in said
    first = [0, 1, 2, 3]
    assert carried(toy) == [(arm, witness) for arm in ("biased", "fair") for witness in ([], first, first)]
    assert tables(toy.path / "new.sqlite") == tables(toy.path / refactored)


def tables(path):
    with Store(path, create=False) as store:
        return sorted(store.row(key).tables for key in store.keys())  # noqa: SIM118 - a store is no mapping


def test_again_there_is_nothing_to_take_over_or_to_compute(hw1, refactored, toy):
    hw1("carry", refactored, "--store", "new.sqlite", "--jobs", "1")
    before = (toy.path / "new.sqlite").read_bytes()
    status, said = hw1("carry", refactored, "--store", "new.sqlite", "--jobs", "1")
    assert (status, "0 cells taken over from old.sqlite, 0 left" in said) == (0, True)
    assert (toy.path / "new.sqlite").read_bytes() == before


def test_an_arm_with_other_numbers_is_left_and_what_differs_is_named(hw1, change, refactored, toy):
    change('if arm == "biased" else 0.5', 'if arm == "biased" else 0.51')
    status, said = hw1("carry", refactored, "--store", "new.sqlite", "--jobs", "1")
    assert status == 1
    assert "2 cells left: runs.tails differ today; compared on 4 seeds from 0 up" in said
    assert [arm for arm, witness in carried(toy) if witness] == ["biased"] * (CELLS - 1)


def test_what_is_known_already_is_the_witness(hw1, toy, refactored):
    hw1("run", "biased", "--seeds", "4", "--store", "new.sqlite", "--jobs", "1")
    before = dates(toy.path / "new.sqlite")
    assert hw1("carry", refactored, "--store", "new.sqlite", "--jobs", "1")[0] == 0
    assert before.items() <= dates(toy.path / "new.sqlite").items(), "nothing is computed again"


def dates(path):
    with Store(path, create=False) as store:
        return {key: about["date"] for key, about in store.described().items()}


def test_a_single_cell_of_an_arm_is_left_since_its_witness_would_be_itself(hw1, change, toy):
    hw1("run", "biased", "--seeds", "4", "--store", "old.sqlite", "--jobs", "1")
    change("> bias).mean()", "> bias + 0).mean()")
    status, said = hw1("carry", "old.sqlite", "--store", "new.sqlite", "--jobs", "1")
    assert (status, said.count("1 cell left: a single cell: to compute a witness is to compute it")) == (1, ARMS)
    assert carried(toy) == []


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("REVISION = 1", "REVISION = 2", "revision was 1, is 2"),
        ("tosses: int = 200", "tosses: int = 200\n    more: int = 0", "the setting has other fields today"),
        ('ARMS = ("biased", "fair")', 'ARMS = ("bent", "fair")', "there is no arm biased any more"),
    ],
)
def test_what_depends_on_anything_else_than_the_code_is_left_with_the_reason(hw1, change, refactored, old, new, why):
    change(old, new)
    status, said = hw1("carry", refactored, "--store", "new.sqlite", "--jobs", "1")
    assert (status, f"{CELLS} cells left: {why}" in said) == (1, True), said


@pytest.mark.parametrize(
    ("about", "why"),
    [
        ({"versions": {"torch": "1.0"}}, "torch was '1.0', is "),
        ({"device": "NVIDIA H100"}, "device was 'NVIDIA H100', is 'cpu "),
        ({"experiment": "unbiased"}, "no experiment 'unbiased'"),
        ({"precision": "float64"}, "precision was 'float64', is None"),
        ({"setting": 7}, "it is no description of a cell"),
    ],
)
def test_what_was_computed_elsewhere_or_otherwise_is_left(hw1, toy, refactored, about, why):
    with Store(toy.path / refactored) as store:
        for key in store.keys():  # noqa: SIM118 - a store is no mapping
            row = store.row(key)
            store.put_rows([row._replace(about=json.dumps({**json.loads(row.about), **about}))])
    status, said = hw1("carry", refactored, "--store", "new.sqlite", "--jobs", "1")
    assert (status, why in said) == (1, True), said


def test_a_verdict_on_carried_cells_says_so(hw1, toy, refactored):
    hw1("carry", refactored, "--store", "new.sqlite", "--jobs", "1")
    toy.runpytest_subprocess(
        "-p", "no:randomly", "-m", "fast", "--hw1-store=new.sqlite", "--hw1-jobs", "1", "-k", "fewer"
    )
    (decision,) = json.loads((toy.path / ".hw1/manifest.json").read_text())["decisions"]
    assert "4 of 6 cells are of earlier code, equal to the present one's on other seeds" in decision["note"]


def test_carried_twice_it_names_the_code_that_computed_it(hw1, change, toy, refactored):
    with Store(toy.path / refactored, create=False) as store:
        (origin,) = {about["code"] for about in store.described().values()}
    hw1("carry", refactored, "--store", "new.sqlite", "--jobs", "1")
    change("> chance).mean()", "> chance + 0).mean()")
    assert hw1("carry", "new.sqlite", "--store", "newer.sqlite", "--jobs", "1")[0] == 0
    with Store(toy.path / "newer.sqlite", create=False) as store:
        assert {about["carried"]["code"] for about in store.described().values() if "carried" in about} == {origin}


def test_results_of_the_present_code_are_taken_over_as_they_are(hw1, toy):
    hw1("run", "biased", "--seeds", "12", "--store", "old.sqlite", "--jobs", "1")
    status, said = hw1("carry", "old.sqlite", "--store", "new.sqlite", "--jobs", "1")
    assert (status, f"{ARMS * CELLS} cells taken over" in said) == (0, True)
    assert dates(toy.path / "new.sqlite") == dates(toy.path / "old.sqlite")


def test_memory_is_no_place_to_take_results_over_into(hw1, refactored):
    status, said = hw1("carry", refactored, "--store", ":memory:")
    assert (status, "--store :memory: would leave nothing behind" in said) == (2, True)
