"""What changes a cell's key, and what does not: both directions."""

import dataclasses
import importlib
import sys
from pathlib import Path

import pytest

from hw1.fingerprints import code_digest, modules_reached
from hw1.machine.devices import Device
from hw1.registry import Experiment, experiments
from hw1.running.cells import Cell, chunks

EXPERIMENT = '''
"""An experiment."""

from mine.base import Base
from mine.rooms import helper
from mine import unused
from mine.registry import claim

REVISION = 1
SCALE = 2.0
FIRST = 1
SECOND = 2
THIRD = 3


@dataclass
class Setting(Base):
    """Numbers."""

    rate: float = 0.1

    def twice(self):
        return 2 * self.rate


def run(setting: Setting, *, arm, seeds, device):
    """Train."""
    from mine.rooms.deep import inner

    unused = inner(seeds)
    return scaled(helper(unused)) + sum(figure for figure in seeds) + own(unused)


def own(first, second=FIRST):
    """Uses FIRST, SECOND and THIRD of the file, whatever its parts call theirs."""

    def part(SECOND):
        return SECOND

    return part(first) + SECOND + sum(THIRD for THIRD in first) + THIRD


def scaled(x):
    # doubles
    return SCALE * x


def a_claim(tables):
    """A sentence."""
    return tables


def figure(tables):
    """A picture."""
    return None
'''
HELPER = '''
class Stop(Exception):
    pass


def helper(x: int) -> int:
    """Helps."""
    if x < 0:
        raise ValueError(f"{x} is below 0" + ": give more", hint="more")
    if x > 9:
        raise Stop("enough", x)
    return x + 1
'''
FILES = {
    "mine/__init__.py": "",
    "mine/unused.py": "X = 1\n",
    "mine/base.py": "class Base:\n    def half(self):\n        return self.rate / 2\n",
    "mine/registry.py": "def claim(f):\n    return f\n",
    "mine/rooms/__init__.py": "from mine.rooms.tools import helper\n",
    "mine/rooms/tools.py": HELPER,
    "mine/rooms/deep.py": "from .deeper import inner\n",
    "mine/rooms/deeper.py": "def inner(x):\n    return x\n",
    "mine/family/__init__.py": "",
    "mine/family/experiment.py": EXPERIMENT,
}


@pytest.fixture
def digest(tmp_path):
    """Digest of the experiment after replacing text in some files; the class of its setting may be told."""
    count = iter(range(100))

    def of(changes=(), setting=None):
        root = tmp_path / str(next(count))
        for name, text in FILES.items():
            for file, old, new in changes:
                if file == name:
                    assert old in text
                    text = text.replace(old, new)
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return code_digest(root / "mine/family/experiment.py", "mine.family.experiment", setting=setting)

    return of


COUNTS = {
    "a constant that run uses": ("mine/family/experiment.py", "SCALE = 2.0", "SCALE = 3.0"),
    "a default": ("mine/family/experiment.py", "FIRST = 1", "FIRST = 4"),
    "a name that an inner function has, too": ("mine/family/experiment.py", "SECOND = 2", "SECOND = 4"),
    "a name that a comprehension has, too": ("mine/family/experiment.py", "THIRD = 3", "THIRD = 4"),
    "a helper in the file": ("mine/family/experiment.py", "SCALE * x", "SCALE + x"),
    "a method of the setting": ("mine/family/experiment.py", "2 * self.rate", "3 * self.rate"),
    "a method of what the setting builds on": ("mine/base.py", "/ 2", "/ 3"),
    "a room it imports": ("mine/rooms/tools.py", "x + 1", "x + 2"),
    "the condition of an error": ("mine/rooms/tools.py", "x < 0", "x < 1"),
    "the kind of an error": ("mine/rooms/tools.py", "raise ValueError", "raise KeyError"),
    "a number that an exception carries": ("mine/rooms/tools.py", '"enough", x)', '"enough", -x)'),
    "a room behind a room, by relative import, inside a function": ("mine/rooms/deeper.py", "return x", "return x[0]"),
}
DOES_NOT_COUNT = {
    "a comment": ("mine/family/experiment.py", "# doubles", "# twice"),
    "a docstring": ("mine/family/experiment.py", '"""Train."""', '"""Train nets."""'),
    "a docstring of a room": ("mine/rooms/tools.py", "Helps.", "Is of help."),
    "an annotation": ("mine/rooms/tools.py", "x: int", "x: float"),
    "the words of an error": ("mine/rooms/tools.py", "is below 0", "is negative"),
    "words of an error by name": ("mine/rooms/tools.py", 'hint="more"', 'hint="less"'),
    "words beside a number": ("mine/rooms/tools.py", '"enough"', '"too much"'),
    "the default of a field, whose value is in the key": ("mine/family/experiment.py", "= 0.1", "= 0.2"),
    "formatting": ("mine/rooms/tools.py", "x + 1", "(x  +  1)"),
    "a claim": ("mine/family/experiment.py", "return tables", "return None"),
    "a figure": ("mine/family/experiment.py", "return None", "return 1"),
    "the registry's own code": ("mine/registry.py", "return f", "return f or None"),
    "a module that run does not use": ("mine/unused.py", "X = 1", "X = 2"),
}


@pytest.mark.parametrize("change", COUNTS.values(), ids=COUNTS)
def test_code_that_a_result_depends_on_changes_the_digest(digest, change):
    assert digest() != digest([change])


@pytest.mark.parametrize("change", DOES_NOT_COUNT.values(), ids=DOES_NOT_COUNT)
def test_code_that_no_result_depends_on_leaves_the_digest(digest, change):
    assert digest() == digest([change])


# What stands behind `SCALE = 2.0`, which `run` reaches, and another number there.
AT_THE_TOP = {
    "an entry of a table": "SCALE = {}\nSCALE['x'] = 1",
    "a method that changes a table": "SCALE = {}\nSCALE.update(x=1)",
    "a loop that changes a list": "SCALE = []\nfor i in (1, 2):\n    SCALE.append(i * 1)",
    "a function that changes what it is given": "SCALE = []\ndef put(x):\n    x.append(1)\nput(SCALE)",
    "an attribute of a module": "import math as SCALE\nSCALE.n = 1",
    "a method that is set": "class SCALE:\n    pass\nSCALE.forward = lambda self: 1",
    "a function in a condition": "if FIRST:\n    def SCALE(x):\n        return 1",
    "a class in a try": "try:\n    class SCALE:\n        n = 1\nexcept ImportError:\n    SCALE = None",
    "what a decorator keeps": "SCALE = []\ndef keep(f):\n    SCALE.append(f)\n@keep\ndef a():\n    return 1",
    "what another decorator keeps": "from mine.rooms import helper as SCALE\n@SCALE.also('x')\nclass A:\n    n = 1",
    "what a dispatcher keeps": (
        "from functools import singledispatch as one\n@one\ndef SCALE(x):\n    pass\n"
        "@SCALE.register\ndef _(x: int):\n    return 1"
    ),
    "a class that its base keeps": "class SCALE:\n    pass\nclass A(SCALE):\n    n = 1",
    "what globals leads to": "def SCALE():\n    return globals()['_' + FIRST]()\ndef _a():\n    return 1",
    "what a comprehension runs over": "xs = [1]\ndef SCALE():\n    return [xs for xs in xs]",
}


@pytest.mark.parametrize("text", AT_THE_TOP.values(), ids=AT_THE_TOP)
def test_a_name_is_all_that_is_done_to_it_at_the_top_of_its_file(digest, text):
    here = "mine/family/experiment.py", "SCALE = 2.0"
    assert digest([(*here, text)]) != digest([(*here, text.replace("1", "7"))])


def test_a_claim_is_kept_by_nothing_that_run_finds(digest):
    here = "mine/family/experiment.py", "SCALE = 2.0"
    text = "from hw1.registry import claim\nSCALE = 2.0\n@claim(source='a')\ndef a_sentence(tables):\n    return 1"
    assert digest([(*here, text)]) == digest([(*here, text.replace("return 1", "return 7"))])


def test_what_an_import_of_everything_brings_counts(digest):
    star = "mine/family/experiment.py", "from mine import unused", "from mine.unused import *"
    assert digest([star]) != digest([star, DOES_NOT_COUNT["a module that run does not use"]])


class Setting:
    """What the settings of the files above are made from."""


@pytest.mark.parametrize("annotation", ["setting", "setting: 'Setting'", "setting: Any", "setting: base.Base"])
def test_methods_of_the_setting_count_however_run_calls_its_class(digest, annotation):
    called = "mine/family/experiment.py", "run(setting: Setting,", f"run({annotation},"
    twice = COUNTS["a method of the setting"]
    assert digest([called], Setting) != digest([called, twice], Setting)
    assert digest([called], Setting) == digest(
        [called, DOES_NOT_COUNT["the default of a field, whose value is in the key"]], Setting
    )


def test_a_variable_of_the_settings_class_counts_as_no_key_has_its_value(digest):
    field = "mine/family/experiment.py", "rate: float = 0.1"
    assert digest([(*field, "rate: ClassVar[float] = 0.1")]) != digest([(*field, "rate: ClassVar[float] = 0.2")])


SAYS_OR_DRAWS = {f"hw1.{room}" for room in ("figures", "report", "statistics", "registry", "judging", "plugin")}


@pytest.mark.parametrize("one", experiments().values(), ids=experiments())
def test_no_experiments_key_reaches_what_only_draws_or_says(one):
    reached = modules_reached(one.path, one.module.__name__)
    assert [name for name in reached if ".".join(name.split(".")[:2]) in SAYS_OR_DRAWS] == []
    assert any(name.startswith("hw1.") for name in reached)


@pytest.fixture
def cell(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parent / "toy"))
    module = importlib.import_module("toy_claims.coins.biased")
    yield Cell(Experiment(module), module.FAST, "biased", (0, 1, 2, 3), Device("cpu", "cpu x"))
    for name in [name for name in sys.modules if name.startswith("toy_claims")]:
        del sys.modules[name]


def test_setting_arm_seeds_hardware_revision_versions_and_data_change_the_key(cell, monkeypatch):
    same = dataclasses.replace(cell)
    assert same.key == cell.key
    others = [
        dataclasses.replace(cell, setting=dataclasses.replace(cell.setting, tosses=201)),
        dataclasses.replace(cell, arm="fair"),
        dataclasses.replace(cell, seeds=(4, 5, 6, 7)),
        dataclasses.replace(cell, device=Device("cuda:0", "NVIDIA H200")),
    ]
    assert len({cell.key, *(other.key for other in others)}) == 5
    module = cell.experiment.module
    monkeypatch.setattr(module, "external_data", lambda _: "digest of the images", raising=False)
    assert dataclasses.replace(cell).key != cell.key
    monkeypatch.undo()
    monkeypatch.setattr(module, "REVISION", 2)
    assert dataclasses.replace(cell).key != cell.key
    monkeypatch.undo()
    monkeypatch.setattr("hw1.running.cells.versions", lambda: {"torch": "9"})
    assert dataclasses.replace(cell).key != cell.key


def test_two_gpus_of_one_model_share_results(cell):
    first = dataclasses.replace(cell, device=Device("cuda:0", "NVIDIA H200"))
    assert first.key == dataclasses.replace(cell, device=Device("cuda:1", "NVIDIA H200")).key


def test_seeds_always_train_in_the_same_company():
    assert chunks(range(1000, 1024), 8) == [tuple(range(s, s + 8)) for s in (1000, 1008, 1016)]
    assert chunks(range(1000, 1024), 12) == [tuple(range(1000, 1012)), tuple(range(1012, 1024))]
    assert chunks([1003], 8) == [tuple(range(1000, 1008))]
    assert chunks(range(1000, 1003), 1) == [(1000,), (1001,), (1002,)]
    assert set(chunks(range(1000, 1011), 8)) <= set(chunks(range(1000, 1024), 8))
