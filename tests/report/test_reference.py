"""One run beside a reference that the wheel carries."""

import json

import numpy as np
import pytest

from hw1.__main__ import main
from hw1.comparison import references
from hw1.comparison.numerics import TRAINED
from hw1.comparison.references import names, nearest, reference
from hw1.manifest.reading import read

FULL = {"numpy": "2.4.6", "scipy": "1.17.1", "scikit-learn": "1.9.1", "precision": "float32"}
MANY = [f"claim_{i}" for i in range(20)]


def moved(record, by=0.0, noise=0.0, seed=1):
    """The same decision with all scores moved and some noise; the verdict stays what it is."""
    draws = np.random.Generator(np.random.Philox(seed)).normal(size=len(record["scores"]))
    pairs = zip(record["scores"].items(), draws, strict=True)
    return {**record, "scores": {seed: value + by + noise * draw for (seed, value), draw in pairs}}


@pytest.fixture
def written(manifest, tmp_path):
    """Writes the manifest of a run."""

    def write(name, *decisions, **environment):
        return manifest(*decisions, **{**FULL, **environment}).rename(tmp_path / f"{name}.json")

    return write


@pytest.fixture
def carried(written, tmp_path, monkeypatch):
    """Has hw1 carry one reference, or more, and no other."""
    folder = tmp_path / "references"
    folder.mkdir()
    monkeypatch.setattr(references, "FOLDER", folder)

    def carry(*decisions, name="known", **environment):
        made = read(written("reference", *decisions, **environment))
        (folder / f"{name}.json").write_text(references.written(made, {}))
        return folder / f"{name}.json"

    return carry


@pytest.fixture
def compare(capsys):
    """Runs the command; gives status, output and errors."""

    def run(*arguments):
        code = main(["compare", "--reference", *map(str, arguments)])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def test_a_run_with_the_numbers_of_the_reference_says_that_nothing_moved(carried, written, compare, decision):
    carried(decision(), decision("other"))
    code, out, _ = compare(written("run", decision(), decision("newer")))
    assert code == 0
    assert "not in the reference: 1 more claims of this run" in out
    assert "to the last bit: 24 of 24 scores" in out
    assert "not asked for in this run: 1 more claims of the reference" in out
    assert out.endswith("nothing moved: every number is the reference's to the last bit\n")


def test_numbers_that_scatter_alike_are_no_movement_of_training(carried, written, compare, decision):
    carried(*map(decision, MANY))
    run = written("run", *(moved(decision(name), noise=0.3, seed=i) for i, name in enumerate(MANY)))
    code, out, _ = compare(run)
    assert code == 0
    assert "to the last bit: 0 of 480 scores" in out
    assert "numbers moved, and training was not seen to: " in out


def test_seeds_that_all_lean_one_way_are_a_movement_under_the_same_verdicts(carried, written, compare, decision):
    carried(*map(decision, MANY[:3]))
    code, out, _ = compare(written("run", *(moved(decision(name), by=-1e-6) for name in MANY[:3])))
    assert code == 1
    assert "all seeds together lean one way with p 0.0001" in out
    assert out.endswith("training moved\n")


def test_other_seeds_are_compared_as_distributions(carried, written, compare, decision):
    carried(decision())

    def on_other_seeds(by):
        record = moved(decision(), by=by)
        return {**record, **{k: {str(int(s) + 99_000): v for s, v in record[k].items()} for k in ("scores", "effects")}}

    assert compare(written("alike", on_other_seeds(1e-3)))[0] == 0
    code, out, _ = compare(written("moved", on_other_seeds(5.0)))
    assert code == 1
    assert "to the last bit: 0 of 0 scores" in out


def test_known_deviations_do_not_count_and_those_that_are_gone_are_said(carried, written, compare, decision, tmp_path):
    carried(decision(), decision("other"))
    run = written("run", decision(ratio=0.5), decision("other"))
    assert compare(run)[0] == 1
    known = tmp_path / "known.txt"
    known.write_text("deeper_nets_fit_better   # torch issue 1\n\n# a remark\nother [fast]\n")
    code, out, _ = compare(run, "--expected", known)
    assert code == 0
    assert "known deviations, not counted: deeper_nets_fit_better [fast], other [fast]" in out
    assert f"{known}, line 4: other [fast] no longer deviates: remove this line" in out


def test_a_claim_without_a_verdict_cannot_be_compared(carried, written, compare, decision):
    carried(decision(), decision("other"))
    run = written("run", decision())
    made = json.loads(run.read_text())
    asked = {name: decision("other")[name] for name in ("claim", "family", "experiment", "tier", "control", "test")}
    run.write_text(json.dumps({**made, "without_verdict": [{**asked, "reason": "cells failed"}]}))
    code, out, _ = compare(run)
    assert code == 2
    assert "no verdict in B: cells failed" in out


def test_a_run_of_other_claims_is_refused(carried, written, compare, decision):
    carried(decision())
    code, _, err = compare(written("run", decision("mine")))
    assert code == 2
    assert "run.json has no claim that the reference known has" in err


def test_the_issue_has_versions_the_claims_that_changed_and_no_markup_of_others(carried, written, compare, decision):
    carried(decision(), torch="2.13.0")
    code, out, _ = compare(written("run", decision(ratio=0.5), processor="a|b <img src=x>"), "--markdown")
    assert code == 1
    assert out.startswith("**hw1: training moved** (reference `known`)\n")
    assert "| torch | `2.13.0` | `2.14.1` |" in out
    assert "| processor | `unknown` | `a\\|b <img src=x>` |" in out
    assert "| `deeper_nets_fit_better [fast]` | holds 23/24, effect" in out
    assert "holds became refuted; " in out


def test_the_nearest_reference_is_of_the_same_precision_then_torch_else_the_latest(carried, decision):
    carried(decision(), name="old", torch="2.9.1")
    carried(decision(), name="new", torch="2.13.0+cpu")
    carried(decision(), name="fine", torch="2.14.1", precision="float64")
    here = {"precision": "float32", "device": "cpu x86_64", "python": "3.11.7"}
    assert nearest({**here, "torch": "2.9.1"}) == "old"
    assert nearest({**here, "torch": "2.13.0"}) == nearest({**here, "torch": "2.15.0"}) == "new"
    assert nearest({**here, "torch": "2.9.1", "precision": "float64"}) == "fine"


def test_among_equals_the_reference_is_of_the_same_processor_else_of_more_claims(carried, decision):
    here = {**FULL, "torch": "2.14.1", "python": "3.13.1", "device": "cpu x86_64"}
    carried(decision(), name="a", processor="AMD EPYC", torch="2.14.1")
    carried(decision(), decision("another"), name="b", processor="Intel Xeon", torch="2.14.1")
    carried(decision(), name="c", processor="Intel Xeon", torch="2.13.0")
    assert nearest({**here, "processor": "AMD EPYC"}) == "a"
    assert nearest({**here, "processor": "Intel Xeon"}) == nearest({**here, "processor": "Apple M1"}) == "b"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["a.json", "b.json"], "--reference compares one run with a reference: give one manifest, not 2"),
        (["a.json", "--strict"], "--strict cannot be combined with --reference: leave one out"),
        (["a.json", "--first"], "--first trains here and reads no run: leave out the manifest"),
        (["run.json", "--against", "mine"], "there is no reference 'mine': there are known"),
        (["run.json", "--expected", "gone.txt"], "--expected gone.txt cannot be read (No such file or directory)"),
        (["run.json", "--expected", "typo.txt"], "typo.txt, line 1: 'deper_nets' is no claim of the run"),
        (["run.json", "--write", "typo.txt"], "--write typo.txt is a text of another origin and not a reference"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_work_is_one_line(carried, written, compare, decision, words, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    carried(decision())
    written("run", decision())
    (tmp_path / "typo.txt").write_text("deper_nets\n")
    code, _, err = compare(*words)
    assert code == 2
    assert message in err
    assert err.count("\n") == 1


def test_a_damaged_reference_is_named(carried, written, compare, decision):
    file = carried(decision())
    file.write_text(file.read_text().replace('"scores"', '"score"'))
    code, _, err = compare(written("run", decision()))
    assert code == 2
    assert f"{file}: decisions[0] lacks 'scores'" in err


def test_without_the_reference_its_options_are_refused(capsys):
    for words, message in (
        (["a.json", "b.json", "--expected", "x"], "--expected belongs to --reference: add it"),
        ([], "no manifest was named: name two or more, or one and --reference"),
    ):
        assert main(["compare", *words]) == 2
        assert message in capsys.readouterr().err


@pytest.mark.parametrize("name", names())
def test_every_reference_of_the_wheel_is_read_and_small(name):
    made = reference(name)
    assert len(made["decisions"]) > 100
    assert set(made["first"]) == set(TRAINED)
    # 12 to 48 numbers and some words, 1,080 bytes on average at most; a bound on the whole would forbid claims.
    assert (references.FOLDER / f"{name}.json").stat().st_size < 1_200 * len(made["decisions"])


def test_the_wheel_carries_two_versions_of_torch():
    assert len({reference(name)["environment"]["torch"].partition("+")[0] for name in names()}) >= 2
