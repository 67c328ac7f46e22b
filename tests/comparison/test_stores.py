"""Stores are compared like manifests: what they hold is judged again, by environment, and nothing is computed."""

import json

import pandas as pd
import pytest

from hw1.__main__ import main
from hw1.blocks import DEVELOPMENT, EVIDENCE, seeds_of
from hw1.comparison import stores
from hw1.comparison.environments import environments
from hw1.machine.devices import CPU
from hw1.manifest.reading import ManifestError
from hw1.manifest.records import plain
from hw1.registry import experiment_of, find_claim
from hw1.registry.registration import status
from hw1.running.cells import cells_of
from hw1.running.store import Entry, Store
from hw1.tables import Tables


@pytest.fixture
def filled(tmp_path, monkeypatch):
    """A store with the results of one claim's evidence, as some device would have computed them."""
    made = find_claim("many_features_beat_the_best_of_few")  # its experiment needs no torch
    monkeypatch.setattr(stores, "all_claims", lambda: [made])

    experiment = experiment_of(made)

    block = EVIDENCE if status(made, "fast") == "registered" else DEVELOPMENT

    def fill(
        name, *devices, shift=0.0, arms=experiment.arms, code=None, precision=None, date="2026-01-31", n=24, lost=()
    ):
        store = Store(tmp_path / name)
        for device in devices:
            for cell in cells_of(experiment, experiment.setting("fast"), arms, seeds_of(block, n), CPU):
                runs = frame(cell, shift if device != "cpu" else 0.0)
                runs.loc[runs["seed"].mod(1000).isin(lost), "test_error"] = 0.5
                about = {**cell.about, "device": device, "date": date}
                about |= {"code": code} if code else {}
                about |= {"precision": precision} if precision else {}
                key = f"{device}/{cell.arm}/{cell.seeds[0]}/{code}/{precision}"
                store.put(key, cell.label, Entry(Tables({"runs": runs}), 1.0, about))
        store.close()
        return tmp_path / name

    return fill


def frame(cell, shift):
    error = {"twenty_times": 0.4 + shift}.get(cell.arm, 0.5)
    errors = [error + 0.0001 * (seed % 7) for seed in cell.seeds]
    rows = {"test_error": errors, "test_mse": 1.0, "train_error": 0.0, "train_mse": 0.0, "norm": 1.0, "features": 3}
    return pd.DataFrame({"seed": list(cell.seeds), "arm": cell.arm, **rows})


def test_a_store_of_two_devices_is_two_environments(filled, capsys):
    path = filled("both.sqlite", "cpu", "gpu", shift=0.001)
    assert main(["compare", str(path)]) == 0
    out = capsys.readouterr().out
    assert f"A  {path} (1): device cpu" in out
    assert f"B  {path} (2): device gpu" in out
    assert "the same verdict, and the seeds moved: 1" in out
    assert "stronger on 0 and weaker on 12 of 12 seeds" in out


def test_a_changed_verdict_between_precisions_of_two_stores(filled, capsys):
    single = filled("single.sqlite", "cpu")
    double = filled("double.sqlite", "other", shift=0.2, precision="float64")
    assert main(["compare", str(single), str(double)]) == 1
    out = capsys.readouterr().out
    assert "precision float32" in out
    assert "precision float64" in out
    assert "holds became refuted" in out


def test_a_store_against_the_manifest_of_the_same_results_is_the_same(filled, tmp_path, capsys):
    path = filled("a.sqlite", "cpu")
    (one,) = stores.manifests_of(path)
    of_a_run = {"environment": {**one["environment"], "hw1": "0.1.0", "block": 1}, "experiments": []}
    (tmp_path / "m.json").write_text(json.dumps(plain({**one, **of_a_run})))
    assert main(["compare", str(path), str(tmp_path / "m.json")]) == 0
    assert "the same numbers: 1" in capsys.readouterr().out


def test_results_of_older_code_are_judged_where_those_of_today_are_not_complete(filled):
    path = filled("old.sqlite", "cpu", code="older", date="2025-01-01")
    filled("old.sqlite", "cpu", code="oldest", shift=0.2, date="2024-01-01")
    manifest = environments([path, filled("new.sqlite", "cpu")])[0].manifest
    assert manifest["decisions"][0]["verdict"]["outcome"] == "holds"
    assert manifest["environment"]["precision"] == "float32"


@pytest.mark.parametrize(("n", "seen"), [(24, ("holds", 24, [12, 24, 48])), (12, ("inconclusive", 12, [12]))])
def test_a_claim_takes_the_looks_that_are_there(filled, n, seen):
    """Seeds 3 and 15 are ties: 11 of 12 do not decide, 22 of 24 do."""
    (one,) = stores.manifests_of(filled("looks.sqlite", "cpu", n=n, lost=(3, 15)))
    verdict = one["decisions"][0]["verdict"]
    assert (verdict["outcome"], verdict["n"], verdict["sizes"]) == seen


def test_looks_are_of_one_code(filled):
    path = filled("codes.sqlite", "cpu", n=12, lost=(3,))
    filled("codes.sqlite", "cpu", code="older", date="2025-01-01")
    (one,) = stores.manifests_of(path)
    assert one["decisions"][0]["verdict"]["n"] == 12, "its second look was computed with another code only"


def test_a_store_without_a_complete_claim_says_so(filled, tmp_path):
    with pytest.raises(ManifestError, match="holds no claim's registered seeds in full"):
        stores.manifests_of(filled("few.sqlite", "cpu", arms=("equal",)))
