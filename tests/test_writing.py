"""What is written is whole or not at all, and never takes the place of anything but an earlier one of its kind."""

import ast
import errno
import os
import sqlite3
import threading
import time
from pathlib import Path

import pytest

import hw1
from hw1 import writing
from hw1.__main__ import main
from hw1.running.store import Store

ROOT = Path(hw1.__file__).parent
OURS = {
    writing.MANIFEST: '{\n "schema": 2,\n "date": "",\n "decisions": [',
    writing.PAGE: "<!DOCTYPE html>\n<html><head><title>hw1: 3 of 3</title>",
    writing.MARKDOWN: "# Cards\n\nMade by `python -m hw1 card --all`.\n",
    writing.TABLE: "seed,arm,loss\n0,deep,1.0\n",
    writing.POOL: "{}\n",
}
FOREIGN = {
    "store": (b"SQLite format 3\0and more", "a database, as stores are"),
    "net.pt": (b"PK\3\4\0\0weights", "binary data"),
    "page.html": (b"<!DOCTYPE html><html><title>My thesis</title>", "an HTML page of another origin"),
    "costs.json": (b'{"made_with": "torch", "experiments": {}}', "another JSON file"),
    "README.md": (b"# My thesis\n", "a text of another origin"),
    "data.csv": (b"seeds,apples\n1,2\n", "a text of another origin"),
    "run.py": (b"import hw1\n", "a text of another origin"),
}


def inside(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("kind", OURS, ids=lambda kind: kind.name)
def test_an_earlier_one_of_its_kind_is_replaced_and_so_is_an_empty_file(tmp_path, kind):
    for before in (OURS[kind], "", "\n"):
        path = tmp_path / "file"
        path.write_text(before)
        writing.check("--write", path, kind)
        writing.write(path, "new", kind)
        assert path.read_text() == "new"
    assert inside(tmp_path) == ["file"]


@pytest.mark.parametrize("kind", [kind for kind in OURS if kind is not writing.POOL], ids=lambda kind: kind.name)
@pytest.mark.parametrize("name", FOREIGN)
def test_whatever_else_is_there_stays(tmp_path, kind, name):
    before, words = FOREIGN[name]
    path = tmp_path / name
    path.write_bytes(before)
    for attempt in (lambda: writing.check("--write", path, kind), lambda: writing.write(path, "new", kind)):
        with pytest.raises(writing.OutputError, match=f"{name} is {words} and not {kind.name}: it was left as it is"):
            attempt()
    assert path.read_bytes() == before


@pytest.mark.parametrize("kind", [kind for kind in OURS if kind is not writing.POOL], ids=lambda kind: kind.name)
def test_one_kind_of_ours_is_not_another(tmp_path, kind):
    path = tmp_path / "file"
    for other in OURS:
        if writing.POOL not in (kind, other) and other is not kind:
            path.write_text(OURS[other])
            with pytest.raises(writing.OutputError, match=r"is .* and not "):
                writing.write(path, "new", kind)


def test_a_full_disk_leaves_the_earlier_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "manifest.json"
    path.write_text(OURS[writing.MANIFEST])

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(writing.OutputError, match=r"manifest.json cannot be written \(No space left on device\)"):
        writing.write(path, "new", writing.MANIFEST)
    assert path.read_text() == OURS[writing.MANIFEST]
    assert inside(tmp_path) == ["manifest.json"]


def test_an_interruption_leaves_nothing_beside(tmp_path, monkeypatch):
    def stop(descriptor):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", stop)
    with pytest.raises(KeyboardInterrupt):
        writing.write(tmp_path / "page.html", "new")
    assert inside(tmp_path) == []


def test_where_the_folder_takes_no_new_file_the_old_one_is_written_in_place(tmp_path, monkeypatch):
    """As with a single file that is mounted into a container."""
    path = tmp_path / "manifest.json"
    path.write_text(OURS[writing.MANIFEST] + "a longer text than what follows")

    def busy(self, target):
        raise OSError(errno.EBUSY, "Device or resource busy")

    monkeypatch.setattr(Path, "replace", busy)
    writing.write(path, "new", writing.MANIFEST)
    assert (path.read_text(), inside(tmp_path)) == ("new", ["manifest.json"])


def test_a_link_stays_and_rights_are_kept(tmp_path):
    path, link, loose = tmp_path / "here" / "page.html", tmp_path / "latest.html", tmp_path / "loose.html"
    path.parent.mkdir()
    path.write_text(OURS[writing.PAGE])
    path.chmod(0o640)
    link.symlink_to("here/page.html")
    loose.symlink_to("there/page.html")
    for one in (link, loose):
        writing.write(one, "new", writing.PAGE)
        assert (one.is_symlink(), one.read_text()) == (True, "new")
    assert path.stat().st_mode & 0o777 == 0o640
    mask = os.umask(0)
    os.umask(mask)
    assert (tmp_path / "there" / "page.html").stat().st_mode & 0o777 == 0o666 & ~mask


@pytest.mark.parametrize("name", ["folder", "folder/", ".", "file/page", "file/", "x" * 300, "socket"])
def test_places_that_cannot_be_written_are_refused_before_and_at_the_end(tmp_path, monkeypatch, name):
    import socket

    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    Path("file").touch()
    with socket.socket(socket.AF_UNIX) as made:
        made.bind("socket")
        for attempt in (
            lambda: writing.check("--output", name, writing.PAGE),
            lambda: writing.write(name, "new", writing.PAGE),
        ):
            with pytest.raises(writing.OutputError) as caught:
                attempt()
            assert "\n" not in str(caught.value)
    assert inside(Path()) == ["file", "folder", "socket"]


def test_a_check_leaves_nothing_and_an_empty_name_is_no_file(tmp_path):
    writing.check("--output", tmp_path / "new" / "page.html", writing.PAGE)
    writing.check_folder("--tables", tmp_path / "new")
    assert inside(tmp_path) == []
    for refused in (lambda: writing.check("--output", "", writing.PAGE), lambda: writing.check_folder("--tables", "")):
        with pytest.raises(writing.OutputError, match="was given no name"):
            refused()


def written_when_read(pipe, text):
    """The reader's thread may need a moment."""
    for _ in range(1_000):
        try:
            writing.write(pipe, text, writing.PAGE)
        except writing.OutputError:
            time.sleep(0.01)
        else:
            return


def test_pipes_and_devices_are_written_as_they_are(tmp_path, capfd):
    pipe, read = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()), daemon=True)
    reader.start()
    written_when_read(pipe, "through")
    reader.join(timeout=30)
    assert (read, pipe.is_fifo()) == (["through"], True)
    print("before")
    writing.write("/dev/stdout", "after\n", writing.PAGE)
    writing.write("/dev/null", "nowhere", writing.PAGE)
    assert capfd.readouterr().out == "before\nafter\n"
    with pytest.raises(writing.OutputError, match="/dev/full cannot be written"):
        writing.write("/dev/full", "x" * 100_000, writing.PAGE)


def test_a_pipe_that_nobody_reads_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(writing.OutputError, match="pipe is a pipe that nobody reads: start its reader first"):
        writing.write(tmp_path / "pipe", "through", writing.PAGE)


def test_a_name_that_is_no_text_can_be_in_what_is_written(tmp_path):
    writing.write(tmp_path / "page.md", "Made of caf\udce9.json")
    assert (tmp_path / "page.md").read_bytes() == rb"Made of caf\udce9.json"


def test_no_file_of_the_project_is_written_otherwise():
    """Progress of cells in a temporary folder and decoded images beside their place have ways of their own."""
    own = {"writing.py", "running/heartbeats.py", "data/cifar10.py"}
    others = [path for path in ROOT.rglob("*.py") if path.relative_to(ROOT).as_posix() not in own]
    calls = [(path, node) for path in others for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    assert [f"{path}:{node.lineno}" for path, node in calls if isinstance(node, ast.Call) and _writes(node)] == []


def _writes(call):
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    if name == "open":
        return any(isinstance(a, ast.Constant) and set(str(a.value)) & set("wax+") for a in call.args[-2:])
    if name == "to_csv":
        return bool(call.args)
    return name in ("write_text", "write_bytes", "dump", "to_json", "copyfile", "mkstemp")


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A folder with a store, a manifest's worth of JSON and a text; whatever would be trained is an error."""

    def never(*cells, **how):
        raise AssertionError("it was trained before what was asked for was refused")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("hw1.running.results.compute", never)
    Store("store.sqlite").close()
    Path("notes.md").write_text("# Mine\n")
    Path("link.md").symlink_to("store.sqlite")
    Path("folder").mkdir()
    return tmp_path


NAME = "nets_do_not_extrapolate"
PLACES = {
    "store.sqlite": "store.sqlite is ",
    "link.md": "link.md is ",
    "notes.md": "notes.md is a text of another origin",
    "folder": "folder is a folder",
    "": "was given no name",
    "notes.md/x": "notes.md is no folder",
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    "command",
    [
        ("card", NAME, "--store", "store.sqlite", "--write"),
        ("pilot", NAME, "--store", "store.sqlite", "--write"),
        ("flake", NAME, "--store", "store.sqlite", "--blocks", "100", "--write"),
        ("sabotage", NAME, "--store", "store.sqlite", "--write"),
        ("tables", "activations", "--store", "store.sqlite", "--write"),
    ],
    ids=lambda words: words[0],
)
def test_commands_refuse_a_place_before_anything_is_trained(files, capsys, command, place):
    before = Path("store.sqlite").read_bytes()
    assert main([*command, place]) == 2
    err = capsys.readouterr().err
    assert PLACES[place] in err
    assert err.count("\n") == 1
    assert Path("store.sqlite").read_bytes() == before


def test_what_a_command_reads_or_writes_elsewhere_is_no_place_for_another(files, capsys):
    for arguments, words in (
        (("card", NAME, "--store", "new", "--write", "./new"), "--write ./new is also the store, which would be lost"),
        (("sabotage", NAME, "--faulty", "new", "--write", "new"), "is also the store of faulty results"),
        (("sabotage", NAME, "--store", "new", "--faulty", "./new"), "is the store of the intact library's results"),
        (("flake", "--pool", "store.sqlite"), "--pool store.sqlite is a database, as stores are"),
        (("flake", "--pool", "new", "--write", "new"), "--write new is also the pool"),
        (("flake", "--pool", "new", "--store", "new", "--blocks", "100"), "--pool new is also the store"),
        (("compare", "store.sqlite", "store.sqlite", "--output", "store.sqlite"), "is also the input store.sqlite"),
        (("run", "activations", "--tables", "notes.md"), "--tables notes.md cannot be written (it is no folder)"),
        (("run", "activations", "--tables", ""), "--tables was given no name"),
    ):
        assert main(arguments) == 2, arguments
        assert words in capsys.readouterr().err
    assert not Path("new").exists()


def test_a_table_never_takes_the_place_of_another_file(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("deep_vs_shallow-runs.csv").write_text("my,own\n1,2\n")
    small = [word for field in ("updates=5", "points=16", "stack=2") for word in ("--set", field)]
    assert main(["run", "deep_vs_shallow", "--seeds", "2", *small, "--jobs", "1", "--tables", "."]) == 2
    assert "deep_vs_shallow-runs.csv is a text of another origin" in capsys.readouterr().err
    assert Path("deep_vs_shallow-runs.csv").read_text() == "my,own\n1,2\n"


@pytest.mark.parametrize("option", ["--hw1-manifest", "--hw1-report"])
def test_pytest_refuses_such_a_place_before_it_starts(toy, option):
    with sqlite3.connect(toy.path / "other.db") as other:
        other.execute("CREATE TABLE mine (a)")
    other.close()
    before = (toy.path / "other.db").read_bytes()
    (toy.path / "x.txt").write_text("mine")
    for place, words in (
        ("other.db", "is a database, as stores are"),
        ("x.txt", "is a text of another origin"),
        ("checks", "is a folder"),
        ("new.sqlite", "is also the store"),
    ):
        result = toy.runpytest_inprocess(f"{option}={place}", "--hw1-store=new.sqlite", "-p", "hw1.plugin")
        assert result.ret == pytest.ExitCode.USAGE_ERROR
        result.stderr.fnmatch_lines([f"ERROR: {option} {place} {words}*"])
    assert (toy.path / "other.db").read_bytes() == before
    result = toy.runpytest_inprocess("--hw1-manifest=new", "--hw1-report=new", "-p", "hw1.plugin")
    result.stderr.fnmatch_lines(["ERROR: --hw1-report new is also the manifest, which would be lost*"])


def test_what_stands_in_the_way_of_the_folders_of_a_file_is_named(tmp_path):
    (tmp_path / "a").touch()
    with pytest.raises(writing.OutputError, match=r"b/page.html cannot be written \(.*/a is no folder\)"):
        writing.check("--output", tmp_path / "a" / "b" / "page.html", writing.PAGE)


def test_a_place_without_rights_is_named(tmp_path, monkeypatch):
    """Root may write everywhere, so the system is asked in its place."""
    (tmp_path / "page.html").touch()
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    for path, named in ((tmp_path / "page.html", tmp_path / "page.html"), (tmp_path / "a" / "b", tmp_path)):
        with pytest.raises(writing.OutputError, match=rf"cannot be written \(no rights to write {named}\)"):
            writing.check("--output", path, writing.PAGE)
