"""The experiment that CONTRIBUTING.md shows runs as it stands."""

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from hw1.running.computing import one_thread
from hw1.settings import InEpochs
from hw1.streams import streams_of
from hw1.tables import Tables

PAGE = Path(__file__).parents[1] / "CONTRIBUTING.md"


def shown(words):
    """The block of Python code on the page that contains some words."""
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    (block,) = [textwrap.dedent(block) for block in blocks if words in block]
    return block


def test_the_experiment_trains_classifiers_of_digits():
    module = ModuleType("mine.family.digits")
    given = (InEpochs, Sequence, Tables, dataclass, streams_of)
    names = ("InEpochs", "Sequence", "Tables", "dataclass", "streams_of")
    vars(module).update(zip(names, given, strict=True), REVISION=1)
    exec(shown("class Setting(InEpochs)"), vars(module))
    with one_thread():
        tables = module.run(module.Setting(epochs=4), arm="wide", seeds=(0, 1), device="cpu")
    assert (tables["runs"]["test_accuracy"] > 0.8).all()
    assert tables["curves"]["step"].unique().tolist() == [0, 1, 2, 3, 4]
