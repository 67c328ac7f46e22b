"""What a release says of itself agrees: version, date, and what the wheel must carry."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CITATION = (ROOT / "CITATION.cff").read_text(encoding="utf-8")


def cited(field):
    return re.search(rf"^{field}: (.*)$", CITATION, re.MULTILINE)[1].strip('"')


def test_the_citation_has_the_version_and_licence_of_the_project():
    assert cited("version") == PROJECT["version"]
    assert cited("license") == PROJECT["license"]


def test_the_changelog_has_the_release_with_the_date_of_the_citation():
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"\n## {PROJECT['version']}, {cited('date-released')}\n" in changelog


@pytest.mark.parametrize("field", ["message", "abstract", "type", "authors", "keywords", "references"])
def test_the_citation_has_what_a_reader_looks_for(field):
    assert re.search(rf"^{field}:", CITATION, re.MULTILINE)
