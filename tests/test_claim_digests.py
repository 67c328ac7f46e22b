"""What changes a claim, and what does not: its registration sees every helper in its package, wherever it lies."""

import shutil
from pathlib import Path

import pytest

import hw1
from hw1.fingerprints import claim_digest
from hw1.registry import all_claims, experiment_of, registration

HW1 = Path(hw1.__file__).parent

CLAIM = '''
"""An experiment."""

import numpy as np
from hw1.registry import claim
from hw1.statistics import less

import mine.claims.family._tools as tools
from mine.claims import _margins
from mine.claims.family import shared
from ._assays import trains
from ._frames import *
from ._frames import signed as turned

RATE = 0.5
LEVELS = {"low": 1}
LEVELS["high"] = 2
deep_trains = trains("deep")


class Setting:
    rate = 0.1

    def levels(self):
        return [1, 2]

    def unused(self):
        return self.rate


def run(setting, *, arm, seeds, device):
    """Train."""
    return RATE


@trained_control
def control(setting):
    """Without its cause."""
    return tools.without(setting, RATE)


@claim(source="a paper", control=control, assay=deep_trains)
def better(tables, setting):
    """Better."""
    from mine.claims.family._late import late

    frame = turned(picked(tables), np.log2(LEVELS["low"]))
    levels: list[int] = setting.levels()
    return less(late(frame), "mse", by=_margins.MARGIN, levels=levels, of=shared(run))


def figure(tables):
    return tables
'''
TOOLS = """
def without(setting, by):
    return part(setting) - by


def part(x):
    return x
"""
ASSAYS = """
def trains(arm):
    def assay(tables):
        return tables[arm] - 1

    return assay
"""
FRAMES = """
def signed(frame: list, sign) -> list:
    '''Turn it.'''
    if sign > 9:
        raise ValueError("too large")
    return -sign * frame  # turned


class Row:
    width: int = 3

    def of(self):
        return 1


def picked(tables):
    return Row(tables)


def never(x):
    return x
"""
FILES = {
    "claims/__init__.py": "",
    "claims/_margins.py": "MARGIN = 0.1\nOTHER = 1\n",
    "claims/family/__init__.py": "from ._shared import shared\n",
    "claims/family/_shared.py": "def shared(of):\n    return of\n",
    "claims/family/_tools.py": TOOLS,
    "claims/family/_assays.py": ASSAYS,
    "claims/family/_frames.py": FRAMES,
    "claims/family/_late.py": "def late(frame):\n    return frame\n",
    "claims/family/experiment.py": CLAIM,
}
HERE = "claims/family/experiment.py"


class Setting:
    """Of the experiment above, as it would be after its import."""

    rate = 0.1

    def levels(self):
        """Stand for the method in the file."""

    def unused(self):
        """Stand for the method in the file."""


Setting.__module__ = "mine.claims.family.experiment"


@pytest.fixture
def digest(tmp_path):
    """Digest of the claim after replacing text in some files; a file whose new text is None is moved there."""
    count = iter(range(100))

    def of(*changes, moved=()):
        top = tmp_path / str(next(count)) / "mine"
        texts = dict(FILES)
        for name, old, new in changes:
            assert old in texts[name]
            texts[name] = texts[name].replace(old, new)
        for old, new in moved:
            texts[new] = texts.get(new, "") + texts.pop(old)
        for name, text in texts.items():
            (top / name).parent.mkdir(parents=True, exist_ok=True)
            (top / name).write_text(text)
        return claim_digest(top / HERE, "mine.claims.family.experiment", "better", Setting)

    return of


COUNTS = {
    "the margin, a constant of another folder": ("claims/_margins.py", "0.1", "0.2"),
    "the claim": (HERE, '"mse"', '"loss"'),
    "its source": (HERE, "a paper", "another paper"),
    "its control": (HERE, "(setting, RATE)", "(setting, -RATE)"),
    "a constant of its control": (HERE, "RATE = 0.5", "RATE = 0.6"),
    "a table that is changed where it stands": (HERE, '["high"] = 2', '["high"] = 3'),
    "another arm of the assay": (HERE, 'trains("deep")', 'trains("wide")'),
    "the builder of the assay": ("claims/family/_assays.py", "- 1", "- 2"),
    "a helper by another name": ("claims/family/_frames.py", "-sign", "sign"),
    "the condition of its error": ("claims/family/_frames.py", "sign > 9", "sign > 8"),
    "a class behind a star": ("claims/family/_frames.py", "return 1", "return 2"),
    "a field of that class": ("claims/family/_frames.py", "width: int = 3", "width: int = 4"),
    "a helper by its module's name": ("claims/family/_tools.py", "part(setting)", "part(-setting)"),
    "a helper behind a helper": ("claims/family/_tools.py", "    return x", "    return -x"),
    "a helper that the package's own file passes on": ("claims/family/_shared.py", "return of", "return [of]"),
    "a helper imported inside the claim": ("claims/family/_late.py", "return frame", "return [frame]"),
    "a method of the setting that it calls": (HERE, "[1, 2]", "[1, 3]"),
    "two helpers in each other's place": (HERE, "turned(picked(", "picked(turned("),
    "a function of another library": (HERE, "np.log2", "np.log10"),
    "another library's function of that name": (HERE, "import numpy as np", "import cupy as np"),
    "another function of hw1 under the old name": (HERE, "import less", "import above as less"),
}
DOES_NOT_COUNT = {
    "a comment": ("claims/family/_frames.py", "  # turned", ""),
    "a docstring": ("claims/family/_frames.py", "Turn it.", "Change it."),
    "the words of an error": ("claims/family/_frames.py", "too large", "too much"),
    "an annotation": ("claims/family/_frames.py", "frame: list", "frame: tuple"),
    "the annotation of a variable": (HERE, "levels: list[int] =", "levels ="),
    "formatting": ("claims/family/_frames.py", "-sign * frame", "(-sign  *  frame)"),
    "a constant that it does not use": ("claims/_margins.py", "OTHER = 1", "OTHER = 2"),
    "the name of a function that it does not reach": ("claims/family/_frames.py", "never", "at_no_time"),
    "the body of a function that it does not reach": ("claims/family/_frames.py", "return x", "return -x"),
    "a method of the setting that it does not call": (HERE, "self.rate", "-self.rate"),
    "the default of a field of the setting": (HERE, "rate = 0.1", "rate = 0.2"),
    "a figure": (HERE, "return tables\n", "return None\n"),
    "training": (HERE, "    return RATE", "    return 2 * RATE"),
    "another room of hw1": (HERE, "hw1.statistics import less", "hw1.statistics.scores import less"),
    "another alias": (HERE, "turned", "mirrored"),
    "another way of importing a function": (
        HERE,
        "import mine.claims.family._tools as tools",
        "from .. import family\nfrom . import _tools as tools",
    ),
    "an alias for a library": (HERE, "np", "numbers"),
}


@pytest.mark.parametrize("change", COUNTS.values(), ids=COUNTS)
def test_what_a_verdict_depends_on_changes_the_claim(digest, change):
    assert digest() != digest(change)


@pytest.mark.parametrize("change", DOES_NOT_COUNT.values(), ids=DOES_NOT_COUNT)
def test_what_no_verdict_depends_on_leaves_the_claim(digest, change):
    assert digest() == digest(change)


def test_a_helper_that_moves_or_is_renamed_leaves_the_claim(digest):
    renamed = digest((HERE, "_tools", "_utensils"), moved=[("claims/family/_tools.py", "claims/family/_utensils.py")])
    elsewhere = digest((HERE, "family._late", "_margins"), moved=[("claims/family/_late.py", "claims/_margins.py")])
    here = digest(
        (HERE, "from ._assays import trains\n", FILES["claims/family/_assays.py"]),
        moved=[("claims/family/_assays.py", "claims/family/_nothing.py")],
    )
    called = digest((HERE, "control", "twin"), ("claims/family/_tools.py", "part", "portion"))
    assert {renamed, elsewhere, here} == {digest()}
    assert called == digest((HERE, "control", "twin"))


def test_helpers_that_call_each_other_have_a_digest_of_both(digest):
    circle = ("claims/family/_tools.py", "return x", "return x or without(x, 0)")
    assert digest(circle) != digest() != digest((*circle[:2], "return x or without(x, 1)")) != digest(circle)


@pytest.mark.parametrize("change", ["return frame", "return -frame"])
def test_either_branch_of_an_import_counts(digest, change):
    both = "try:\n        from mine.claims.family._late import late\n    except ImportError:\n        late = None\n"
    top = both.replace("\n    ", "\n")
    at_the_top = (HERE, "    from mine.claims.family._late import late\n", ""), (HERE, "RATE = 0.5", f"{top}RATE = 0.5")
    body = ("claims/family/_late.py", "return frame", change)
    assert (digest(*at_the_top) == digest(*at_the_top, body)) is (change == "return frame")


def test_a_module_that_is_handed_on_counts_whole(digest):
    whole = (HERE, "shared(run)", "shared(_margins)")
    assert digest(whole) != digest(whole, ("claims/_margins.py", "OTHER = 1", "OTHER = 2"))


def test_a_claim_that_its_file_does_not_name_is_refused(tmp_path):
    file = tmp_path / "family/experiment.py"
    file.parent.mkdir()
    file.write_text("")
    with pytest.raises(ValueError, match=r"experiment\.py has no top-level name better: declare the claim there"):
        claim_digest(file, f"{tmp_path.name}.family.experiment", "better")


@pytest.fixture
def changed_hw1(tmp_path):
    """Digests of hw1's own claims in a copy in which a text of one file is replaced."""
    ignored = shutil.ignore_patterns("__pycache__", "*.json", "templates")
    copy = shutil.copytree(HW1, tmp_path / "hw1", ignore=ignored)

    def digests(name="", old="", new=""):
        if name:
            text = (copy / name).read_text(encoding="utf-8")
            assert old in text
            (copy / name).write_text(text.replace(old, new), encoding="utf-8")
        return {claim.name: _digest_in(copy, claim) for claim in all_claims()}

    return digests


def _digest_in(top, claim):
    module, setting = claim.score.__module__, experiment_of(claim).setting(claim.tiers[0])
    path = top.joinpath(*module.split(".")[1:]).with_suffix(".py")
    return claim_digest(path, module, claim.name, type(setting))


TURNED = {
    "past_the_best_batch_size_sensitivity_declines",
    "along_the_decline_test_accuracy_falls",
    "past_an_optimum_between_the_ends_sensitivity_declines",
    "training_loss_is_least_at_an_optimum_between_the_ends",
}


def test_a_sign_that_is_not_turned_makes_the_claims_that_turn_it_development(changed_hw1, monkeypatch):
    known = {c.name: {tier: registration.frozen(c, tier) for tier in c.tiers} for c in all_claims()}
    now = changed_hw1("claims/sensitivity/_reading.py", "metric: -frame[metric]", "metric: frame[metric]")
    monkeypatch.setattr(registration, "registered", lambda claim: known)
    monkeypatch.setattr(registration, "claim_digest", lambda path, module, name, setting: now[name])
    states = {(c.name, tier): registration.status(c, tier) for c in all_claims() for tier in c.tiers}
    assert {name for (name, _), state in states.items() if state != "registered"} == TURNED
    assert set(states.values()) == {
        "registered",
        "development: its code or setting changed since it was registered",
    }


def test_statistics_are_hw1s_version_and_not_its_claims(changed_hw1):
    now = changed_hw1("statistics/scores.py", "def less(", "def less(\n    nothing=0,\n    ")
    assert now == {claim.name: _digest_in(HW1, claim) for claim in all_claims()}
