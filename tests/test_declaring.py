"""A claims package with something missing: one line that names the file, what is wrong in it and what to write."""

import itertools
import re
import sys

import pytest

from hw1.registry import Experiment, all_claims, experiments, find_claim

NUMBERS = itertools.count()
WHOLE = '''
from dataclasses import dataclass

import pandas as pd

from hw1.registry import claim, no_assay, table_control
from hw1.statistics import less
from hw1.tables import Tables

REVISION = 1
ARMS = ("low", "high")


@dataclass(frozen=True)
class Setting:
    stack: int = 12


FAST = FULL = Setting()


def run(setting, *, arm, seeds, device):
    return Tables({"runs": pd.DataFrame({"seed": seeds, "arm": arm, "loss": 0.5})})


@table_control
def same(tables):
    return tables


@claim(source="arithmetic", control=same, assay=no_assay("nothing trains"))
def low_is_lower(tables):
    """Low is lower."""
    return less(tables["runs"], "loss", arm="low", than="high", direction_only=True)
'''


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Writes a package of one family and imports its experiments."""
    monkeypatch.syspath_prepend(str(tmp_path))
    family = tmp_path / f"declared_{next(NUMBERS)}" / "family"  # of packages that were found whole, the finds are kept
    family.mkdir(parents=True)
    for folder in (family, family.parent):
        (folder / "__init__.py").touch()

    def made(*changes, **files):
        text = WHOLE
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        for name, content in {"experiment": text, **files}.items():
            (family / f"{name}.py").write_text(content)
        return family

    yield made
    for name in [name for name in sys.modules if name.partition(".")[0] == family.parent.name]:
        del sys.modules[name]


def told(place, package):
    """The one line, naming a place in it, that importing a package's experiments ends in."""
    with pytest.raises(ValueError, match=re.escape(str(place))) as error:
        experiments(package.name)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_whole_package_is_found(package):
    family = package()
    assert [one.name for one in all_claims(family.parent.name)] == ["low_is_lower"]


CLAIM = '@claim(source="arithmetic", control=same, assay=no_assay("nothing trains"))'


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("REVISION = 1\n", "", "there is no REVISION: write REVISION = 1"),
        ("REVISION = 1", "REVISION = '1'", "REVISION = '1' cannot be used: write REVISION = 1"),
        ("REVISION = 1", "REVISION = 0", "REVISION = 0 cannot be used"),
        (
            'ARMS = ("low", "high")',
            "",
            'there is no ARMS: write the names of what is compared, each once: ARMS = ."deep"',
        ),
        ('ARMS = ("low", "high")', 'ARMS = ("low")', "ARMS = 'low' cannot be used"),
        ('ARMS = ("low", "high")', "ARMS = ()", r"ARMS = \(\) cannot be used"),
        ('ARMS = ("low", "high")', 'ARMS = ("low", "low")', r"ARMS = \('low', 'low'\) cannot be used"),
        (
            "FAST = FULL",
            "FAST",
            r"claim low_is_lower has the tiers fast, full, and there is no FULL: write FULL = .*tiers=",
        ),
        (
            "FAST = FULL",
            "FULL",
            r"and there is no FAST: write FAST = Setting\(...\), or give the claim tiers=\('full',\)",
        ),
        ("FAST = FULL = Setting()", "", r"no setting for the tier 'fast': ask for 'full', or write FAST = Setting"),
        ("FULL = Setting()", "FULL = Setting", "cannot be used: it is an instance of a frozen dataclass"),
        ("FULL = Setting()", "FULL = {}", "FAST = {} cannot be used"),
        (
            "def run(",
            "def runs(",
            r"has the claim low_is_lower and no run, .* def run\(setting, \*, arm, seeds, device\)",
        ),
        ("arm, seeds, device", "arm, seeds", "run cannot be called .*'device'"),
        (
            "from dataclasses",
            "from dataklasses",
            r"cannot be imported \(line 2\): ModuleNotFoundError: No module named",
        ),
        ("return tables\n", "return tables)\n", r"cannot be imported \(line 28\): SyntaxError: unmatched '\)'"),
        ('"""Low is lower."""', "", r"claim low_is_lower has no sentence: .* \(\S+experiment.py, line \d+\)"),
        ('source="arithmetic"', 'source=""', r"claim low_is_lower has no source: .* \(\S+experiment.py, line \d+\)"),
        ('source="arithmetic", ', "", "claim low_is_lower has no source: name the paper"),
        ("control=same, ", "", "claim low_is_lower has no control: decorate a twin"),
        (CLAIM, "@claim", r"@claim is given no source: write @claim\(source=..., control=..., assay=...\)"),
        ('assay=no_assay("nothing trains")', "assay=None", "claim low_is_lower has no assay"),
        ("control=same", 'control=same, tiers="fast"', r"has tiers 'fast': write tiers=\('fast',\), with a comma"),
        ("control=same", 'control=same, tiers=("fast",)', r"needs because=...: say why it is refuted, or why"),
        ("control=same", "control=same, p0=1.5", r"has p0 {'fast': 1.5, 'full': 1.5}: give each tier a share"),
        ("control=same", 'control=same, p0={"fast": 0.5}', r"has p0 {'full': None}: give each tier"),
        ("control=same", 'control=same, p0="half"', r"has p0 {'fast': 'half', 'full': 'half'}"),
        ("control=same", "control=same, alpha=5", r"has alpha=5: give a rate above 0, below 0.5"),
        (
            "control=same",
            'control=same, experiment="experment"',
            r"reads the experiment 'experment'.*did you mean experim",
        ),
        ("low_is_lower(tables)", "low_is_lower()", "low_is_lower cannot be called with tables: write def NAME"),
        ("low_is_lower(tables)", "low_is_lower(tables, setting, more)", "low_is_lower cannot be called with tables"),
        (
            CLAIM,
            f"{CLAIM}\ndef low_is_lower(tables):\n    'Low.'\n\n\n{CLAIM}",
            "two functions are called low_is_lower",
        ),
    ],
    ids=range(32),
)
def test_what_a_file_lacks_is_told_with_the_file_and_what_to_write(old, new, message, package):
    family = package((old, new))
    assert re.search(message, told(family / "experiment.py", family.parent))


def test_a_family_without_init_is_named(package):
    place = package() / "__init__.py"
    place.unlink()
    assert re.search(
        r"has no __init__.py, so its experiments are not found: make one, empty", told(place.parent, place.parents[1])
    )


def test_a_family_whose_init_fails_is_named_though_python_would_pass_it_over(package):
    place = package() / "__init__.py"
    place.write_text("import nothing_of_this_name\n")
    assert re.search(r"cannot be imported \(line 1\): ModuleNotFoundError", told(place, place.parents[1]))


def test_a_file_beside_the_families_is_named(package):
    place = package().parent / "beside.py"
    place.write_text(WHOLE)
    assert re.search(
        "beside.py lies beside the families: move it into a folder of declared_", told(place, place.parent)
    )


def test_a_package_that_is_one_file_is_named(package, tmp_path):
    (tmp_path / "declared_alone.py").write_text(WHOLE)
    with pytest.raises(ValueError, match=r"declared_alone is one file, \S+declared_alone.py: claims lie in a package"):
        experiments("declared_alone")


def test_two_claims_of_one_name_are_named_with_both_files(package):
    place = package(other=WHOLE)
    line = told(place / "other.py", place.parent)
    assert re.search(r"two claims are called low_is_lower, in \S+experiment.py and \S+other.py: rename one", line)


def test_an_experiment_of_ones_own_without_a_revision_is_told_wherever_it_is_first_read(made_experiment):
    module = made_experiment().module
    del module.REVISION
    with pytest.raises(ValueError, match=r"experiment.py: there is no REVISION: write REVISION = 1"):
        _ = Experiment(module).revision


def test_names_nearly_right_are_met_with_the_right_one():
    with pytest.raises(ValueError, match=r"'deeper_net_fits_sin_better' \(did you mean deeper_nets_fit_sin_better\?\)"):
        find_claim("deeper_net_fits_sin_better")
