"""Which commit runs: of a clone, of a clone with changes, of what is no clone."""

import json
import subprocess

import pytest

from hw1.machine import commit as module
from hw1.machine.commit import commit, still


@pytest.fixture
def clone(tmp_path):
    """A package in a clone, and git in it."""
    (tmp_path / "package").mkdir()
    (tmp_path / "package/__init__.py").write_text("")

    def git(*words):
        known = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false")
        call = ["git", *known, "-C", str(tmp_path), *words]
        return subprocess.run(call, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "-q")
    return tmp_path, git


def test_a_clone_has_its_commit_and_says_where_the_package_differs_from_it(clone):
    folder, git = clone
    git("add", ".")
    git("commit", "-qm", "first")
    head = git("rev-parse", "HEAD")
    (folder / "notes.txt").write_text("beside the package")
    assert commit(folder / "package") == head[:12]
    git("config", "status.showUntrackedFiles", "no")
    (folder / "package/more.py").write_text("")
    assert commit(folder / "package") == f"{head[:12]}, changed"


def test_git_that_fails_or_runs_a_hook_of_another_clone_says_nothing_wrong(clone, monkeypatch):
    folder, git = clone
    git("add", ".")
    git("commit", "-qm", "first")
    head = git("rev-parse", "HEAD")[:12]
    monkeypatch.setenv("GIT_DIR", "/nowhere/.git")
    assert commit(folder / "package") == head
    own = module._git
    monkeypatch.setattr(module, "_git", lambda place, *call: None if call[0] == "status" else own(place, *call))
    assert commit(folder / "package") == f"{head}, perhaps changed"


@pytest.mark.parametrize(
    ("began", "ends", "told"),
    [
        ("a", "a", "a"),
        ("a", "b", "a, changed"),
        ("a", "a, changed", "a, changed"),
        ("a, changed", "b", "a, changed"),
        ("a, perhaps changed", "a, perhaps changed", "a, perhaps changed"),
        ("a, perhaps changed", "b", "a, changed"),
        ("", "b", ""),
    ],
)
def test_a_clone_that_moves_under_a_run_is_told(monkeypatch, began, ends, told):
    monkeypatch.setattr(module, "commit", lambda: ends)
    assert still(began) == told


def test_a_package_that_lies_in_somebodys_clone_is_no_part_of_it(clone):
    folder, git = clone
    (folder / "mine.py").write_text("")
    git("add", "mine.py")
    git("commit", "-qm", "mine")
    assert commit(folder / "package") == ""


def test_without_a_commit_a_clone_or_git_there_is_none(clone, tmp_path_factory, monkeypatch):
    folder, git = clone
    git("add", ".")
    assert commit(folder / "package") == ""
    assert commit(tmp_path_factory.mktemp("nowhere")) == ""
    monkeypatch.setenv("PATH", "")
    assert commit(folder) == ""


def test_a_manifest_says_which_commit_ran(check, toy):
    """That of this clone; in an unpacked archive of it there is none."""
    check("-m", "fast")
    environment = json.loads((toy.path / ".hw1/manifest.json").read_text())["environment"]
    assert environment.get("commit", "") == commit()
