"""Whatever stands in a manifest: a page, or one line that says what is wrong; never another error."""

import copy
import json
import re
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hw1.__main__ import main
from hw1.comparison import compared, lines
from hw1.comparison.environments import Environment
from hw1.manifest.reading import ManifestError, read
from hw1.manifest.records import plain
from hw1.report import families, render
from hw1.report.comparison import render_comparison
from hw1.report.site import joined, site

FIRST = Path(__file__).parent / "first_schema.json"
WORDS = [
    "inf",
    "-inf",
    "nan",
    "holds",
    "invalid",
    "full",
    "../../x",
    "a/b",
    "a\nb",
    "",
    "{{ 1/0 }}",
    "<script>",
    "\ud800",
]
NUMBERS = [0, -1, 1, 2, 0.0, -0.0, 1e308, -1e308, 5e-324, 1e999, 10**400, 10**15, 24.0, 2**63]
scalars = (
    st.none() | st.booleans() | st.sampled_from([*WORDS, *NUMBERS]) | st.integers() | st.floats() | st.text(max_size=5)
)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
quick = settings(max_examples=200, suppress_health_check=[*HealthCheck])


def places(value, path=()):
    """The paths to everything inside of a document."""
    found = [path] if path else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        found += places(inner, (*path, key))
    return found


def changed(document, draw, times):
    """A document in which some places have another value, or are gone, or have company."""
    for _ in range(times):
        path = draw(st.sampled_from(places(document)))
        where = document
        for key in path[:-1]:
            where = where[key]
        way = draw(st.sampled_from(["replace", "replace", "remove", "double"]))
        if way == "remove":
            del where[path[-1]]
        elif way == "double" and isinstance(where, list):
            where.append(copy.deepcopy(where[path[-1]]))
        else:
            where[path[-1]] = draw(anything)
        if not places(document):
            break
    return document


def refused(path):
    """Whether a manifest is refused, in one line that names the file."""
    try:
        read(path)
    except ManifestError as error:
        said = str(error)
    else:
        return False
    assert "\n" not in said
    assert str(path) in said
    return True


def tried(path, folder):
    """Everything that reads a manifest."""
    if refused(path):
        return "refused"
    found = read(path)
    assert render(found)
    written = list(families.update(folder, found, "x"))
    assert [one.parent for one in written] == [folder] * len(written)
    some = [Environment(letter=letter, name="x", manifest=found) for letter in "AB"]
    assert list(lines(some, compared(some)))
    assert render_comparison(some, compared(some))
    assert all(re.fullmatch(r"[\w-]+(/[\w.-]+)?\.(html|svg|css|js)", name) for name in sited(path, found))
    return "read"


def sited(path, found):
    """The files of its site; none where claims of one name cannot have a page each, which is said in one line."""
    try:
        return site(joined({str(path): found}))
    except ManifestError as error:
        said = str(error)
    assert re.fullmatch(r"\w+ is a claim of .*|\S+ and \S+ would be one file on some disks: .*", said)
    return {}


@quick
@given(anything, st.sampled_from(["bare", "schema", "decisions"]))
def test_any_json(tmp_path_factory, document, wrapped):
    folder = tmp_path_factory.mktemp("any")
    if wrapped == "schema":
        document = {"schema": 2, "decisions": document}
    if wrapped == "decisions":
        document = {"schema": 1, "decisions": [document], "environment": document}
    path = folder / "manifest.json"
    path.write_text(json.dumps(document))
    assert tried(path, folder) == "refused"


@settings(quick, max_examples=300)
@given(st.data())
def test_a_changed_manifest(tmp_path_factory, decision, account, data):
    folder = tmp_path_factory.mktemp("changed")
    path = folder / "manifest.json"
    published = {"low": 1.0, "high": 2.0, "where": "figure 1"}
    known = [decision(n=12, trained=9, published=published), decision(n=12, control="equal_depth")]
    asked = {name: known[0][name] for name in ("tier", "family", "experiment")}
    document = plain(
        {
            "schema": 2,
            "date": "2026-01-31T23:59:59+00:00",
            "environment": {"python": "3", "torch": "2", "hw1": "0", "device": "cpu", "block": 1, "seeds": None},
            "decisions": copy.deepcopy(known),
            "experiments": [
                account(figures=[{"name": "figure_a", "error": "no"}], redraws=[], unrun=["dear"], made_elsewhere="")
            ],
            "without_verdict": [{**asked, "claim": "idle", "control": None, "reason": "no data"}],
        }
    )
    path.write_text(json.dumps(changed(document, data.draw, data.draw(st.integers(1, 3)))))
    tried(path, folder)


@settings(quick, max_examples=100)
@given(st.data())
def test_a_changed_manifest_of_the_first_schema(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("first")
    document = json.loads(FIRST.read_text(encoding="utf-8"))
    for one in document["experiments"]:
        one["figures"] = []
    path = folder / "manifest.json"
    path.write_text(json.dumps(changed(document, data.draw, 1)))
    tried(path, folder)


@settings(quick, max_examples=15)
@given(st.data())
def test_a_changed_figure_is_drawn_or_says_why_not(tmp_path_factory, decision, account, figure, data):
    folder = tmp_path_factory.mktemp("figure")
    drawn = json.loads(json.dumps(plain({"name": "figure_fit", **figure()})))
    drawn["panels"] = drawn["panels"][2:]
    path = folder / "manifest.json"
    environment = {"python": "3", "torch": "2", "hw1": "0", "device": "cpu", "block": 1}
    document = {"schema": 2, "date": "2026-01-31", "environment": environment, "decisions": [decision(n=12)]}
    document["experiments"] = [account(figures=[changed(drawn, data.draw, 2)])]
    path.write_text(json.dumps(plain(document)))
    tried(path, folder)


@pytest.fixture
def whole(manifest):
    return manifest().read_bytes()


@settings(quick, max_examples=60)
@given(st.binary(max_size=200), st.integers(0, 10**6))
def test_random_bytes_and_torn_files(tmp_path_factory, whole, noise, at):
    path = tmp_path_factory.mktemp("torn") / "manifest.json"
    at %= len(whole)
    for torn in (noise, whole[:at], whole[:at] + noise + whole[at:]):
        path.write_bytes(torn)
        refused(path)


@pytest.mark.parametrize(
    "name", ["../../x", "/tmp/x", "a/b", "..", "", "x\n", "x y", "x.md", "-x", "1x", "a\\b", "C:x"]
)
@pytest.mark.parametrize("field", ["family", "experiment", "claim"])
def test_names_are_identifiers_so_that_nothing_is_written_elsewhere(manifest, decision, account, tmp_path, field, name):
    path = manifest(decision(**{field: name}), accounts=[])
    (tmp_path / "pages").mkdir()
    assert main(["pages", str(path), "--write", str(tmp_path / "pages")]) == 2
    assert sorted(one.name for one in tmp_path.iterdir()) == ["manifest.json", "pages"]
    assert list((tmp_path / "pages").iterdir()) == []
    if field != "claim":
        path = manifest(decision(), accounts=[account(**{field: name}, figures=[])])
        assert main(["pages", str(path), "--write", str(tmp_path / "pages")]) == 2


def test_a_wrong_field_is_named_with_its_place(manifest, tmp_path):
    path = manifest()
    document = json.loads(path.read_text())
    for where, value, words in (
        (("verdict", "n"), "24", "decisions[0].verdict.n is '24', which is not of the type integer"),
        (("tier",), "medium", "decisions[0].tier is 'medium', which is not fast or full"),
        (("scores", "1000"), None, "decisions[0].scores[1000] is None, which is not of the type number or string"),
        (("family",), "../x", "decisions[0].family is '../x', which is no name"),
        (("effects",), {"1": 0.5}, "decisions[0] has scores and effects of different seeds"),
    ):
        changed = copy.deepcopy(document)
        inner = changed["decisions"][0]
        for key in where[:-1]:
            inner = inner[key]
        inner[where[-1]] = value
        path.write_text(json.dumps(changed))
        with pytest.raises(ManifestError) as caught:
            read(path)
        assert words in str(caught.value)


def test_fields_that_are_not_known_are_let_through(manifest):
    path = manifest()
    document = json.loads(path.read_text())
    reason = {"claim": "a", "tier": "fast", "control": None, "family": "b", "experiment": "c", "reason": "no data"}
    document |= {"without_verdict": [reason], "weather": "fine"}
    document["decisions"][0] |= {"mood": ["good"]}
    path.write_text(json.dumps(document))
    assert read(path)["without_verdict"] == [reason]


def test_a_manifest_of_a_thousand_claims_reads_in_a_second_or_two(manifest, decision):
    """Seen: 1.0 s of CPU time, 0.6 s of it for the schema; jsonschema took 6.3 s."""
    one = decision()
    path = manifest(*({**one, "claim": f"claim_{i}"} for i in range(1000)))
    read(path)  # compiles the schema
    start = time.process_time()
    assert len(read(path)["decisions"]) == 1000
    assert time.process_time() - start < 4
