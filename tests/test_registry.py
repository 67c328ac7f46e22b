"""The registry refuses what is not a claim, and importing it costs no torch."""

import json
import subprocess
import sys
from types import SimpleNamespace

import pandas as pd
import pytest

from hw1 import writing
from hw1.registry import (
    Experiment,
    arms_control,
    claim,
    find_claim,
    find_experiment,
    no_assay,
    registration,
    table_control,
)
from hw1.registry.headers import header
from hw1.tables import Tables


@table_control
def unchanged(tables):
    return tables


NONE = no_assay("nothing is trained")


def declared(**changes):
    def deeper_is_better(tables):
        """Deeper is better."""

    return claim(**{"source": "a paper", "control": unchanged, "assay": NONE, **changes})(deeper_is_better)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"source": " "}, "claim deeper_is_better has no source"),
        ({"control": None}, "claim deeper_is_better has no control"),
        ({"assay": None}, r"has no assay: decorate a function with @assay, or give no_assay\('why'\)"),
        ({"assay": len}, "claim deeper_is_better has no assay"),
        ({"expect": "inconclusive"}, "is registered as 'holds' or 'refuted'"),
        ({"expect": "refuted"}, "needs because=...: say why it is refuted"),
        ({"tiers": ("fast",)}, r"why it has the tiers \('fast',\) only"),
        ({"tiers": ("quick",)}, "choose from"),
    ],
)
def test_an_incomplete_claim_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        declared(**changes)


def test_a_claim_that_says_nothing_of_an_assay_is_refused():
    def deeper_is_better(tables):
        """Deeper is better."""

    with pytest.raises(ValueError, match="claim deeper_is_better has no assay: decorate a function with @assay"):
        claim(source="a paper", control=unchanged)(deeper_is_better)


def test_a_claim_without_a_sentence_is_refused():
    def silent(tables):
        pass

    with pytest.raises(ValueError, match="claim silent has no sentence"):
        claim(source="a paper", control=unchanged, assay=NONE)(silent)


def test_an_unknown_tier_names_those_there_are():
    with pytest.raises(ValueError, match=r"no tier 'medium': choose from \('fast', 'full'\)"):
        find_experiment("deep_vs_shallow").setting("medium")


def test_a_share_of_seeds_is_kept_per_tier():
    assert declared(p0=0.75).p0 == {"fast": 0.75, "full": 0.75}
    assert declared(p0={"fast": 0.5, "full": 0.75}).p0["full"] == 0.75


def test_an_unknown_experiment_or_claim_names_those_there_are():
    with pytest.raises(ValueError, match=r"no experiment 'astrology': there are .*deep_vs_shallow"):
        find_experiment("astrology")
    with pytest.raises(ValueError, match=r"no claim 'stars': there are .*deeper_nets_fit_sin_better"):
        find_claim("stars")


@pytest.mark.parametrize(
    "code",
    [
        "import hw1",
        "import hw1.plugin, hw1.__main__",
        "from hw1.registry import experiments; assert experiments()",
        "import hw1.statistics, hw1.running.store, hw1.data",
        "import pytest; assert pytest.main(['--collect-only', '-q', '-m', 'fast', 'tests/claims']) == 0",
    ],
)
def test_torch_is_not_imported_by_plugin_claims_statistics_store_or_collection(code, request):
    lines = f"{code}\nimport sys\nsys.exit('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", lines], cwd=request.config.rootpath, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_data_that_the_disk_does_not_give_are_one_error_with_the_remedy(made_experiment):
    def external_data(setting):
        raise PermissionError(13, "Permission denied", "cifar10/train/cat/0001.png")

    made = made_experiment()
    made.module.external_data = external_data
    with pytest.raises(
        ValueError, match=r"the data of experiment cannot be read: .*Permission denied.*0001\.png"
    ) as told:
        _ = made.cells([0])[0].key
    assert "Check the permissions of this file" in str(told.value)
    assert "HW1_DATA or --hw1-data" in str(told.value)


def test_a_control_in_which_arms_play_roles_has_a_name_words_and_a_twin():
    control = arms_control("equal_depth", "The shallow net takes the place of the deep one.", {"deep": "shallow"})
    tables = Tables({"runs": pd.DataFrame({"seed": [0, 0], "arm": ["deep", "shallow"], "loss": [1.0, 2.0]})})
    assert (control.name, control.trains) == ("equal_depth", False)
    assert header(control.twin.__doc__)["title"] == "The shallow net takes the place of the deep one."
    assert control.twin(tables)["runs"].sort_values("arm")["loss"].tolist() == [2.0, 2.0]


def test_data_from_outside_are_asked_for_whenever_a_field_of_the_setting_names_them(made_experiment, monkeypatch):
    monkeypatch.setattr("hw1.data.problems.cifar10_digest", lambda: "digest of the images")
    experiment = Experiment(made_experiment().module)
    assert experiment.data_digest(SimpleNamespace(data="digits", easy="mnist1d")) == ""
    assert experiment.data_digest(SimpleNamespace(data="digits", hard="cifar10")) == "digest of the images"
    experiment.module.external_data = lambda setting: "of my own"
    assert experiment.data_digest(SimpleNamespace(data="cifar10")) == "digest of the imagesof my own"


def test_registrations_are_read_once_until_they_are_written_again(tmp_path, monkeypatch):
    monkeypatch.setattr(registration, "folder_of", lambda _: tmp_path)
    reads = []
    monkeypatch.setattr(registration, "document", lambda path, *_: reads.append(path) or json.loads(path.read_text()))
    file = tmp_path / "registered.json"
    assert registration.registered(None) == {}
    for text in ("{}", '{"a": {}}', '{"b": {}}'):
        writing.write(file, text)
        assert [registration.registered(None) for _ in range(3)] == [json.loads(text)] * 3
    assert len(reads) == 3
    file.unlink()
    assert registration.registered(None) == {}
