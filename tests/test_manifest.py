"""docs/manifest.md names every field that a run writes."""

import dataclasses
import json
import re
from pathlib import Path

import pytest

from hw1.figures import Figure
from hw1.machine.environment import VARIABLES
from hw1.manifest.records import SCHEMA
from hw1.statistics import Card, Verdict

PAGE = (Path(__file__).parents[1] / "docs" / "manifest.md").read_text(encoding="utf-8")
NAMED = set(re.findall(r"`([\w.-]+)`", PAGE))


@pytest.fixture
def document(toy):
    """The manifest of a run of the toy project."""
    toy.runpytest_subprocess("-p", "no:randomly", "-p", "no:cacheprovider", "-m", "fast", "--hw1-jobs", "1")
    return json.loads((toy.path / ".hw1/manifest.json").read_text())


def test_every_field_of_a_run_is_described(document):
    decision, account = document["decisions"][0], document["experiments"][0]
    parts = [document, document["environment"], decision, account]
    parts += [decision["twin"], decision["scale"], decision["score"]]
    missing = {*VARIABLES, *(name for part in parts for name in part)} - NAMED
    assert not missing
    assert f"now **{SCHEMA}**" in PAGE


def test_what_the_page_leaves_to_classes_is_what_they_hold(document):
    decision = document["decisions"][0]
    figure = document["experiments"][0]["figures"][0]
    for cls, found in ((Verdict, decision["verdict"]), (Card, decision["card"]), (Figure, figure)):
        assert {field.name for field in dataclasses.fields(cls)} <= set(found)
        assert f"hw1.{'figures' if cls is Figure else 'statistics'}.{cls.__name__}" in NAMED
